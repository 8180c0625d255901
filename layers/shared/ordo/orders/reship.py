"""Sending units again that did not reach the customer: free of charge, from the best node now, all or none. Pure.

The lost units are written off and new work begins, in one commit; the order's money stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from ordo.inventory.errors import OutOfStock
from ordo.inventory.model import merge
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.backorders import given_back, leaving, taken
from ordo.orders.cancellation import limits_of, new_fulfilments, reserving
from ordo.orders.decision import Decision
from ordo.orders.elsewhere import Found
from ordo.orders.incident import Incident
from ordo.orders.model import OrderHeader, OrderState, Record
from ordo.orders.node_work import begun, ended
from ordo.orders.write_off import Books, count_again, parcel_of, require_counted, settled_with, without, write_off
from ordo.shipments.model import Fulfilment, FulfilmentState, LineQuantity
from ordo.shipments.picking import lots_back

Elsewhere = Callable[[OrderState, datetime, Sequence[LineQuantity]], Found]


def require_reshippable(state: OrderState, incident: Incident) -> None:
    """Raise `NotAllowedNow` for an incident that has nothing to send again, or an order that has ended or waits."""
    header = state.header
    if not header.is_open:
        raise NotAllowedNow(
            f"The order is {header.status}: nothing of it is sent again.", facts={"status": header.status}
        )
    if header.holds:
        kinds = sorted({hold.kind for hold in header.holds})
        raise NotAllowedNow("The order is on hold.", facts={"holds": kinds})
    if not incident.is_open:
        raise NotAllowedNow("The incident has ended.", facts={"resolution": incident.resolution})
    found = parcel_of(state, incident)
    if incident.kind in ("short", "turned_up") or found is None:
        raise NotAllowedNow("The incident has no parcel to be sent again.", facts={"kind": incident.kind})
    require_counted(found[1], incident)


def all_of(found: Found, incident: Incident) -> Found:
    """The same, when everything is there now; raises `OutOfStock` with what there is: part of it, or later, is not."""
    later = [line for part in found.parts if part.wait for line in part.lines]
    lacking = [*found.unsourced, *later]
    if lacking:
        raise OutOfStock([_short(line, lacking) for line in incident.lines if _units(line, lacking)])
    return found


def taken_by(found: Found) -> list[dict[str, Any]]:
    """Units that a reship takes, by SKU and node: what a preview shows and its apply must do."""
    units: dict[tuple[str, str], int] = {}
    for part in found.parts:
        for line in part.lines:
            units[line.sku, part.node_id] = units.get((line.sku, part.node_id), 0) + line.quantity
    return [{"sku": sku, "node_id": node, "quantity": count} for (sku, node), count in sorted(units.items())]


def reshipment(
    state: OrderState,
    incident: Incident,
    found: Found,
    now: datetime,
    *,
    data: dict[str, Any],
    reason: str | None,
    records: tuple[Record, ...] = (),
) -> Decision:
    """Write the parcel's units off, give nodes the work of `found`, and end the incident."""
    new = new_fulfilments(state, found.parts, to_iso(now), FulfilmentState.OPEN, replaces=incident.incident_id)
    books = write_off(state, incident, now)
    after = incident.ended("reshipped", now)
    others = settled_with(state, after, now)
    gone = (after, *others)
    changes = {
        "filled_at": to_iso(now),  # its node has its time to ship from now on
        "ready_by": max(filter(None, (state.header.ready_by, found.ready_by)), default=None),
        "resourced": state.header.resourced + 1,
    }
    return Decision(
        "order.reshipped",
        without(books.header, gone).model_copy(update=changes),
        {
            **data,
            "incident_id": incident.incident_id,
            "kind": incident.kind,
            "resolution": after.resolution,
            "units": incident.units,
            "shipment_id": incident.shipment_id,
            "tracking_number": incident.tracking_number,
            "sourced": [
                {"fulfilment_id": each.fulfilment_id, "node_id": each.node_id, "units": each.units} for each in new
            ],
            "incidents_resolved": sorted(each.incident_id for each in gone),
        },
        implies=("incident.resolved",),
        reason=reason,
        records=(*books.records, *new, *gone, *records),
        stock=tuple(taken(new, {})),
        loads=begun(new, limits_of(found.parts)),
        plan=found.plan,
    )


def replacing(state: OrderState, incident_id: str) -> list[Fulfilment]:
    """Work that sends the units of an incident again, and has not left: it could still be ended."""
    return [each for each in reserving(state) if each.replaces == incident_id]


def interception(state: OrderState, incident: Incident, now: datetime, reason: str | None) -> Decision:
    """The parcel is there again: what was to replace it ends, and its units count again.

    Raises `NotAllowedNow` when something of it has left, or was given up since.
    """
    writer = next((state.incidents[each] for each in incident.causes if each in state.incidents), None)
    works = replacing(state, writer.incident_id) if writer else []
    if writer is None or sum(each.units for each in works) != writer.units:
        left = sorted(each.fulfilment_id for each in works)
        raise NotAllowedNow("What replaces the parcel has left, or is not whole any more.", facts={"fulfilments": left})
    books = count_again(state, writer, now)
    after = incident.ended("intercepted", now)
    return Decision(
        "incident.resolved",
        without(_unstarted(books, works), (after,)),
        {
            **after.told(),
            "resolution": after.resolution,
            "fulfilments_cancelled": sorted(each.fulfilment_id for each in works),
        },
        reason=reason,
        records=(*books.records, *(_cancelled(each, now) for each in works), after),
        stock=tuple(merge(given_back(works))),
        loads=ended(works),
        queue=leaving(works),
        lots=lots_back(works),
    )


_NOT_BEGUN = (FulfilmentState.PLANNED, FulfilmentState.WAITING, FulfilmentState.OPEN)


def _unstarted(books: Books, works: Sequence[Fulfilment]) -> OrderHeader:
    begun_units = sum(each.units for each in works if each.state not in _NOT_BEGUN)
    units = books.header.units
    return books.header.model_copy(update={"units": units.model_copy(update={"started": units.started - begun_units})})


def _cancelled(work: Fulfilment, now: datetime) -> Fulfilment:
    return work.model_copy(update={"state": FulfilmentState.CANCELLED, "changed_at": to_iso(now), "lots": ()})


def _units(line: LineQuantity, lacking: Sequence[LineQuantity]) -> int:
    return sum(each.quantity for each in lacking if each.key == line.key)


def _short(line: LineQuantity, lacking: Sequence[LineQuantity]) -> dict[str, Any]:
    told = line.model_dump(exclude={"quantity"}, exclude_none=True)
    return {**told, "requested": line.quantity, "available": line.quantity - _units(line, lacking)}
