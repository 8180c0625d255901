"""What refunding a part of a placed order would come to. Reads only: booking comes with returns."""

from __future__ import annotations

from collections.abc import Callable

from ordo.kernel.errors import NotAllowedNow, pointing_into
from ordo.orders.errors import OrderNotFound
from ordo.orders.model import OrderHeader, OrderStatus
from ordo.orders.ports import OrderRepository
from ordo.orders.refund_schemas import RefundPreviewRequest, RefundPreviewView
from ordo.orders.refund_views import refund_view
from ordo.orders.refunding import PromotionVersions, purchase_of
from ordo.orders.service import trace_of
from ordo.pricing.budget import Budget
from ordo.pricing.refund_model import RefundBooking
from ordo.pricing.refunds import preview_after
from ordo.pricing.returned import Ledger


def preview_of(
    repository: OrderRepository,
    catalog: PromotionVersions,
    order_id: str,
    request: RefundPreviewRequest,
    visible: Callable[[OrderHeader], bool],
) -> RefundPreviewView:
    """The refund by what was paid at placement, after the refunds of `request.after`; how far goods have come does not
    matter.

    Raises `OrderNotFound`, also for orders that are not visible to the caller, `NotAllowedNow` for a cancelled order,
    what `preview_refund` does, and `TooMuchToPrice` where all of these refunds together ask too much of promotions that
    claw back; each with a pointer into the body.
    """
    state = repository.load(order_id)
    if not visible(state.header):
        raise OrderNotFound(order_id)
    if state.header.status is OrderStatus.CANCELLED:
        raise NotAllowedNow("The order is cancelled: what is to be paid back is in its balance.")
    purchase = purchase_of(state, trace_of(state, repository), catalog)
    booked: list[RefundBooking] = []
    budget = Budget()
    ledger = Ledger.of(purchase, ())
    for place, earlier in enumerate(request.after):
        with pointing_into(f"/after/{place}"):
            booked.append(preview_after(purchase, ledger, earlier.to_request(), budget))
        ledger.book(booked[-1])
    return refund_view(state.header, booked, preview_after(purchase, ledger, request.to_request(), budget))
