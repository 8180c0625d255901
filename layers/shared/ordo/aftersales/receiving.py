"""What comes back is counted and inspected: stock, money and the return's state follow in one commit. Pure
decisions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ordo.aftersales.arrived import Came, come
from ordo.aftersales.books import find_return, in_hours, moved
from ordo.aftersales.eligibility import Case, findings_of, verdict_of
from ordo.aftersales.exchanging import Finished, close, drafted, finish
from ordo.aftersales.model import (
    AWAITED,
    Disposition,
    Finding,
    Inspected,
    Return,
    ReturnState,
    ReturnTerms,
    Wanted,
    claimed,
    return_id,
)
from ordo.aftersales.restocking import ShelfReader, restocked
from ordo.aftersales.settling import NOTHING_DUE, Due, due_for, postings_for, with_payout
from ordo.catalog.return_policies import Condition, ReturnPolicy
from ordo.inventory.demand import demand_key
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import Code, NotAllowedNow, OrdoError
from ordo.orders.accounts import Accounts
from ordo.orders.decision import Claim, Decision
from ordo.orders.model import OrderState
from ordo.orders.posting import with_postings
from ordo.shipments.proof_model import KeptFile

MAX_UNITS = 200
"""Groups of units of one return: each may have a serial number and photos."""


@dataclass(frozen=True, slots=True)
class Received:
    """Equal units as they were inspected. `line_id` None: they are none of the order's, and `sku` says what was read.
    `lot` is where units go that are kept by lot. `deduction` (minor units) stands in place of the policy's.
    """

    quantity: int
    condition: Condition
    disposition: Disposition
    line_id: str | None = None
    part: int | None = None
    sku: str | None = None
    serial: str | None = None
    accepted: bool = True
    deduction: int = 0
    lot: str | None = None
    expires_on: str | None = None
    files: tuple[KeptFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Unannounced:
    """Of goods that nobody announced: the channel's policy, and the classes of the products by SKU."""

    policy: ReturnPolicy
    classes: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Receive:
    """The command. `return_id` None: the goods came by themselves, and a return begins with them (`unannounced`).
    `complete`: no more of it is expected. `actor` is a reference, for the ledger.
    """

    return_id: str | None
    node_id: str
    units: tuple[Received, ...]
    complete: bool
    actor: str
    unannounced: Unannounced | None = None
    claim: Callable[[str, int], Claim] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Desk:
    """What receiving asks: refunds of the order, and shelves of nodes."""

    accounts: Accounts
    shelves: ShelfReader


def receive(command: Receive, desk: Desk) -> Callable[[OrderState, datetime], Decision]:
    """Record what came, restock what is good, book what it is worth, and end the return when no more comes.

    What nobody has decided yet, or nobody announced and no rule approves, is kept for a decision. Raises `NotFound`,
    `NotAllowedNow`, `unknown_line`, `invalid_quantity`, and what refunds refuse.
    """

    def decide(state: OrderState, now: datetime) -> Decision:
        found = find_return(state, command.return_id) if command.return_id else _begun(state, command, now)
        if found.state not in (*AWAITED, "requested"):
            detail = f"A return that is {found.state} takes no goods; record them as goods of their own."
            raise NotAllowedNow(detail, facts={"state": found.state})
        return _Receipt(state, found, command, desk, now).decision()

    return decide


