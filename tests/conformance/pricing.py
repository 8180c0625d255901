"""Pricing cases against the pricing that Ordo sells with."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ordo.catalog.rewards import ShippingReward
from ordo.kernel.errors import UnknownCurrency
from ordo.kernel.money import allocate, minor_digits
from ordo.kernel.percent import divide_half_up
from tests.conformance.pricing_cases import decimals, price_case, source_of, spare_of
from tests.conformance.pricing_facts import NOT_OURS, Differences, check_laws, differences
from tests.conformance.pricing_refunds import check_refund
from tests.conformance.pricing_scopes import only, texts
from tests.conformance.results import Case, Unsupported

_METHODS = ("express", "standard", "snail")
"""The methods of shipping lines, in their order; Medusa's promotions that name none are for the first two."""


def check(case: Case) -> Differences:
    """The facts in which our answer differs from what the case expects; raises `Unsupported`.

    What our pricing breaks or refuses with is a difference too: one case must not hide the others.
    """
    try:
        return _KINDS.get(case["kind"], _unknown)(case)
    except Unsupported:
        raise
    except Exception as broken:
        return {"answer": ("a price", f"{type(broken).__name__}: {broken}")}


def _order(case: Case) -> Differences:
    priced = price_case(case)
    check_laws(priced)
    return differences(case, priced)


def _bug(case: Case) -> Differences:
    """A bug report may leave the lines open: then any cart that earns the promotion must get exactly that."""
    if case["lines"]:
        return _order(case)
    found: Differences = {}
    for amounts in ((100, 200, 200), (167, 167, 167), (1, 333, 199), (7, 11, 13, 1009)):
        lines = [{"sku": f"s{place}", "unit_price_minor": each, "qty": 1} for place, each in enumerate(amounts)]
        found |= {f"{name} of {amounts}": each for name, each in _order({**case, "lines": lines}).items()}
    return found


def _allocation(case: Case) -> Differences:
    only(
        case,
        {
            *("id", "kind", "source", "currency", "amount_minor", "weights", "remainder_rule", "lines"),
            *("promotions", "expected", "portable", "notes", "sum_preserved"),
        },
        "the split's",
    )
    only(case["expected"], {"shares"}, "expected")
    weights, expected = _whole_weights(case["weights"]), case["expected"]["shares"]
    if case["amount_minor"] and not any(weights):
        raise Unsupported("an amount cannot be shared where nothing weighs: a cart of nothing pays nothing")
    rule = str(case.get("remainder_rule") or "")
    actual = allocate(case["amount_minor"], weights, spare_of(rule))
    if actual == expected:
        return {}
    if "round each" in rule.lower():
        raise Unsupported(f"{rule!r}: here no share is rounded up before all are cut")
    return {"shares": (expected, actual)}


def _whole_weights(weights: list[Any]) -> list[int]:
    """Weights as integers in the same proportion; raises `Unsupported` for negative ones."""
    exact = [
        decimals(each["amount"]).scaleb(-each.get("scale", 0)) if isinstance(each, dict) else decimals(each)
        for each in weights
    ]
    if any(each < 0 for each in exact):
        raise Unsupported("a weight below zero")
    digits = max((-int(each.as_tuple().exponent) for each in exact), default=0)
    return [int(each.scaleb(max(0, digits))) for each in exact]


def _split(case: Case) -> Differences:
    """A discount on items and shipping, of which only the sums are known: the items are one line."""
    line = {"sku": "items", "unit_price_minor": case["subtotal_minor"], "qty": 1}
    rest = {key: value for key, value in case.items() if key != "subtotal_minor"}
    return _order({**rest, "lines": [line]})


