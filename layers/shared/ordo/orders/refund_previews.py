"""What refunding a part of a placed order would come to, after all that was booked of it. Reads only."""

from __future__ import annotations

from collections.abc import Callable

from ordo.kernel.errors import NotAllowedNow, pointing_into
from ordo.orders.accounts import Accounts
from ordo.orders.errors import OrderNotFound
from ordo.orders.model import OrderHeader, OrderStatus
from ordo.orders.ports import OrderRepository
from ordo.orders.refund_schemas import RefundPreviewRequest, RefundPreviewView
from ordo.orders.refund_views import refund_view
from ordo.orders.refunding import PromotionVersions
from ordo.pricing.budget import Budget
from ordo.pricing.refund_model import RefundBooking


def preview_of(
    repository: OrderRepository,
    catalog: PromotionVersions,
    order_id: str,
    request: RefundPreviewRequest,
    visible: Callable[[OrderHeader], bool],
) -> RefundPreviewView:
    """The refund by what was paid at placement, after what was booked and the refunds of `request.after`; how far goods
    have come does not matter.

    Raises `OrderNotFound`, also for orders that are not visible to the caller, `NotAllowedNow` for a cancelled order,
    what `preview_refund` does, and `TooMuchToPrice` where all of these refunds together ask too much of promotions that
    claw back; each with a pointer into the body.
    """
    state = repository.load(order_id)
    if not visible(state.header):
        raise OrderNotFound(order_id)
    if state.header.status is OrderStatus.CANCELLED:
        raise NotAllowedNow("The order is cancelled: what is to be paid back is in its balance.")
    account = Accounts(repository, catalog).of(state)
    earlier: list[RefundBooking] = []
    budget = Budget()
    for place, before in enumerate(request.after):
        with pointing_into(f"/after/{place}"):
            booked = account.preview(before.to_request(), budget)
        account.book(booked)
        earlier.append(booked.whole)
    return refund_view(state.header, earlier, account.preview(request.to_request(), budget).whole)
