"""A pricing case as a shop and a cart of ours, and its price; whatever has no counterpart is unsupported."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ordo.catalog.channels import ChannelPolicy, PricePolicy, TaxMode
from ordo.catalog.charges import ShippingMethod, ShippingRate, Surcharge
from ordo.catalog.model import Product
from ordo.catalog.prices import PriceEntry
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.kernel.money import Spare
from ordo.kernel.percent import divide_half_up, percent
from ordo.pricing.model import Cart, CartLine, PricedCart, PricedLine
from ordo.pricing.service import price
from tests.conformance.pricing_promotions import Rules, rules_of
from tests.conformance.pricing_scopes import Body, Setting, categories_of, is_on_sale, only, sku_of
from tests.conformance.pricing_taxes import Taxes
from tests.conformance.pricing_units import gift_sku
from tests.conformance.results import Case, Unsupported

NOW = datetime(2026, 1, 1, tzinfo=UTC)

_CASE_KEYS = {
    "id", "kind", "source", "currency", "lines", "promotions", "expected", "portable", "notes", "tax", "shipping_minor",
    "shipping_method", "coupon", "coupons", "stacking", "surcharges", "no_sum_check", "remainder_rule",
}  # fmt: skip
_LINE_KEYS = {"sku", "unit_price_minor", "qty", "category", "tax_percent", "minimum_price_minor", "on_sale", "name"}
_SURCHARGE_KEYS = {"name", "sku", "net_minor", "gross_minor", "amount_minor", "tax_percent"}


@dataclass(frozen=True, slots=True)
class Told:
    """A case in our words."""

    cart: Cart
    snapshot: CatalogSnapshot
    rules: Rules


@dataclass(frozen=True, slots=True)
class PricedCase:
    """The price, and the lines as the case wrote them (None: of a line of no units)."""

    cart: PricedCart
    lines: list[PricedLine | None]
    rules: Rules


def source_of(case: Case) -> str:
    """The peer that the case is of, by the name of its repository's owner: some rules are only known by it."""
    repo = str((case.get("source") or {}).get("repo", "")).lower()
    return repo.partition("/")[0].removesuffix("-ecommerce").removesuffix("js").removesuffix("hq")


def price_case(case: Case) -> PricedCase:
    """Price the case; raises `Unsupported`, or whatever our pricing raises."""
    try:
        told = _told(case)
    except (KeyError, TypeError, AttributeError, ValueError) as strange:
        raise Unsupported(f"a case of another shape: {type(strange).__name__} {strange}") from strange
    priced = price(told.cart, told.snapshot, NOW)
    by_id = {line.line_id: line for line in priced.lines if line.gift_of is None}
    return PricedCase(priced, [by_id.get(str(place)) for place in range(len(case["lines"]))], told.rules)


def _told(case: Case) -> Told:
    only(case, _CASE_KEYS, "the cart's")
    if not case["lines"]:
        raise Unsupported("the source does not give the lines")
    for line in case["lines"]:
        only(line, _LINE_KEYS, "a line's")
        if not isinstance(line["unit_price_minor"], int) or line["unit_price_minor"] < 0 or line["qty"] < 0:
            raise Unsupported("a price or quantity that nothing is sold at")
    case = _by_net(case)
    setting = Setting(case["lines"], case["currency"], source_of(case))
    rules = rules_of(case, setting)
    taxes = Taxes(case.get("tax") or {}, case, setting.source)
    snapshot = CatalogSnapshot(
        _channel(case, taxes), _products(case, taxes), NOW, tuple(rules.promotions), rules.coupons
    )
    ordered = [place for place, line in enumerate(case["lines"]) if line["qty"]]
    wanted = tuple(CartLine(str(place), sku_of(place), case["lines"][place]["qty"]) for place in ordered)
    method = case.get("shipping_method")
    cart = Cart("web", case["currency"], wanted, rules.given, shipping_method=method, manual=tuple(rules.manual))
    return Told(cart, snapshot, rules)


