"""Promotions are checked before they are kept, and each refusal says where and why."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ordo.catalog.errors import InvalidDocument, pointer_to, refuse_findings
from ordo.catalog.promotion_examples import EXAMPLES
from ordo.catalog.promotion_schemas import PromotionDocument
from ordo.catalog.promotions import OnReturn, Promotion, ReturnPolicy, Shortfall
from ordo.catalog.rewards import AmountOff, LinesReward, Per, PercentOff
from ordo.catalog.selections import Condition, Measure, PriceRange, Selection
from ordo.kernel.percent import percent

NAME = {"en": "Name", "zh": "名称"}
TEN = {"type": "percent", "percent": "10"}
AMOUNT = {"type": "amount", "amounts": {"CNY": 5000}}
FREE = {"percent": "100"}
FROM_300 = {"type": "subtotal", "at_least": {"CNY": 30000}}
UNITS_3 = {"type": "quantity", "at_least": 3}
GIFT = {"type": "gift", "sku": "CAP"}


def promotion(reward: dict[str, Any] = TEN, **fields: Any) -> dict[str, Any]:
    return {"name": NAME, "reward": reward, **fields}


def tiers(*each: tuple[Any, dict[str, Any]], by: str = "subtotal", **fields: Any) -> dict[str, Any]:
    listed = [{"at_least": at_least, "reward": reward} for at_least, reward in each]
    return promotion({"type": "tiers", "by": by, "tiers": listed, **fields})


def off(amount: int, **fields: Any) -> dict[str, Any]:
    return {"type": "amount", "amounts": {"CNY": amount}, **fields}


def percent_off(text: str, **fields: Any) -> dict[str, Any]:
    return {"type": "percent", "percent": text, **fields}


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_is_valid_and_what_is_kept_can_be_put_back(name: str) -> None:
    document = PromotionDocument.model_validate(EXAMPLES[name])
    assert list(document.findings()) == []
    kept = document.body()
    assert PromotionDocument.model_validate(kept).body() == kept
    assert Promotion.of("p", kept, 1) == Promotion.of("p", EXAMPLES[name], 1)


def test_every_kind_of_reward_has_an_example() -> None:
    kinds = {example["reward"]["type"] for example in EXAMPLES.values()}
    assert kinds == {
        *("percent", "amount", "price", "tiers", "override", "buy_get", "nth", "set", "gift", "shipping"),
    }


def test_a_document_is_read_as_it_is_written() -> None:
    written = {
        "name": NAME,
        "scope": {"categories": ["shoes"], "not_skus": ["BOOT"], "unit_price": {"CNY": {"from": 100, "to": 900}}},
        "conditions": [{**UNITS_3, "of": {"skus": ["A"]}, "per_line": True, "judged": "original"}, FROM_300],
        "reward": percent_off("12.5", per="unit", cap={"CNY": 700}, max_units=4, groups_of=2, pick="cheapest"),
        "return_policy": {"type": "claw_back", "shortfall": "charge"},
    }
    read = Promotion.of("p", PromotionDocument.model_validate(written).body(), 7)
    assert read.scope == Selection(
        categories=frozenset({"shoes"}), not_skus=frozenset({"BOOT"}), unit_price={"CNY": PriceRange(100, 900)}
    )
    first, second = read.conditions
    assert (first.at_least, first.of, first.per_line, first.judged) == (
        3,
        Selection(frozenset({"A"})),
        True,
        "original",
    )
    assert second == Condition(Measure.SUBTOTAL, {"CNY": 30000})
    assert isinstance(read.reward, LinesReward)
    assert (read.reward.value, read.reward.per, read.reward.cap) == (
        PercentOff(percent("12.5")),
        Per.UNIT,
        {"CNY": 700},
    )
    assert (read.reward.limit.max_units, read.reward.limit.groups_of, read.reward.limit.pick) == (4, 2, "cheapest")
    assert read.returns == ReturnPolicy(OnReturn.CLAW_BACK, Shortfall.CHARGE)
    assert read.version == 7


def test_a_policy_is_also_its_kind_alone() -> None:
    kept = PromotionDocument.model_validate(promotion(return_policy="forbid_partial")).body()
    assert Promotion.of("p", kept, 1).returns == ReturnPolicy(OnReturn.FORBID_PARTIAL)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"type": "percent", "percent": "10", "rounding": "order"}, percent_off("10", per="order")),
        ({"type": "fixed", "amounts": {"CNY": 5000}}, AMOUNT),
        (
            {"type": "threshold", "thresholds": {"CNY": 10000}, "amounts": {"CNY": 1000}, "per_every": True},
            off(1000, every={"CNY": 10000}),
        ),
    ],
)
def test_older_rewards_are_taken_and_mean_the_newer_ones(older: dict[str, Any], newer: dict[str, Any]) -> None:
    kept = PromotionDocument.model_validate(promotion(older)).body()
    assert Promotion.of("p", kept, 1).reward == Promotion.of("p", promotion(newer), 1).reward
    assert Promotion.of("p", promotion(older), 1).reward == Promotion.of("p", kept, 1).reward


def test_the_older_threshold_is_a_condition() -> None:
    older = promotion({"type": "threshold", "thresholds": {"CNY": 30000}, "amounts": {"CNY": 5000}})
    read = Promotion.of("p", PromotionDocument.model_validate(older).body(), 1)
    assert read.conditions == (Condition(Measure.SUBTOTAL, {"CNY": 30000}),)
    assert read.reward == LinesReward(AmountOff({"CNY": 5000}), Per.ORDER)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"surprise": 1}, "/surprise"),
        ({"name": {}}, "/name"),
        ({"priority": "high"}, "/priority"),
        ({"reward": {"type": "magic"}}, "/reward/type"),
        ({"reward": {}}, "/reward"),
        ({"reward": percent_off("100.5")}, "/reward/percent"),
        ({"reward": percent_off("1e1")}, "/reward/percent"),
        ({"reward": percent_off("-5")}, "/reward/percent"),
        ({"reward": off(0)}, "/reward/amounts/CNY"),
        ({"reward": {"type": "amount", "amounts": {}}}, "/reward/amounts"),
        ({"reward": off(5, per="cart")}, "/reward/per"),
        ({"reward": percent_off("5", every={"CNY": 5})}, "/reward/every"),
        ({"reward": {"type": "shipping", "value": {}}}, "/reward/value"),
        ({"reward": {"type": "shipping", "value": {"percent": "5", "amounts": {"CNY": 5}}}}, "/reward/value/amounts"),
        ({"reward": {"type": "override", "value": {"prices": {"CNY": -1}}}}, "/reward/value/prices/CNY"),
        ({"reward": {"type": "nth", "every": 1, "value": FREE}}, "/reward/every"),
        (
            {"reward": {"type": "buy_get", "buy": {"quantity": 0}, "get": {"quantity": 1}, "value": FREE}},
            "/reward/buy/quantity",
        ),
        ({"reward": {**GIFT, "quantity": 0}}, "/reward/quantity"),
        ({"reward": {"type": "tiers", "by": "subtotal", "tiers": []}}, "/reward/tiers"),
        ({"reward": {"type": "set", "parts": [], "value": FREE}}, "/reward/parts"),
        ({"conditions": [FROM_300, {"type": "quantity", "at_least": 0}]}, "/conditions/1/at_least"),
        ({"conditions": [{"type": "subtotal", "at_least": {"CNY": 0}}]}, "/conditions/0/at_least/CNY"),
        ({"conditions": [{"type": "weight", "at_least": 1}]}, "/conditions/0/type"),
        ({"regions": [{"country": "China"}]}, "/regions/0/country"),
        ({"scope": {"unit_price": {"CNY": {"lowest": 1}}}}, "/scope/unit_price/CNY/lowest"),
        ({"return_policy": "never"}, "/return_policy/type"),
        ({"return_policy": {"type": "claw_back", "shortfall": "forget"}}, "/return_policy/shortfall"),
        ({"group": ""}, "/group"),
    ],
)
def test_what_has_no_meaning_is_refused_where_it_is(wrong: dict[str, Any], pointer: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PromotionDocument.model_validate({**promotion(), **wrong})
    assert pointer in [pointer_to(error["loc"]) for error in refused.value.errors()]


def test_an_unknown_currency_keeps_its_own_code() -> None:
    with pytest.raises(ValidationError) as refused:
        PromotionDocument.model_validate(promotion({"type": "fixed", "amounts": {"XXQ": 5}}))
    assert [error["type"] for error in refused.value.errors()] == ["unknown_currency"]


CONTRADICTIONS: list[tuple[dict[str, Any], str, str]] = [
    # selections
    (
        promotion(scope={"unit_price": {"CNY": {"from": 900, "to": 100}}}),
        "/scope/unit_price/CNY/to",
        "below the lowest",
    ),
    (promotion(scope={"unit_price": {"CNY": {}}}), "/scope/unit_price/CNY", "name from, to or both"),
    (promotion(scope={"skus": ["A"], "not_skus": ["A", "B"]}), "/scope/not_skus", "nothing is left"),
    (promotion(scope={"categories": ["A"], "not_categories": ["A"]}), "/scope/not_categories", "nothing is left"),
    (
        promotion(conditions=[{**UNITS_3, "of": {"skus": ["A"], "not_skus": ["A"]}}]),
        "/conditions/0/of/not_skus",
        "nothing is left",
    ),
    (
        promotion({"type": "set", "parts": [{"quantity": 2, "of": {"skus": ["A"], "not_skus": ["A"]}}], "value": FREE}),
        "/reward/parts/0/of/not_skus",
        "nothing is left",
    ),
    (
        promotion(
            {
                "type": "buy_get",
                "buy": {"quantity": 1},
                "get": {"quantity": 1, "of": {"skus": ["A"], "not_skus": ["A"]}},
                "value": FREE,
            }
        ),
        "/reward/get/of/not_skus",
        "nothing is left",
    ),
    # conditions
    (
        promotion(conditions=[{"type": "quantity", "at_least": 100_001, "per_line": True}]),
        "/conditions/0/at_least",
        "never holds",
    ),
    (promotion(off(30001), conditions=[FROM_300]), "/reward/amounts/CNY", "higher than its threshold"),
    (
        promotion({"type": "threshold", "thresholds": {"CNY": 5000}, "amounts": {"CNY": 5001}}),
        "/reward/amounts/CNY",
        "higher than its threshold",
    ),
    # currencies
    (
        promotion(off(5000), conditions=[{"type": "subtotal", "at_least": {"USD": 30000}}]),
        "/reward",
        "no currency is named by all amounts",
    ),
    (
        promotion({"type": "threshold", "thresholds": {"USD": 5000}, "amounts": {"CNY": 1}}),
        "/reward",
        "no currency is named by all amounts",
    ),
    (
        promotion(
            {"type": "threshold", "thresholds": {"USD": 5000}, "amounts": {"USD": 1}},
            scope={"unit_price": {"CNY": {"to": 9}}},
        ),
        "/reward/thresholds",
        "no currency is named by all amounts",
    ),
    (promotion(off(5, every={"USD": 50})), "/reward/every", "no currency is named by all amounts"),
    (
        promotion({**GIFT, "every": {"USD": 50}}, conditions=[FROM_300]),
        "/reward/every",
        "no currency is named by all amounts",
    ),
    (
        promotion(percent_off("5", cap={"USD": 50}), conditions=[FROM_300]),
        "/reward/cap",
        "there is no cap in CNY",
    ),
    (tiers(({"CNY": 100}, percent_off("5", cap={"USD": 5}))), "/reward/tiers/0/reward/cap", "there is no cap in CNY"),
    (
        tiers(({"CNY": 100}, off(5)), ({"USD": 100}, off(9))),
        "/reward/tiers/1/reward",
        "gives nothing in the currencies",
    ),
    # what is void
    (promotion(percent_off("0")), "/reward/percent", "takes nothing off"),
    (promotion(percent_off("0.00")), "/reward/percent", "takes nothing off"),
    (promotion({"type": "shipping", "value": {"percent": "0"}}), "/reward/value/percent", "takes nothing off"),
    (promotion({"type": "override", "value": {"percent": "0"}}), "/reward/value/percent", "takes nothing off"),
    (promotion({"type": "nth", "every": 2, "value": {"percent": "0"}}), "/reward/value/percent", "takes nothing off"),
    (
        promotion(percent_off("5", max_units=3, max_units_per_line=3)),
        "/reward/max_units_per_line",
        "max_units is no higher",
    ),
    (promotion(percent_off("5", max_units=3, groups_of=2)), "/reward/max_units", "multiple"),
    (promotion(off(5, every={"CNY": 50}, every_units=2)), "/reward/every_units", "leave out one"),
    (promotion(off(5, times=2)), "/reward/times", "name every or every_units"),
    (promotion({**GIFT, "times": 2}), "/reward/times", "name every or every_units"),
    (promotion(off(5, every={"CNY": 50}, per="unit")), "/reward/every", "for all lines together"),
    (promotion(off(5, every_units=5, per="line")), "/reward/every_units", "for all lines together"),
    (promotion(off(51, every={"CNY": 50})), "/reward/amounts/CNY", "higher than the amount it is for each of"),
    (promotion(off(5, cap={"CNY": 4})), "/reward/cap", "given once"),
    (promotion(off(5, per="unit", cap={"CNY": 4})), "/reward/cap/CNY", "never given in full"),
    (promotion(off(5, every_units=2, times=3, cap={"CNY": 15})), "/reward/cap/CNY", "never counts"),
    (promotion(off(5, per="unit", max_units=3, cap={"CNY": 15})), "/reward/cap/CNY", "never counts"),
    # tiers
    (tiers((5, off(1))), "/reward/tiers/0/at_least", "an amount per currency"),
    (tiers(({"CNY": 5}, off(1)), by="quantity"), "/reward/tiers/0/at_least", "a number of units"),
    (tiers(({"CNY": 50}, off(1)), ({"CNY": 50}, off(2))), "/reward/tiers/1/at_least/CNY", "tiers rise"),
    (tiers(({"CNY": 50}, off(2)), ({"CNY": 40}, off(3))), "/reward/tiers/1/at_least/CNY", "tiers rise"),
    (tiers((3, off(2)), (2, off(3)), by="quantity"), "/reward/tiers/1/at_least", "tiers rise"),
    (tiers(({"CNY": 50}, off(2)), ({"CNY": 60}, off(2))), "/reward/tiers/1/reward", "never the best"),
    (tiers((2, percent_off("9")), (3, percent_off("8.99")), by="quantity"), "/reward/tiers/1/reward", "never the best"),
    (
        tiers(({"CNY": 50}, percent_off("9")), ({"CNY": 60}, percent_off("9", cap={"CNY": 5}))),
        "/reward/tiers/1/reward",
        "never the best",
    ),
    (
        tiers(
            ({"CNY": 50}, {"type": "price", "prices": {"CNY": 9}}),
            ({"CNY": 60}, {"type": "price", "prices": {"CNY": 9}}),
        ),
        "/reward/tiers/1/reward",
        "never the best",
    ),
    (
        tiers(({"CNY": 50}, off(2, every={"CNY": 10})), ({"CNY": 60}, off(2, every={"CNY": 11}))),
        "/reward/tiers/1/reward",
        "never the best",
    ),
    (tiers(({"CNY": 50}, off(51))), "/reward/tiers/0/reward/amounts/CNY", "higher than what the tier begins at"),
    (tiers(({"CNY": 50}, percent_off("0"))), "/reward/tiers/0/reward/percent", "takes nothing off"),
    # units
    (promotion({"type": "nth", "every": 2, "count": 2, "value": FREE}), "/reward/count", "below every"),
    (promotion({"type": "set", "parts": [{"quantity": 1}], "value": FREE}), "/reward/parts", "at least two units"),
    (
        promotion({"type": "set", "parts": [{"quantity": 2}], "value": FREE, "per": "line"}),
        "/reward/per",
        "whole set (order) or each of its units",
    ),
    (promotion({**GIFT, "substitutes": ["CAP"]}), "/reward/substitutes/0", "gift itself"),
    (promotion({**GIFT, "substitutes": ["A", "A"]}), "/reward/substitutes/1", "named before"),
    # combinations
    (promotion(group="g", exclusive=True), "/group", "applies alone"),
    (promotion({"type": "override", "value": FREE}, conditions=[FROM_300]), "/conditions", "before a cart is counted"),
    (promotion({"type": "override", "value": FREE}, consumes=True), "/consumes", "uses none up"),
    (promotion({"type": "override", "value": FREE}, base="original"), "/base", "listed price"),
    (promotion({"type": "shipping", "value": FREE}, scope={"skus": ["A"]}), "/scope", "has no lines"),
    (promotion({"type": "shipping", "value": FREE}, consumes=True), "/consumes", "uses none up"),
    (promotion(GIFT, consumes=True), "/consumes", "uses none up"),
    (
        promotion(return_policy={"type": "keep", "shortfall": "charge"}),
        "/return_policy/shortfall",
        "only a claw_back",
    ),
]


@pytest.mark.parametrize(("document", "pointer", "words"), CONTRADICTIONS)
def test_a_contradiction_is_refused_where_it_is_with_what_to_do(
    document: dict[str, Any], pointer: str, words: str
) -> None:
    found = [(pointer_to(where), text) for where, text in PromotionDocument.model_validate(document).findings()]
    assert [where for where, _ in found] == [pointer]
    assert words in found[0][1]


@pytest.mark.parametrize(
    "document",
    [
        promotion(scope={"skus": ["A", "B"], "not_skus": ["A"]}),
        promotion(scope={"skus": ["A"], "categories": ["C"], "not_skus": ["A"]}),
        promotion(off(30000), conditions=[FROM_300]),
        promotion(off(99), conditions=[{"type": "subtotal", "at_least": {"CNY": 50}, "of": {"skus": ["A"]}}]),
        promotion(off(99, includes_shipping=True), conditions=[{"type": "subtotal", "at_least": {"CNY": 50}}]),
        promotion(off(5, every_units=2, times=4, cap={"CNY": 15})),
        promotion(off(5, per="unit", max_units=4, cap={"CNY": 15})),
        promotion(percent_off("5", max_units=4, max_units_per_line=3, groups_of=2)),
        promotion({"type": "amount", "amounts": {"CNY": 5, "USD": 1}}, conditions=[FROM_300]),
        tiers(({"CNY": 50}, off(2)), ({"CNY": 60}, percent_off("1"))),
        tiers(({"CNY": 50}, percent_off("9", cap={"CNY": 5})), ({"CNY": 60}, percent_off("9", cap={"CNY": 6}))),
        tiers(({"CNY": 50}, percent_off("9", max_units=1)), ({"CNY": 60}, percent_off("9"))),
        tiers(({"CNY": 50}, off(2, every={"CNY": 50})), ({"CNY": 200}, off(2, every={"CNY": 40}))),
        tiers(
            ({"CNY": 50}, {"type": "price", "prices": {"CNY": 9}}),
            ({"CNY": 60}, {"type": "price", "prices": {"CNY": 8}}),
        ),
        tiers(
            ({"CNY": 50, "USD": 5}, {"type": "amount", "amounts": {"CNY": 9, "USD": 1}}),
            ({"USD": 9}, {"type": "amount", "amounts": {"USD": 2}}),
        ),
        promotion({"type": "price", "prices": {"CNY": 0}}),
        promotion(GIFT, group="gifts"),
        promotion({"type": "override", "value": FREE}, exclusive=True),
    ],
)
def test_what_is_odd_and_yet_possible_is_taken(document: dict[str, Any]) -> None:
    assert list(PromotionDocument.model_validate(document).findings()) == []


def test_several_contradictions_are_told_together() -> None:
    document = PromotionDocument.model_validate(promotion(off(5, times=2, cap={"CNY": 4}), group="g", exclusive=True))
    with pytest.raises(InvalidDocument) as refused:
        refuse_findings(document.findings())
    assert refused.value.pointer == "/reward/times"
    assert [error.pointer for error in refused.value.errors] == ["/reward/times", "/reward/cap", "/group"]
    assert refused.value.detail.startswith("Times bounds a repetition")
    assert refused.value.detail.endswith(".")
