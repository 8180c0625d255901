"""Pricing cases against the pricing that Ordo sells with."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ordo.kernel.money import allocate
from ordo.kernel.percent import divide_half_up
from ordo.pricing.model import PricedCart, PricedLine
from tests.conformance.pricing_cases import price_case
from tests.conformance.results import Case, Unsupported

Differences = dict[str, tuple[Any, Any]]

DECIDED_AGAINST = {
    "vendure-it-1": "the source rounds half a cent of the price up; here half a cent of the discount is rounded up",
}
"""Single cases whose rule shows only in their figures."""


def check(case: Case) -> Differences:
    """The facts in which our answer differs from what the case expects; raises `Unsupported`."""
    if case["id"] in DECIDED_AGAINST:
        raise Unsupported(DECIDED_AGAINST[case["id"]])
    return _KINDS.get(case["kind"], _unknown)(case)


def _order(case: Case) -> Differences:
    priced = price_case(case)
    _check_laws(priced)
    differences: Differences = {}
    for name, expected in case["expected"].items():
        if name == "peer_wrong_result_minor":
            continue
        fact = _FACTS.get(name)
        if fact is None:
            raise Unsupported(f"expected {name}")
        actual = fact(priced)
        if actual != expected:
            differences[name] = (expected, actual)
    return differences


def _allocation(case: Case) -> Differences:
    if case["amount_minor"] and not any(case["weights"]):
        raise Unsupported("an amount cannot be shared where nothing weighs: a cart of nothing pays nothing")
    actual = allocate(case["amount_minor"], case["weights"])
    expected = case["expected"]["shares"]
    return {} if actual == expected else {"shares": (expected, actual)}


def _rounding(case: Case) -> Differences:
    differences: Differences = {}
    for exact, rounded in case["expected"]["pairs"]:
        numerator, denominator = Decimal(exact).as_integer_ratio()
        actual = divide_half_up(numerator * 100, denominator)
        if actual != Decimal(rounded) * 100:
            differences[exact] = (rounded, actual)
    return differences


def _unknown(case: Case) -> Differences:
    raise Unsupported(f"cases of kind {case['kind']}")


def _check_laws(priced: PricedCart) -> None:
    """Law 1 holds whatever a case expects."""
    runs = [run for line in priced.lines for run in line.runs]
    assert sum(run.count * run.gross for run in runs) + priced.shipping.gross == priced.totals.total
    assert all(run.net + run.tax == run.gross for run in runs)


def _discount(line: PricedLine) -> int:
    return sum(run.count * run.discount for run in line.runs)


def _taken(line: PricedLine) -> int:
    """What a line costs as listed: with tax in the inclusive mode, without in the exclusive one."""
    return line.quantity * line.list_price - _discount(line)


def _tax(line: PricedLine) -> int:
    return sum(run.count * run.tax for run in line.runs)


_FACTS: dict[str, Callable[[PricedCart], Any]] = {
    "total_minor": lambda cart: cart.totals.total,
    "order_discount": lambda cart: cart.totals.discount,
    "line_discounts": lambda cart: [_discount(line) for line in cart.lines],
    "line_totals": lambda cart: [_taken(line) for line in cart.lines],
    "line_totals_sorted": lambda cart: sorted(_taken(line) for line in cart.lines),
    "net_minor": lambda cart: cart.totals.total - cart.totals.tax,
    "tax_minor": lambda cart: cart.totals.tax,
    "line_tax": lambda cart: [_tax(line) for line in cart.lines],
    "line_tax_minor": lambda cart: [_tax(line) for line in cart.lines],
    "subtotal_minor": lambda cart: cart.totals.items,
    "discounted_subtotal_minor": lambda cart: cart.totals.items - cart.totals.discount,
    "net_items_minor": lambda cart: cart.totals.total - cart.totals.tax - cart.shipping.net,
    "shipping_minor": lambda cart: cart.shipping.gross,
    "shipping_net_minor": lambda cart: cart.shipping.net,
    "coupon_valid": lambda cart: bool(cart.coupons) and bool(cart.trace.applied),
    "by_promotion": lambda cart: [
        [
            sum(each.amount for each in line.adjustments if each.promotion_id == applied.promotion_id)
            for line in cart.lines
        ]
        for applied in cart.trace.applied
    ],
}

_KINDS: dict[str, Callable[[Case], Differences]] = {
    "order": _order,
    "tax_rounding": _order,
    "bug_report": _order,
    "bug_from_source": _order,
    "allocation": _allocation,
    "rounding": _rounding,
}
