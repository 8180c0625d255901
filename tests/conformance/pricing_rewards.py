"""What a promotion of a case gives, by its type, in our words."""

from __future__ import annotations

import re
from dataclasses import replace

from ordo.catalog.rewards import (
    AmountOff,
    Amounts,
    LinesReward,
    OverrideReward,
    Per,
    PercentOff,
    Pick,
    PriceTo,
    Reward,
    ShippingReward,
    Tier,
    TieredReward,
    UnitLimit,
    Value,
)
from ordo.catalog.selections import EVERYTHING, Measure
from tests.conformance.pricing_scopes import Body, Setting, texts
from tests.conformance.pricing_units import buy_get, cheapest, gift, nth, set_of
from tests.conformance.pricing_words import Builder, Type, amounts, percent_off, pick_of, value_of
from tests.conformance.results import Unsupported

_VALUE = {"value", "value_percent", "value_minor", "value_per_currency"}
_MONEY = {"value_minor", "value_per_currency"}
_LIMITS = {"limit_units", "max_units", "max_units_per_line", "only_complete_groups_of", "pick"}
_CAPS = {"max_discount_minor", "max_per_currency"}
_LINES = {*_LIMITS, *_CAPS, "rounding"}


_ROUNDINGS = {"unit": Per.UNIT, "line": Per.LINE, "order": Per.ORDER}


def _rounded(body: Body, usual: Per) -> Per:
    text = body.get("rounding")
    if text is None:
        return usual
    found = re.fullmatch(r"(?:half up )?(?:per )?(unit|line|order)", str(text).lower())
    if found is None:
        raise Unsupported(f"rounding {text!r}")
    return _ROUNDINGS[found[1]]


def _on_lines(setting: Setting, body: Body, value: Value, per: Per) -> LinesReward:
    cap = amounts(setting, body, "max_discount_minor", "max_per_currency")
    return LinesReward(
        value=value,
        per=_rounded(body, per) if isinstance(value, PercentOff) else per,
        limit=UnitLimit(
            body.get("limit_units") or body.get("max_units") or 0,
            body.get("max_units_per_line") or 0,
            body.get("only_complete_groups_of") or 1,
            pick_of(body.get("pick"), Pick.DEAREST),
        ),
        cap=cap or None,
    )


def _off(per: Per, *, shipping: bool = False) -> Builder:
    def build(setting: Setting, body: Body) -> Reward:
        reward = _on_lines(setting, body, AmountOff(amounts(setting, body)), per)
        every = _every(setting, body)
        return replace(reward, every=every, times=body.get("max_per_order") or 0, includes_shipping=shipping)

    return build


def _every(setting: Setting, body: Body) -> Amounts | None:
    """For each full so much: as named, or the threshold of a rule that repeats."""
    if "per_every_minor" in body:
        return {setting.currency: body["per_every_minor"]}
    if body.get("repeat") != "per_every":
        return None
    needed = [each["items_total_gte_minor"] for each in body.get("conditions") or () if "items_total_gte_minor" in each]
    if len(needed) != 1:
        raise Unsupported("repeat per_every without one threshold of the items' total")
    return {setting.currency: needed[0]}


def _percentage(per: Per, *, shipping: bool = False) -> Builder:
    def build(setting: Setting, body: Body) -> Reward:
        reward = _on_lines(setting, body, percent_off(body["value_percent"]), per)
        return replace(reward, includes_shipping=shipping)

    return build


def _percent_with_shipping(setting: Setting, body: Body) -> Reward:
    """The source rounds the items together and shipping by itself: with one line that is by line."""
    return _percentage(Per.LINE if len(setting.lines) == 1 else Per.ORDER, shipping=True)(setting, body)


def _price(per: Per) -> Builder:
    return lambda setting, body: _on_lines(setting, body, PriceTo(amounts(setting, body)), per)


def _override(setting: Setting, body: Body) -> Reward:
    return OverrideReward(value_of(setting, body))


def _ship(setting: Setting, body: Body) -> Reward:
    scope = body.get("scope")
    named = scope if isinstance(scope, dict) else {}
    methods = [*texts(named.get("method")), *texts(named.get("method_in"))]
    return ShippingReward(value_of(setting, body), frozenset(methods))


def _free_shipping(setting: Setting, body: Body) -> Reward:
    return _ship(setting, {**body, "value": "free"})


