"""A pricing case as a cart, a shop and promotions of ours; whatever has no counterpart yet is unsupported."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from ordo.catalog.channels import ChannelPolicy, TaxMode, TaxPolicy
from ordo.catalog.model import Product
from ordo.catalog.promotions import (
    Coupon,
    FixedReward,
    PercentReward,
    PercentRounding,
    Promotion,
    Reward,
    ThresholdReward,
)
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.kernel.percent import percent
from ordo.pricing.model import Cart, CartLine, PricedCart
from ordo.pricing.service import price
from tests.conformance.results import Case, Unsupported

NOW = datetime(2026, 1, 1, tzinfo=UTC)

_CASE_KEYS = {
    "id", "kind", "source", "currency", "lines", "promotions", "expected", "portable", "notes", "tax", "shipping_minor",
    "coupon",
}  # fmt: skip
_LINE_KEYS = {"sku", "unit_price_minor", "qty", "category", "tax_percent"}
_PROMOTION_KEYS = {
    "type", "value_minor", "value_percent", "per_every_minor", "conditions", "scope", "order", "priority", "exclusive",
    "requires_coupon", "stacking", "allocation", "currency",
}  # fmt: skip
_OUR_RULES = {
    "sequential on the remaining amount",
    "sequential, higher priority first",
    "proportional to line subtotal",
}
_OUR_ROUNDINGS = {"", "half up per line, after unit price x qty"}
_TAX_KEYS = {"mode", "rate_percent", "rounding", "base"}


def price_case(case: Case) -> PricedCart:
    """Price the case; raises `Unsupported`."""
    _only(case, _CASE_KEYS, "the cart's")
    lines: list[dict[str, Any]] = case["lines"]
    for line in lines:
        _only(line, _LINE_KEYS, "a line's")
    if not lines:
        raise Unsupported("the source does not give the lines")
    currency = case["currency"]
    promotions = _promotions(case)
    products = {
        f"L{place}": Product(
            f"L{place}", {}, {"list": line["unit_price_minor"]}, tax_class=str(line.get("tax_percent", "standard"))
        )
        for place, line in enumerate(lines)
    }
    coupons = [each.strip().upper() for each in str(case.get("coupon") or "").split(",") if each.strip()]
    known = {coupon.code: coupon for coupon in _coupons(case, promotions)}
    shop = CatalogSnapshot(_channel(case), products, NOW, promotions, known)
    wanted = tuple(CartLine(str(place), f"L{place}", line["qty"]) for place, line in enumerate(lines))
    return price(Cart("web", currency, wanted, tuple(each for each in coupons if each in known)), shop, NOW)


def _channel(case: Case) -> ChannelPolicy:
    tax = case.get("tax") or {"mode": "inclusive"}
    _only(tax, _TAX_KEYS, "the tax's")
    if tax["mode"] not in {"inclusive", "exclusive"}:
        raise Unsupported(f"tax mode {tax['mode']!r}")
    if tax.get("rounding") == "line":
        raise Unsupported("tax rounded per unit: the source knows no quantities, its line is one unit")
    if tax.get("rounding", "") not in _OUR_ROUNDINGS:
        raise Unsupported(f"tax rounding {tax['rounding']!r}")
    rates = {
        str(line["tax_percent"]): percent(str(line["tax_percent"])) for line in case["lines"] if "tax_percent" in line
    }
    usual = percent(str(tax.get("rate_percent", next(iter(rates), "0"))))
    shipping = {case["currency"]: case.get("shipping_minor", 0)}
    return ChannelPolicy(
        "web", {case["currency"]: "list"}, tax=TaxPolicy(TaxMode(tax["mode"]), usual, rates), shipping=shipping
    )


def _promotions(case: Case) -> tuple[Promotion, ...]:
    ordered = sorted(
        enumerate(case["promotions"]),
        key=lambda each: (-each[1].get("priority", 0), each[1].get("order", each[0]), each[0]),
    )
    return tuple(_promotion(case, promotion, -rank) for rank, (_, promotion) in enumerate(ordered))


def _promotion(case: Case, body: dict[str, Any], priority: int) -> Promotion:
    _only(body, _PROMOTION_KEYS, "the promotion's")
    for rule in ("stacking", "allocation"):
        if body.get(rule) is not None and body[rule] not in _OUR_RULES:
            raise Unsupported(f"{rule} {body[rule]!r}")
    return Promotion(
        promotion_id=f"p{-priority:03}",
        version=1,
        name={},
        reward=_reward(body, body.get("currency", case["currency"])),
        skus=_scope(case, body.get("scope")),
        requires_coupon=bool(body.get("requires_coupon")),
        priority=priority,
        exclusive=bool(body.get("exclusive")),
    )


def _reward(body: dict[str, Any], currency: Any) -> Reward:
    kind = body["type"].removeprefix("coupon_")
    if kind in {"order_percent", "item_percent"} and not body.get("conditions") and "per_every_minor" not in body:
        rounding = PercentRounding.ORDER if kind == "order_percent" else PercentRounding.LINE
        return PercentReward(percent(str(body["value_percent"])), rounding)
    if kind == "order_fixed":
        return _amount(body, currency)
    raise Unsupported(f"promotion type {body['type']}" + (" with conditions" if body.get("conditions") else ""))


def _amount(body: dict[str, Any], currency: Any) -> Reward:
    amount = {currency: body["value_minor"]}
    conditions = body.get("conditions") or []
    if "per_every_minor" in body and not conditions:
        return ThresholdReward({currency: body["per_every_minor"]}, amount, per_every=True)
    if not conditions:
        return FixedReward(amount)
    if len(conditions) == 1 and conditions[0].keys() == {"items_total_gte_minor"}:
        return ThresholdReward({currency: conditions[0]["items_total_gte_minor"]}, amount)
    raise Unsupported("conditions " + ", ".join(sorted({key for each in conditions for key in each})))


def _scope(case: Case, scope: Any) -> frozenset[str]:
    if scope is None:
        return frozenset()
    if not isinstance(scope, dict) or len(scope) != 1:
        raise Unsupported(f"scope {scope!r}")
    (key, value), *_ = scope.items()
    field, values = {
        "sku": ("sku", [value]),
        "sku_in": ("sku", value),
        "category": ("category", [value]),
        "category_in": ("category", value),
    }.get(key, (None, None))
    if field is None or values is None:
        raise Unsupported(f"scope by {key}")
    found = frozenset(f"L{place}" for place, line in enumerate(case["lines"]) if line.get(field) in values)
    return found or frozenset({"no line"})


def _coupons(case: Case, promotions: Iterable[Promotion]) -> Iterable[Coupon]:
    codes = [body.get("requires_coupon") for body in case["promotions"]]
    for promotion, code in zip(promotions, codes, strict=True):
        if isinstance(code, str):
            yield Coupon(code.upper(), promotion.promotion_id)


def _only(given: dict[str, Any], known: set[str], whose: str) -> None:
    strange = sorted(set(given) - known)
    if strange:
        raise Unsupported(f"{whose} {', '.join(strange)}")
