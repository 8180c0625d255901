"""Looking again for units that no node gave: the incident ends when all of them are had."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from ordo.capacity.model import NodeFull
from ordo.inventory.errors import OutOfStock
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import Busy, NotAllowedNow, NotFound
from ordo.orders.backorders import taken
from ordo.orders.cancellation import limits_of, new_fulfilments
from ordo.orders.decision import Decision, NoChange
from ordo.orders.desk import OrderDesk
from ordo.orders.elsewhere import ElsewhereSearch, Found
from ordo.orders.errors import NodeShort, OrderNotFound, StockShort
from ordo.orders.incident import Incident
from ordo.orders.model import Actor, OrderState, order_of
from ordo.orders.node_work import begun
from ordo.shipments.answers import Elsewhere, expected_with
from ordo.shipments.model import FulfilmentState, LineQuantity
from ordo.shipments.resolving import Handled, handled
from ordo.shipments.work import Decide, Visible

TRIES = 4


def source_incident(
    desk: OrderDesk, elsewhere: ElsewhereSearch, incident_id: str, actor: str, visible: Visible
) -> Handled:
    """The incident as it is after its units were looked for again; one that has ended stays as it is.

    Raises `NotFound`, `NotAllowedNow` for one of another kind, `OutOfStock` when nothing of it can be had, and `Busy`.
    """
    search = replace(elsewhere, asked=True)
    for _ in range(TRIES):
        try:
            changed = desk.change(
                order_of(incident_id),
                sourced(incident_id, search),
                actor=Actor(type="staff", id=actor),
                visible=visible,
            )
        except OrderNotFound:
            raise NotFound(f"There is no incident {incident_id}.") from None
        except (NodeShort, NodeFull, StockShort):
            continue
        return handled(changed, incident_id)
    raise Busy()


def sourced(incident_id: str, elsewhere: Elsewhere) -> Decide:
    """Give the incident's units to whoever has them."""

    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        incident = state.incidents.get(incident_id)
        if incident is None:
            raise NotFound(f"There is no incident {incident_id}.")
        if not incident.is_open:
            return NoChange()
        if incident.kind != "short":
            detail = f"Incident {incident_id} is not of units that no node gives."
            raise NotAllowedNow(detail, facts={"kind": incident.kind})
        found = elsewhere(state, now, incident.lines)
        if not found.parts:
            raise OutOfStock(_short(incident.lines))
        return _decision(state, incident, found, now)

    return decide


def _decision(state: OrderState, incident: Incident, found: Found, now: datetime) -> Decision:
    begin = FulfilmentState.OPEN if state.header.released_at else FulfilmentState.PLANNED
    new = new_fulfilments(state, found.parts, to_iso(now), begin)
    solved = not found.unsourced
    after = (
        incident.ended("sourced", now)
        if solved
        else incident.model_copy(update={"lines": found.unsourced, "changed_at": to_iso(now)})
    )
    waiting = {
        name: due for name, due in state.header.open_incidents.items() if not solved or name != incident.incident_id
    }
    ready = max(filter(None, (state.header.ready_by, found.ready_by)), default=None)
    changes = {
        "open_incidents": waiting,
        "ready_by": ready,
        "resourced": state.header.resourced + 1,
        "expected_at": expected_with(state.header, found),
    }
    return Decision(
        type="order.resourced",
        header=state.header.model_copy(update=changes),
        data={
            "incident_id": incident.incident_id,
            "sourced": [
                {"fulfilment_id": each.fulfilment_id, "node_id": each.node_id, "units": each.units} for each in new
            ],
            "unsourced": sum(line.quantity for line in found.unsourced),
        },
        implies=("incident.resolved",) if solved else (),
        records=(*new, after),
        stock=tuple(taken(new, {})),
        loads=begun(new, limits_of(found.parts)),
        plan=found.plan,
    )


def _short(lines: Iterable[LineQuantity]) -> list[dict[str, object]]:
    return [
        {**line.model_dump(exclude={"quantity"}, exclude_none=True), "requested": line.quantity, "available": 0}
        for line in lines
    ]
