"""A previewed refund as the API shows it."""

from __future__ import annotations

from collections.abc import Sequence

from ordo.orders.amounts import money
from ordo.orders.model import OrderHeader
from ordo.orders.price_views import rate_view
from ordo.orders.refund_schemas import (
    ClawedBackView,
    CoverView,
    GrantedSpanView,
    PartSpanView,
    RefundFigureView,
    RefundPreviewView,
    TaxedView,
    UnitSpanView,
)
from ordo.payments.model import Funds
from ordo.pricing.refund_model import Amounts, RefundBooking, RefundFigure
from ordo.pricing.returned import LINE


def refund_view(header: OrderHeader, earlier: Sequence[RefundBooking], booking: RefundBooking) -> RefundPreviewView:
    """What `booking` comes to after the `earlier` ones, and whether the order's money covers it."""
    currency = header.currency
    figures = [(each.kind == LINE, figure_view(each, currency)) for each in booking.figures]
    return RefundPreviewView(
        order_id=header.order_id,
        currency=currency,
        refund=money(booking.refund, currency),
        fee=money(booking.fee, currency),
        payout=money(booking.payout, currency),
        charge=money(booking.charge, currency),
        carried=money(booking.carried, currency),
        lines=[view for is_line, view in figures if is_line],
        charges=[view for is_line, view in figures if not is_line],
        tax_rates=[rate_view(each, currency) for each in booking.rates],
        clawed_back=[
            ClawedBackView(
                promotion_id=each.promotion_id,
                version=each.version,
                name=dict(each.name),
                before=money(each.before, currency),
                now=money(each.now, currency),
            )
            for each in booking.clawed_back
        ],
        payments=_cover(header.funds, sum(each.payout for each in earlier), booking.payout, currency),
    )


def figure_view(figure: RefundFigure, currency: str) -> RefundFigureView:
    """What a refund books of one line or charge."""
    return RefundFigureView(
        kind=figure.kind,
        id=figure.figure_id,
        rate_percent=figure.rate_percent,
        units=[UnitSpanView(start=each.start, count=each.count) for each in figure.units],
        grants=[
            GrantedSpanView(start=each.start, count=each.count, granted=money(each.granted, currency))
            for each in figure.grants
        ],
        parts=[
            PartSpanView(start=each.start, count=each.count, part=each.part, quantity=each.quantity)
            for each in figure.parts_back
        ],
        returned=_taxed(figure.returned, currency),
        granted=_taxed(figure.granted, currency),
        deduction=_taxed(figure.deduction, currency),
        total=_taxed(figure.total, currency),
    )


def _taxed(amounts: Amounts, currency: str) -> TaxedView:
    return TaxedView(
        net=money(amounts.net, currency), tax=money(amounts.tax, currency), gross=money(amounts.gross, currency)
    )


def _cover(funds: Funds, earlier: int, payout: int, currency: str) -> CoverView:
    left = max(0, funds.captured - max(funds.refunded, earlier))
    covered = min(payout, left)
    return CoverView(
        captured=money(funds.captured, currency),
        refunded=money(funds.refunded, currency),
        earlier=money(earlier, currency),
        covered=money(covered, currency),
        uncovered=money(payout - covered, currency),
    )
