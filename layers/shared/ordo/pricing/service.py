"""The price of a cart: pure, exact, and explained."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ordo.catalog.channels import ChannelPolicy, TaxMode
from ordo.catalog.model import Product, State
from ordo.catalog.options import choose
from ordo.catalog.promotions import Coupon, CouponState, coupon_code
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.kernel.errors import UnknownCurrency
from ordo.pricing.errors import InvalidCoupon, NotForSale, UnknownSku
from ordo.pricing.model import Cart, CartLine, PricedCart, PricedLine, Shipping, Totals
from ordo.pricing.promote import Terms, WorkingLine, apply_promotions, why_not_now
from ordo.pricing.tax import taxed_runs, taxed_shipping


def price(cart: Cart, snapshot: CatalogSnapshot, now: datetime) -> PricedCart:
    """Price every unit of the cart from the snapshot, as of `now`.

    Raises `UnknownChannel`, `UnknownCurrency`, `UnknownSku`, `NotForSale`, `InvalidOption` or `InvalidCoupon`, each
    with a pointer into the cart. Nothing is rounded but percentages and tax, both half up.
    """
    channel = snapshot.selling_channel(cart.channel)
    price_list = channel.price_lists.get(cart.currency)
    if price_list is None:
        raise UnknownCurrency(cart.currency, "/currency")
    working = [_working_line(line, place, snapshot, price_list) for place, line in enumerate(cart.lines)]
    coupons = tuple(dict.fromkeys(map(coupon_code, cart.coupons)))
    unlocked = _unlocked(cart, snapshot, now)
    trace = apply_promotions(working, snapshot.promotions, Terms(cart.channel, cart.currency, now, unlocked))
    lines = tuple(_priced_line(each, channel) for each in working)
    shipping = taxed_shipping(channel.shipping.get(cart.currency, 0), channel.tax)
    return PricedCart(
        currency=cart.currency,
        price_list=price_list,
        tax_mode=channel.tax.mode.value,
        lines=lines,
        shipping=shipping,
        totals=_totals(lines, shipping, channel.tax.mode),
        trace=trace,
        coupons=coupons,
    )


def _working_line(line: CartLine, place: int, snapshot: CatalogSnapshot, price_list: str) -> WorkingLine:
    pointer = f"/lines/{place}"
    product = snapshot.products.get(line.sku)
    if product is None:
        raise UnknownSku(f"There is no product {line.sku!r}.", pointer=f"{pointer}/sku", facts={"sku": line.sku})
    if product.state is not State.ACTIVE:
        raise _not_for_sale(product, pointer, "It is not for sale now.")
    choice = choose(product, line.options, f"{pointer}/options")
    prices = choice.variant.prices if choice.variant is not None else {}
    amount = prices.get(price_list, product.prices.get(price_list))
    if amount is None:
        raise _not_for_sale(product, pointer, "It has no price in this channel and currency.")
    return WorkingLine(line, product, choice, amount, [(line.quantity, amount)])


def _not_for_sale(product: Product, pointer: str, detail: str) -> NotForSale:
    return NotForSale(f"{product.sku}: {detail}", pointer=f"{pointer}/sku", facts={"sku": product.sku})


def _unlocked(cart: Cart, snapshot: CatalogSnapshot, now: datetime) -> frozenset[str]:
    """The promotions that the cart's coupons allow; a coupon that can allow none is refused."""
    promotions = {promotion.promotion_id: promotion for promotion in snapshot.promotions}
    unlocked = set()
    for place, text in enumerate(cart.coupons):
        coupon = snapshot.coupons.get(coupon_code(text))
        reason = "unknown" if coupon is None else _coupon_unusable(coupon, now)
        if reason is None and coupon is not None:
            promotion = promotions.get(coupon.promotion_id)
            reason = "promotion_not_active" if promotion is None else why_not_now(promotion, cart.channel, now)
            unlocked.add(coupon.promotion_id)
        if reason is not None:
            raise InvalidCoupon(
                "This coupon cannot be used.", pointer=f"/coupons/{place}", facts={"coupon": text, "reason": reason}
            )
    return frozenset(unlocked)


def _coupon_unusable(coupon: Coupon, now: datetime) -> str | None:
    if coupon.state is not CouponState.ACTIVE:
        return "disabled"
    if coupon.valid_from is not None and now < coupon.valid_from:
        return "not_started"
    if coupon.valid_to is not None and now >= coupon.valid_to:
        return "ended"
    return None


def _priced_line(working: WorkingLine, channel: ChannelPolicy) -> PricedLine:
    rate = channel.tax.rate_for(working.product.tax_class)
    return PricedLine(
        line_id=working.line.line_id,
        sku=working.line.sku,
        stock_sku=working.choice.stock_sku,
        name=working.product.name,
        options=working.choice.options,
        quantity=working.line.quantity,
        list_price=working.list_price,
        tax_class=working.product.tax_class,
        tax_rate_percent=rate.text,
        adjustments=tuple(working.adjustments),
        runs=taxed_runs(working.runs, working.list_price, channel.tax.mode, rate),
    )


def _totals(lines: Sequence[PricedLine], shipping: Shipping, mode: TaxMode) -> Totals:
    return Totals(
        items=sum(line.quantity * line.list_price for line in lines),
        discount=sum(run.count * run.discount for line in lines for run in line.runs),
        shipping=shipping.gross if mode is TaxMode.INCLUSIVE else shipping.net,
        tax=sum(run.count * run.tax for line in lines for run in line.runs) + shipping.tax,
        total=sum(line.gross for line in lines) + shipping.gross,
    )
