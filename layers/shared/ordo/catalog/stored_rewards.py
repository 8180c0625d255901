"""Rewards as they are stored: plain JSON, which the API has checked when it was put (`catalog.reward_schemas`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ordo.catalog.rewards import (
    AmountOff,
    BuyGetReward,
    GiftReward,
    Groups,
    LinesReward,
    NthReward,
    OutOfStockGift,
    OverrideReward,
    Part,
    Per,
    PercentOff,
    Pick,
    PriceTo,
    Reward,
    SetReward,
    ShippingReward,
    Tier,
    TieredReward,
    UnitLimit,
    Value,
)
from ordo.catalog.selections import Judged, Measure, Selection
from ordo.kernel.percent import percent

Body = Mapping[str, Any]


def value_of(body: Body) -> Value:
    """Read `percent`, `amounts` or `prices`, whichever is there."""
    if "percent" in body:
        return PercentOff(percent(body["percent"]))
    return AmountOff(body["amounts"]) if "amounts" in body else PriceTo(body["prices"])


def reward_of(body: Body) -> Reward:
    """Read a stored reward."""
    return _READERS[body["type"]](body)


def _lines(body: Body) -> LinesReward:
    """Percentages are by line unless said otherwise, amounts and prices by order."""
    usual = Per.LINE if "percent" in body else Per.ORDER
    return LinesReward(
        value=value_of(body),
        per=Per(body.get("per", body.get("rounding", usual))),
        limit=UnitLimit(
            body.get("max_units", 0),
            body.get("max_units_per_line", 0),
            body.get("groups_of", 1),
            Pick(body.get("pick", Pick.DEAREST)),
        ),
        cap=body.get("cap"),
        every=body.get("every"),
        every_units=body.get("every_units", 0),
        times=body.get("times", 0),
        includes_shipping=bool(body.get("includes_shipping", False)),
    )


def _tiers(body: Body) -> TieredReward:
    return TieredReward(
        measure=Measure(body["by"]),
        tiers=tuple(Tier(tier["at_least"], _lines(tier["reward"])) for tier in body["tiers"]),
        of=_selection(body),
        judged=Judged(body.get("judged", "left")),
    )


def _part(body: Body) -> Part:
    return Part(body["quantity"], _selection(body))


def _selection(body: Body) -> Selection | None:
    return Selection.of(body["of"]) if body.get("of") is not None else None


def _buy_get(body: Body) -> BuyGetReward:
    return BuyGetReward(
        buy=_part(body["buy"]),
        get=_part(body["get"]),
        value=value_of(body["value"]),
        pick=Pick(body.get("pick", Pick.CHEAPEST)),
        times=body.get("times", 0),
    )


def _nth(body: Body) -> NthReward:
    return NthReward(
        every=body["every"],
        value=value_of(body["value"]),
        count=body.get("count", 1),
        pick=Pick(body.get("pick", Pick.CHEAPEST)),
        groups=Groups(body.get("groups", Groups.ACROSS)),
        times=body.get("times", 0),
    )


def _set(body: Body) -> SetReward:
    return SetReward(
        parts=tuple(map(_part, body["parts"])),
        value=value_of(body["value"]),
        per=Per(body.get("per", Per.ORDER)),
        pick=Pick(body.get("pick", Pick.CHEAPEST)),
        times=body.get("times", 0),
    )


def _gift(body: Body) -> GiftReward:
    return GiftReward(
        sku=body["sku"],
        quantity=body.get("quantity", 1),
        options=body.get("options") or {},
        every=body.get("every"),
        every_units=body.get("every_units", 0),
        times=body.get("times", 0),
        out_of_stock=OutOfStockGift(body.get("out_of_stock", "skip")),
        substitutes=tuple(body.get("substitutes", ())),
    )


def _shipping(body: Body) -> ShippingReward:
    return ShippingReward(value_of(body["value"]), frozenset(body.get("methods", ())))


def _threshold(body: Body) -> LinesReward:
    """满减 as one reward, older than conditions: `Promotion.of` reads its threshold, unless it is given `per_every`."""
    every = body["thresholds"] if body.get("per_every") else None
    return LinesReward(AmountOff(body["amounts"]), Per.ORDER, every=every)


_READERS: dict[str, Callable[[Body], Reward]] = {
    "percent": _lines,
    "amount": _lines,
    "price": _lines,
    "tiers": _tiers,
    "override": lambda body: OverrideReward(value_of(body["value"])),
    "buy_get": _buy_get,
    "nth": _nth,
    "set": _set,
    "gift": _gift,
    "shipping": _shipping,
    "fixed": _lines,
    "threshold": _threshold,
}
