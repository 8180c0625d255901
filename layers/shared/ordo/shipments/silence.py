"""Incidents that come with time: parcels that have fallen silent, and an order that is later than promised. Pure.

The watcher looks when an order's `silence` is due, and each time finds either an incident to open or the time to look
again: the earliest at which a parcel's silence passes a limit of its carrier (`quiet.next_look`). A parcel's silence is
an incident once: what it ended with does not open it again before the carrier has said something new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from ordo.kernel.clock import from_iso, to_iso
from ordo.orders.decision import Decision
from ordo.orders.incident import Facts, Incident
from ordo.orders.model import OrderState
from ordo.orders.proposals import Policies
from ordo.shipments.eta import eta_of
from ordo.shipments.model import Parcel, Shipment, TrackingStatus
from ordo.shipments.parcel_incidents import Cases, Wanted, opening
from ordo.shipments.quiet import Patience, Suspicion, next_look, suspicion

Patiences = Callable[[str], Patience]
"""By carrier."""
SILENT, LATE = "silent", "late"
"""Why such an incident was opened."""
_OVER = (TrackingStatus.DELIVERED, TrackingStatus.RETURNED_TO_SENDER, TrackingStatus.LOST)


def silent_cases(state: OrderState, now: datetime, patiences: Patiences, policies: Policies) -> Decision | None:
    """Open what the silence of its parcels means now; None when that is nothing new."""
    found = Cases()
    at = state
    for shipment, parcel in _on_the_road(state):
        told = suspicion(parcel, from_iso(shipment.dispatched_at), patiences(shipment.carrier), now)
        if told is None or _is_known(at, shipment, parcel, told):
            continue
        wanted = Wanted(told.kind, f"{SILENT}#{told.kind}#{to_iso(told.since)}", SILENT, Facts(**told.facts))
        opened = opening(at, shipment, parcel, [wanted], policies(state.header.channel, now), now)
        ended = {each.incident_id: each for each in _became(at, shipment, parcel, told, now)}
        at = replace(at, incidents={**at.incidents, **ended, **{each.incident_id: each for each in opened}})
        found = Cases((*found.opened, *opened), {**found.ended, **ended})
    return _opened(state, found) if found.opened else None


def late_cases(state: OrderState, now: datetime, policies: Policies) -> Decision | None:
    """Open `delayed` for parcels that are on the road when the promise has passed, once for each; None: none is."""
    promised = state.header.promised_at
    if promised is None or to_iso(now) < promised:
        return None
    found, at = Cases(), state
    for shipment, parcel in _on_the_road(state):
        mine = [each for each in at.incidents.values() if each.is_of(shipment.shipment_id, parcel.tracking_number)]
        if any(each.is_open or each.kind == "delayed" for each in mine):
            continue  # somebody looks after this parcel already, or has
        likely = eta_of(shipment, state.header, now).likely
        facts = Facts(promised_at=promised, eta=to_iso(likely) if likely else None, last_status=parcel.status)
        wanted = Wanted("delayed", f"{LATE}#{promised}", LATE, facts)
        opened = opening(at, shipment, parcel, [wanted], policies(state.header.channel, now), now)
        at = replace(at, incidents={**at.incidents, **{each.incident_id: each for each in opened}})
        found = Cases((*found.opened, *opened))
    return _opened(state, found) if found.opened else None


def look_again(state: OrderState, now: datetime, patiences: Patiences) -> datetime | None:
    """When the silence of a parcel says something else if nothing is heard; None: never."""
    looks = (
        next_look(parcel, from_iso(shipment.dispatched_at), patiences(shipment.carrier), now)
        for shipment, parcel in _on_the_road(state)
    )
    return min(filter(None, looks), default=None)


def is_silent_for(state: OrderState, now: datetime, hours: int) -> bool:
    """Whether nothing was heard of the order's parcels for so long."""
    moved = state.header.moved_at
    return moved is not None and now - from_iso(moved) >= timedelta(hours=hours)


def _opened(state: OrderState, cases: Cases) -> Decision:
    return Decision(
        "incident.opened",
        cases.on(state.header),
        {**cases.told(), "kind": cases.opened[0].kind},
        implies=("incident.resolved",) if cases.ended else (),
        records=cases.records,
    )


def _on_the_road(state: OrderState) -> Iterator[tuple[Shipment, Parcel]]:
    for shipment in state.shipments.values():
        for parcel in shipment.parcels:
            if parcel.status not in _OVER and parcel.counted:
                yield shipment, parcel


def _is_known(state: OrderState, shipment: Shipment, parcel: Parcel, told: Suspicion) -> bool:
    """Whether this silence was an incident of this kind, or one is open; that a lost one stalls is no news."""
    mine = (each for each in state.incidents.values() if each.is_of(shipment.shipment_id, parcel.tracking_number))
    worse = {"lost"} if told.kind == "lost" else {"lost", "stalled"}
    since = to_iso(told.since)
    return any(each.kind in worse and (each.is_open or (each.facts.last_sign_at or "") >= since) for each in mine)


def _became(
    state: OrderState, shipment: Shipment, parcel: Parcel, told: Suspicion, now: datetime
) -> Iterator[Incident]:
    """A stalled parcel that is suspected lost is looked for as a lost one; what was late is late no more."""
    if told.kind != "lost":
        return
    for each in state.incidents.values():
        mine = each.is_of(shipment.shipment_id, parcel.tracking_number)
        if mine and each.is_open and each.kind in ("stalled", "delayed"):
            yield each.ended("became_lost", now)
