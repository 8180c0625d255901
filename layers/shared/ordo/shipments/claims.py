"""Claims against carriers, as pure decisions: opened once for a parcel and a reason, filed, answered, paid or expired.

A claim may outlive its order: its deadlines stay in the order's entry of the deadline index after the order has ended
(`header.open_claims`), and the watcher says what is due.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ordo.catalog.carrier_terms import ClaimTerms
from ordo.kernel.clock import from_iso, to_iso
from ordo.kernel.errors import Code, NotAllowedNow, NotFound, OrdoError
from ordo.orders.decision import Decision, NoChange
from ordo.orders.model import OrderHeader, OrderState
from ordo.shipments.claim_evidence import evidence_of
from ordo.shipments.claim_model import CarrierClaim, ClaimReason, ClaimState, RefusedFor, claim_id
from ordo.shipments.claim_value import value_of
from ordo.shipments.errors import ShipmentNotFound
from ordo.shipments.model import Parcel, Shipment, TrackingStatus
from ordo.shipments.tracking import delivery_time

Decide = Callable[[OrderState, datetime], Decision | NoChange]
S = ClaimState
EVENTS = (
    "claim.opened",
    "claim.filed",
    "claim.accepted",
    "claim.refused",
    "claim.recovered",
    "claim.settled",
    "claim.expired",
    "claim.reminded",
)
OVERDUE = "OverdueOrders"
AGAIN = timedelta(days=7)
"""A carrier that owes an answer is told of again after this time."""


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """The command. `amount` in minor units of the order's currency; None: the value, or the most that the carrier pays.
    `terms` are the carrier's by its name: it is known when the order was read.
    """

    shipment_id: str
    tracking_number: str
    reason: ClaimReason
    terms: Callable[[str], ClaimTerms]
    amount: int | None = None
    currency: str | None = None
    """That of the amount, which must be the order's."""
    incident_id: str | None = None


def opened_claim(command: OpenClaim) -> Decide:
    """Draft the claim; one of this parcel and reason that is there already stays as it is.

    Raises `NotFound`, `NotAllowedNow` (delivered and lost, nothing paid, too late) and `invalid_request` for an amount
    above the value.
    """

    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        if claim_of(state, command.shipment_id, command.tracking_number, command.reason) is not None:
            return NoChange()
        claim = drafted(state, command, now)
        return _decision("claim.opened", state, claim, {"reason": claim.reason, **_amounts(claim)})

    return decide


def claim_of(state: OrderState, shipment_id: str, number: str, reason: ClaimReason) -> CarrierClaim | None:
    """The claim of a parcel for a reason, whatever came of it."""
    sought = (shipment_id, number, reason)
    same = (each for each in state.claims.values() if (each.shipment_id, each.tracking_number, each.reason) == sought)
    return next(same, None)


def drafted(state: OrderState, command: OpenClaim, now: datetime) -> CarrierClaim:
    """The claim as it is opened; raises what `opened_claim` says."""
    shipment, parcel = _parcel(state, command.shipment_id, command.tracking_number)
    if command.reason == "lost" and parcel.status is TrackingStatus.DELIVERED:
        raise NotAllowedNow("The parcel was delivered.", facts={"tracking_status": parcel.status})
    if command.incident_id is not None and command.incident_id not in state.incidents:
        raise NotFound(f"The order has no incident {command.incident_id}.", pointer="/incident_id")
    value = value_of(state.lines, state.shipments, shipment.shipment_id, parcel.tracking_number)
    if value < 1:
        raise NotAllowedNow("Nothing was paid for what is in the parcel.", facts={"value": value})
    terms = command.terms(shipment.carrier)
    most = min(value, terms.most.get(state.header.currency, value))
    amount = most if command.amount is None else command.amount
    if amount > value:
        detail = "A claim is at most what the units in the parcel were sold for."
        raise OrdoError(detail, code=Code.INVALID_REQUEST, pointer="/amount/amount", facts={"value": value})
    file_by, remind_at = _filing(shipment, parcel, command.reason, terms, now)
    order_id = state.header.order_id
    return CarrierClaim(
        claim_id=claim_id(order_id, len(state.claims) + 1),
        order_id=order_id,
        shipment_id=shipment.shipment_id,
        tracking_number=parcel.tracking_number,
        carrier=shipment.carrier,
        reason=command.reason,
        state=S.DRAFTED,
        currency=state.header.currency,
        value=value,
        amount=amount,
        lines=parcel.lines,
        evidence=evidence_of(state, shipment, parcel, command.incident_id),
        opened_at=to_iso(now),
        changed_at=to_iso(now),
        file_by=to_iso(file_by),
        remind_at=remind_at and to_iso(remind_at),
        answer_days=terms.answer_days,
        incident_id=command.incident_id,
    )


