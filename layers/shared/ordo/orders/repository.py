"""Orders in DynamoDB: one `TransactWriteItems` for each commit."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ordo.aftersales.model import Return
from ordo.capacity.model import NodeFull
from ordo.capacity.writes import full, load_update
from ordo.catalog.uses import UsedUp
from ordo.catalog.writes import BUCKETS_FROM, BUCKETS_TO, coupon_pk, left_by_bucket, move_updates
from ordo.inventory.backlog_writes import presale_update, queue_writes
from ordo.inventory.errors import StockExhausted
from ordo.inventory.ledger_writes import ledger_puts
from ordo.inventory.lot_writes import lot_updates
from ordo.inventory.lots import merge_lots
from ordo.inventory.reservation_writes import end_writes
from ordo.inventory.reservations import ReservationState
from ordo.inventory.taking_repository import DynamoTakings
from ordo.inventory.takings import TakingEnded
from ordo.inventory.writes import exhausted, stock_update
from ordo.kernel.canonical import sha256_hex
from ordo.kernel.clock import from_iso
from ordo.kernel.errors import Busy, Conflict
from ordo.orders import layout, placed
from ordo.orders.addition import OrderAddition, added_lines
from ordo.orders.contacts import known_by
from ordo.orders.decision import Claim, ClaimKind, Commit, ContactWrite
from ordo.orders.errors import ClaimTaken, CouponShort, OrderNotFound, ReservationGone, StaleVersion, StockShort
from ordo.orders.incident import Incident
from ordo.orders.large import Large, large_of, make_now
from ordo.orders.model import ChangeState, OrderChange, OrderHeader, OrderState, Record
from ordo.orders.posting import Posting
from ordo.orders.records import is_record
from ordo.orders.timeline import StoredEvent
from ordo.payments.instruction import PaymentInstruction
from ordo.payments.model import Payment
from ordo.payments.moved_items import moved_items
from ordo.runtime import dynamo
from ordo.runtime.dynamo import Delete, Put, TransactionRefused, Update, Write
from ordo.runtime.packing import unpack
from ordo.runtime.secrets import lookup_hash
from ordo.shipments.claim_model import CarrierClaim
from ordo.shipments.model import Fulfilment, Shipment
from ordo.shipments.proof_model import Proof
from ordo.shipments.report_model import DamageReport

LONGEST_ID = 64
"""Longer ids are none of ours; DynamoDB would refuse them as keys above 2 KB."""

MAX_WRITES = 100
"""What one transaction holds."""

WHOLE_READS = 5
"""How often an order is read again at once when a commit was being applied meanwhile (that takes milliseconds)."""


@dataclass(frozen=True, slots=True)
class OrderTables:
    """Names of the tables that a commit may touch."""

    orders: str
    supply: str = ""
    customers: str = ""
    catalog: str = ""

    @staticmethod
    def of_environment() -> OrderTables:
        """From `ORDERS_TABLE`, and `SUPPLY_TABLE`, `CUSTOMERS_TABLE`, `CATALOG_TABLE` where the function has them."""
        others = (os.environ.get(name, "") for name in ("SUPPLY_TABLE", "CUSTOMERS_TABLE", "CATALOG_TABLE"))
        return OrderTables(os.environ["ORDERS_TABLE"], *others)


class DynamoOrderRepository:
    """The `OrderRepository` of production."""

    def __init__(self, tables: OrderTables) -> None:
        self._tables = tables

    def load(self, order_id: str, change_id: str | None = None) -> OrderState:
        if len(order_id) > LONGEST_ID:
            raise OrderNotFound(order_id[:LONGEST_ID])
        items = self._state_items(order_id)
        change = self._change(order_id, change_id) if change_id else None
        return state_of(order_id, items, change)

    def _state_items(self, order_id: str) -> list[dict[str, Any]]:
        """Header, lines and records as one commit left them; `Conflict` when they are written all the time."""
        for _ in range(WHOLE_READS):
            items = dynamo.query_all(
                self._tables.orders, order_id, sk_from=layout.STATE_FROM, sk_to=layout.STATE_TO, consistent=True
            )
            if layout.is_whole(items):
                return items
        raise Conflict("the order is being written")

    def _change(self, order_id: str, change_id: str) -> OrderChange | None:
        if len(change_id) > LONGEST_ID:
            return None
        item = dynamo.get_item(self._tables.orders, order_id, f"change#{change_id}", consistent=True)
        record = layout.record_of(item) if item else None
        return record if isinstance(record, OrderChange) else None

    def commit(self, commit: Commit) -> None:
        plan = _Writes(self._tables, commit)
        if len(plan.writes) > MAX_WRITES:
            self._commit_large(commit)
        else:
            self._write(commit, plan)

    def _write(self, commit: Commit, plan: _Writes) -> None:
        token = sha256_hex(f"{commit.header.order_id}#{commit.event.hash}")[:36]
        try:
            dynamo.transact(plan.writes, token)
        except TransactionRefused as refused:
            raise plan.explain(refused) from refused

    def _commit_large(self, commit: Commit) -> None:
        """What one transaction does not hold: stock is taken in parts first, and given back in parts afterwards.

        When the commit itself is refused, what was taken for it is given back; while others are only quicker it stays
        for the next try (docs/adr/0031-large-orders.md).
        """
        large = large_of(commit)
        supply, takings = self._tables.supply, DynamoTakings(self._tables.supply)
        try:
            self._take(large, takings)
            self._write(large.commit, _Writes(self._tables, large.commit, large.writes(supply)))
        except (Conflict, Busy):
            raise Conflict("others were quicker") from None
        except StockExhausted as short:
            self._give_back(large)
            if self._has_moved_on(commit):  # then the plan is old, and not the stock too little
                raise StaleVersion from None
            raise StockShort({short.key: short.available}) from None
        except (ClaimTaken, CouponShort, ReservationGone, StaleVersion, StockShort, TakingEnded, NodeFull) as refusal:
            self._give_back(large)
            raise Conflict("the taking has ended") if isinstance(refusal, TakingEnded) else refusal from None
        if large.pending is not None:
            make_now(supply, large.pending)

    @staticmethod
    def _take(large: Large, takings: DynamoTakings) -> None:
        """What is to leave must be there; what is to be taken is taken. One that has ended the commit itself tells of:
        it may have been this very order's, whose answer was lost.
        """
        if large.pending is not None:
            takings.require_there(large.pending.moves)
        if large.taking is not None:
            with contextlib.suppress(TakingEnded):
                takings.take(large.taking)

    def _give_back(self, large: Large) -> None:
        if large.taking is not None:
            DynamoTakings(self._tables.supply).give_back(large.taking.taking_id, "")

    def _has_moved_on(self, commit: Commit) -> bool:
        if not commit.expected_seq:
            return False
        header = dynamo.get_item(self._tables.orders, commit.header.order_id, layout.HEADER_SK, consistent=True)
        return header is not None and header["seq"] != commit.expected_seq

    def abandon(self, commit: Commit) -> None:
        if len(_Writes(self._tables, commit).writes) > MAX_WRITES:
            self._give_back(large_of(commit))

    def rearm(self, header: OrderHeader, deadline_at: str | None) -> None:
        keys = layout.deadline_keys(header.order_id, deadline_at, "order")
        expression = "SET deadline_shard = :shard, deadline_at = :at" if keys else "REMOVE deadline_shard, deadline_at"
        values: dict[str, Any] = {":seq": header.seq}
        if keys:
            values |= {":shard": keys["deadline_shard"], ":at": keys["deadline_at"]}
        try:
            dynamo.write(
                Update(self._tables.orders, header.order_id, layout.HEADER_SK, expression, "seq = :seq", values=values)
            )
        except TransactionRefused:
            raise StaleVersion from None

    def claim(self, kind: ClaimKind, parts: tuple[str, ...]) -> dict[str, Any] | None:
        pk = _claim_pk(Claim(kind, parts, {}))
        return dynamo.get_item(self._tables.orders, pk, layout.CLAIM_SK, consistent=True)

    def uses_left(self, code: str) -> dict[int, int]:
        bounds: dict[str, Any] = {"sk_from": BUCKETS_FROM, "sk_to": BUCKETS_TO, "consistent": True}
        return left_by_bucket(dynamo.query_all(self._tables.catalog, coupon_pk(code), **bounds))

    def timeline(self, order_id: str, after_seq: int = 0, limit: int | None = None) -> list[StoredEvent]:
        bounds: dict[str, Any] = {"sk_from": layout.event_sk(after_seq + 1), "sk_to": "event#~", "consistent": True}
        if limit:
            items = dynamo.query(self._tables.orders, order_id, limit=limit, **bounds).items
        else:
            items = dynamo.query_all(self._tables.orders, order_id, **bounds)
        return [layout.read_event(item) for item in items]

    def trace(self, order_id: str) -> dict[str, Any] | None:
        for sk in (placed.FIRST_SK, placed.DECISION_SK):
            item = dynamo.get_item(self._tables.orders, order_id, sk, consistent=True)
            trace = placed.trace_in(item) if item else None
            if trace is not None:
                return trace
        return None

    def later_plans(self, order_id: str) -> dict[int, dict[str, Any]]:
        bounds: dict[str, Any] = {"sk_from": f"{placed.DECISION_SK}#", "sk_to": f"{placed.DECISION_SK}#~"}
        return dict(map(placed.plan_in, dynamo.query_all(self._tables.orders, order_id, consistent=True, **bounds)))

    def contact(self, order_id: str, slot: str = "contact") -> dict[str, Any] | None:
        item = dynamo.get_item(self._tables.customers, layout.contact_pk(order_id), slot, consistent=True)
        return unpack(item["contact"]) if item else None


def state_of(order_id: str, items: list[dict[str, Any]], change: OrderChange | None = None) -> OrderState:
    """An order's state from the items of its partition; raises `OrderNotFound` when the header is not among them."""
    header = next((layout.read_header(item) for item in items if item["sk"] == layout.HEADER_SK), None)
    if header is None:
        raise OrderNotFound(order_id)
    records = [layout.record_of(item) for item in items if is_record(item["sk"])]
    additions = {record.order_addition_id: record for record in records if isinstance(record, OrderAddition)}
    return OrderState(
        header,
        (*placed.read_lines(items), *added_lines(additions)),
        {record.fulfilment_id: record for record in records if isinstance(record, Fulfilment)},
        {record.shipment_id: record for record in records if isinstance(record, Shipment)},
        {record.payment_id: record for record in records if isinstance(record, Payment)},
        change,
        {item["sk"]: item.get(layout.AT_SEQ, 0) for item in items if is_record(item["sk"])},
        {record.incident_id: record for record in records if isinstance(record, Incident)},
        {record.proof_id: record for record in records if isinstance(record, Proof)},
        {record.claim_id: record for record in records if isinstance(record, CarrierClaim)},
        {record.report_id: record for record in records if isinstance(record, DamageReport)},
        {record.posting_id: record for record in records if isinstance(record, Posting)},
        additions,
        {record.return_id: record for record in records if isinstance(record, Return)},
        next((trace for trace in map(placed.trace_in, items) if trace is not None), None),
        {record.instruction_id: record for record in records if isinstance(record, PaymentInstruction)},
    )


