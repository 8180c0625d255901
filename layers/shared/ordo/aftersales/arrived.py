"""What of an order has come, and so may come back: units by line or part, and since when the customer has them.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ordo.aftersales.model import claimed
from ordo.orders.model import OrderState
from ordo.shipments.model import LineQuantity, Parcel, Shipment
from ordo.shipments.tracking import delivery_time


@dataclass(frozen=True, slots=True)
class Came:
    """Units of a line, or of a part, that the customer has; the last of them since `at` (an ISO text). `left`: how many
    of them no return has asked for yet.
    """

    line: LineQuantity
    at: str
    left: int
    node_id: str
    """The node that sent the last of them."""


def come(state: OrderState) -> dict[str, Came]:
    """By line or part, what has come: by the carriers, or by the customer's own word where these said nothing."""
    found: dict[str, Came] = {}
    for shipment, parcel in _parcels(state):
        at, lines = _had(state, shipment, parcel)
        for line in lines if at else ():
            had = found.get(line.key)
            whole = line.model_copy(update={"quantity": line.quantity + (had.line.quantity if had else 0)})
            node = state.fulfilments[shipment.fulfilment_id].node_id
            left = whole.quantity - claimed(state.returns, line.key)
            found[line.key] = Came(whole, max(at, had.at) if had else at, max(0, left), node)
    return found


def _parcels(state: OrderState) -> Iterator[tuple[Shipment, Parcel]]:
    for shipment in state.shipments.values():
        for parcel in shipment.parcels:
            yield shipment, parcel


def _had(state: OrderState, shipment: Shipment, parcel: Parcel) -> tuple[str, tuple[LineQuantity, ...]]:
    said = delivery_time(parcel.history)
    if parcel.delivered and said:
        return max(said, shipment.dispatched_at), parcel.delivered
    if state.header.completed_at:  # the customer has said that it came, or nobody that it did not
        return state.header.completed_at, parcel.counted
    # An exchange lets a completed order go on: what was asked back before had come then.
    asked = {line.key: each.requested_at for each in state.returns.values() for line in each.lines}
    had = tuple(line for line in parcel.counted if line.key in asked)
    return max((asked[line.key] for line in had), default=""), had
