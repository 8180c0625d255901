"""An incident of a delivery is solved by staff: what was refused or damaged is back, settled, or was nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow, NotFound
from ordo.orders.decision import Decision, NoChange
from ordo.orders.desk import OrderDesk
from ordo.orders.errors import OrderNotFound
from ordo.orders.incident import Incident
from ordo.orders.model import Actor, OrderHeader, OrderState, order_of
from ordo.shipments.arrival import arrived

Settling = Literal["returned", "settled", "unfounded"]
REFUSED = "refused"
"""Why an order is cancelled of which everything was refused at the door."""

ENDS: dict[str, tuple[Settling, ...]] = {
    "refused": ("returned", "settled"),
    "damaged": ("returned", "settled", "unfounded"),
}
"""How staff may end an incident, by its kind. Units that no node gives are sourced or cancelled."""

Decide = Callable[[OrderState, datetime], Decision | NoChange]


def settle_incident(
    desk: OrderDesk, incident_id: str, resolution: Settling, *, actor: Actor, visible: Callable[[OrderHeader], bool]
) -> Incident:
    """The incident, solved. Raises `NotFound`, `NotAllowedNow` for one that ends otherwise or has ended so, `Busy`."""
    try:
        decide = settled(incident_id, resolution)
        changed = desk.change(order_of(incident_id), decide, actor=actor, visible=visible)
    except OrderNotFound:
        raise NotFound(f"There is no incident {incident_id}.") from None
    records = changed.decision.records if changed.decision else ()
    written = next((each for each in records if isinstance(each, Incident)), None)
    return written or changed.state.incidents[incident_id]


def settled(incident_id: str, resolution: Settling) -> Decide:
    """End the incident; units that were refused for good are no longer part of the order. Again is no change."""

    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        incident = state.incidents.get(incident_id)
        if incident is None:
            raise NotFound(f"There is no incident {incident_id}.")
        if incident.resolution == resolution:
            return NoChange()
        _require_settling(incident, resolution)
        header = _header(state, incident, now)
        return Decision(
            "incident.resolved",
            header,
            {"incident_id": incident_id, "kind": incident.kind, "resolution": resolution, "units": incident.units},
            records=(incident.ended(resolution, now),),
        )

    return decide


def _require_settling(incident: Incident, resolution: Settling) -> None:
    may = ENDS.get(incident.kind, ())
    if resolution not in may:
        detail = f"An incident of kind {incident.kind} cannot end as {resolution}."
        raise NotAllowedNow(detail, facts={"kind": incident.kind, "may": list(may)})
    if not incident.is_open:
        raise NotAllowedNow("The incident has ended otherwise.", facts={"resolution": incident.resolution})


def _header(state: OrderState, incident: Incident, now: datetime) -> OrderHeader:
    before = state.header
    waiting = {name: due for name, due in before.open_incidents.items() if name != incident.incident_id}
    header = before.model_copy(update={"open_incidents": waiting})
    if incident.kind != "refused":
        return header
    units = header.units.model_copy(update={"cancelled": header.units.cancelled + incident.units})
    header = arrived(header.model_copy(update={"units": units}), state.shipments.values(), now)
    if units.cancelled < units.total:
        return header
    return header.model_copy(update={"cancelled_at": to_iso(now), "cancel_reason": REFUSED})
