"""The lines that a promotion looked at: they come back together where it forbids partial returns."""

from __future__ import annotations

from collections.abc import Iterable

from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import BuyGetReward, OverrideReward, SetReward, ShippingReward, TieredReward
from ordo.catalog.selections import Selection
from ordo.pricing.kept import items_of
from ordo.pricing.lines import Matcher
from ordo.pricing.model import AppliedPromotion
from ordo.pricing.refund_model import Purchase


def participants(purchase: Purchase, promotion: Promotion, applied: AppliedPromotion) -> set[str]:
    """Its lines: those in its scope, conditions and parts, those that it lowered, and the gifts that it gave."""
    lines = {*applied.lines, *applied.gift_lines}
    if isinstance(promotion.reward, OverrideReward):
        return lines
    items = items_of(purchase)
    matcher = Matcher(items, purchase.priced.currency)
    for selection in _selections(promotion):
        lines |= {items[place].line_id for place in matcher.lines(selection)}
    return lines


def _selections(promotion: Promotion) -> Iterable[Selection]:
    reward = promotion.reward
    named: list[Selection | None] = [condition.of for condition in promotion.conditions]
    if not isinstance(reward, ShippingReward) or any(each is None for each in named):
        yield promotion.scope
    if isinstance(reward, TieredReward):
        named.append(reward.of)
    elif isinstance(reward, BuyGetReward):
        named += [reward.buy.of, reward.get.of]
    elif isinstance(reward, SetReward):
        named += [part.of for part in reward.parts]
    yield from (each for each in named if each is not None)
