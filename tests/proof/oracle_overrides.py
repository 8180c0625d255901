"""Selling prices as overrides of the catalogue make them, by the rules in the docstring of `OverrideReward`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import AmountOff, OverrideReward, PercentOff
from tests.proof.oracle_units import Basket, Unit, half_up


def override(basket: Basket, overrides: Sequence[Promotion], fixed: set[int]) -> list[str]:
    """Each override sees the price that the one before left; of a line an exclusive one alone, of a group the first.
    Those of the lines in `fixed` stay.
    """
    scopes = {each.promotion_id: set(basket.matching(each.scope)) - fixed for each in overrides}
    alone: dict[int, str] = {}
    for each in overrides:
        for line in scopes[each.promotion_id] if each.exclusive else ():
            if line not in alone and _price_by(each, basket.lines[line][0], basket.currency) < basket.facts[line].price:
                alone[line] = each.promotion_id
    applied, groups = [], set()
    for each in overrides:
        name = each.promotion_id
        for line in sorted(scopes[name]):
            price = _price_by(each, basket.lines[line][0], basket.currency)
            if alone.get(line, name) != name or (line, each.group) in groups or price >= basket.lines[line][0].left:
                continue
            if each.group is not None:
                groups.add((line, each.group))
            for unit in basket.lines[line]:
                unit.cuts[name] = unit.left - price
                unit.left = unit.price = price
            basket.facts[line].price, basket.facts[line].on_sale = price, True
            applied += [] if name in applied else [name]
    return applied


def _price_by(promotion: Promotion, unit: Unit, currency: str) -> int:
    assert isinstance(promotion.reward, OverrideReward)
    value = promotion.reward.value
    if isinstance(value, PercentOff):
        price = half_up(unit.left * max(Fraction(0), 1 - Fraction(value.percent.text) / 100))
    elif isinstance(value, AmountOff):
        price = unit.left - value.amounts[currency] if currency in value.amounts else unit.left
    else:
        price = value.prices.get(currency, unit.left)
    return max(price, unit.floor)
