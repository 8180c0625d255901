"""Promotions of a case that take single units: bought and got, every nth, sets, gifts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ordo.catalog.rewards import (
    BuyGetReward,
    GiftReward,
    Groups,
    LinesReward,
    NthReward,
    Part,
    Per,
    Pick,
    Reward,
    SetReward,
    UnitLimit,
    Value,
)
from tests.conformance.pricing_scopes import SELECTING, Body, Setting, only, selection
from tests.conformance.pricing_words import Builder, percent_off, pick_of, times_of, value_of
from tests.conformance.results import Unsupported


def _part(setting: Setting, body: Any, sale: Body) -> Part:
    if not isinstance(body, dict):
        raise Unsupported(f"a part {body!r}")
    only(body, {"qty", "min_qty", *SELECTING}, "a part's")
    scope = {key: value for key, value in body.items() if key in SELECTING}
    quantity: int = body["qty"] if "qty" in body else body.get("min_qty") or 1
    return Part(quantity, selection(setting, {**scope, **sale}) if scope or sale else None)


def buy_get(setting: Setting, body: Body) -> Reward:
    """Buy X get Y."""
    if "buy" not in body or "get" not in body:
        raise Unsupported("buy_x_get_y without what is bought or got")
    sale = {"on_sale": False} if body.get("ignore_already_discounted") else {}
    return BuyGetReward(
        buy=_part(setting, body["buy"], sale),
        get=_part(setting, body["get"], sale),
        value=value_of(setting, body),
        pick=pick_of(body.get("pick"), Pick.CHEAPEST),
        times=times_of(body),
    )


def cheapest(setting: Setting, body: Body) -> Reward:
    """The cheapest of every so many, or of all."""
    value = percent_off(body["value_percent"]) if "value_percent" in body else percent_off(100)
    number = body.get("n", body.get("free", 1))
    if "every" in body:
        return NthReward(body["every"], value, number, Pick.CHEAPEST, Groups.ACROSS, times_of(body))
    limit = UnitLimit(max_units=number, pick=Pick.CHEAPEST)
    return LinesReward(value, Per.UNIT, limit)


def nth(setting: Setting, body: Body) -> Reward:
    """Units in rising order of price, or in falling order where the case says so; the nth of every group, or, across
    all groups, as many as there are groups. Who does not say which is nth means our usual ones, the cheapest.
    """
    every, nth, value = body["every"], body.get("nth", 1), value_of(setting, body)
    pick = str(body.get("pick", "")).lower()
    falling = bool(re.search(r"\b(descending|dearest|most expensive)\b", pick))
    first, last = (Pick.DEAREST, Pick.CHEAPEST) if falling else (Pick.CHEAPEST, Pick.DEAREST)
    if nth not in (1, every):
        raise Unsupported(f"number {nth} of every {every}: only the first or the last by price can be named")
    wanted = first if nth == 1 or (not pick and setting.source != "shopware") else last
    if re.search(r"\b(vertical|each group|per group|within)\b", pick):
        groups = Groups.DESCENDING if falling else Groups.ASCENDING
    elif not pick or re.search(r"\b(across|horizontal|all|cheapest|dearest|most expensive)\b", pick):
        groups = Groups.ACROSS
    else:
        raise Unsupported(f"pick {body['pick']!r}")
    return NthReward(every, value, 1, wanted, groups, times_of(body))


def set_of(value: Callable[[Setting, Body], Value], per: Per) -> Builder:
    """Sets with such a value, for the whole set or for each of its units."""

    def build(setting: Setting, body: Body) -> Reward:
        laid = body.get("set") or {}
        if isinstance(laid, list):
            laid = {"parts": laid}
        only(laid, {"size", "pick", "parts", "max_per_order", *SELECTING}, "a set's")
        bodies = laid.get("parts", body.get("parts"))
        if bodies is None and "size" not in laid:
            raise Unsupported("a set without its size or parts")
        named = {key: laid[key] for key in SELECTING if key in laid}
        parts = (
            (Part(laid["size"], selection(setting, named) if named else None),)
            if bodies is None
            else tuple(_part(setting, each, {}) for each in bodies)
        )
        pick = pick_of(laid.get("pick"), Pick.CHEAPEST)
        return SetReward(parts, value(setting, body), per, pick, times_of({**body, **laid}))

    return build


def gift(setting: Setting, body: Body) -> Reward:
    """A gift, once or for each unit of the promotion's lines."""
    quantity, each_of = gift_terms(body)
    return GiftReward(gift_sku(body), quantity, every_units=1 if each_of else 0, times=times_of(body))


def gift_sku(body: Body) -> str:
    """Our SKU of a gift: none of the cart's lines has it."""
    return f"gift {body['sku']}"


def gift_terms(body: Body) -> tuple[int, str | None]:
    """How many are given, and for each unit of what (None: once). Raises `Unsupported`."""
    quantity = body.get("qty", 1)
    if isinstance(quantity, int):
        return quantity, None
    found = re.fullmatch(r"(\d+) (?:per|for each|for every) (.+)", str(quantity))
    if found is None:
        raise Unsupported(f"a gift's quantity {quantity!r}")
    return int(found[1]), found[2]