def _by_net(case: Case) -> Case:
    """`sum_by_net`: listed with tax, but the net prices of single units are what counts: so listed without."""
    tax = case.get("tax") or {}
    if tax.get("rounding") != "sum_by_net":
        return case
    if case.get("promotions") or case.get("shipping_minor") or tax["mode"] != "inclusive":
        raise Unsupported("tax rounding 'sum_by_net' with more than lines that are listed with tax")
    lines = []
    for line in case["lines"]:
        rate = percent(str(line.get("tax_percent", tax.get("rate_percent", 0))))
        gross = line["unit_price_minor"]
        net = divide_half_up(gross * rate.denominator, rate.denominator + rate.numerator)
        lines.append({**line, "unit_price_minor": net})
    return {**case, "lines": lines, "tax": {**tax, "mode": "exclusive", "rounding": "order"}}


def _products(case: Case, taxes: Taxes) -> dict[str, Product]:
    products = {
        sku_of(place): Product(
            sku_of(place),
            {},
            {"list": _entry(line)},
            tax_class=taxes.class_of(line),
            categories=tuple(categories_of(line)),
        )
        for place, line in enumerate(case["lines"])
    }
    for body in case.get("promotions") or ():
        if body["type"].removeprefix("coupon_") == "gift":
            sku, amount = gift_sku(body), body.get("unit_price_minor", 0)
            products[sku] = Product(sku, {}, {"list": amount}, tax_class=taxes.class_of(body))
    return products


def _entry(line: Body) -> PriceEntry:
    amount = line["unit_price_minor"]
    return PriceEntry(
        amount,
        list_price=amount + 1 if is_on_sale(line) else None,
        minimum_price=line.get("minimum_price_minor") or 0,
    )


def _channel(case: Case, taxes: Taxes) -> ChannelPolicy:
    currency = case["currency"]
    for line in case["lines"]:
        taxes.class_of(line)
    cost = case.get("shipping_minor") or 0
    method = case.get("shipping_method")
    methods = () if method is None else (ShippingMethod(method, {}, {currency: ShippingRate(cost)}),)
    surcharges, mode = _surcharges(case, taxes)
    taxes.shipping_mode = mode
    spare = spare_of(case.get("remainder_rule") or "")
    return ChannelPolicy(
        "web",
        {currency: "list"},
        tax=taxes.policy(),
        shipping={currency: cost},
        shipping_methods=methods,
        surcharges=surcharges,
        pricing=PricePolicy(spare=spare, manual_limit=percent("100")),
    )


def _surcharges(case: Case, taxes: Taxes) -> tuple[tuple[Surcharge, ...], TaxMode | None]:
    """The surcharges, and whether charges are listed with tax (None: as items are)."""
    found, modes = [], set()
    for place, body in enumerate(case.get("surcharges") or ()):
        only(body, _SURCHARGE_KEYS, "a surcharge's")
        key = next((key for key in ("net_minor", "gross_minor", "amount_minor") if key in body), None)
        if key is None or body[key] < 0:
            raise Unsupported("a surcharge that is less than nothing: that is a discount here")
        modes.add({"net_minor": TaxMode.EXCLUSIVE, "gross_minor": TaxMode.INCLUSIVE}.get(key, taxes.mode))
        found.append(Surcharge(f"surcharge-{place}", {}, {case["currency"]: body[key]}))
    if len(modes) > 1 or (modes and case.get("shipping_minor") and modes != {taxes.shipping_mode or taxes.mode}):
        raise Unsupported("charges of which only some are listed with tax")
    return tuple(found), modes.pop() if modes else taxes.shipping_mode


def spare_of(rule: str) -> Spare:
    """Who gets the spare cent by a source's own words; the largest remainder where they say nothing else."""
    words = rule.lower()
    if "largest" in words or "round each" in words or not re.search(r"\bfirst\b", words):
        return Spare.LARGEST_REMAINDER
    return Spare.FIRST


def decimals(value: Any) -> Decimal:
    """A number of a case exactly as it is written."""
    return Decimal(str(value))