class _Receipt:
    """One receipt, worked out once."""

    def __init__(self, state: OrderState, found: Return, command: Receive, desk: Desk, now: datetime) -> None:
        self.state, self.found, self.command, self.desk, self.now = state, found, command, desk, now
        self.number = found.receipts + 1
        units = _inspected(state, found, command, self.number, now)
        _require_there(state, found, units)
        self.units = units
        self.restocked = restocked(state, found, command, units, desk.shelves, now)

    @property
    def is_complete(self) -> bool:
        """Whether no more is expected: so it was said, or all that was announced is here."""
        if self.command.complete or self.found.unannounced:
            return True
        had = (*self.found.units, *self.units)
        keys = {line.key for line in self.found.lines}
        return all(
            sum(each.quantity for each in had if each.key == key)
            >= sum(line.quantity for line in self.found.lines if line.key == key)
            for key in keys
        )

    def decision(self) -> Decision:
        """The commit."""
        due, units = self._due()
        postings = postings_for(self.state, self.found, due, self.now)
        with_units = self.found.model_copy(
            update={
                "units": (*self.found.units, *units),
                "receipts": self.number,
                "refunded": self.found.refunded + due.payout,
                "deducted": self.found.deducted + due.deducted,
                "label_charged": self.found.label_charged or bool(due.label_fee),
                "findings": (*self.found.findings, *_unsealed(self.found, units)),
            }
        )
        new = self._new_state(with_units)
        after = self._after(with_units, new)
        told, implies = self._told(after, due, units), self._implies(new)
        if new == "ended" and after.exchange is not None:
            draft = close(self.state, after, self.desk.accounts, self.now)
            decision = replace(drafted("return.received", draft, after, **told), implies=implies)
            return self._with_stock(decision, after)
        end = Finished()
        if new == "settled":
            end = finish(self.state, after, self.now, before=len(postings))
        booked = (*postings, *end.postings)
        header, after = with_payout(self.state.header, with_postings(self.state.header, booked), after)
        decision = moved("return.received", header, after, *booked, *end.records, implies=implies, **told)
        return self._with_stock(decision, after)

    def _due(self) -> tuple[Due, tuple[Inspected, ...]]:
        """Money now where it is decided that there is some: else it is worked out when that is."""
        if not is_payable(self.found):
            return NOTHING_DUE, self.units
        due = due_for(self.state, self.found, self.units, self.desk.accounts)
        return due, with_deductions(self.units, due)

    def _new_state(self, after: Return) -> ReturnState:
        if not self.is_complete:
            return self.found.state if self.found.state == "requested" else "part_received"
        if not is_decided(self.found) or after.outcome == "repair":
            return "inspected"
        return "settled" if any(each.accepted for each in after.units) else "ended"

    def _after(self, after: Return, new: ReturnState) -> Return:
        deadline = in_hours(self.now, after.terms.settle_hours) if new == "inspected" else after.deadline
        ending = None if new != "ended" else "rejected" if after.units else "nothing_came"
        return after.now(new, self.now, deadline=deadline, ending=ending)

    def _implies(self, new: ReturnState) -> tuple[str, ...]:
        names = {"inspected": ("return.inspected",), "settled": ("return.inspected", "return.settled")}
        return names.get(new, ("return.inspected", "return.ended") if new == "ended" else ())

    def _told(self, after: Return, due: Due, units: tuple[Inspected, ...]) -> dict[str, Any]:
        currency = self.state.header.currency
        return {
            "receipt": self.number,
            "node_id": self.command.node_id,
            "received": [_told(each) for each in units],
            "differences": list(after.differences()) if after.state != "part_received" else [],
            "refund": {"amount": due.payout, "currency": currency},
            "deducted": {"amount": due.deducted, "currency": currency},
            "files": [file.told() for each in units for file in each.files],
        }

    def _with_stock(self, decision: Decision, after: Return) -> Decision:
        claim = self.command.claim
        held = (claim(after.return_id, self.state.header.seq + 1),) if claim else ()
        back = self.restocked
        stock, lots = (*decision.stock, *back.moves), (*decision.lots, *back.lots)
        return replace(decision, claims=held, stock=stock, lots=lots, movement=back.movement)


def is_decided(found: Return) -> bool:
    """Whether somebody, or the policy, has said that it may come back."""
    return found.decided_at is not None


def is_payable(found: Return) -> bool:
    """Whether what comes is paid for as it comes."""
    return is_decided(found) and found.outcome in ("refund", "store_credit", "exchange")


def with_deductions(units: tuple[Inspected, ...], due: Due) -> tuple[Inspected, ...]:
    """The units with what was held back for each."""
    deductions = due.deductions or (0,) * len(units)
    return tuple(
        each.model_copy(update={"deduction": lowered}) for each, lowered in zip(units, deductions, strict=True)
    )


