"""The price of a cart: pure, exact, and explained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from math import lcm
from typing import NamedTuple

from ordo.catalog.bundles import weight_of
from ordo.catalog.channels import ChannelPolicy, Combination
from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import OverrideReward
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.catalog.taxes import Rate, TaxMode, TaxPolicy
from ordo.catalog.uses import coupon_code
from ordo.pricing.basket import Basket
from ordo.pricing.budget import Budget
from ordo.pricing.charges import charges_of
from ordo.pricing.coupons import coupons_used, unlocked_by
from ordo.pricing.gifts import gift_chooser, gift_lines, refuse_missing_gifts
from ordo.pricing.lines import Matcher, State
from ordo.pricing.manual import ManualWork, discount_lines, discount_order
from ordo.pricing.model import Cart, PricedCart, PricedLine, Shipping, Totals, Trace
from ordo.pricing.overrides import Overridden, override_prices
from ordo.pricing.parts import with_parts
from ordo.pricing.prices import applicable_lists
from ordo.pricing.promote import Booked, Terms, apply_promotions
from ordo.pricing.shipping import NamedCharge, shipping_charge
from ordo.pricing.sold import Sold, priced_lines, sold_lines


def price(cart: Cart, snapshot: CatalogSnapshot, now: datetime, budget: Budget | None = None) -> PricedCart:
    """Price every unit of the cart from the snapshot, as of `now`. `budget` bounds several prices together.

    Raises `UnknownChannel`, `UnknownCurrency`, `UnknownSku`, `NotForSale`, `InvalidOption`, `InvalidCoupon`,
    `UnknownShippingMethod`, `DiscountNotAllowed`, `GiftOutOfStock` or `TooMuchToPrice`, each with a pointer into
    the cart where there is one. Nothing is rounded but percentages and tax, both half up.
    """
    channel = snapshot.selling_channel(cart.channel)
    lists = applicable_lists(snapshot.price_lists, channel, cart.currency, cart.buyer.segment, now)
    sold = sold_lines(cart, snapshot.products, lists)
    rates = [channel.tax.rate_for(each.product.tax_class, cart.country, cart.region) for each in sold]
    job = _Job(cart, channel, snapshot, sold, _terms(cart, channel, snapshot, rates, now), budget or Budget())
    done = _promoted(job)
    lines = [
        *priced_lines(sold, done.booked, rates, channel.tax, lists[-1]),
        *gift_lines(done.booked, snapshot.products, lists, lambda tax_class: _rate(job, tax_class)),
    ]
    lines = [with_parts(line, snapshot.products, lists) for line in lines]
    shipping = charges_of(done.charge, done.booked, _subtotal(done.booked), cart, channel)
    return PricedCart(
        currency=cart.currency,
        price_list=lists[-1],
        tax_mode=channel.tax.mode.value,
        lines=tuple(lines),
        shipping=shipping,
        totals=totals_of(lines, shipping, channel.tax.mode),
        trace=replace(done.trace, applied=tuple(done.booked.applied)),
        coupons=tuple(dict.fromkeys(map(coupon_code, cart.coupons))),
        coupons_used=coupons_used(cart, snapshot, done.booked.applied),
        segment=cart.buyer.segment,
        tax_rounding=channel.tax.rounding.value,
        shipping_tax_mode=None if channel.tax.shipping_mode is None else channel.tax.shipping_mode.value,
        spare=channel.pricing.spare.value,
        return_shipping=channel.returns.shipping.value,
        restocking_fee_percent=channel.returns.restocking_fee.text,
    )


class _Job(NamedTuple):
    cart: Cart
    channel: ChannelPolicy
    snapshot: CatalogSnapshot
    sold: Sequence[Sold]
    terms: Terms
    budget: Budget


class _Promoted(NamedTuple):
    booked: Booked
    trace: Trace
    charge: NamedCharge


def _rate(job: _Job, tax_class: str) -> Rate:
    return job.channel.tax.rate_for(tax_class, job.cart.country, job.cart.region)


def _terms(
    cart: Cart, channel: ChannelPolicy, snapshot: CatalogSnapshot, rates: Sequence[Rate], now: datetime
) -> Terms:
    best = channel.pricing.combination is Combination.BEST
    return Terms(
        channel=cart.channel,
        now=now,
        unlocked=unlocked_by(cart, snapshot, now),
        buyer=cart.buyer,
        country=cart.country,
        region=cart.region,
        best=best,
        weights=_weights(channel.tax, rates, channel.tax.charge_rate(cart.country, cart.region)) if best else (),
    )


def _weights(tax: TaxPolicy, rates: Sequence[Rate], charge: Rate) -> list[int]:
    """What a minor unit of each line, and at last of shipping, costs with tax: times one common factor, so whole."""
    every = [*((rate.percent, tax.mode) for rate in rates), (charge.percent, tax.charge_mode)]
    factor = lcm(*(rate.denominator for rate, mode in every if mode is TaxMode.EXCLUSIVE))
    return [
        factor + factor // rate.denominator * rate.numerator if mode is TaxMode.EXCLUSIVE else factor
        for rate, mode in every
    ]


def _promoted(job: _Job) -> _Promoted:
    """Shipping may hang on what the items cost after promotions, and promotions on what shipping costs: so it is first
    priced by the items before them, and where that turns out to differ, all is done once more with the price that the
    items after them make. What other channels offer is not asked and not told: a trace must not give it away.
    """
    overrides, others = _divided(each for each in job.snapshot.promotions if each.is_of_channel(job.cart.channel))
    items = [each.item for each in job.sold]
    fixed = frozenset(each.line_id for each in job.cart.manual if each.line_id is not None)
    overridden = override_prices(items, overrides, job.terms, job.cart.currency, fixed)
    matcher = Matcher(items, job.cart.currency)
    before = sum(item.price * item.quantity for item in items)
    charge = _charge(job, before, before)
    done = _with_shipping(job, charge, matcher, others, overridden)
    again = _charge(job, before, _subtotal(done.booked))
    if again.price != charge.price:
        done = _with_shipping(job, again, matcher, others, overridden)
    return done._replace(charge=again)


def _divided(promotions: Iterable[Promotion]) -> tuple[list[Promotion], list[Promotion]]:
    overrides: list[Promotion] = []
    others: list[Promotion] = []
    for each in promotions:
        (overrides if isinstance(each.reward, OverrideReward) else others).append(each)
    return overrides, others


def _charge(job: _Job, before: int, after: int) -> NamedCharge:
    cart = job.cart
    weight_g = sum(weight_of(each.product, each.parts) * each.item.quantity for each in job.sold)
    return shipping_charge(
        job.channel, cart.currency, cart.shipping_method, cart.country, cart.region, weight_g, before, after
    )


def _with_shipping(
    job: _Job, charge: NamedCharge, matcher: Matcher, promotions: Sequence[Promotion], overridden: Overridden
) -> _Promoted:
    cart, pricing = job.cart, job.channel.pricing
    items = [each.item for each in job.sold]
    choose_gift = gift_chooser(job.snapshot.products, cart.unavailable)
    floors = any(item.floor for item in items)
    basket = Basket(
        items, matcher, cart.currency, charge.price, charge.charge_id, choose_gift, pricing.spare, floors, job.budget
    )
    booked = Booked(
        State.of(items, charge.price),
        [*(list(each) for each in overridden.adjustments), []],
        [item.line_id for item in items],
        list(overridden.applied),
    )
    manual = ManualWork(basket, booked, cart.manual, pricing.manual_limit)
    barred = discount_lines(manual)
    trace = apply_promotions(promotions, basket, booked, replace(job.terms, barred=barred) if barred else job.terms)
    discount_order(manual)
    refuse_missing_gifts(trace.not_applied, promotions)
    return _Promoted(booked, replace(trace, not_applied=(*overridden.rejected, *trace.not_applied)), charge)


def _subtotal(booked: Booked) -> int:
    """What the items cost now, as listed."""
    return sum(booked.state.left[:-1])


def totals_of(lines: Iterable[PricedLine], shipping: Shipping, mode: TaxMode) -> Totals:
    """The sums of lines and charges; `shipping` is as items are listed, whatever the mode of shipping itself."""
    items = discount = tax = gross = 0
    for line in lines:
        items += line.quantity * line.price
        for run in line.runs:
            discount += run.count * run.discount
            tax += run.count * run.tax
            gross += run.count * run.gross
    return Totals(
        items=items,
        discount=discount,
        shipping=shipping.gross if mode is TaxMode.INCLUSIVE else shipping.net,
        tax=tax + shipping.tax,
        total=gross + shipping.gross,
    )
