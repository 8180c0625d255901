"""The cheapest of all combinations that the rules allow, found by trying every one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import datetime
from fractions import Fraction

from ordo.catalog.promotions import Promotion
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.pricing.model import Cart, PricedCart
from tests.proof.oracle_effects import book
from tests.proof.oracle_order import usable_of
from tests.proof.oracle_rewards import effect_of
from tests.proof.oracle_taxes import with_tax
from tests.proof.oracle_units import Basket

Cost = tuple[Fraction, int]
"""What is paid with tax that is not rounded yet, and minus the units that are given."""


def cheapest_long(cart: Cart, shop: CatalogSnapshot, now: datetime) -> Cost:
    """Of the exclusive promotions each alone, and of the others all with at most one of a group, in their order."""
    basket, usable, weights = usable_of(cart, shop, now)
    together = [each for each in usable if not each.exclusive]
    costs = [_cost(each, weights) for each in _all(basket, together, frozenset())]
    for each in usable:
        if each.exclusive:
            alone = deepcopy(basket)
            book(each, effect_of(each, alone), alone)
            costs.append(_cost(alone, weights))
    return min(costs)


def cost_of(cart: PricedCart, shop: CatalogSnapshot) -> Cost:
    """The same of a price."""
    assert shop.channel is not None
    tax, gifts = shop.channel.tax, [line for line in cart.lines if line.gift_of is not None]
    paid = Fraction(0)
    for line in cart.lines:
        left = line.quantity * line.price - line.discount
        paid += left * with_tax(line.tax_rate_percent, tax.mode)
    shipping = cart.shipping.charges[0]
    left = shipping.price - sum(each.amount for each in shipping.adjustments)
    paid += left * with_tax(shipping.tax_rate_percent, tax.charge_mode)
    return paid, -sum(line.quantity for line in gifts)


def _all(basket: Basket, promotions: Sequence[Promotion], groups: frozenset[str]) -> Iterator[Basket]:
    if not promotions:
        yield basket
        return
    first, rest = promotions[0], promotions[1:]
    yield from _all(basket, rest, groups)
    if first.group in groups:
        return
    found = effect_of(first, basket)
    if found.gives:
        after = deepcopy(basket)
        book(first, effect_of(first, after), after)
        yield from _all(after, rest, groups if first.group is None else groups | {first.group})


def _cost(basket: Basket, weights: Sequence[Fraction]) -> Cost:
    every = [*basket.lines, [basket.shipping]]
    paid = sum(
        (unit.left * weight for units, weight in zip(every, weights, strict=True) for unit in units), Fraction(0)
    )
    return paid, -sum(quantity for _, _, quantity in basket.gifts)