def _begun(state: OrderState, command: Receive, now: datetime) -> Return:
    """Goods that nobody announced: the policy speaks, and what it does not approve waits for somebody."""
    if command.unannounced is None:
        raise NotAllowedNow("The goods are of no return.")
    if not command.units:
        raise NotAllowedNow("Nothing came.")
    policy, came = command.unannounced.policy, come(state)
    lines = tuple(_as_wanted(state, came, each, place) for place, each in enumerate(command.units) if each.line_id)
    found = findings_of(state, Case(policy, lines, came, "no_reason", command.unannounced.classes), now)
    found = (*found, Finding(rule="unannounced", verdict="automatic"))
    verdict = verdict_of(found) if lines else "by_hand"
    return Return(
        return_id=return_id(state.header.order_id, len(state.returns) + 1),
        order_id=state.header.order_id,
        state="approved",
        outcome="refund",
        reason="no_reason",
        requested_by=command.actor,
        requested_at=to_iso(now),
        changed_at=to_iso(now),
        deadline=in_hours(now, policy.settle_hours),
        lines=(),
        verdict=verdict,
        findings=found,
        terms=_terms_of(policy),
        unannounced=True,
        decided_by="policy" if verdict == "automatic" else None,
        decided_at=to_iso(now) if verdict == "automatic" else None,
    )


def _terms_of(policy: ReturnPolicy) -> ReturnTerms:
    deductions = {name: share.text for name, share in policy.deductions.items()}
    return ReturnTerms(preset=policy.preset, settle_hours=policy.settle_hours, fee=policy.fee, deductions=deductions)


def _as_wanted(state: OrderState, came: Mapping[str, Came], unit: Received, place: int) -> Wanted:
    key = demand_key(unit.line_id or "", unit.part)
    if key not in came:
        raise _unknown(key, place)
    line = came[key].line
    opened = unit.condition != "as_new"
    return Wanted(line_id=line.line_id, sku=line.sku, quantity=unit.quantity, part=line.part, opened=opened)


def _inspected(state: OrderState, found: Return, command: Receive, number: int, now: datetime) -> tuple[Inspected, ...]:
    if len(found.units) + len(command.units) > MAX_UNITS:
        raise NotAllowedNow(f"A return has at most {MAX_UNITS} groups of units.", facts={"limit": MAX_UNITS})
    came = come(state)
    return tuple(
        Inspected(
            line_id=each.line_id,
            sku=_sku(came, each, place),
            quantity=each.quantity,
            condition=each.condition,
            disposition=each.disposition,
            node_id=command.node_id,
            receipt=number,
            received_at=to_iso(now),
            part=each.part,
            serial=each.serial,
            files=each.files,
            accepted=each.accepted and not _is_unsealed(found, each),
            deduction=each.deduction,
        )
        for place, each in enumerate(command.units)
    )


def _sku(came: Mapping[str, Came], unit: Received, place: int) -> str:
    if unit.line_id is None:
        return unit.sku or ""
    key = demand_key(unit.line_id, unit.part)
    if key not in came:
        raise _unknown(key, place)
    return came[key].line.sku


def _unknown(key: str, place: int) -> OrdoError:
    return OrdoError(f"Nothing of line {key!r} has come.", code=Code.UNKNOWN_LINE, pointer=f"/units/{place}/line_id")


def _is_unsealed(found: Return, unit: Received) -> bool:
    """Whether it was unsealed and a rule says that then it does not come back, so that it stays the customer's."""
    key = demand_key(unit.line_id, unit.part) if unit.line_id else ""
    return key in found.terms.sealed and unit.condition != "as_new"


def _unsealed(found: Return, units: Sequence[Inspected]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            rule=found.terms.sealed[each.key],
            verdict="refused",
            line_id=each.line_id,
            facts={"condition": each.condition, "judged": "at_inspection"},
        )
        for each in units
        if each.key in found.terms.sealed and each.condition != "as_new"
    )


def _require_there(state: OrderState, found: Return, units: Sequence[Inspected]) -> None:
    """More than announced may come, but never more than the customer had."""
    came = come(state)
    wanted: dict[str, int] = {}
    for place, each in enumerate(units):
        if each.key is None:
            continue
        wanted[each.key] = wanted.get(each.key, 0) + each.quantity
        others = claimed(state.returns, each.key, but=found.return_id)
        left = came[each.key].line.quantity - others - found.received_of(each.key)
        if wanted[each.key] > left:
            detail = f"At most {left} more units of line {each.key!r} can come back."
            facts = {"left": left}
            raise OrdoError(detail, code=Code.INVALID_QUANTITY, pointer=f"/units/{place}/quantity", facts=facts)


def _told(unit: Inspected) -> dict[str, Any]:
    return unit.model_dump(
        mode="json", exclude={"files", "receipt", "received_at", "serial", "node_id"}, exclude_none=True
    )
