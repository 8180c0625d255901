"""Prices as quotes and simulations show them."""

from __future__ import annotations

from collections.abc import Iterable

from ordo.orders.amounts import money
from ordo.pricing.margins import Margin
from ordo.pricing.methods import OfferedMethod
from ordo.pricing.model import AppliedPromotion, RejectedPromotion, Trace
from ordo.pricing.quote_schemas import (
    AppliedView,
    CombinedView,
    MarginView,
    NotAppliedView,
    ShippingMethodView,
    TextView,
    TraceView,
)
from ordo.pricing.reasons import reason_text


def trace_view(trace: Trace, currency: str) -> TraceView:
    """What gave what, and what did not and why."""
    combined = trace.combined
    return TraceView(
        applied=[applied_view(each, currency) for each in trace.applied],
        not_applied=[not_applied_view(each, currency) for each in trace.not_applied],
        combined=combined
        and CombinedView(competing=combined.competing, explored=combined.explored, exact=combined.exact),
    )


def applied_view(applied: AppliedPromotion, currency: str) -> AppliedView:
    """A promotion that gave something."""
    return AppliedView(
        promotion_id=applied.promotion_id,
        version=applied.version,
        name=dict(applied.name),
        amount=money(applied.amount, currency),
        base=money(applied.base, currency),
        lines=list(applied.lines),
        units=applied.units,
        shipping=money(applied.shipping, currency),
        gift_lines=list(applied.gift_lines),
        reason=applied.reason,
    )


def not_applied_view(rejected: RejectedPromotion, currency: str) -> NotAppliedView:
    """A promotion that gave nothing, with the sentence that says why."""
    return NotAppliedView(
        promotion_id=rejected.promotion_id,
        version=rejected.version,
        name=dict(rejected.name),
        reason=rejected.reason,
        missing=None if rejected.missing is None else money(rejected.missing, currency),
        missing_units=rejected.missing_units,
        by=rejected.by,
        text=TextView(**reason_text(rejected, currency)),
    )


def method_views(methods: Iterable[OfferedMethod], currency: str) -> list[ShippingMethodView]:
    """The ways to ship a cart."""
    return [
        ShippingMethodView(
            method_id=each.charge.charge_id,
            name=dict(each.charge.name),
            price=money(each.charge.price, currency),
            discount=money(sum(taken.amount for taken in each.charge.adjustments), currency),
            gross=money(each.charge.gross, currency),
            total=money(each.total, currency),
            chosen=each.chosen,
        )
        for each in methods
    ]


def margin_view(margin: Margin, currency: str) -> MarginView:
    """What is left for the merchant."""
    return MarginView(
        net=money(margin.net, currency),
        cost=money(margin.cost, currency),
        margin=money(margin.margin, currency),
        unknown_lines=list(margin.unknown),
    )
