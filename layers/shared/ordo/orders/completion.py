"""The end of a good order: the customer says that it came, or the time to say otherwise has passed."""

from __future__ import annotations

from datetime import datetime

from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.decision import Decision, NoChange
from ordo.orders.model import OrderState, OrderStatus

ARRIVED = (OrderStatus.SHIPPED, OrderStatus.DELIVERED)


def confirm_receipt(state: OrderState, now: datetime) -> Decision | NoChange:
    """Complete the order at the customer's word, which counts more than a carrier's silence; again is no change.

    Raises `NotAllowedNow` while anything that was ordered has not left yet, or an incident or return of it is open:
    what is completed has nothing left to be solved.
    """
    header = state.header
    if header.completed_at:
        return NoChange()
    if header.status not in ARRIVED:
        active = header.units.total - header.units.cancelled
        raise NotAllowedNow(
            f"The order is {header.status}; {header.units.dispatched} of {active} units have left.",
            facts={"status": header.status, "dispatched": header.units.dispatched, "active": active},
        )
    unsolved = sorted((*header.open_incidents, *header.open_returns))
    if unsolved:
        raise NotAllowedNow("Something of the order is not solved yet.", facts={"open": unsolved})
    return completed(state, now, by="receipt")


def completed(state: OrderState, now: datetime, *, by: str) -> Decision:
    """The order's last commit; `by` is `receipt` or `deadline`."""
    moment = to_iso(now)
    delivered_at = state.header.delivered_at or moment
    header = state.header.model_copy(update={"delivered_at": delivered_at, "completed_at": moment})
    return Decision("order.completed", header, {"by": by, "delivered_at": delivered_at})