def filed(claim: str, reference: str | None) -> Decide:
    """The carrier has it; `reference` is its number of the case. The same again changes nothing."""

    def move(found: CarrierClaim, now: datetime) -> CarrierClaim | None:
        if found.state is S.FILED and reference in (None, found.reference):
            return None
        _require(found, S.DRAFTED)
        if now >= from_iso(found.file_by):
            raise NotAllowedNow("The carrier's time for this claim is over.", facts={"file_by": found.file_by})
        answer_by = to_iso(now + timedelta(days=found.answer_days))
        return found.model_copy(update={"state": S.FILED, "reference": reference, "answer_by": answer_by})

    return _moved("claim.filed", claim, move, lambda found: {"answer_by": found.answer_by})


def accepted(claim: str, amount: int | None) -> Decide:
    """The carrier will pay so much; None: all of it. Raises `invalid_request` for more than was claimed."""

    def move(found: CarrierClaim, now: datetime) -> CarrierClaim | None:
        accepts = found.amount if amount is None else amount
        if found.state is S.ACCEPTED and found.accepted == accepts:
            return None
        _require(found, S.FILED)
        _at_most(found, accepts, found.amount)
        answer_by = to_iso(now + timedelta(days=found.answer_days))
        return found.model_copy(update={"state": S.ACCEPTED, "accepted": accepts, "answer_by": answer_by})

    return _moved("claim.accepted", claim, move, lambda found: {"accepted": found.accepted})


def refused(claim: str, reason: RefusedFor) -> Decide:
    """The carrier pays nothing. What it has paid in part already can no longer be refused."""

    def move(found: CarrierClaim, _now: datetime) -> CarrierClaim | None:
        if found.state is S.REFUSED and found.refused_for == reason:
            return None
        _require(found, S.FILED, S.ACCEPTED)
        if found.recovered:
            raise NotAllowedNow("The carrier has paid a part of it.", facts={"recovered": found.recovered})
        return found.model_copy(update={"state": S.REFUSED, "refused_for": reason, "answer_by": None})

    return _moved("claim.refused", claim, move, lambda found: {"refused_for": found.refused_for})


def recovered(claim: str, amount: int, *, final: bool) -> Decide:
    """The carrier has paid so much more; with all that was claimed, or the last of it (`final`), the claim is settled.

    The caller sees to it that one payment is told once (an idempotency key). Raises `invalid_request` for more than is
    left of what was claimed.
    """

    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        found = _find(state, claim)
        _require(found, S.FILED, S.ACCEPTED)
        total = found.recovered + amount
        _at_most(found, amount, found.amount - found.recovered)
        ends = final or total == found.amount
        answer_by = None if ends else to_iso(now + timedelta(days=found.answer_days))
        changes = {"recovered": total, "state": S.PAID if ends else S.ACCEPTED, "answer_by": answer_by}
        after = found.model_copy(update={**changes, "changed_at": to_iso(now)})
        data = {"recovered": amount, "recovered_in_all": total, "amount": after.amount, "currency": after.currency}
        return _decision("claim.settled" if ends else "claim.recovered", state, after, data)

    return decide


