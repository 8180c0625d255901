"""Units that count no more where they are, and count again: what a lost parcel means for the order's books. Pure.

Every unit that an order owes counts once. One that is written off leaves the order's progress, and stays on its parcel
as written off; what replaces it goes through the progress anew, or it is owed no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ordo.kernel.errors import NotAllowedNow
from ordo.orders.incident import Incident, added, less
from ordo.orders.model import OrderHeader, OrderState
from ordo.shipments.arrival import arrived
from ordo.shipments.model import Parcel, Shipment


@dataclass(frozen=True, slots=True)
class Books:
    """The header, and the shipment that has changed, if one has."""

    header: OrderHeader
    records: tuple[Shipment, ...] = ()

    def shipments(self, state: OrderState) -> tuple[Shipment, ...]:
        """Every shipment of the order, as it is now."""
        return tuple({**state.shipments, **{each.shipment_id: each for each in self.records}}.values())


def parcel_of(state: OrderState, incident: Incident) -> tuple[Shipment, Parcel] | None:
    """The parcel that an incident is about; None for one of units that no node gives.

    Of older incidents the proof that they came of knows it.
    """
    proofs = [state.proofs[each] for each in incident.causes if each in state.proofs]
    shipment_id = incident.shipment_id or (proofs[0].shipment_id if proofs else None)
    number = incident.tracking_number or (proofs[0].tracking_number if proofs else None)
    shipment = state.shipments.get(shipment_id or "")
    for parcel in shipment.parcels if shipment else ():
        if shipment and parcel.tracking_number == number:
            return shipment, parcel
    return None


def require_counted(parcel: Parcel, incident: Incident) -> None:
    """Raise `NotAllowedNow` when the incident's units do not count any more."""
    if less(incident.lines, parcel.counted):
        raise NotAllowedNow("These units were sent again, or refunded, already.", facts={"units": incident.units})


def write_off(state: OrderState, incident: Incident, now: datetime) -> Books:
    """The incident's units count no more; raises `NotAllowedNow` when they do not count any more already."""
    found = parcel_of(state, incident)
    if found is None:
        return Books(state.header)
    shipment, parcel = found
    require_counted(parcel, incident)
    changes = {
        "written_off": added(parcel.written_off, incident.lines),
        "refused": less(parcel.refused, incident.lines),
    }
    return _counted(state, shipment, parcel, parcel.model_copy(update=changes), -incident.units, now)


def count_again(state: OrderState, incident: Incident, now: datetime) -> Books:
    """The incident's units, which were written off, count again: their parcel is there."""
    found = parcel_of(state, incident)
    if found is None:
        return Books(state.header)
    shipment, parcel = found
    after = parcel.model_copy(update={"written_off": less(parcel.written_off, incident.lines)})
    return _counted(state, shipment, parcel, after, incident.units, now)


def _counted(state: OrderState, shipment: Shipment, before: Parcel, after: Parcel, units: int, now: datetime) -> Books:
    moved = shipment.model_copy(update={"parcels": tuple(after if one is before else one for one in shipment.parcels)})
    had = state.header.units
    changed = had.model_copy(
        update={"started": had.started + units, "dispatched": had.dispatched + units, "lost": had.lost - units}
    )
    header = state.header.model_copy(update={"units": changed})
    shipments = {**state.shipments, moved.shipment_id: moved}
    return Books(arrived(header, shipments.values(), now), (moved,))


def without(header: OrderHeader, ended: tuple[Incident, ...]) -> OrderHeader:
    """The header without the deadlines of incidents that have ended."""
    gone = {each.incident_id for each in ended}
    waiting = {name: due for name, due in header.open_incidents.items() if name not in gone}
    return header.model_copy(update={"open_incidents": waiting})


def settled_with(state: OrderState, incident: Incident, now: datetime) -> tuple[Incident, ...]:
    """Other open incidents of the same parcel, which end as `incident` has: nothing of it counts any more."""
    found = parcel_of(state, incident)
    if found is None or incident.resolution is None or less(found[1].counted, incident.lines):
        return ()
    shipment, parcel = found
    return tuple(
        each.ended(incident.resolution, now).model_copy(update={"ended_with": incident.incident_id})
        for each in state.incidents.values()
        if each.is_open
        and each.incident_id != incident.incident_id
        and each.is_of(shipment.shipment_id, parcel.tracking_number)
    )
