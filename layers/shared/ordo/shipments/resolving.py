"""What is decided about an incident, by staff or by the channel's policy: pure decisions, and carrying them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from ordo.capacity.model import NodeFull
from ordo.catalog.carrier_terms import ClaimTerms
from ordo.kernel.clock import from_iso, to_iso
from ordo.kernel.errors import Busy, NotAllowedNow, NotFound
from ordo.orders.accounts import Booked
from ordo.orders.decision import Decision, NoChange
from ordo.orders.desk import Changed, OrderDesk
from ordo.orders.errors import NodeShort, OrderNotFound, StockShort
from ordo.orders.giving_back import refund
from ordo.orders.incident import Act, Done, Incident, Resolution
from ordo.orders.model import Actor, ChangeState, OrderChange, OrderHeader, OrderState, order_of
from ordo.orders.preview import reship_preview
from ordo.orders.proposals import PROPOSED
from ordo.orders.reship import Elsewhere, all_of, interception, require_reshippable, reshipment
from ordo.orders.write_off import parcel_of
from ordo.shipments.claim_model import CarrierClaim, ClaimReason
from ordo.shipments.claims import OpenClaim, claim_of, drafted, opening_of, with_claim
from ordo.shipments.settlement import Settling, ends_of, settlement

Decided = Literal["reship", "refund", "intercept", "contact_customer", "claim", "return", "wait"] | Settling
RESULTS: Mapping[str, Resolution] = {
    "reship": "reshipped",
    "refund": "refunded",
    "intercept": "intercepted",
    "keep": "kept",
    "dismiss": "dismissed",
    "returned": "returned",
    "settled": "settled",
    "unfounded": "unfounded",
}
"""How an incident has ended, by what was decided."""
CLAIMED_AS: Mapping[str, ClaimReason] = {"damaged": "damaged"}
"""For what a carrier is claimed from, by the kind of the incident; for any other for a loss."""
WAIT_HOURS = 24
TRIES = 4
"""How often a reship is planned again when others take the stock first."""

Visible = Callable[[OrderHeader], bool]
Refunds = Callable[[OrderState, Incident], Booked]
Decide = Callable[[OrderState, datetime], Decision | NoChange]


@dataclass(frozen=True, slots=True)
class Remedies:
    """What decisions ask: where units can be had (by staff: of any node), and what a refund comes to."""

    elsewhere: Elsewhere
    refunds: Refunds
    claim_terms: Callable[[str], ClaimTerms]
    """By the carrier's name."""


@dataclass(frozen=True, slots=True)
class Resolve:
    """The command. `hours`: how long it is put off; `change_id`: of the order change that a reship is kept as."""

    incident_id: str
    decided: Decided
    change_id: str
    reason: str | None = None
    hours: int = WAIT_HOURS
    version: int | None = None


def resolve_incident(
    desk: OrderDesk, remedies: Remedies, command: Resolve, *, actor: Actor, visible: Visible | None = None
) -> Handled:
    """The incident after the decision; the same again changes nothing.

    Raises `NotFound`, `NotAllowedNow` for what its kind or state does not allow, `OutOfStock` when not all of it can be
    sent again, `VersionConflict`, what refunds refuse, and `Busy`.
    """
    decide = resolved(command, remedies, actor)
    for _ in range(TRIES):
        try:
            changed = desk.change(
                order_of(command.incident_id), decide, actor=actor, expected_version=command.version, visible=visible
            )
        except OrderNotFound:
            raise NotFound(f"There is no incident {command.incident_id}.") from None
        except (NodeShort, NodeFull, StockShort):
            continue
        return handled(changed, command.incident_id)
    raise Busy()


@dataclass(frozen=True, slots=True)
class Handled:
    """An incident as it is now, with its order."""

    incident: Incident
    header: OrderHeader


def handled(changed: Changed, incident_id: str) -> Handled:
    """The incident as a change has left it."""
    written = changed.decision.records if changed.decision else ()
    found = {each.incident_id: each for each in written if isinstance(each, Incident)}
    return Handled(found.get(incident_id) or changed.state.incidents[incident_id], changed.header)


def read_incident(desk: OrderDesk, incident_id: str, visible: Visible) -> Handled:
    """The incident; raises `NotFound`, also for one of an order that is not visible."""
    try:
        state = desk.repository.load(order_of(incident_id))
    except OrderNotFound:
        raise NotFound(f"There is no incident {incident_id}.") from None
    if not visible(state.header):
        raise NotFound(f"There is no incident {incident_id}.")
    return Handled(find_incident(state, incident_id), state.header)