def claim_due(state: OrderState, now: datetime) -> Decision | NoChange:
    """What the watcher does about the first claim that is due: say it before its time is over, let it expire when it
    is, and say again that the carrier owes an answer.
    """
    due = [each for each in state.claims.values() if each.due_at and from_iso(each.due_at) <= now]
    if not due:
        return NoChange()
    found = min(due, key=lambda each: (each.due_at or "", each.claim_id))
    if found.state is S.DRAFTED and now >= from_iso(found.file_by):
        after = found.model_copy(update={"state": S.EXPIRED, "changed_at": to_iso(now)})
        return _decision("claim.expired", state, after, {"file_by": found.file_by}, metrics=(OVERDUE,))
    later = {"remind_at": None} if found.state is S.DRAFTED else {"answer_by": to_iso(now + AGAIN)}
    after = found.model_copy(update=later)
    owed = {"file_by": found.file_by} if found.state is S.DRAFTED else {"answer_by": found.answer_by}
    return _decision("claim.reminded", state, after, owed, metrics=(OVERDUE,))


def _moved(
    event: str,
    claim: str,
    move: Callable[[CarrierClaim, datetime], CarrierClaim | None],
    told: Callable[[CarrierClaim], Mapping[str, Any]],
) -> Decide:
    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        after = move(_find(state, claim), now)
        if after is None:
            return NoChange()
        after = after.model_copy(update={"changed_at": to_iso(now)})
        return _decision(event, state, after, told(after))

    return decide


def _decision(
    event: str, state: OrderState, claim: CarrierClaim, data: Mapping[str, Any], metrics: tuple[str, ...] = ()
) -> Decision:
    told = {**reference_of(claim), **data}
    return Decision(event, with_claim(state.header, claim), told, records=(claim,), metrics=metrics)


def reference_of(claim: CarrierClaim) -> dict[str, Any]:
    """As every event tells it."""
    return {
        "claim_id": claim.claim_id,
        "shipment_id": claim.shipment_id,
        "tracking_number": claim.tracking_number,
        "carrier": claim.carrier,
        "state": claim.state,
    }


def opening_of(claim: CarrierClaim) -> dict[str, Any]:
    """What its first event tells."""
    return {**reference_of(claim), "reason": claim.reason, **_amounts(claim)}


def with_claim(header: OrderHeader, claim: CarrierClaim) -> OrderHeader:
    """The header with the claim's deadline."""
    waiting = {name: due for name, due in header.open_claims.items() if name != claim.claim_id}
    if claim.due_at:
        waiting[claim.claim_id] = claim.due_at
    return header.model_copy(update={"open_claims": waiting})


def _amounts(claim: CarrierClaim) -> dict[str, Any]:
    return {"amount": claim.amount, "value": claim.value, "currency": claim.currency, "file_by": claim.file_by}


def _parcel(state: OrderState, shipment_id: str, number: str) -> tuple[Shipment, Parcel]:
    shipment = state.shipments.get(shipment_id)
    if shipment is None:
        raise ShipmentNotFound(shipment_id)
    for parcel in shipment.parcels:
        if parcel.tracking_number == number:
            return shipment, parcel
    raise NotFound("The shipment has no such parcel.", pointer="/tracking_number")


def _filing(
    shipment: Shipment, parcel: Parcel, reason: ClaimReason, terms: ClaimTerms, now: datetime
) -> tuple[datetime, datetime | None]:
    term = terms.of_reason(reason)
    delivered = delivery_time(parcel.history) if term.counted_from == "delivery" else None
    since = now if term.counted_from == "known" else from_iso(delivered or shipment.dispatched_at)
    file_by = since + timedelta(days=term.days)
    if file_by <= now:
        raise NotAllowedNow("The carrier's time for this claim is over.", facts={"file_by": to_iso(file_by)})
    remind_at = file_by - timedelta(days=terms.remind_days)
    return file_by, remind_at if now < remind_at < file_by else None


def _find(state: OrderState, claim: str) -> CarrierClaim:
    if claim not in state.claims:
        raise NotFound(f"There is no claim {claim}.")
    return state.claims[claim]


def _require(claim: CarrierClaim, *states: ClaimState) -> None:
    if claim.state not in states:
        facts = {"state": claim.state, "may": list(states)}
        raise NotAllowedNow(f"The claim is {claim.state}.", facts=facts)


def _at_most(claim: CarrierClaim, amount: int, most: int) -> None:
    if amount > most:
        detail = "That is more than was claimed."
        facts = {"amount": claim.amount, "recovered": claim.recovered}
        raise OrdoError(detail, code=Code.INVALID_REQUEST, pointer="/amount/amount", facts=facts)
