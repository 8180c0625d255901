"""Rewards that contradict themselves: each finding says where, and what to do. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ordo.catalog.currencies import value_currencies
from ordo.catalog.errors import Finding, Where
from ordo.catalog.rewards import (
    AmountOff,
    Amounts,
    BuyGetReward,
    GiftReward,
    LinesReward,
    NthReward,
    OverrideReward,
    Per,
    PercentOff,
    PriceTo,
    Reward,
    SetReward,
    ShippingReward,
    Tier,
    TieredReward,
    Value,
)
from ordo.catalog.selections import Measure, Selection


def check_reward(reward: Reward) -> Iterator[Finding]:
    """What is wrong within a reward; places are from the reward on."""
    yield from _CHECKS[type(reward)](reward)


def within(where: Where, findings: Iterator[Finding]) -> Iterator[Finding]:
    """Findings of a part, as findings of the whole that has it at `where`."""
    return (((*where, *inner), text) for inner, text in findings)


def check_selection(selection: Selection | None) -> Iterator[Finding]:
    """A selection that nothing can be in."""
    if selection is None:
        return
    for currency, limits in selection.unit_price.items():
        if limits.lowest is None and limits.highest is None:
            yield ("unit_price", currency), "the range has no end; name from, to or both"
        elif limits.lowest is not None and limits.highest is not None and limits.lowest > limits.highest:
            yield ("unit_price", currency, "to"), "the highest price is below the lowest; raise to, or lower from"
    named = bool(selection.skus or selection.categories)
    if named and selection.skus <= selection.not_skus and selection.categories <= selection.not_categories:
        where = "not_skus" if selection.skus else "not_categories"
        yield (where,), "all that is named is excluded as well, so nothing is left; take it out of one of both"


def _check_value(value: Value) -> Iterator[Finding]:
    if isinstance(value, PercentOff) and value.percent.numerator == 0:
        yield ("percent",), "0 per cent takes nothing off; name a higher percentage"


def amounts_off(value: Value) -> Amounts:
    """The amounts that a value takes off; none when it is a percentage or a price."""
    return value.amounts if isinstance(value, AmountOff) else {}


def _check_lines(reward: LinesReward) -> Iterator[Finding]:
    yield from _check_value(reward.value)
    yield from _check_limit(reward)
    yield from _check_repeats(reward.every, reward.every_units, reward.times)
    repeats = reward.every is not None or reward.every_units > 0
    if repeats and reward.per is not Per.ORDER:
        where = "every" if reward.every is not None else "every_units"
        yield (where,), "an amount given again is for all lines together; leave out per, or the repetition"
    off = amounts_off(reward.value)
    yield from _higher_than(
        off, reward.every or {}, ("amounts",), "the amount is higher than the amount it is for each of"
    )
    if off and reward.cap is not None:
        yield from _check_cap(reward, off, repeats)


def _check_limit(reward: LinesReward) -> Iterator[Finding]:
    limit = reward.limit
    if limit.max_units and limit.max_units_per_line >= limit.max_units:
        yield ("max_units_per_line",), "max_units is no higher, so this never counts; lower it or leave it out"
    if limit.max_units % limit.groups_of:
        yield ("max_units",), f"the units come in groups of {limit.groups_of}; name a multiple of that"


def _check_repeats(every: Amounts | None, every_units: int, times: int) -> Iterator[Finding]:
    if every is not None and every_units:
        yield ("every_units",), "it is given again for each amount or for each so many units, not both; leave out one"
    if times and every is None and not every_units:
        yield ("times",), "times bounds a repetition, and there is none; name every or every_units, or leave it out"


def _check_cap(reward: LinesReward, off: Amounts, repeats: bool) -> Iterator[Finding]:
    """A cap beside amounts, of which one is void."""
    cap = reward.cap or {}
    if reward.per is Per.ORDER and not repeats:
        yield ("cap",), "the amount is given once, so the lower of both counts; leave out the cap and lower the amount"
        return
    for currency, most in cap.items():
        amount = off.get(currency)
        if amount is not None and most < amount:
            yield ("cap", currency), "the cap is below one amount, which so is never given in full; lower the amount"
        elif amount is not None and 0 < amount * _most_times(reward) <= most:
            text = (
                f"{_most_times(reward)} times the amount is no more than the cap, which so never counts; leave it out"
            )
            yield ("cap", currency), text


def _most_times(reward: LinesReward) -> int:
    """How often an amount is given at most; 0 when nothing but the cap bounds it."""
    return reward.limit.max_units if reward.per is Per.UNIT else reward.times


def _higher_than(off: Amounts, thresholds: Amounts, where: Where, text: str) -> Iterator[Finding]:
    for currency, threshold in thresholds.items():
        if off.get(currency, 0) > threshold:
            yield (*where, currency), f"{text} ({threshold}); lower it or raise that"


def _check_tiers(reward: TieredReward) -> Iterator[Finding]:
    yield from within(("of",), check_selection(reward.of))
    for place, tier in enumerate(reward.tiers):
        at: Where = ("tiers", place)
        yield from within((*at, "reward"), check_reward(tier.reward))
        if (reward.measure is Measure.QUANTITY) != isinstance(tier.at_least, int):
            wanted = "a number of units" if reward.measure is Measure.QUANTITY else "an amount per currency"
            yield (*at, "at_least"), f"tiers by {reward.measure.value} begin at {wanted}"
            continue
        yield from within(at, _check_tier(tier, reward.tiers[:place], own_lines=reward.of is None))


def _check_tier(tier: Tier, lower: tuple[Tier, ...], *, own_lines: bool) -> Iterator[Finding]:
    same_measure = [each for each in lower if isinstance(each.at_least, int) == isinstance(tier.at_least, int)]
    rises = True
    for currency in _steps(tier):
        before = [_steps(each)[currency] for each in same_measure if currency in _steps(each)]
        if before and _steps(tier)[currency] <= max(before):
            rises = False
            at: Where = ("at_least", currency) if currency else ("at_least",)
            yield at, f"tiers rise, and one before begins at {max(before)}; name more, or change their order"
    if rises and _is_outdone(tier, same_measure):
        yield (
            ("reward",),
            "a tier before gives at least as much, so this one is never the best; raise it or leave it out",
        )
    if own_lines and not isinstance(tier.at_least, int) and not tier.reward.includes_shipping:
        at, text = ("reward", "amounts"), "the amount is higher than what the tier begins at"
        if tier.reward.per is Per.ORDER and tier.reward.every is None:
            yield from _higher_than(amounts_off(tier.reward.value), tier.at_least, at, text)


def _steps(tier: Tier) -> Mapping[str, int]:
    return {"": tier.at_least} if isinstance(tier.at_least, int) else tier.at_least


def _is_outdone(tier: Tier, lower: list[Tier]) -> bool:
    """Whether in each of its currencies a lower tier gives at least as much, whatever is bought."""
    given = value_currencies(tier.reward.value)
    if isinstance(tier.at_least, int):
        currencies = {""} if given is None else given
    else:
        currencies = set(tier.at_least) if given is None else set(tier.at_least) & given
    return bool(currencies) and all(
        any(_gives_as_much(each, tier.reward, currency) for each in lower) for currency in currencies
    )


def _gives_as_much(lower: Tier, reward: LinesReward, currency: str) -> bool:
    """Rewards are only compared where they differ in nothing but how much they give."""
    mine = lower.reward
    if not isinstance(lower.at_least, int) and currency not in lower.at_least:
        return False
    alike = (mine.per, mine.limit, mine.includes_shipping) == (reward.per, reward.limit, reward.includes_shipping)
    return (
        alike
        and _gives_as_often(mine, reward, currency)
        and _is_no_lower((mine.cap or {}).get(currency), (reward.cap or {}).get(currency))
        and _takes_as_much(mine.value, reward.value, currency)
    )


def _gives_as_often(mine: LinesReward, other: LinesReward, currency: str) -> bool:
    if (mine.every is None, mine.every_units == 0) != (other.every is None, other.every_units == 0):
        return False
    often = _is_no_lower(mine.times or None, other.times or None) and mine.every_units <= other.every_units
    if mine.every is None or other.every is None:
        return often
    mine_step, other_step = mine.every.get(currency), other.every.get(currency)
    return often and mine_step is not None and other_step is not None and mine_step <= other_step


def _is_no_lower(mine: int | None, other: int | None) -> bool:
    """Of two bounds, None being no bound."""
    return mine is None or (other is not None and mine >= other)


def _takes_as_much(mine: Value, other: Value, currency: str) -> bool:
    match mine, other:
        case PercentOff(), PercentOff():
            a, b = mine.percent, other.percent
            return a.numerator * b.denominator >= b.numerator * a.denominator
        case AmountOff(), AmountOff():
            return mine.amounts.get(currency, 0) >= other.amounts.get(currency, 0) > 0
        case PriceTo(), PriceTo():
            return (
                currency in mine.prices and currency in other.prices and mine.prices[currency] <= other.prices[currency]
            )
    return False


def _check_its_value(reward: OverrideReward | ShippingReward) -> Iterator[Finding]:
    return within(("value",), _check_value(reward.value))


def _check_buy_get(reward: BuyGetReward) -> Iterator[Finding]:
    yield from within(("buy", "of"), check_selection(reward.buy.of))
    yield from within(("get", "of"), check_selection(reward.get.of))
    yield from within(("value",), _check_value(reward.value))


def _check_nth(reward: NthReward) -> Iterator[Finding]:
    yield from within(("value",), _check_value(reward.value))
    if reward.count >= reward.every:
        text = "count is below every; for a value off all units use percent, amount or price per unit"
        yield ("count",), text


def _check_set(reward: SetReward) -> Iterator[Finding]:
    if sum(part.quantity for part in reward.parts) < 2:
        yield ("parts",), "a set has at least two units; for a value off single units use percent, amount or price"
    if reward.per is Per.LINE:
        yield ("per",), "a set's value is for the whole set (order) or each of its units (unit)"
    for place, part in enumerate(reward.parts):
        yield from within(("parts", place, "of"), check_selection(part.of))
    yield from within(("value",), _check_value(reward.value))


def _check_gift(reward: GiftReward) -> Iterator[Finding]:
    yield from _check_repeats(reward.every, reward.every_units, reward.times)
    seen = {reward.sku}
    for place, sku in enumerate(reward.substitutes):
        if sku in seen:
            yield ("substitutes", place), "it is the gift itself or named before; name another, or leave it out"
        seen.add(sku)


_CHECKS: dict[type, Callable[[Any], Iterator[Finding]]] = {
    LinesReward: _check_lines,
    TieredReward: _check_tiers,
    OverrideReward: _check_its_value,
    BuyGetReward: _check_buy_get,
    NthReward: _check_nth,
    SetReward: _check_set,
    GiftReward: _check_gift,
    ShippingReward: _check_its_value,
}