def resolved(command: Resolve, remedies: Remedies, actor: Actor) -> Decide:
    """Do what was decided."""

    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        incident = find_incident(state, command.incident_id)
        if _is_repeat(incident, command):
            return NoChange()
        require_decidable(incident, command.decided)
        if command.decided == "reship":
            return _reship(state, incident, remedies, command, actor, now)
        if command.decided == "refund":
            return refund(state, incident, remedies.refunds(state, incident), now, command.reason)
        if command.decided == "intercept":
            return interception(state, incident, now, command.reason)
        if command.decided in get_args(Settling):
            return settlement(state, incident, command.decided, now, command.reason)  # type: ignore[arg-type]
        claim = _claim(state, incident, remedies, now) if command.decided == "claim" else None
        return _done(state, incident, command, actor, claim, now)

    return decide


def find_incident(state: OrderState, incident_id: str) -> Incident:
    """The order's incident of this id; raises `NotFound`."""
    if incident_id not in state.incidents:
        raise NotFound(f"There is no incident {incident_id}.")
    return state.incidents[incident_id]


def may_decide(incident: Incident) -> tuple[str, ...]:
    """What may be decided about it now."""
    if not incident.is_open:
        return ()
    put_off = () if incident.was_put_off else ("wait",)
    proposed = tuple(each for each in PROPOSED[incident.kind] if each != "keep")
    return (*proposed, *ends_of(incident.kind), *put_off)


def require_decidable(incident: Incident, decided: str) -> None:
    """Raise `NotAllowedNow` with what may be decided instead."""
    if not incident.is_open:
        raise NotAllowedNow("The incident has ended otherwise.", facts={"resolution": incident.resolution})
    may = may_decide(incident)
    if decided not in may:
        detail = f"Of an incident of kind {incident.kind} {decided!r} cannot be decided now."
        raise NotAllowedNow(detail, facts={"kind": incident.kind, "may": list(may)})


def _is_repeat(incident: Incident, command: Resolve) -> bool:
    if not incident.is_open:
        return incident.resolution == RESULTS.get(command.decided)
    return command.decided != "wait" and any(act.action == command.decided for act in incident.done)


def _reship(
    state: OrderState, incident: Incident, remedies: Remedies, command: Resolve, actor: Actor, now: datetime
) -> Decision:
    require_reshippable(state, incident)
    found = all_of(remedies.elsewhere(state, now, incident.lines), incident)
    change = OrderChange(
        change_id=command.change_id,
        order_id=incident.order_id,
        kind="reship",
        state=ChangeState.APPLIED,
        requested_by=actor,
        reason=command.reason or f"incident:{incident.kind}",
        based_on=state.header.seq,
        preview=reship_preview(state, incident, found),
        created_at=to_iso(now),
        incident_id=incident.incident_id,
    )
    data = {"change_id": change.change_id, "requested_by": actor.type}
    return reshipment(state, incident, found, now, data=data, reason=command.reason, records=(change,))


def _claim(state: OrderState, incident: Incident, remedies: Remedies, now: datetime) -> CarrierClaim | None:
    """The claim for the incident's parcel, drafted; None when there is one for this reason already."""
    found = parcel_of(state, incident)
    if found is None:
        raise NotAllowedNow("The incident has no parcel to be claimed for.", facts={"kind": incident.kind})
    shipment, parcel = found
    reason = CLAIMED_AS.get(incident.kind, "lost")
    if claim_of(state, shipment.shipment_id, parcel.tracking_number, reason) is not None:
        return None
    command = OpenClaim(
        shipment.shipment_id, parcel.tracking_number, reason, remedies.claim_terms, incident_id=incident.incident_id
    )
    return drafted(state, command, now)


def _done(
    state: OrderState,
    incident: Incident,
    command: Resolve,
    actor: Actor,
    claim: CarrierClaim | None,
    now: datetime,
) -> Decision:
    """Something was done that does not end it: a claim is drafted, it is put off, or somebody did what is told."""
    action: Done = command.decided  # type: ignore[assignment]  # what else there is was decided before
    act = Act(action=action, at=to_iso(now), by=actor.id)
    deadline = incident.deadline
    if action == "wait":
        deadline = to_iso(max(now, from_iso(deadline)) + timedelta(hours=command.hours))
    changes = {"done": (*incident.done, act), "deadline": deadline, "changed_at": to_iso(now)}
    after = incident.model_copy(update=changes)
    waiting = {**state.header.open_incidents, after.incident_id: deadline}
    header = state.header.model_copy(update={"open_incidents": waiting})
    return Decision(
        "incident.acted",
        with_claim(header, claim) if claim else header,
        {**after.told(), "action": action, **(opening_of(claim) if claim else {})},
        implies=("claim.opened",) if claim else (),
        reason=command.reason,
        records=(after, claim) if claim else (after,),
    )
