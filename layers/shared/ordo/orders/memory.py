"""Orders in memory, for tests with many examples: the same contract as DynamoDB's, behind one lock."""

from __future__ import annotations

import threading
from typing import Any

from ordo.aftersales.model import Return
from ordo.capacity import memory as work
from ordo.catalog.uses import UseCounters
from ordo.inventory.backlog_memory import InMemoryBacklog
from ordo.inventory.errors import CounterChanged, LotsShort, StockExhausted
from ordo.inventory.lots import Lot, LotKey, apply_lots
from ordo.inventory.model import StockCounter, StockKey, apply_all, lots_overlooked
from ordo.inventory.movements import Movement
from ordo.inventory.reservation_memory import InMemoryReservations
from ordo.inventory.reservations import ReservationState
from ordo.kernel.errors import Conflict
from ordo.orders.addition import OrderAddition, added_lines
from ordo.orders.contacts import FoundBy, known_by, sought
from ordo.orders.decision import ClaimKind, Commit
from ordo.orders.errors import ClaimTaken, CouponShort, OrderNotFound, ReservationGone, StaleVersion, StockShort
from ordo.orders.incident import Incident
from ordo.orders.model import OrderChange, OrderHeader, OrderState, OrderStatus, Record
from ordo.orders.posting import Posting
from ordo.orders.records import sort_key
from ordo.orders.timeline import StoredEvent
from ordo.payments.instruction import PaymentInstruction
from ordo.payments.model import Payment
from ordo.pricing.model import PricedLine
from ordo.shipments.claim_model import CarrierClaim
from ordo.shipments.model import Fulfilment, Shipment
from ordo.shipments.proof_model import Proof
from ordo.shipments.report_model import DamageReport


