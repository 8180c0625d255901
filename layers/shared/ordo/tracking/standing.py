"""Where an order is, in the few steps that a customer thinks in. Pure; every key has its words in the catalogues."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ordo.orders.model import OrderState, OrderStatus
from ordo.shipments.model import Parcel, TrackingStatus

StepState = Literal["done", "now", "todo"]
STEPS = ("placed", "confirmed", "dispatched", "out_for_delivery", "delivered")
_ON_THE_ROAD = (
    (TrackingStatus.LOST, "lost"),
    (TrackingStatus.RETURNED_TO_SENDER, "returned"),
    (TrackingStatus.DELIVERY_ATTEMPT_FAILED, "attempt_failed"),
    (TrackingStatus.EXCEPTION, "trouble"),
    (TrackingStatus.AVAILABLE_FOR_PICKUP, "pickup"),
    (TrackingStatus.OUT_FOR_DELIVERY, "out_for_delivery"),
)
"""What is said of several parcels is what a customer most needs to know of one."""
_AT_THE_DOOR = (
    TrackingStatus.OUT_FOR_DELIVERY,
    TrackingStatus.AVAILABLE_FOR_PICKUP,
    TrackingStatus.DELIVERY_ATTEMPT_FAILED,
    TrackingStatus.DELIVERED,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an order's way; `at` is when it was reached (ISO text), where that is known."""

    name: str
    state: StepState
    at: str | None = None


def parcels_of(state: OrderState) -> list[Parcel]:
    """Every parcel that has left, in the order in which they left."""
    return [parcel for shipment in state.shipments.values() for parcel in shipment.parcels]


def standing_of(state: OrderState) -> str:
    """One word for where the order is: the key `status.<word>`."""
    header = state.header
    if header.status in (OrderStatus.CANCELLED, OrderStatus.COMPLETED, OrderStatus.DELIVERED):
        return str(header.status)
    if header.units.dispatched:
        whole = header.status is OrderStatus.SHIPPED
        return _on_the_road(parcels_of(state)) or ("on_its_way" if whole else "partially_shipped")
    if not header.released_at and not header.is_covered(header.changed_at or header.placed_at):
        return "unpaid"
    if header.holds or (not header.released_at and not header.waiting_units):
        return "checking"
    if header.units.started:
        return "preparing"
    return "waiting_goods" if header.waiting_units else "confirmed"


def _on_the_road(parcels: Iterable[Parcel]) -> str | None:
    there = {parcel.status for parcel in parcels}
    return next((word for status, word in _ON_THE_ROAD if status in there), None)


def steps_of(state: OrderState) -> tuple[Step, ...]:
    """The way with what is done; none for an order that was cancelled, which goes nowhere."""
    header = state.header
    if header.status is OrderStatus.CANCELLED:
        return ()
    reached = _reached(state)
    sent = min((shipment.dispatched_at for shipment in state.shipments.values()), default=None)
    times = (header.placed_at, header.released_at, sent, None, header.delivered_at)
    states: list[StepState] = ["done" if place < reached else "todo" for place in range(len(STEPS))]
    if reached < len(STEPS):  # where it is, not what comes next: a parcel on the road is not out for delivery
        states[reached - 1] = "now"
    return tuple(Step(name, states[place], times[place]) for place, name in enumerate(STEPS))


def _reached(state: OrderState) -> int:
    """How many steps are done."""
    header = state.header
    if header.delivered_at or header.completed_at:
        return 5
    if any(parcel.status in _AT_THE_DOOR for parcel in parcels_of(state)):
        return 4
    if header.units.dispatched:
        return 3
    return 2 if header.released_at else 1
