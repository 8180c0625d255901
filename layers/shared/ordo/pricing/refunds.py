"""Refunds of a priced order, exact for ever: the same function previews and is booked. Pure.

What a refund comes to hangs only on what was paid, what was refunded before, and what the customer keeps:
`refund = max(0, paid - refunded - price of what is kept)`, where the price of what is kept is what those units cost at
placement, priced again by the promotions that claw back (`ordo.pricing.kept`), less what was granted on them. So the
order in which units come back does not matter in the end, and what all of them cost is refunded when all came back.

A part of a bundle is refunded by its fixed share (`ordo.pricing.part_returns`); the rest is kept at what is left of the
bundle's price, and is not priced again until its last part came back.
"""

from __future__ import annotations

from collections.abc import Sequence

from ordo.catalog.channels import ReturnShipping
from ordo.catalog.promotions import OnReturn, Shortfall
from ordo.kernel.percent import percent
from ordo.pricing.budget import Budget
from ordo.pricing.errors import PartialReturnForbidden
from ordo.pricing.figures import Figure, RateFigure, tax_by_rate
from ordo.pricing.kept import Kept, price_kept
from ordo.pricing.participants import participants
from ordo.pricing.refund_model import (
    NOTHING,
    ClawedBack,
    Purchase,
    RefundBooking,
    RefundFigure,
    RefundRequest,
    ReturnedLine,
    ShippingRefund,
)
from ordo.pricing.returned import Ledger, figure_amounts


def preview_refund(purchase: Purchase, booked: Sequence[RefundBooking], request: RefundRequest) -> RefundBooking:
    """What a refund would book after those that were `booked`; booking it is keeping the answer.

    Raises `UnknownLine`, `RefundExceedsPaid` when units came back already or more is granted than they cost, and
    `PartialReturnForbidden` naming the promotion.
    """
    return preview_after(purchase, Ledger.of(purchase, booked), request)


def preview_after(
    purchase: Purchase, before: Ledger, request: RefundRequest, budget: Budget | None = None
) -> RefundBooking:
    """`preview_refund` for one who keeps the ledger of what was booked, and books one after the other: it stays as it
    is. `budget` bounds several previews together, and raises `TooMuchToPrice`; without one nothing is too much, so that
    what has come back can always be booked.
    """
    after = before.copy()
    after.take(request)
    _take_shipping(after, request, purchase)
    _forbid_partial(purchase, before, after)
    kept = price_kept(purchase, after, budget)
    figures = _figures(before, after, kept)
    total = sum(each.total.gross for each in figures)
    if total >= 0:
        fee = _fee(purchase, request, figures, total)
        return RefundBooking(figures, _rates(figures), total, fee=fee, clawed_back=kept.clawed_back)
    if _charges(purchase, kept.clawed_back):
        return RefundBooking(figures, _rates(figures), 0, charge=-total, clawed_back=kept.clawed_back)
    held = tuple(_held_back(each) for each in figures)
    return RefundBooking(held, _rates(held), 0, carried=-total, clawed_back=kept.clawed_back)


def combined(bookings: Sequence[RefundBooking]) -> RefundBooking:
    """Several refunds of different lines as one: its figures side by side, its rates and sums added."""
    figures = tuple(figure for each in bookings for figure in each.figures)
    return RefundBooking(
        figures,
        _rates(figures),
        sum(each.refund for each in bookings),
        charge=sum(each.charge for each in bookings),
        carried=sum(each.carried for each in bookings),
        fee=sum(each.fee for each in bookings),
        clawed_back=tuple(one for each in bookings for one in each.clawed_back),
    )


def return_everything(purchase: Purchase, booked: Sequence[RefundBooking]) -> RefundRequest:
    """The request that brings back all that has not come back, with all of shipping and no fee."""
    left = Ledger.of(purchase, booked)
    lines = tuple(
        ReturnedLine(line.line_id, quantity=kept)
        for line in purchase.priced.lines
        if (kept := left.kept_units(line.line_id))
    )
    return RefundRequest(lines, shipping=ShippingRefund.ALL, fee=False)