class InMemoryOrderRepository:
    """An `OrderRepository` whose tables are dictionaries; open to a test's eyes."""

    def __init__(
        self,
        counters: dict[StockKey, StockCounter] | None = None,
        uses: UseCounters | None = None,
        loads: dict[str, int] | None = None,
    ) -> None:
        self.headers: dict[str, OrderHeader] = {}
        self.lines: dict[str, tuple[PricedLine, ...]] = {}
        self.records: dict[str, dict[str, Record]] = {}
        self.events: dict[str, list[StoredEvent]] = {}
        self.traces: dict[str, dict[str, Any]] = {}
        self.claims: dict[tuple[str, tuple[str, ...]], dict[str, Any]] = {}
        self.contacts: dict[tuple[str, str], dict[str, Any]] = {}
        self.counters: dict[StockKey, StockCounter] = counters if counters is not None else {}
        self.by_lot: dict[LotKey, Lot] = {}
        self.uses = uses if uses is not None else UseCounters()
        self.backlog = InMemoryBacklog(self.counters)
        self.movements: dict[str, Movement] = {}
        self.loads: dict[str, int] = loads if loads is not None else {}
        self.plans: dict[str, dict[int, dict[str, Any]]] = {}
        self._lock = threading.RLock()
        self.reservations = InMemoryReservations(self.counters, self._lock)

    def load(self, order_id: str, change_id: str | None = None) -> OrderState:
        with self._lock:
            if order_id not in self.headers:
                raise OrderNotFound(order_id)
            records = list(self.records[order_id].values())
            change = self.records[order_id].get(f"change#{change_id}") if change_id else None
            additions = {each.order_addition_id: each for each in records if isinstance(each, OrderAddition)}
            return OrderState(
                self.headers[order_id],
                (*self.lines[order_id], *added_lines(additions)),
                {record.fulfilment_id: record for record in records if isinstance(record, Fulfilment)},
                {record.shipment_id: record for record in records if isinstance(record, Shipment)},
                {record.payment_id: record for record in records if isinstance(record, Payment)},
                change if isinstance(change, OrderChange) else None,
                incidents={record.incident_id: record for record in records if isinstance(record, Incident)},
                proofs={record.proof_id: record for record in records if isinstance(record, Proof)},
                claims={record.claim_id: record for record in records if isinstance(record, CarrierClaim)},
                reports={record.report_id: record for record in records if isinstance(record, DamageReport)},
                additions=additions,
                postings={record.posting_id: record for record in records if isinstance(record, Posting)},
                returns={record.return_id: record for record in records if isinstance(record, Return)},
                trace=self.traces.get(order_id),
                instructions={
                    record.instruction_id: record for record in records if isinstance(record, PaymentInstruction)
                },
            )

    def commit(self, commit: Commit) -> None:
        with self._lock:
            self._check(commit)
            work.check(self.loads, commit.loads)
            try:
                changed = apply_all(self.counters, commit.stock)
                self.backlog.require(commit.decision.presales)
            except StockExhausted as short:
                raise StockShort({short.key: short.available}) from None
            except CounterChanged:
                raise Conflict("the queue changed under the write") from None
            lots = self._lots(commit)
            self.counters.update(changed)
            self.by_lot.update(lots)
            work.make(self.loads, commit.loads)
            self.uses.make(commit.decision.coupons)
            self.backlog.make(commit.decision.queue, commit.decision.presales)
            self._write(commit)

    def _check(self, commit: Commit) -> None:
        for claim in commit.decision.claims:
            held = self.claims.get((claim.kind, claim.parts))
            if held is not None:
                raise ClaimTaken(claim.kind, held)
        present = self.headers.get(commit.header.order_id)
        if (present.seq if present else 0) != commit.expected_seq:
            raise StaleVersion()
        for claim in commit.decision.unclaimed:
            held = self.claims.get((claim.kind, claim.parts), {})
            if held.get("order_id") != commit.header.order_id:
                raise ClaimTaken(claim.kind, held)
        reserved = commit.decision.reservation
        if reserved is not None and not self.reservations.is_pending(reserved):
            raise ReservationGone()
        used_up = self.uses.used_up(commit.decision.coupons)
        if used_up:
            raise CouponShort(used_up)

    def _lots(self, commit: Commit) -> dict[LotKey, Lot]:
        if lots_overlooked(self.counters, commit.stock):
            raise Conflict("lots have begun under the write")
        try:
            return apply_lots(self.by_lot, commit.decision.lots)
        except LotsShort:
            raise Conflict("the lots changed under the write") from None

    def _write(self, commit: Commit) -> None:
        order_id, decision = commit.header.order_id, commit.decision
        self.headers[order_id] = commit.header
        self.events.setdefault(order_id, []).append(commit.event)
        self.records.setdefault(order_id, {}).update({sort_key(record): record for record in commit.records})
        if decision.lines is not None or order_id not in self.lines:
            self.lines[order_id] = decision.lines or ()
        if decision.trace is not None:
            self.traces[order_id] = decision.trace
        if decision.plan is not None:
            self.plans.setdefault(order_id, {})[commit.header.seq] = decision.plan
        self.claims |= {(claim.kind, claim.parts): dict(claim.facts) for claim in decision.claims}
        for claim in decision.unclaimed:
            del self.claims[claim.kind, claim.parts]
        if decision.reservation is not None:
            state, at = ReservationState.COMMITTED, str(commit.header.changed_at)
            self.reservations.end(decision.reservation, state, at, order_id)
        if decision.movement is not None:
            self.movements[decision.movement.movement_id] = decision.movement
        for write in decision.contacts:
            if write.contact is None:
                self.contacts.pop((order_id, write.slot), None)
            else:
                self.contacts[order_id, write.slot] = write.contact

    def abandon(self, commit: Commit) -> None:
        """Nothing is taken before a commit here."""

    def rearm(self, header: OrderHeader, deadline_at: str | None) -> None:
        with self._lock:
            present = self.headers[header.order_id]
            if present.seq != header.seq:
                raise StaleVersion()
            self.headers[header.order_id] = present.model_copy(update={"deadline_at": deadline_at})

    def claim(self, kind: ClaimKind, parts: tuple[str, ...]) -> dict[str, Any] | None:
        return self.claims.get((kind, parts))

    def uses_left(self, code: str) -> dict[int, int]:
        return self.uses.left_of(code)

    def has_ordered(self, customer_id: str) -> bool:
        """See `OrderHistory`."""
        mine = (header for header in self.headers.values() if header.customer_id == customer_id)
        return any(header.status is not OrderStatus.CANCELLED for header in mine)

    def timeline(self, order_id: str, after_seq: int = 0, limit: int | None = None) -> list[StoredEvent]:
        return self.events.get(order_id, [])[after_seq:][:limit]

    def trace(self, order_id: str) -> dict[str, Any] | None:
        return self.traces.get(order_id)

    def later_plans(self, order_id: str) -> dict[int, dict[str, Any]]:
        return self.plans.get(order_id, {})

    def contact(self, order_id: str, slot: str = "contact") -> dict[str, Any] | None:
        return self.contacts.get((order_id, slot))

    def found_by(self, kind: FoundBy, value: str) -> list[str]:
        """Orders whose contact has this phone or e-mail now, newest first; with DynamoDB the listing does this."""
        found = [
            key[0] for key, each in self.contacts.items() if known_by(key[1], each).get(kind) == sought(kind, value)
        ]
        return sorted(found, reverse=True)
