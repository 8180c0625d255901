"""What is kept although it may not be meant is told to its writer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.model import Product, State
from ordo.catalog.promotion_overlaps import may_share_lines
from ordo.catalog.promotion_schemas import PromotionDocument
from ordo.catalog.promotion_warnings import MOST, Surroundings, promotion_warnings
from ordo.catalog.promotions import Promotion
from ordo.catalog.selections import Selection
from ordo.catalog.warnings import DocumentWarning
from tests.unit.catalog.test_promotion_documents import FREE, FROM_300, GIFT, off, percent_off, promotion, tiers

NOW = datetime(2026, 6, 18, 12, tzinfo=UTC)
CHANNELS = {
    "web": ChannelPolicy("web", {"CNY": "cny"}),
    "both": ChannelPolicy("both", {"CNY": "cny", "USD": "usd"}),
    "shut": ChannelPolicy("shut", {"CNY": "cny"}, state=State.INACTIVE),
}
PRODUCTS = {
    "A": Product("A", {"en": "A"}, {"cny": 1}),
    "OLD": Product("OLD", {"en": "O"}, {"cny": 1}, state=State.INACTIVE),
}


def read(document: dict[str, Any], promotion_id: str = "p") -> Promotion:
    checked = PromotionDocument.model_validate(document)
    assert list(checked.findings()) == []
    return Promotion.of(promotion_id, checked.body(), 1)


def warned(document: dict[str, Any], **others: dict[str, Any]) -> list[DocumentWarning]:
    asked = read(document)
    channels = {each: CHANNELS[each] for each in asked.channels}
    active = tuple(read(other, promotion_id) for promotion_id, other in others.items())
    return list(promotion_warnings(asked, Surroundings(active, channels, PRODUCTS), NOW))


def codes(document: dict[str, Any], **others: dict[str, Any]) -> list[tuple[str, str]]:
    return [(warning.code, warning.pointer) for warning in warned(document, **others)]


@pytest.mark.parametrize(
    ("document", "code", "pointer"),
    [
        (promotion(valid_to="2026-06-18T12:00:00Z"), "already_ended", "/valid_to"),
        (promotion(state="ended", valid_from="2026-06-18T12:00:01Z"), "ended_before_start", "/state"),
        (promotion(channels=["shut"]), "channels_inactive", "/channels"),
        (
            promotion({"type": "amount", "amounts": {"CNY": 5, "USD": 1}}, channels=["both"], conditions=[FROM_300]),
            "currency_without_reward",
            "/reward",
        ),
        (
            promotion({"type": "amount", "amounts": {"CNY": 5, "USD": 1}}, channels=["web"]),
            "currency_not_sold",
            "/reward",
        ),
        (promotion(percent_off("5", cap={"CNY": 5}), channels=["both"]), "no_cap_in_currency", "/reward/cap"),
        (promotion(scope={"skus": ["NOPE"]}), "no_product_in_scope", "/scope/skus"),
        (promotion({**GIFT, "sku": "OLD"}), "gift_inactive", "/reward/sku"),
        (promotion({**GIFT, "substitutes": ["A", "OLD"]}), "gift_inactive", "/reward/substitutes/1"),
        (promotion({**GIFT, "sku": "A", "every": {"CNY": 1}}), "gift_unlimited", "/reward/times"),
        (promotion({**GIFT, "sku": "A", "every_units": 2}), "gift_unlimited", "/reward/times"),
        (
            promotion(conditions=[FROM_300, {"type": "subtotal", "at_least": {"CNY": 20000}}]),
            "condition_void",
            "/conditions/1",
        ),
        (promotion(conditions=[FROM_300, FROM_300]), "condition_void", "/conditions/1"),
        (
            promotion(conditions=[{"type": "quantity", "at_least": 2}, {"type": "quantity", "at_least": 3}]),
            "condition_void",
            "/conditions/0",
        ),
        (tiers(({"CNY": 100}, percent_off("10")), ({"CNY": 200}, off(20))), "tier_hardly_best", "/reward/tiers/1"),
        (
            tiers(({"CNY": 100}, off(20)), ({"CNY": 200}, percent_off("50", cap={"CNY": 20}))),
            "tier_hardly_best",
            "/reward/tiers/1",
        ),
    ],
)
def test_a_promotion_that_may_not_be_meant_is_told_in_both_languages(
    document: dict[str, Any], code: str, pointer: str
) -> None:
    (warning,) = warned(document)
    assert (warning.code, warning.pointer) == (code, pointer)
    assert set(warning.text) == {"en", "zh"}
    assert any("\u4e00" <= letter <= "\u9fff" for letter in warning.text["zh"])


@pytest.mark.parametrize(
    "document",
    [
        promotion(valid_to="2026-06-18T12:00:01Z"),
        promotion(state="paused", valid_to="2026-06-18T12:00:00Z"),
        promotion(state="draft", channels=["shut"]),
        promotion(channels=["shut", "web"]),
        promotion(scope={"skus": ["NOPE", "A"]}),
        promotion(scope={"skus": ["NOPE"], "categories": ["c"]}),
        promotion({**GIFT, "sku": "A"}),
        promotion({**GIFT, "sku": "A", "every_units": 2, "times": 5}),
        promotion(percent_off("5", cap={"CNY": 5}), channels=["web"]),
        promotion(requires_coupon=True),
        promotion(conditions=[FROM_300, {**FROM_300, "of": {"skus": ["A"]}}]),
        promotion(conditions=[FROM_300, {"type": "subtotal", "at_least": {"CNY": 1, "USD": 1}}]),
        tiers(({"CNY": 100}, percent_off("10")), ({"CNY": 200}, off(21))),
        tiers(({"CNY": 100}, percent_off("10", max_units=1)), ({"CNY": 200}, off(20))),
        tiers(({"CNY": 100}, percent_off("10", cap={"CNY": 19})), ({"CNY": 200}, off(20))),
    ],
)
def test_what_is_meant_is_not_warned_of(document: dict[str, Any]) -> None:
    warnings = [each for each in codes(document) if each[0] != "currency_without_reward"]
    assert warnings == []


ALONE = promotion(exclusive=True, priority=5)
GROUPED = promotion(group="g")


@pytest.mark.parametrize(
    ("document", "other", "code", "pointer"),
    [
        (ALONE, ALONE, "exclusive_tie", "/priority"),
        (GROUPED, GROUPED, "group_tie", "/priority"),
        (promotion(), promotion(off(5)), "rewarded_twice", "/scope"),
        (promotion(scope={"skus": ["A"]}), promotion(off(5), scope={"skus": ["A"]}), "rewarded_twice", "/scope"),
        (
            promotion({"type": "shipping", "value": FREE}),
            promotion({"type": "shipping", "value": {"percent": "5"}}),
            "rewarded_twice",
            "/scope",
        ),
        (
            promotion({"type": "override", "value": {"percent": "8"}}),
            promotion({"type": "override", "value": {"percent": "5"}}),
            "rewarded_twice",
            "/scope",
        ),
    ],
)
def test_promotions_that_meet_are_told_of_each_other(
    document: dict[str, Any], other: dict[str, Any], code: str, pointer: str
) -> None:
    (warning,) = warned(document, other=other)
    assert (warning.code, warning.pointer) == (code, pointer)
    assert all("other" in text for text in warning.text.values())


def test_overrides_of_prices_do_not_tie_with_promotions_of_the_cart() -> None:
    override = {"type": "override", "value": {"percent": "8"}}
    assert codes(ALONE, other={**ALONE, "reward": override}) == []
    assert codes(GROUPED, other={**GROUPED, "reward": override}) == []
    assert codes({**ALONE, "reward": override}, other={**ALONE, "reward": override}) == [("exclusive_tie", "/priority")]


def test_the_one_that_wins_a_tie_is_named() -> None:
    (warning,) = warned(ALONE, aa=ALONE)
    assert "By its id aa goes first, and p is not applied" in warning.text["en"]
    (warning,) = warned(ALONE, zz=ALONE)
    assert "By its id p goes first, and zz is not applied" in warning.text["en"]


@pytest.mark.parametrize(
    "apart",
    [
        {"priority": 6},
        {"exclusive": False},
        {"channels": ["both"]},
        {"segments": ["silver"]},
        {"regions": [{"country": "CN", "region": "江苏省"}]},
        {"regions": [{"country": "DE"}]},
        {"scope": {"skus": ["B"]}},
        {"scope": {"not_skus": ["A"]}},
        {"scope": {"on_sale": True}},
        {"scope": {"unit_price": {"CNY": {"from": 201}}}},
        {"valid_from": "2026-07-01T00:00:00Z"},
        {"valid_to": "2026-06-20T00:00:00Z"},
    ],
)
def test_promotions_that_cannot_meet_do_not_tie(apart: dict[str, Any]) -> None:
    mine = {
        **ALONE,
        "channels": ["web"],
        "segments": ["gold"],
        "regions": [{"country": "CN", "region": "浙江省"}],
        "scope": {"skus": ["A"], "on_sale": False, "unit_price": {"CNY": {"to": 200}}},
        "valid_from": "2026-06-20T00:00:00Z",
        "valid_to": "2026-07-01T00:00:00Z",
    }
    ties = {"exclusive_tie"} & {code for code, _ in codes(mine, other={**ALONE, **apart})}
    assert ties == set()
    assert ("exclusive_tie", "/priority") in codes(mine, other=ALONE)


@pytest.mark.parametrize(
    "other",
    [
        promotion(off(5), requires_coupon=True),
        promotion(off(5), consumes=True),
        promotion(off(5), exclusive=True),
        promotion(off(5), scope={"skus": ["A"]}),
        promotion(off(5), valid_to="2026-06-18T12:00:00Z"),
        promotion({**GIFT, "sku": "A"}),
        promotion({**GIFT, "sku": "A", "every_units": 2, "times": 5}),
        promotion({"type": "shipping", "value": FREE}),
        promotion({"type": "override", "value": FREE}),
    ],
)
def test_rewards_that_are_meant_to_stand_beside_each_other_are_not_warned_of(other: dict[str, Any]) -> None:
    assert codes(promotion(), other=other) == []


def test_one_that_is_not_active_or_is_put_again_meets_nothing() -> None:
    assert codes({**ALONE, "state": "draft"}, other=ALONE) == []
    assert codes(ALONE, p=ALONE) == []


def test_warnings_are_bounded() -> None:
    assert len(warned(ALONE, **{f"x{number}": ALONE for number in range(2 * MOST)})) == MOST


def test_selections_of_categories_may_share_lines() -> None:
    shoes, skus = Selection(categories=frozenset({"shoes"})), Selection(frozenset({"A"}))
    assert may_share_lines(shoes, skus)
    assert may_share_lines(shoes, Selection(categories=frozenset({"boots"})))
    assert not may_share_lines(shoes, Selection(not_categories=frozenset({"shoes", "hats"})))
    assert may_share_lines(Selection(), Selection())
