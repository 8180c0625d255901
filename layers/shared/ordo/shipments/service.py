"""A node's work and carriers' pushes, carried out at the order's desk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ordo.orders.desk import Changed, OrderDesk
from ordo.orders.errors import ClaimTaken, OrderNotFound, StockShort
from ordo.orders.model import Actor, OrderHeader, order_of
from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.errors import FulfilmentNotFound, StockNotThere, TrackingNumberTaken
from ordo.shipments.model import Fulfilment, FulfilmentState, Shipment
from ordo.shipments.picking import UNLOTTED, Pick
from ordo.shipments.waiting import Outcome, WaitingStore, record_or_wait
from ordo.shipments.work import Decide, Dispatch, advance, dispatch

Visible = Callable[[OrderHeader], bool]


@dataclass(frozen=True, slots=True)
class Worked:
    """A fulfilment as it is now, with its order and its shipments."""

    fulfilment: Fulfilment
    header: OrderHeader
    shipments: tuple[Shipment, ...]


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
    desk: OrderDesk, store: WaitingStore, command: Dispatch, visible: Visible, pick: Pick = UNLOTTED
) -> Worked:
    """Send a fulfilment off; raises also `ParcelsWrong`, `TrackingNumberTaken` and `StockNotThere`.

    What carriers have said of its numbers already is made due, so that the watcher records it within a minute.
    """
    decide = dispatch(command, pick)
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


def receive_push(
    desk: OrderDesk, store: WaitingStore, carrier: str, events: Iterable[CarrierEvent]
) -> Counter[Outcome]:
    """Record every event or keep it; raises `Busy` and what storage raises, and may then be called again with all."""
    return Counter(record_or_wait(desk, store, carrier, event) for event in events)


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
    return Worked(fulfilment, changed.header, sent)
