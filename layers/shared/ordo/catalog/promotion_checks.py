"""Promotions that contradict themselves: each finding says where, and what to do. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator

from ordo.catalog.currencies import capped_rewards, lines_currencies, needs
from ordo.catalog.errors import Finding
from ordo.catalog.promotions import OnReturn, Promotion, Shortfall
from ordo.catalog.reward_checks import amounts_off, check_reward, check_selection, within
from ordo.catalog.rewards import GiftReward, LinesReward, OverrideReward, Per, ShippingReward, TieredReward
from ordo.catalog.selections import Judged, Measure

MAX_LINE_UNITS = 100_000
"""Units that one line of an order can have."""


def check_promotion(promotion: Promotion) -> Iterator[Finding]:
    """All that makes a promotion impossible or part of it void; places are those of the stored form."""
    yield from within(("scope",), check_selection(promotion.scope))
    for place, condition in enumerate(promotion.conditions):
        at = ("conditions", place)
        yield from within((*at, "of"), check_selection(condition.of))
        if condition.per_line and isinstance(condition.at_least, int) and condition.at_least > MAX_LINE_UNITS:
            yield (*at, "at_least"), f"a line has at most {MAX_LINE_UNITS} units, so this never holds; ask for fewer"
    yield from within(("reward",), check_reward(promotion.reward))
    yield from _check_combination(promotion)
    yield from _check_reward_among_others(promotion)
    yield from _check_threshold(promotion)
    yield from _check_currencies(promotion)
    yield from _check_caps(promotion)


def _check_combination(promotion: Promotion) -> Iterator[Finding]:
    if promotion.group is not None and promotion.exclusive:
        yield ("group",), "an exclusive promotion applies alone, so it needs no group; leave out one of both"
    if promotion.returns.shortfall is Shortfall.CHARGE and promotion.returns.kind is not OnReturn.CLAW_BACK:
        yield ("return_policy", "shortfall"), "only a claw_back can fall short; make it one, or leave this out"


def _check_reward_among_others(promotion: Promotion) -> Iterator[Finding]:
    """What some rewards cannot have beside them."""
    match promotion.reward:
        case OverrideReward():
            if promotion.conditions:
                text = "an override sets prices before a cart is counted; use percent, amount or price, per unit"
                yield ("conditions",), text
            if promotion.base is Judged.ORIGINAL:
                yield ("base",), "an override is always of the listed price; leave this out"
        case ShippingReward():
            if not promotion.scope.is_all:
                yield ("scope",), "shipping has no lines; name those that must be there in a condition's of"
    if promotion.consumes and isinstance(promotion.reward, (OverrideReward, ShippingReward, GiftReward)):
        yield ("consumes",), "this reward takes nothing off units in the cart, so it uses none up; leave this out"


def _check_threshold(promotion: Promotion) -> Iterator[Finding]:
    """An amount off that is higher than what must be bought for it."""
    reward = promotion.reward
    if not isinstance(reward, LinesReward) or reward.per is not Per.ORDER or reward.every or reward.includes_shipping:
        return
    reached: dict[str, int] = {}
    for condition in promotion.conditions:
        if condition.measure is Measure.SUBTOTAL and condition.of is None and not isinstance(condition.at_least, int):
            for currency, amount in condition.at_least.items():
                reached[currency] = max(amount, reached.get(currency, 0))
    for currency, off in amounts_off(reward.value).items():
        if currency in reached and off > reached[currency]:
            text = f"the amount off is higher than its threshold ({reached[currency]}); lower it or raise that"
            yield ("reward", "amounts", currency), text


def _check_currencies(promotion: Promotion) -> Iterator[Finding]:
    left: frozenset[str] | None = None
    for where, named in needs(promotion):
        if not named or (left is not None and not left & named):
            before = f"before it {_listed(left)}" if left else "its parts have none in common"
            yield where, f"no currency is named by all amounts (here {_listed(named)}, {before}); name the same ones"
            return
        left = named if left is None else left & named
    if isinstance(promotion.reward, TieredReward):
        for place, tier in enumerate(promotion.reward.tiers):
            given = lines_currencies(tier.reward)
            if given is not None and not isinstance(tier.at_least, int) and not given & tier.at_least.keys():
                text = "it gives nothing in the currencies that the tier begins at; name the same ones"
                yield ("reward", "tiers", place, "reward"), text


def _check_caps(promotion: Promotion) -> Iterator[Finding]:
    """A cap that lacks a currency in which the reward is given would be none there."""
    for where, reward, given in capped_rewards(promotion):
        missing = (given or frozenset()) - (reward.cap or {}).keys()
        if missing:
            yield where, f"there is no cap in {_listed(missing)}; name one, or leave that currency out"


def _listed(currencies: frozenset[str] | None) -> str:
    return ", ".join(sorted(currencies or ())) or "none"
