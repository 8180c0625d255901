"""In which currencies a promotion can apply: those that all of its amounts name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

from ordo.catalog.errors import Where
from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import (
    AmountOff,
    Amounts,
    BuyGetReward,
    GiftReward,
    LinesReward,
    NthReward,
    OverrideReward,
    PercentOff,
    Reward,
    SetReward,
    ShippingReward,
    TieredReward,
    Value,
)
from ordo.catalog.selections import Selection

Currencies = frozenset[str] | None
"""None stands for any currency."""
Need = tuple[Where, frozenset[str]]
"""Where amounts are, and the currencies that they name."""


def value_currencies(value: Value) -> Currencies:
    """The currencies in which a value is something."""
    if isinstance(value, PercentOff):
        return None
    return frozenset(value.amounts if isinstance(value, AmountOff) else value.prices)


def lines_currencies(reward: LinesReward) -> Currencies:
    """The currencies in which a reward of lines gives something."""
    return both(value_currencies(reward.value), _names(reward.every))


def needs(promotion: Promotion) -> Iterator[Need]:
    """All places of a promotion that name currencies, in the order of the document."""
    yield from _selection(("scope",), promotion.scope)
    for place, condition in enumerate(promotion.conditions):
        at: Where = ("conditions", place)
        if not isinstance(condition.at_least, int):
            yield (*at, "at_least"), frozenset(condition.at_least)
        yield from _selection((*at, "of"), condition.of)
    yield from _reward(promotion.reward)


def common(promotion: Promotion) -> Currencies:
    """The currencies in which it can apply."""
    return reduce(both, (named for _, named in needs(promotion)), None)


def both(one: Currencies, other: Currencies) -> Currencies:
    """What is in both; None is everything."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def capped_rewards(promotion: Promotion) -> Iterator[tuple[Where, LinesReward, Currencies]]:
    """Each reward with a cap, where the cap is, and the currencies in which the reward can be given."""
    everywhere, reward = common(promotion), promotion.reward
    if isinstance(reward, LinesReward) and reward.cap is not None:
        yield ("reward", "cap"), reward, everywhere
    if isinstance(reward, TieredReward):
        for place, tier in enumerate(reward.tiers):
            if tier.reward.cap is not None:
                yield ("reward", "tiers", place, "reward", "cap"), tier.reward, both(everywhere, _names(tier.at_least))


def _reward(reward: Reward) -> Iterator[Need]:
    match reward:
        case LinesReward():
            yield from _some(("reward",), value_currencies(reward.value))
            yield from _some(("reward", "every"), _names(reward.every))
        case TieredReward():
            yield from _some(("reward", "tiers"), _tiers(reward))
            yield from _selection(("reward", "of"), reward.of)
        case GiftReward():
            yield from _some(("reward", "every"), _names(reward.every))
        case BuyGetReward() | SetReward():
            yield from _some(("reward", "value"), value_currencies(reward.value))
            parts = reward.parts if isinstance(reward, SetReward) else (reward.buy, reward.get)
            for place, part in enumerate(parts):
                at = ("parts", place) if isinstance(reward, SetReward) else (("buy", "get")[place],)
                yield from _selection(("reward", *at, "of"), part.of)
        case OverrideReward() | NthReward() | ShippingReward():
            yield from _some(("reward", "value"), value_currencies(reward.value))


def _tiers(reward: TieredReward) -> Currencies:
    """Those in which at least one tier can be reached and gives something."""
    found: frozenset[str] = frozenset()
    for tier in reward.tiers:
        named = both(_names(tier.at_least), lines_currencies(tier.reward))
        if named is None:
            return None
        found |= named
    return found


def _names(amounts: Amounts | int | None) -> Currencies:
    return None if amounts is None or isinstance(amounts, int) else frozenset(amounts)


def _some(where: Where, named: Currencies) -> Iterator[Need]:
    if named is not None:
        yield where, named


def _selection(where: Where, selection: Selection | None) -> Iterator[Need]:
    if selection is not None and selection.unit_price:
        yield (*where, "unit_price"), frozenset(selection.unit_price)
