"""A node's work and carriers' pushes, carried out at the order's desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ordo.capacity.model import NodeFull
from ordo.kernel.errors import Busy
from ordo.orders.desk import Changed, OrderDesk
from ordo.orders.elsewhere import Found
from ordo.orders.errors import ClaimTaken, NodeShort, OrderNotFound, StockShort
from ordo.orders.incident import Incident
from ordo.orders.model import Actor, OrderHeader, OrderState, order_of
from ordo.shipments.answers import Elsewhere, Reply, answered
from ordo.shipments.errors import FulfilmentNotFound, StockNotThere, TrackingNumberTaken
from ordo.shipments.model import Fulfilment, FulfilmentState, LineQuantity, Shipment
from ordo.shipments.picking import UNLOTTED, Pick
from ordo.shipments.transit import Roads
from ordo.shipments.waiting import WaitingStore
from ordo.shipments.work import Decide, Dispatch, Visible, advance, dispatch, find


@dataclass(frozen=True, slots=True)
class Worked:
    """A fulfilment as it is now, with its order and its shipments."""

    fulfilment: Fulfilment
    header: OrderHeader
    shipments: tuple[Shipment, ...]
    incident: str | None = None
    """The order's open incident of units that this fulfilment was to give, if there is one."""


def work_fulfilment(
    desk: OrderDesk,
    fulfilment_id: str,
    target: FulfilmentState,
    actor: str,
    visible: Visible,
    pick: Pick = UNLOTTED,
) -> Worked:
    """Accept, pick or pack; raises `FulfilmentNotFound`, `NotAllowedNow`, `OrderOnHold`, `LotsShort` and `Busy`."""
    return _worked(_change(desk, fulfilment_id, advance(fulfilment_id, target, pick), actor, visible), fulfilment_id)


def dispatch_fulfilment(
    desk: OrderDesk,
    store: WaitingStore,
    command: Dispatch,
    visible: Visible,
    pick: Pick = UNLOTTED,
    roads: Roads | None = None,
) -> Worked:
    """Send a fulfilment off; raises also `ParcelsWrong`, `TrackingNumberTaken` and `StockNotThere`.

    What carriers have said of its numbers already is made due, so that the watcher records it within a minute.
    """
    decide = dispatch(command, pick, roads)
    try:
        changed = _change(desk, command.fulfilment_id, decide, command.actor, visible)
    except ClaimTaken:
        # The number may be taken by this very dispatch, sent twice at once: the order as it is now tells.
        changed = _again(desk, command, decide, visible)
    except StockShort as short:
        facts = [
            {"sku": sku, "node": node, "there": units} for (sku, node, _), units in sorted(short.available.items())
        ]
        raise StockNotThere("The counters do not have these units; count them.", facts={"short": facts}) from None
    worked = _worked(changed, command.fulfilment_id)
    for number in command.numbers:  # after a repeat too: the first time may have ended between the two
        store.make_due(command.carrier, number, desk.now())
    return worked


ANSWER_TRIES = 4
"""How often it is sourced again when others take the stock first; after that the units are an incident."""


def answer_fulfilment(
    desk: OrderDesk, elsewhere: Elsewhere, reply: Reply, visible: Visible, pick: Pick = UNLOTTED
) -> Worked:
    """A node rejects or picks short; what it does not give is sourced again at once, or is an incident.

    Raises `FulfilmentNotFound`, `NotAllowedNow`, `OrderOnHold`, `Busy`, and for a short pick `LotsShort`, or of what
    the fulfilment does not have `unknown_line` or `invalid_quantity`.
    """
    for left in reversed(range(ANSWER_TRIES)):
        search = elsewhere if left else nowhere(elsewhere)
        try:
            changed = _change(desk, reply.fulfilment_id, answered(reply, search, pick), reply.actor, visible)
        except (NodeShort, NodeFull):
            continue
        except StockShort as short:
            reply = _corrected(reply, short, desk)
            continue
        return _worked(changed, reply.fulfilment_id)
    raise Busy()


def nowhere(elsewhere: Elsewhere) -> Elsewhere:
    """The same search, which finds nothing: it is only asked for the policy."""

    def found(state: OrderState, now: datetime, lines: Sequence[LineQuantity]) -> Found:
        return Found(tuple(lines), incidents=elsewhere(state, now, ()).incidents)

    return found


def _corrected(reply: Reply, short: StockShort, desk: OrderDesk) -> Reply:
    """Where the node's own counter has not what is said to be missing, somebody has counted before: it gives back."""
    node = find(desk.repository.load(order_of(reply.fulfilment_id)), reply.fulfilment_id).node_id
    return replace(reply, counted=True) if any(key[1] == node for key in short.available) else reply


def _change(desk: OrderDesk, fulfilment_id: str, decide: Decide, actor: str, visible: Visible) -> Changed:
    try:
        return desk.change(order_of(fulfilment_id), decide, actor=Actor(type="client", id=actor), visible=visible)
    except OrderNotFound:
        raise FulfilmentNotFound(fulfilment_id) from None


def _again(desk: OrderDesk, command: Dispatch, decide: Decide, visible: Visible) -> Changed:
    try:
        return _change(desk, command.fulfilment_id, decide, command.actor, visible)
    except ClaimTaken:
        pointer = "/tracking_number" if command.tracking_number else "/parcels"
        raise TrackingNumberTaken("Another shipment has this tracking number.", pointer=pointer) from None


def _worked(changed: Changed, fulfilment_id: str) -> Worked:
    state, records = changed.state, changed.decision.records if changed.decision else ()
    fulfilments = {**state.fulfilments, **{one.fulfilment_id: one for one in records if isinstance(one, Fulfilment)}}
    shipments = {**state.shipments, **{one.shipment_id: one for one in records if isinstance(one, Shipment)}}
    fulfilment = fulfilments[fulfilment_id]
    sent = tuple(shipments[each] for each in fulfilment.shipment_ids)
    incidents = {**state.incidents, **{one.incident_id: one for one in records if isinstance(one, Incident)}}
    mine = (one for one in incidents.values() if one.is_open and fulfilment_id in one.causes)
    incident = next(mine, None)
    return Worked(fulfilment, changed.header, sent, incident.incident_id if incident else None)
