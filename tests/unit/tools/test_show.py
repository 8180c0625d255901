"""How orders are told in a terminal."""

from __future__ import annotations

from typing import Any

from tools import show


def cny(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "CNY"}


def run(count: int, gross: int, discount: int) -> dict[str, Any]:
    return {"count": count, "gross": cny(gross), "discount": cny(discount)}


TEES = {"quantity": 3, "unit_runs": [run(1, 8333, 1667), run(1, 8333, 1667), run(1, 8334, 1666)]}


def test_money_has_its_currencys_decimals() -> None:
    assert show.money(cny(25_000)) == "250.00 CNY"
    assert show.money({"amount": 500, "currency": "JPY"}) == "500 JPY"


def test_equal_units_are_told_once_with_what_was_taken_off() -> None:
    assert show.unit_shares(TEES) == "2 × 83.33 (−16.67), 83.34 (−16.66)"


def test_a_single_unit_needs_no_share() -> None:
    assert show.unit_shares({"quantity": 1, "unit_runs": [run(1, 100, 0)]}) == ""


def test_a_name_is_in_the_chosen_language_or_in_any() -> None:
    names = {"en": "Tee", "zh": "T 恤"}
    assert show.name_of(names, "zh") == "T 恤"
    assert show.name_of(names, "fr") == "Tee"


def test_the_trace_tells_what_gave_and_what_did_not_and_why() -> None:
    price = {
        "applied": [{"name": {"en": "50 off 300"}, "amount": 5000, "base": 30000}],
        "not_applied": [
            {"name": {"en": "Big"}, "reason": "threshold_not_reached", "missing": 1, "by": None},
            {"name": {"en": "Small"}, "reason": "excluded_by", "missing": None, "by": "big"},
        ],
    }
    assert show.trace_lines({"currency": "CNY", "price": price}, "en") == [
        "+ 50 off 300: −50.00 of 300.00",
        "- Big: threshold_not_reached (0.01 more is needed)",
        "- Small: excluded_by (big)",
    ]


def test_an_order_without_promotions_says_so() -> None:
    order: dict[str, Any] = {"currency": "CNY", "price": {"applied": [], "not_applied": []}}
    assert show.trace_lines(order, "en") == ["no promotion was in question"]


def test_the_plan_tells_the_chosen_nodes_and_why_not_the_others() -> None:
    plan = {
        "fulfilments": [{"node_id": "hz", "km": "0.7", "lines": [{"sku": "TEE", "quantity": 3}]}],
        "candidates": [
            {"node_id": "hz", "km": "0.7", "chosen": True},
            {"node_id": "bj", "km": "1123.8", "chosen": False, "lacks": ["TEE"]},
            {"node_id": "sz", "km": "9.0", "chosen": False},
            {"node_id": "old", "km": None, "chosen": False, "removed": "inactive"},
        ],
    }
    assert show.plan_lines({"plan": plan}, "en") == [
        "hz (0.7 km): 3 × TEE",
        "not bj: 1123.8 km away, lacks TEE",
        "not sz: 9.0 km away",
        "not old: inactive",
    ]


def test_a_refusal_lists_what_is_short() -> None:
    short = {"line_id": "1", "sku": "TEE", "requested": 4, "available": 3}
    assert show.short_lines({"facts": {"lines": [short]}}) == ["line 1, TEE: wanted 4, has 3"]
    assert show.short_lines({}) == []