_PLAIN: dict[str, Type] = {
    "order_fixed": Type(_off(Per.ORDER), frozenset({*_MONEY, *_LINES, "per_every_minor", "max_per_order"})),
    "order_percent": Type(_percentage(Per.ORDER), frozenset({"value_percent", *_LINES})),
    "order_fixed_price": Type(_price(Per.ORDER), frozenset({*_MONEY, *_LINES})),
    "item_percent": Type(_percentage(Per.LINE), frozenset({"value_percent", *_LINES})),
    "item_fixed_per_unit": Type(_off(Per.UNIT), frozenset({*_MONEY, *_LINES})),
    "order_and_shipping_fixed": Type(_off(Per.ORDER, shipping=True), frozenset({*_MONEY, *_CAPS})),
    "order_and_shipping_percent": Type(_percent_with_shipping, frozenset({"value_percent", *_LINES})),
}
"""Those that take a value off lines: tiers are made of them."""


def _tiers(kind: str, *, by_quantity: bool = False) -> Type:
    plain = _PLAIN[kind]
    name = "percent" if kind.endswith("percent") else "minor"
    keys = {"tiers", "tiers_qty", f"base_{name}", "tier_by", "eligible_qty_in_order", "judged"}

    def build(setting: Setting, body: Body) -> Reward:
        quantity = by_quantity or "tiers_qty" in body or "quantity" in str(body.get("tier_by", ""))
        rest = {key: value for key, value in body.items() if key not in keys}
        steps = [[0, body[f"base_{name}"]]] if body.get(f"base_{name}") is not None else []
        tiers = []
        for threshold, value in [*steps, *(body.get("tiers_qty") or body.get("tiers") or ())]:
            reward = plain.build(setting, {**rest, f"value_{name}": value})
            assert isinstance(reward, LinesReward)
            tiers.append(Tier(threshold if quantity else {setting.currency: threshold}, reward))
        measure = Measure.QUANTITY if quantity else Measure.SUBTOTAL
        own = quantity or is_by_line(body) or "eligible" in str(body.get("tier_by", ""))
        return TieredReward(measure, tuple(tiers), None if own else EVERYTHING)

    return Type(build, frozenset({*keys, *(plain.keys - {f"value_{name}"})}))


_TIER_BY = {
    None,
    "order items total",
    "items total",
    "order total",
    "line total",
    "line amount",
    "item total",
    "eligible items total",
    "order quantity",
    "eligible quantity",
    "quantity",
}


def is_by_line(body: Body) -> bool:
    """Whether each line has the tier that it reaches by itself. Raises `Unsupported`."""
    by = body.get("tier_by")
    if by not in _TIER_BY:
        raise Unsupported(f"tier_by {by!r}")
    return by in {"line total", "line amount", "item total"}


_TIERED = ("order_fixed", "order_percent", "item_percent", "item_fixed_per_unit")
_SET_KEYS = frozenset({"set", "parts", "max_per_order"})
_NTH_KEYS = frozenset({"every", "n", "free", "value_percent", "max_per_order"})

TYPES: dict[str, Type] = {
    **_PLAIN,
    **{f"tiered_{kind}": _tiers(kind) for kind in _TIERED},
    **{f"tiered_{kind}_by_eligible_qty": _tiers(kind, by_quantity=True) for kind in _TIERED},
    "catalog_percent": Type(_override, frozenset({"value_percent"})),
    "catalog_fixed": Type(_override, frozenset(_MONEY)),
    "buy_x_get_y": Type(
        buy_get, frozenset({*_VALUE, "buy", "get", "pick", "max_per_order", "ignore_already_discounted"})
    ),
    "cheapest_free": Type(cheapest, _NTH_KEYS - {"value_percent"}),
    "cheapest_percent": Type(cheapest, _NTH_KEYS),
    "nth_of_every": Type(nth, frozenset({*_VALUE, "every", "nth", "pick", "max_per_order"})),
    "set_percent": Type(set_of(value_of, Per.ORDER), _SET_KEYS | {"value_percent"}),
    "set_fixed": Type(set_of(value_of, Per.ORDER), _SET_KEYS | _MONEY),
    "set_fixed_price": Type(set_of(lambda s, b: PriceTo(amounts(s, b)), Per.ORDER), _SET_KEYS | _MONEY),
    "set_fixed_unit_price": Type(set_of(lambda s, b: PriceTo(amounts(s, b)), Per.UNIT), _SET_KEYS | _MONEY),
    "gift": Type(gift, frozenset({"sku", "unit_price_minor", "qty", "max_per_order", "tax_percent"})),
    "free_shipping": Type(_free_shipping, frozenset()),
    "shipping_percent": Type(_ship, frozenset({"value_percent"})),
    "shipping_fixed": Type(_ship, frozenset(_MONEY)),
}
