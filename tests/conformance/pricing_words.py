"""The words that types of promotions share: values, which units come first, how often."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ordo.catalog.rewards import AmountOff, Amounts, PercentOff, Pick, Reward, Value
from ordo.kernel.percent import percent
from tests.conformance.pricing_scopes import Body, Setting
from tests.conformance.results import Unsupported

Builder = Callable[[Setting, Body], Reward]


@dataclass(frozen=True, slots=True)
class Type:
    """A type of promotion: its reward, and the keys that it may have besides those that all have."""

    build: Builder
    keys: frozenset[str]


def amounts(
    setting: Setting, body: Body, key: str = "value_minor", per_currency: str = "value_per_currency"
) -> Amounts:
    """The amount in the currency that the promotion names, else in the cart's, and those of other currencies."""
    found = {body.get("currency", setting.currency): whole(body[key])} if key in body else {}
    return found | dict(body.get(per_currency) or {})


def whole(amount: Any) -> int:
    """An amount in minor units. Raises `Unsupported`."""
    if not isinstance(amount, int) or amount < 0:
        raise Unsupported(f"an amount of {amount!r} minor units")
    return amount


def percent_off(value: Any) -> PercentOff:
    """So many per cent off. Raises `Unsupported`."""
    try:
        return PercentOff(percent(str(value)))
    except ValueError:
        raise Unsupported(f"a percentage of {value!r}") from None


def value_of(setting: Setting, body: Body) -> Value:
    """`value: free`, `value_percent`, `value_minor` or `value_price_minor`."""
    if "value_percent" in body:
        return percent_off(body["value_percent"])
    if "value_minor" in body or "value_per_currency" in body:
        return AmountOff(amounts(setting, body))
    if body.get("value") == "free":
        return percent_off(100)
    raise Unsupported(f"value {body.get('value')!r}")


def pick_of(text: Any, usual: Pick) -> Pick:
    """Which units come first by a source's own words. Raises `Unsupported`."""
    words = str(text or "").lower()
    if not words:
        return usual
    if re.search(r"\b(cheapest|lowest|ascending)\b", words):
        return Pick.CHEAPEST
    if re.search(r"\b(dearest|highest|most expensive|descending)\b", words):
        return Pick.DEAREST
    if re.search(r"\bfirst\b", words):
        return Pick.FIRST
    raise Unsupported(f"pick {text!r}")


def times_of(body: Body, *, usual: int = 0) -> int:
    """How often a rule may repeat; 0 is any number. Raises `Unsupported`."""
    if "max_per_order" in body:
        return int(body["max_per_order"])
    repeat = body.get("repeat")
    known = {None: usual, "once": 1, "per_every": 0, True: 0, False: 1}
    if repeat not in known:
        raise Unsupported(f"repeat {repeat!r}")
    return known[repeat]
