"""What a case expects of a priced cart: each key of `expected` as a figure of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ordo.pricing.figures import invoice_figures
from ordo.pricing.model import PricedLine, UnitRun
from tests.conformance.pricing_cases import PricedCase, decimals
from tests.conformance.pricing_promotions import code_of
from tests.conformance.results import Case, Unsupported

Differences = dict[str, tuple[Any, Any]]

NOT_OURS = {"peer_wrong_result_minor"}
"""What a peer got wrong: no figure of ours."""


def differences(case: Case, priced: PricedCase) -> Differences:
    """The facts in which the price differs from what is expected. Raises `Unsupported` for a fact that is not known."""
    found: Differences = {}
    for name, expected in case["expected"].items():
        if name in NOT_OURS:
            continue
        if name in _COMPARED:
            actual = _COMPARED[name](priced, case, expected)
        elif name in _FACTS:
            actual = _FACTS[name](priced)
        else:
            raise Unsupported(f"expected {name}")
        if actual != expected:
            found[name] = (expected, actual)
    return found


def check_laws(priced: PricedCase) -> None:
    """Law 1 holds whatever a case expects."""
    cart = priced.cart
    runs = [run for line in cart.lines for run in line.runs]
    assert sum(run.count * run.gross for run in runs) + cart.shipping.gross == cart.totals.total
    assert all(run.net + run.tax == run.gross for run in runs)
    for line in cart.lines:
        assert sum(run.count for run in line.runs) == line.quantity
        for place, each in enumerate(line.adjustments):
            assert sum(run.count * run.shares[place] for run in line.runs) == each.amount


def _sum_of(priced: PricedCase, amount: Callable[[PricedLine], int]) -> list[int]:
    return [0 if line is None else amount(line) for line in priced.lines]


def _listed(line: PricedLine) -> int:
    """What a line costs as listed: with tax in the inclusive mode, without in the exclusive one."""
    return line.quantity * line.price - line.discount


def _units(priced: PricedCase, amount: Callable[[UnitRun], int]) -> list[int]:
    runs = [run for line in priced.lines if line is not None for run in line.runs]
    return [amount(run) for run in runs for _ in range(run.count)]


def _by_promotion(priced: PricedCase) -> list[list[int]]:
    return [[_of_these(line, ids) for line in priced.lines] for ids in priced.rules.ids]


def _of_these(line: PricedLine | None, ids: tuple[str, ...]) -> int:
    return 0 if line is None else sum(each.amount for each in line.adjustments if each.promotion_id in ids)


def _coupon_valid(priced: PricedCase) -> bool:
    """Whether each code that is given lets something apply."""
    asked = priced.rules.asked
    return bool(asked) and asked <= set(map(code_of, priced.cart.coupons_used))


def _gifts(priced: PricedCase, case: Case, expected: Any) -> Any:
    """As much of each gift as is expected."""
    keys = [set(each) for each in expected]
    found = [
        {
            "sku": line.sku.removeprefix("gift "),
            "qty": line.quantity,
            "unit_price_minor": line.price,
            "discount_minor": line.discount,
            "total_minor": line.gross,
        }
        for line in priced.cart.lines
        if line.gift_of is not None
    ]
    if len(found) != len(expected):
        return found
    return [{key: gift.get(key) for key in wanted} for gift, wanted in zip(found, keys, strict=True)]


def _unit_discounts(priced: PricedCase, case: Case, expected: Any) -> Any:
    if not isinstance(expected, dict):
        return _units(priced, lambda run: run.discount)
    found: dict[str, list[int]] = {}
    for body, line in zip(case["lines"], priced.lines, strict=True):
        for run in line.runs if line is not None else ():
            found.setdefault(body["sku"], []).extend([run.discount] * run.count)
    return {sku: found.get(sku, []) for sku in expected}


def _tax_by_rate(priced: PricedCase, case: Case, expected: Any) -> Any:
    """Those that are expected in their own spelling, and others that are more than nothing."""
    found: dict[Any, int] = {}
    for rate in invoice_figures(priced.cart).rates:
        for part in rate.parts or (rate,):
            key = decimals(part.rate_percent)
            found[key] = found.get(key, 0) + part.tax
    spelled = {decimals(text): text for text in expected}
    return {spelled.get(rate, str(rate)): tax for rate, tax in found.items() if tax or rate in spelled}


_COMPARED: dict[str, Callable[[PricedCase, Case, Any], Any]] = {
    "gifts": _gifts,
    "unit_discounts": _unit_discounts,
    "tax_by_rate": _tax_by_rate,
}
"""Facts of which only as much is compared as the source states."""

_FACTS: dict[str, Callable[[PricedCase], Any]] = {
    "total_minor": lambda priced: priced.cart.totals.total,
    "gross_minor": lambda priced: priced.cart.totals.total,
    "order_discount": lambda priced: priced.cart.totals.discount,
    "subtotal_discount_minor": lambda priced: priced.cart.totals.discount,
    "line_discounts": lambda priced: _sum_of(priced, lambda line: line.discount),
    "line_totals": lambda priced: _sum_of(priced, _listed),
    "line_totals_sorted": lambda priced: sorted(_sum_of(priced, _listed)),
    "line_net": lambda priced: _sum_of(priced, lambda line: line.net),
    "line_net_minor": lambda priced: _sum_of(priced, lambda line: line.net),
    "line_gross": lambda priced: _sum_of(priced, lambda line: line.gross),
    "line_gross_minor": lambda priced: _sum_of(priced, lambda line: line.gross),
    "line_tax": lambda priced: _sum_of(priced, lambda line: line.tax),
    "line_tax_minor": lambda priced: _sum_of(priced, lambda line: line.tax),
    "net_minor": lambda priced: priced.cart.totals.total - priced.cart.totals.tax,
    "tax_minor": lambda priced: priced.cart.totals.tax,
    "subtotal_minor": lambda priced: priced.cart.totals.items,
    "item_total_minor": lambda priced: priced.cart.totals.items,
    "items_total_minor": lambda priced: priced.cart.totals.items,
    "discounted_subtotal_minor": lambda priced: priced.cart.totals.items - priced.cart.totals.discount,
    "net_items_minor": lambda priced: sum(line.net for line in priced.cart.lines),
    "gross_items_minor": lambda priced: sum(line.gross for line in priced.cart.lines),
    "items_tax_minor": lambda priced: sum(line.tax for line in priced.cart.lines),
    "shipping_minor": lambda priced: priced.cart.shipping.gross,
    "shipping_gross_minor": lambda priced: priced.cart.shipping.gross,
    "shipping_net_minor": lambda priced: priced.cart.shipping.net,
    "shipping_tax_minor": lambda priced: priced.cart.shipping.tax,
    "shipping_discount_minor": lambda priced: priced.cart.shipping.discount,
    "shipping": lambda priced: {
        "net": priced.cart.shipping.net,
        "tax": priced.cart.shipping.tax,
        "gross": priced.cart.shipping.gross,
    },
    "unit_net_minor": lambda priced: _units(priced, lambda run: run.net),
    "unit_tax_minor": lambda priced: _units(priced, lambda run: run.tax),
    "unit_gross_minor": lambda priced: _units(priced, lambda run: run.gross),
    "coupon_valid": _coupon_valid,
    "by_promotion": _by_promotion,
}
