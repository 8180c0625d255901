"""Prices that the catalogue's promotions override, before any promotion of the cart. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import AmountOff, OverrideReward, PercentOff, Value
from ordo.kernel.percent import divide_half_up
from ordo.pricing.lines import Item, Matcher
from ordo.pricing.model import Adjustment, AppliedPromotion, RejectedPromotion
from ordo.pricing.promote import Terms, by_priority, why_not
from ordo.pricing.take import amount_in


class Overridden(NamedTuple):
    """What the overrides did: the adjustments of each line, and the traces of all."""

    adjustments: list[list[Adjustment]]
    applied: list[AppliedPromotion]
    rejected: list[RejectedPromotion]


def override_prices(
    items: Sequence[Item], promotions: Sequence[Promotion], terms: Terms, currency: str, fixed: frozenset[str]
) -> Overridden:
    """Lower the items' prices, in place; those of the lines in `fixed` (by staff) stay.

    Each override sees the price that the one before it left; of one line an exclusive one, the first by priority, is
    the only one, and of a group the first. A percentage is rounded half up in the price that it makes.
    """
    adjustments: list[list[Adjustment]] = [[] for _ in items]
    applied: list[AppliedPromotion] = []
    rejected: list[RejectedPromotion] = []
    if not promotions:
        return Overridden(adjustments, applied, rejected)
    usable: list[tuple[Promotion, list[int]]] = []
    matcher = Matcher(items, currency)
    for promotion in by_priority(promotions):
        reason = why_not(promotion, terms)
        places = [] if reason else [each for each in matcher.lines(promotion.scope) if items[each].line_id not in fixed]
        reward = promotion.reward
        if not reason and isinstance(reward, OverrideReward) and amount_in(reward.value, currency) is None:
            reason = "not_in_currency"
        if reason or not places:
            rejected.append(_rejected(promotion, reason or "no_matching_lines"))
        else:
            usable.append((promotion, places))
    alone = _exclusive(usable, items, currency)
    groups: dict[tuple[int, str], str] = {}
    for promotion, places in usable:
        done = _override(promotion, places, items, currency, adjustments, alone, groups)
        if isinstance(done, AppliedPromotion):
            applied.append(done)
        else:
            rejected.append(done)
    return Overridden(adjustments, applied, rejected)


def _exclusive(usable: Sequence[tuple[Promotion, list[int]]], items: Sequence[Item], currency: str) -> dict[int, str]:
    """Of each line the exclusive override that is its only one."""
    alone: dict[int, str] = {}
    for promotion, places in usable:
        if promotion.exclusive:
            for place in places:
                if place not in alone and _price(promotion, items[place], currency) < items[place].price:
                    alone[place] = promotion.promotion_id
    return alone


def _override(
    promotion: Promotion,
    places: Sequence[int],
    items: Sequence[Item],
    currency: str,
    adjustments: list[list[Adjustment]],
    alone: dict[int, str],
    groups: dict[tuple[int, str], str],
) -> AppliedPromotion | RejectedPromotion:
    amount = base = units = 0
    lines: list[str] = []
    excluded: str | None = None
    for place in places:
        item = items[place]
        by = alone.get(place, promotion.promotion_id)
        if by == promotion.promotion_id and promotion.group is not None:
            by = groups.get((place, promotion.group), by)
        if by != promotion.promotion_id:
            excluded = excluded or by
            continue
        price = _price(promotion, item, currency)
        if price >= item.price:
            continue
        if promotion.group is not None:
            groups[place, promotion.group] = promotion.promotion_id
        off = item.price - price
        adjustments[place].append(
            _adjustment(promotion, off * item.quantity, item.price * item.quantity, item.quantity)
        )
        amount, base, units = amount + off * item.quantity, base + item.price * item.quantity, units + item.quantity
        lines.append(item.line_id)
        item.price, item.shares, item.on_sale = price, (*item.shares, off), True
    if amount == 0:
        return _rejected(promotion, "excluded_by" if excluded else "nothing_left", excluded)
    return AppliedPromotion(
        promotion.promotion_id, promotion.version, promotion.name, amount, base, tuple(lines), units
    )


def _price(promotion: Promotion, item: Item, currency: str) -> int:
    """The price that the override makes of the item's, never below what the item costs at least."""
    value = cast(OverrideReward, promotion.reward).value
    return max(min(item.floor, item.price), _valued(value, item.price, currency))


def _valued(value: Value, price: int, currency: str) -> int:
    if isinstance(value, PercentOff):
        percent = value.percent
        return divide_half_up(price * max(0, percent.denominator - percent.numerator), percent.denominator)
    amount = amount_in(value, currency) or 0
    return price - amount if isinstance(value, AmountOff) else amount


def _adjustment(promotion: Promotion, amount: int, base: int, units: int) -> Adjustment:
    return Adjustment(promotion.promotion_id, promotion.version, promotion.name, amount, base, units)


def _rejected(promotion: Promotion, reason: str, by: str | None = None) -> RejectedPromotion:
    return RejectedPromotion(promotion.promotion_id, promotion.version, promotion.name, reason, by=by)