class _Writes:
    """The writes of one commit, and which of them carries which condition."""

    def __init__(self, tables: OrderTables, commit: Commit, more: Sequence[Write] = ()) -> None:
        self._commit = commit
        decision, order_id = commit.decision, commit.header.order_id
        header = {**layout.header_item(commit.header), layout.RECORDS_AT: layout.records_at(commit.written_at)}
        guard = (
            ("seq = :seq", {":seq": commit.expected_seq}) if commit.expected_seq else ("attribute_not_exists(pk)", {})
        )
        self.writes: list[Write] = [
            Put(tables.orders, header, guard[0], values=guard[1]),
            Put(tables.orders, layout.event_item(order_id, commit.event)),
            *(self._record(tables.orders, order_id, record, commit.header.seq) for record in commit.records),
            *(Put(tables.orders, item) for item in placed.placed_items(order_id, decision.lines, decision.trace)),
            *(Put(tables.orders, item) for item in placed.later_plan(commit.header, decision.plan)),
            *(Put(tables.orders, item) for item in moved_items(commit.header, commit.records)),
        ]
        self._claims = {len(self.writes) + place: claim for place, claim in enumerate(decision.claims)}
        self.writes += [
            Put(
                tables.orders,
                {"pk": _claim_pk(claim), "sk": layout.CLAIM_SK, "schema": 1, **claim.facts},
                "attribute_not_exists(pk)",
            )
            for claim in decision.claims
        ]
        self._unclaimed = {len(self.writes) + place: claim for place, claim in enumerate(decision.unclaimed)}
        self.writes += [
            Delete(
                tables.orders, _claim_pk(claim), layout.CLAIM_SK, "order_id = :order_id", values={":order_id": order_id}
            )
            for claim in decision.unclaimed
        ]
        self._uses: dict[int, tuple[str, UsedUp]] = {}
        for move in decision.coupons:
            for update, limit in move_updates(tables.catalog, move):
                self._uses[len(self.writes)] = (move.code, limit)
                self.writes.append(update)
        self._reservation = len(self.writes)
        if decision.reservation is not None:
            state, at = ReservationState.COMMITTED, str(commit.header.changed_at)
            self.writes += end_writes(tables.supply, decision.reservation, state, at, order_id)
        self._moves = {len(self.writes) + place: move for place, move in enumerate(commit.stock)}
        self.writes += [stock_update(tables.supply, move) for move in commit.stock]
        self.writes += lot_updates(tables.supply, merge_lots(decision.lots))
        self._loads = {len(self.writes) + place: move for place, move in enumerate(commit.loads)}
        self.writes += [load_update(tables.supply, move) for move in commit.loads]
        self._presales = {len(self.writes) + place: each for place, each in enumerate(decision.presales)}
        self.writes += [presale_update(tables.supply, each) for each in decision.presales]
        self.writes += queue_writes(tables.supply, decision.queue, from_iso(commit.header.changed_at or ""))
        if decision.movement is not None:
            self.writes += ledger_puts(tables.supply, decision.movement)
        self.writes += [_contact(tables.customers, order_id, write) for write in decision.contacts]
        self._more = range(len(self.writes), len(self.writes) + len(more))
        self.writes += more

    @staticmethod
    def _record(table: str, order_id: str, record: Record, seq: int) -> Put:
        item = {**layout.record_item(order_id, record), layout.AT_SEQ: seq}
        if isinstance(record, OrderChange) and record.state is not ChangeState.PROPOSED:
            # It was read by itself, maybe half way through the commit that ended it; or it was never proposed.
            before = {":proposed": ChangeState.PROPOSED.value}
            return Put(table, item, "attribute_not_exists(pk) OR #state = :proposed", {"#state": "state"}, before)
        return Put(table, item)

    def explain(self, refused: TransactionRefused) -> Exception:
        """Which refusal the failed conditions mean: a claim first (it may be our own), the version, then what is short.

        A reservation that has ended changes what is short. A coupon before stock: an order that gets no use of it is
        refused, however often it is planned again. Lots that have too little, or that there are by now, refuse nothing:
        they are chosen again.
        """
        for place, claim in self._claims.items():
            held = refused.failed.get(place)
            if held is not None:
                return ClaimTaken(claim.kind, held)
        if any(place in refused.failed for place in range(2 + len(self._commit.records))):
            return StaleVersion()
        for place, claim in self._unclaimed.items():
            if place in refused.failed:
                return ClaimTaken(claim.kind, refused.failed[place] or {})
        if any(place in refused.failed for place in self._more):
            return TakingEnded()
        if self._commit.decision.reservation is not None and self._reservation in refused.failed:
            return ReservationGone()
        used_up = [self._uses[place] for place in sorted(refused.failed) if place in self._uses]
        if used_up:
            return CouponShort(dict(used_up))
        too_much = [full(move, refused.failed[at]) for at, move in self._loads.items() if at in refused.failed]
        return next((each for each in too_much if each is not None), None) or self._short_stock(refused)

    def _short_stock(self, refused: TransactionRefused) -> Exception:
        short = {
            move.key: (exhausted(move, refused.failed[place]))
            for place, move in self._moves.items()
            if place in refused.failed
        }
        found = {key: reason.available for key, reason in short.items() if reason is not None}
        for place, presale in self._presales.items():
            if place in refused.failed:
                sold = (refused.failed[place] or {}).get("sold", 0)
                found[presale.sku, "", "presale"] = max(0, (presale.cap or 0) - sold)
        if found:
            return StockShort(found)
        return Conflict("the counters changed under the write")


def _contact(table: str, order_id: str, write: ContactWrite) -> Put | Delete:
    """Whoever is forgotten is no longer found: the item goes, and its keys with it."""
    if write.contact is None:
        return Delete(table, layout.contact_pk(order_id), write.slot)
    keys = {kind: lookup_hash(kind, value) for kind, value in known_by(write.slot, write.contact).items()}
    return Put(table, layout.contact_item(order_id, write.slot, write.contact, keys))


def _claim_pk(claim: Claim) -> str:
    hashed = "" if claim.kind in ("idem", "first_order") else lookup_hash(claim.kind, *claim.parts)
    return layout.claim_pk(claim, hashed)
