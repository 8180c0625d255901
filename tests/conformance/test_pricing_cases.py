"""How pricing cases are told in our words: types and keys of which the collected cases have few or none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance import pricing_cases
from tests.conformance.pricing import check
from tests.conformance.results import Unsupported

Body = dict[str, Any]


def case(prices: list[Any], promotions: list[Body], expected: Body, **more: Any) -> Body:
    """An order of lines by unit price, `(unit price, quantity)` or whole lines, in EUR."""
    lines = []
    for place, each in enumerate(prices):
        if not isinstance(each, dict):
            price, quantity = each if isinstance(each, tuple) else (each, 1)
            each = {"sku": "abcdefghij"[place], "unit_price_minor": price, "qty": quantity}
        lines.append(each)
    repo = {"repo": more.pop("repo", "some/shop")}
    body = {"id": "x", "kind": "order", "source": repo, "currency": "EUR", "lines": lines, "promotions": promotions}
    return {**body, "expected": expected, **more}


def line(sku: str, price: int, quantity: int = 1, **more: Any) -> Body:
    return {"sku": sku, "unit_price_minor": price, "qty": quantity, **more}


NINE = [500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500]
SEVERAL = [(1000, 2), 3000]


def nth(discount: int, **more: Any) -> Body:
    body = {"type": "nth_of_every", "every": 3, "nth": 1, "value": "free", **more}
    return case(NINE, [body], {"order_discount": discount})


def tiers(kind: str, prices: list[Any], discounts: list[int], **more: Any) -> Body:
    return case(prices, [{"type": kind, **more}], {"line_discounts": discounts})


PASSED: dict[str, Body] = {
    "each full amount again, also as a rule that repeats": case(
        [25000],
        [
            {
                "type": "order_fixed",
                "value_minor": 1000,
                "repeat": "per_every",
                "conditions": [{"items_total_gte_minor": 10000}],
            }
        ],
        {"order_discount": 2000},
    ),
    "a cap of the cart's currency stands for the usual one": case(
        [10000],
        [{"type": "item_percent", "value_percent": 50, "max_discount_minor": 4000, "max_per_currency": {"EUR": 1500}}],
        {"total_minor": 8500},
    ),
    "tiers of an amount off the order": tiers(
        "tiered_order_fixed", [15000, 5000], [1500, 500], base_minor=1000, tiers=[[10000, 1500], [20000, 2000]]
    ),
    "tiers of a percentage off the order": tiers(
        "tiered_order_percent", [15000, 5000], [3000, 1000], tiers=[[10000, 15], [20000, 20]]
    ),
    "tiers of an amount off each unit": tiers(
        "tiered_item_fixed_per_unit", [(1000, 3)], [600], base_minor=100, tiers=[[3000, 200]]
    ),
    "tiers by quantity": tiers(
        "tiered_item_percent", [(100, 4), (100, 6)], [60, 90], base_percent=10, tiers_qty=[[10, 15]]
    ),
    "tiers that each line reaches by itself": tiers(
        "tiered_item_percent", [1000, 2000], [100, 300], base_percent=10, tiers=[[2000, 15]], tier_by="line total"
    ),
    "no tier reached and none to begin with": tiers("tiered_order_fixed", [9999], [0], tiers=[[10000, 1500]]),
    "a set of two parts for a price": case(
        [line("body", 50000), line("lens", 30000), line("lens", 40000)],
        [
            {
                "type": "set_fixed_price",
                "value_minor": 70000,
                "set": {"parts": [{"sku": "body", "qty": 1}, {"sku": "lens"}]},
            }
        ],
        {"line_discounts": [6250, 3750, 0]},
    ),
    "the dearest units make the set": case(
        [6000, 5000, 3000],
        [{"type": "set_fixed", "value_minor": 1000, "set": {"size": 2, "pick": "most expensive first"}}],
        {"line_discounts": [545, 455, 0]},
    ),
    "a price for each unit of every set": case(
        [(3000, 4)], [{"type": "set_fixed_unit_price", "value_minor": 2000, "set": {"size": 2}}], {"total_minor": 8000}
    ),
    "buy two, get one at half the price, as often as it goes": case(
        [(1000, 7)],
        [{"type": "buy_x_get_y", "buy": {"min_qty": 2}, "get": {"qty": 1}, "value_percent": 50}],
        {"order_discount": 1000},
    ),
    "once only": case(
        [(1000, 7)],
        [{"type": "buy_x_get_y", "buy": {"qty": 2}, "get": {"qty": 1}, "value": "free", "repeat": "once"}],
        {"order_discount": 1000},
    ),
    "an amount off what is got": case(
        [line("x", 1000, 2), line("y", 700, 3)],
        [
            {
                "type": "buy_x_get_y",
                "buy": {"sku": "x", "qty": 1},
                "get": {"sku": "y", "qty": 1},
                "value_minor": 200,
                "max_per_order": 5,
            }
        ],
        {"line_discounts": [0, 400]},
    ),
    "across all: the cheapest": nth(3000, pick="across all"),
    "in each group: the cheapest": nth(6000, pick="vertical"),
    "across all: the dearest": nth(12000, pick="across all, dearest"),
    "in each group: the last": nth(9000, pick="vertical", nth=3),
    "the second at half its price": case(
        [1000, 600],
        [{"type": "nth_of_every", "every": 2, "nth": 2, "value_percent": 50}],
        {"line_discounts": [0, 300]},
    ),
    "half off the cheapest of two": case(
        [1000, 600],
        [{"type": "cheapest_percent", "every": 2, "n": 1, "value_percent": 50}],
        {"line_discounts": [0, 300]},
    ),
    "the cheapest of all": case([1000, 600], [{"type": "cheapest_free"}], {"line_discounts": [0, 600]}),
    "a gift for each of its units": case(
        [line("shirt", 1999, 2)],
        [{"type": "gift", "sku": "goodie", "unit_price_minor": 400, "qty": "1 per shirt"}],
        {
            "total_minor": 3998,
            "item_total_minor": 4798,
            "gifts": [{"sku": "goodie", "qty": 2, "unit_price_minor": 400, "discount_minor": 800}],
        },
    ),
    "a percentage off items and shipping": case(
        SEVERAL,
        [{"type": "order_and_shipping_percent", "value_percent": 10}],
        {"line_discounts": [200, 300], "shipping_minor": 900, "shipping_discount_minor": 100, "total_minor": 5400},
        shipping_minor=1000,
    ),
    "an amount off shipping": case(
        SEVERAL,
        [{"type": "shipping_fixed", "value_minor": 300, "conditions": [{"cart_quantity_gte": 3}]}],
        {"shipping_minor": 700, "order_discount": 0},
        shipping_minor=1000,
    ),
    "shipping lines share an amount": case(
        [],
        [{"type": "shipping_fixed", "value_minor": 6000, "allocation": "across"}],
        {"shipping_discounts": [5000, 1000, 0]},
        kind="shipping",
        shipping_lines_minor=[50000, 10000, 20000],
        repo="medusajs/medusa",
    ),
    "a discount by staff in place of another of its group": case(
        [10000],
        [
            {"type": "order_percent", "value_percent": 50, "exclusive_group": "g"},
            {"type": "order_percent", "value_percent": 10, "exclusive_group": "g", "manual": True},
        ],
        {"total_minor": 9000, "by_promotion": [[0], [1000]]},
    ),
    "of a group the first applies": case(
        [10000],
        [
            {"type": "order_percent", "value_percent": 10, "exclusive_group": "g"},
            {"type": "order_percent", "value_percent": 50, "exclusive_group": "g"},
        ],
        {"total_minor": 9000},
    ),
    "percentages that are added": case(
        [10000],
        [{"type": "order_percent", "value_percent": 10}, {"type": "item_percent", "value_percent": 20}],
        {"total_minor": 7000},
        stacking="additive",
    ),
    "a threshold on original amounts": case(
        [10000],
        [
            {"type": "order_percent", "value_percent": 50},
            {
                "type": "order_fixed",
                "value_minor": 500,
                "conditions": [{"items_total_gt_minor": 9999, "judged": "before discounts"}],
            },
        ],
        {"total_minor": 4500},
    ),
    "more than is not as much as": case(
        [10000],
        [{"type": "order_fixed", "value_minor": 500, "conditions": [{"items_total_gt_minor": 10000}]}],
        {"order_discount": 0},
    ),
    "both what is named and what it costs": case(
        [line("x", 900, category="k"), line("y", 1100, category="k"), line("z", 1200, category="l")],
        [{"type": "item_percent", "value_percent": 10, "scope": {"category": "k", "unit_price_gt_minor": 900}}],
        {"line_discounts": [0, 110, 0]},
    ),
    "a list of SKUs": case(
        [line("x", 1000), line("y", 1000), line("z", 1000)],
        [{"type": "item_percent", "value_percent": 10, "scope": ["x", "z"], "conditions": [{"contains_sku": "y"}]}],
        {"line_discounts": [100, 0, 100]},
    ),
    "a coupon that is not given": case(
        [1000], [{"type": "order_fixed", "value_minor": 100, "requires_coupon": "TEN"}], {"order_discount": 0}
    ),
    "another coupon than the one asked for": case(
        [1000],
        [{"type": "order_fixed", "value_minor": 100, "code": "TEN"}],
        {"order_discount": 0, "coupon_valid": False},
        coupon="NINE",
    ),
    "one coupon for two promotions, of which one applies": case(
        [1000],
        [
            {"type": "order_fixed", "value_minor": 100, "requires_coupon": "Ten"},
            {"type": "free_shipping", "requires_coupon": "Ten", "conditions": [{"items_total_gte_minor": 5000}]},
        ],
        {"total_minor": 1400, "coupon_valid": True},
        coupon="TEN",
        shipping_minor=500,
    ),
    "lanes one after the other, whatever their order": case(
        [10000],
        [
            {"type": "order_fixed", "value_minor": 1000, "lane": 2},
            {"type": "order_percent", "value_percent": 50, "lane": 1},
        ],
        {"total_minor": 4000},
    ),
    "another catalogue price before anything else": case(
        [1050],
        [
            {"type": "order_fixed", "value_minor": 100},
            {"type": "catalog_percent", "value_percent": 15},
            {"type": "item_percent", "value_percent": 50, "scope": "lines without catalog discount"},
        ],
        {"line_totals": [793]},
    ),
    "tax rates by category, and of shipping": case(
        [line("x", 1000, category="food"), line("y", 1000)],
        [],
        {
            "line_tax": [70, 0],
            "shipping": {"net": 1000, "tax": 190, "gross": 1190},
            "tax_by_rate": {"7": 70, "19": 190},
        },
        tax={"mode": "exclusive", "rates_percent": {"food": 7}, "shipping_rate_percent": 19},
        shipping_minor=1000,
    ),
    "items listed without tax and shipping with it": case(
        [(1000, 2)],
        [],
        {"net_items_minor": 2000, "shipping_net_minor": 1000, "total_minor": 3350, "tax_minor": 350},
        tax={"mode": "items exclusive 10%, shipping inclusive 15%"},
        shipping_minor=1150,
    ),
    "tax rounded for each unit": case(
        [(123, 3)], [], {"tax_minor": 75}, tax={"mode": "exclusive", "rate_percent": 20, "rounding": "per unit"}
    ),
    "net prices of units that lead": case(
        [(10000, 5)],
        [],
        {"total_minor": 49998, "net_minor": 42015, "tax_minor": 7983},
        kind="tax_rounding",
        tax={"mode": "inclusive", "rate_percent": 19, "rounding": "sum_by_net"},
    ),
    "a surcharge listed with tax": case(
        [1000],
        [],
        {"net_minor": 1100, "total_minor": 1320},
        tax={"mode": "exclusive", "rate_percent": 20},
        surcharges=[{"gross_minor": 120, "tax_percent": 20}],
    ),
    "Sylius takes percentages of unit prices": case(
        [(1005, 3)],
        [{"type": "item_percent", "value_percent": 10}, {"type": "item_percent", "value_percent": 10}],
        {"line_discounts": [606]},
        repo="Sylius/Sylius",
    ),
    "Vendure rounds the unit price": case(
        [(1005, 3)],
        [{"type": "item_percent", "value_percent": 50}],
        {"line_totals": [1509]},
        repo="vendure-ecommerce/vendure",
    ),
    "the first party gets what is left over": case(
        [],
        [],
        {"shares": [2, 3]},
        kind="allocation",
        amount_minor=5,
        weights=[1, 3],
        remainder_rule="first shares get the extra unit",
    ),
    "weights that are no integers": case(
        [],
        [],
        {"shares": [507, 496]},
        kind="allocation",
        amount_minor=1003,
        weights=[50.5, {"amount": 495, "scale": 1}],
    ),
    "half a fils": case([], [], {"pairs": [["0.0005", "0.001"]]}, kind="rounding", currency="KWD"),
}

UNSUPPORTED: dict[str, tuple[Body, str]] = {
    "type": (case([1], [{"type": "raffle"}], {}), "promotion type raffle"),
    "key": (case([1], [{"type": "gift", "sku": "g", "wrapped": True}], {}), "the promotion's wrapped"),
    "key of another type": (
        case([1], [{"type": "order_fixed", "value_minor": 1, "every": 2}], {}),
        "the promotion's every",
    ),
    "scope": (case([1], [{"type": "free_shipping", "scope": {"colour": "red"}}], {}), "scope by colour"),
    "condition": (case([1], [{"type": "free_shipping", "conditions": [{"moon": "full"}]}], {}), "conditions moon"),
    "expected": (case([1], [], {"weather": 1}), "expected weather"),
    "line": ({**case([{**line("x", 1), "serial": 2}], [], {})}, "a line's serial"),
    "tax": (case([1], [], {}, tax={"mode": "sometimes"}), "tax mode 'sometimes'"),
    "kind": (case([], [], {}, kind="dream"), "cases of kind dream"),
    "lane": (
        case([1], [{"type": "order_percent", "value_percent": each, "lane": 1} for each in (1, 2)], {}),
        "several promotions in one lane",
    ),
    "middle": (nth(1, nth=2), "number 2 of every 3"),
    "shape": (case([1], [{"type": "order_percent"}], {}), "a case of another shape"),
    "nothing weighs": (
        case([], [], {"shares": [1, 1]}, kind="allocation", amount_minor=2, weights=[0, 0]),
        "nothing weighs",
    ),
}


@pytest.mark.parametrize("name", PASSED)
def test_a_case_is_told_in_our_words(name: str) -> None:
    assert check(PASSED[name]) == {}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_is_not_known_is_unsupported_and_named(name: str) -> None:
    body, reason = UNSUPPORTED[name]
    with pytest.raises(Unsupported, match=reason):
        check(body)


def test_a_price_that_differs_is_no_pass() -> None:
    assert check(case([1000], [], {"total_minor": 999, "order_discount": 0})) == {"total_minor": (999, 1000)}


def test_what_pricing_breaks_with_is_a_failure_of_that_case_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("lost")

    monkeypatch.setattr(pricing_cases, "price", broken)
    assert check(case([1000], [], {"total_minor": 1000})) == {"answer": ("a price", "KeyError: 'lost'")}