def _take_shipping(after: Ledger, request: RefundRequest, purchase: Purchase) -> None:
    wanted = request.shipping
    if isinstance(wanted, int):
        after.take_shipping(wanted)
        return
    rule = ReturnShipping(purchase.priced.return_shipping)
    always = rule is ReturnShipping.ALWAYS and bool(request.lines)
    nothing_kept = rule is ReturnShipping.FULL_RETURN and bool(request.lines) and not after.keeps_goods()
    by_rule = wanted is ShippingRefund.BY_RULE and (always or nothing_kept)
    if wanted is ShippingRefund.ALL or by_rule:
        after.take_all_shipping()


def _forbid_partial(purchase: Purchase, before: Ledger, after: Ledger) -> None:
    """What a promotion that forbids partial returns looked at comes back together."""
    for applied in purchase.priced.trace.applied:
        promotion = purchase.promotions.get((applied.promotion_id, applied.version))
        if promotion is None or promotion.returns.kind is not OnReturn.FORBID_PARTIAL:
            continue
        lines = participants(purchase, promotion, applied)
        touched = any(after.has_come_back(before, each) for each in lines)
        if touched and any(after.kept_units(each) for each in lines):
            raise PartialReturnForbidden(promotion.promotion_id, sorted(lines))


def _figures(before: Ledger, after: Ledger, kept: Kept) -> tuple[RefundFigure, ...]:
    """Of each line and charge what this refund adds; those that it adds nothing to are left out."""
    figures = []
    for figure in after.bought:
        name = (figure.kind, figure.figure_id)
        total = figure_amounts(figure) - kept.price_of(name) - before.refunded.get(name, NOTHING)
        units, returned = after.returned_since(before, name)
        parts, worth = after.parts_since(before, name)
        returned += worth
        grants, granted = after.granted_since(before, name)
        deduction = total - returned - granted
        if deduction.gross == 0:  # at most the tax of what was granted was rounded otherwise than the units'
            goods = units or (parts and not grants)
            returned, granted = (returned + deduction, granted) if goods else (returned, granted + deduction)
            deduction = NOTHING
        if units or parts or grants or total != NOTHING or granted != NOTHING:
            figures.append(
                RefundFigure(
                    figure.kind,
                    figure.figure_id,
                    figure.rate_percent,
                    figure.parts,
                    units,
                    grants,
                    parts,
                    returned,
                    granted,
                    deduction,
                )
            )
    return tuple(figures)


def _held_back(figure: RefundFigure) -> RefundFigure:
    """The units come back, and nothing is refunded for them now."""
    return RefundFigure(
        figure.kind,
        figure.figure_id,
        figure.rate_percent,
        figure.parts,
        figure.units,
        figure.grants,
        figure.parts_back,
        figure.returned,
        figure.granted,
        NOTHING - figure.returned - figure.granted,
    )


def _rates(figures: Sequence[RefundFigure]) -> tuple[RateFigure, ...]:
    return tax_by_rate(map(_as_figure, figures))


def _as_figure(figure: RefundFigure) -> Figure:
    total = figure.total
    return Figure(figure.kind, figure.figure_id, figure.rate_percent, figure.parts, total.net, total.tax, total.gross)


def _fee(purchase: Purchase, request: RefundRequest, figures: Sequence[RefundFigure], refund: int) -> int:
    """The channel's part of what the returned units cost; never more than is refunded."""
    if not request.fee:
        return 0
    goods = sum(each.returned.gross for each in figures if each.kind == "line")
    return min(percent(purchase.priced.restocking_fee_percent).of(goods), refund)


def _charges(purchase: Purchase, clawed_back: Sequence[ClawedBack]) -> bool:
    """Whether every promotion whose value changed asks the customer for a shortfall; where none changed now, as when an
    earlier refund was higher for what units that are still kept earned then, every one that claws back.
    """
    changed = [each for each in clawed_back if each.before != each.now] or clawed_back
    policies = [purchase.promotions[each.promotion_id, each.version].returns.shortfall for each in changed]
    return bool(policies) and all(each is Shortfall.CHARGE for each in policies)