def _shipping(case: Case) -> Differences:
    """Several shipping lines: an order of ours ships by one method, so each is an order of its own."""
    only(case["expected"], {"shipping_discounts"} | NOT_OURS, "expected")
    promotions = [_scoped(case, body) for body in case["promotions"]]
    costs = case["shipping_lines_minor"]
    methods = [_METHODS[place] if place < len(_METHODS) else f"method {place}" for place in range(len(costs))]
    together = [str(body.get("allocation", "")).startswith(("across", "proportional")) for body in promotions]
    if any(together):
        if not all(together):
            raise Unsupported("some discounts for each shipping line and some for all together")
        actual = _together(case, promotions, methods, costs)
    else:
        actual = [_one(case, promotions, *each) for each in zip(methods, costs, strict=True)]
    expected = case["expected"]["shipping_discounts"]
    return {} if actual == expected else {"shipping_discounts": (expected, actual)}


def _scoped(case: Case, body: dict[str, Any]) -> dict[str, Any]:
    if source_of(case) == "medusa" and body.get("scope") is None:
        return {**body, "scope": {"method_in": list(_METHODS[:2])}}
    return dict(body)


def _one(case: Case, promotions: list[dict[str, Any]], method: str, cost: int) -> int:
    """The discount on the shipping of an order by this method."""
    rest = {key: value for key, value in case.items() if key not in {"shipping_lines_minor", "expected"}}
    lines = case["lines"] or [{"sku": "items", "unit_price_minor": 0, "qty": 1}]
    one = {**rest, "lines": lines, "promotions": promotions, "shipping_method": method, "shipping_minor": cost}
    priced = price_case({**one, "expected": {}})
    if not all(isinstance(each.reward, ShippingReward) for each in priced.rules.promotions):
        raise Unsupported("several shipping lines beside a discount on items")
    check_laws(priced)
    return priced.cart.shipping.discount


def _together(case: Case, promotions: list[dict[str, Any]], methods: list[str], costs: list[int]) -> list[int]:
    """What is shared to several shipping lines is shared as to lines of an order."""
    if case["lines"]:
        raise Unsupported("several shipping lines that share a discount, beside items")
    lines = [{"sku": each, "unit_price_minor": cost, "qty": 1} for each, cost in zip(methods, costs, strict=True)]
    told = []
    for body in promotions:
        if body["type"] not in {"shipping_fixed", "shipping_percent"}:
            raise Unsupported(f"promotion type {body['type']} for all shipping lines together")
        scope = body.get("scope") or {"method_in": methods}
        only(scope, {"method", "method_in"}, "scope by")
        named = {"sku_in": [*texts(scope.get("method")), *texts(scope.get("method_in"))]}
        kept = {key: value for key, value in body.items() if key != "allocation"}
        told.append({**kept, "type": body["type"].replace("shipping", "order"), "scope": named})
    rest = {key: value for key, value in case.items() if key not in {"shipping_lines_minor", "expected"}}
    priced = price_case({**rest, "lines": lines, "promotions": told, "expected": {}})
    check_laws(priced)
    return [0 if line is None else line.discount for line in priced.lines]


def _rounding(case: Case) -> Differences:
    only(case["expected"], {"pairs"}, "expected")
    try:
        digits = minor_digits(case["currency"])
    except UnknownCurrency:
        raise Unsupported(f"currency {case['currency']}") from None
    found: Differences = {}
    for exact, rounded in case["expected"]["pairs"]:
        numerator, denominator = Decimal(str(exact)).scaleb(digits).as_integer_ratio()
        actual = divide_half_up(numerator, denominator)
        if actual != Decimal(str(rounded)).scaleb(digits):
            found[str(exact)] = (rounded, str(Decimal(actual).scaleb(-digits)))
    return found


def _unknown(case: Case) -> Differences:
    raise Unsupported(f"cases of kind {case['kind']}")


_KINDS: dict[str, Callable[[Case], Differences]] = {
    "order": _order,
    "tax_rounding": _order,
    "bug_report": _bug,
    "bug_from_source": _bug,
    "allocation": _allocation,
    "split": _split,
    "shipping": _shipping,
    "rounding": _rounding,
    "refund": check_refund,
}
