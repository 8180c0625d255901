"""Quoting a cart: what an order of it would cost now, and why. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ordo.catalog.coupons import Coupon
from ordo.catalog.custom import check_custom, split_custom
from ordo.catalog.documents import CatalogRepository
from ordo.catalog.errors import CouponUsedUp
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.catalog.uses import CouponUses, coupon_code
from ordo.kernel.clock import to_iso
from ordo.orders.amounts import totals_view
from ordo.orders.answers import require_answerable
from ordo.orders.price_views import price_views
from ordo.pricing.buyers import OrderHistory, buyer_of
from ordo.pricing.margins import margin_of
from ordo.pricing.methods import offered_methods
from ordo.pricing.model import Cart, PricedCart, PricedLine
from ordo.pricing.quote_schemas import CouponView, QuoteRequest, QuoteView
from ordo.pricing.quote_views import margin_view, method_views, trace_view
from ordo.pricing.service import price
from ordo.pricing.validity import valid_until

ShortGifts = Callable[[Sequence[PricedLine], str, datetime], frozenset[str]]
"""`short_gifts(lines, channel, now)` -> stock SKUs of gifts that are out of stock (`ordo.orders.gifts`)."""


@dataclass(frozen=True, slots=True)
class Quoting:
    """What a quote is made from."""

    catalog: CatalogRepository
    history: OrderHistory
    short_gifts: ShortGifts

    def quote(self, request: QuoteRequest, now: datetime, *, costs: bool = False) -> QuoteView:
        """The price that placing the same cart would have now; `costs`: with the merchant's costs and margins.

        Gifts that are out of stock are priced away as the placement does; whether everything else is there, and what
        contact the channel requires, only the placement asks. Raises what `price` does, `InvalidOption` also for texts
        of custom choices, `CouponUsedUp`, and `too_many_lines` when it could not be answered.
        """
        skus = [line.sku for line in request.lines]
        snapshot = self.catalog.load_snapshot(request.channel, skus, request.coupons, now)
        buyer = buyer_of(request.customer.customer_id, snapshot, self.catalog, self.history)
        cart, priced = self._priced(request.to_cart(buyer), snapshot, now)
        require_answerable(priced)
        check_texts(request, snapshot)
        coupons = [snapshot.coupons[code] for code in priced.coupons]
        uses = self.catalog.coupon_uses(coupons, buyer.customer_id)
        _refuse_used_up(cart, priced, snapshot.coupons, uses)
        until, currency = valid_until(cart, priced, snapshot, now), priced.currency
        return QuoteView(
            channel=cart.channel,
            currency=currency,
            customer_id=buyer.customer_id,
            totals=totals_view(priced.totals, currency),
            **price_views(priced.lines, priced.shipping, currency, costs=costs),
            price_list=priced.price_list,
            tax_mode=priced.tax_mode,
            trace=trace_view(priced.trace, currency),
            coupons=[_coupon_view(each, priced, uses.get(each.code, CouponUses())) for each in coupons],
            shipping_methods=method_views(offered_methods(cart, priced, snapshot, now), currency),
            margin=margin_view(margin_of(priced.lines), currency) if costs else None,
            quoted_at=to_iso(now),
            catalog_read_at=to_iso(snapshot.read_at),
            valid_until=None if until is None else to_iso(until),
        )

    def _priced(self, cart: Cart, snapshot: CatalogSnapshot, now: datetime) -> tuple[Cart, PricedCart]:
        """The price without the gifts that are short, and the cart that knows of them; each round finds others."""
        while True:
            priced = price(cart, snapshot, now)
            short = self.short_gifts(priced.lines, cart.channel, now)
            if short <= cart.unavailable:
                return cart, priced
            cart = replace(cart, unavailable=cart.unavailable | short)


def check_texts(request: QuoteRequest, snapshot: CatalogSnapshot) -> None:
    """Custom choices with their texts, which prices do not see. Raises `InvalidOption`."""
    for place, line in enumerate(request.lines):
        if line.custom:
            values = split_custom(line.custom)
            check_custom(snapshot.products[line.sku], values.measures, f"/lines/{place}/custom", values.texts)


def _refuse_used_up(
    cart: Cart, priced: PricedCart, coupons: Mapping[str, Coupon], uses: Mapping[str, CouponUses]
) -> None:
    for place, text in enumerate(cart.coupons):
        code = coupon_code(text)
        if code in priced.coupons_used and code in uses:
            limit = coupons[code].used_up(uses[code])
            if limit is not None:
                raise CouponUsedUp(text, limit, place)


def _coupon_view(coupon: Coupon, priced: PricedCart, uses: CouponUses) -> CouponView:
    return CouponView(
        code=coupon.code,
        promotion_id=coupon.promotion_id,
        applied=coupon.code in priced.coupons_used,
        left=uses.left,
        used_by_customer=uses.used,
        per_customer_limit=coupon.per_customer_limit,
    )
