"""What is odd about prices is told, and no reason to refuse them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.model import Product, State, Variant
from ordo.catalog.price_lists import PriceList, PriceListState
from ordo.catalog.price_warnings import channel_warnings, price_list_warnings, product_warnings
from ordo.catalog.prices import PriceEntry
from ordo.catalog.warnings import DocumentWarning

NOW = datetime(2026, 6, 18, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NAME = {"en": "Name", "zh": "名"}
CHANNELS = {
    "web": ChannelPolicy("web", {"CNY": "cny"}),
    "app": ChannelPolicy("app", {"CNY": "cny"}),
    "shut": ChannelPolicy("shut", {"CNY": "cny"}, state=State.INACTIVE),
}


def price_list(price_list_id: str = "a", **more: Any) -> PriceList:
    channels, segments = (frozenset(more.pop(name, ())) for name in ("channels", "segments"))
    return PriceList(price_list_id, NAME, **{"currency": "CNY", "channels": channels, "segments": segments, **more})


def told(found: list[DocumentWarning]) -> list[tuple[str, str]]:
    for each in found:
        assert each.text["en"].strip()
        assert any("\u4e00" <= letter <= "\u9fff" for letter in each.text["zh"])
    return [(each.code, each.pointer) for each in found]


def of_list(subject: PriceList, *others: PriceList) -> list[tuple[str, str]]:
    return told(price_list_warnings(subject, others, CHANNELS, NOW))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"channels": ["web"]}, {"channels": ["web", "app"]}),
        ({"segments": ["vip"]}, {"channels": ["web"]}),
        ({"channels": ["web"], "segments": ["vip"]}, {"channels": ["web"], "segments": ["vip", "new"]}),
        ({"channels": ["web"], "valid_to": NOW + DAY}, {"channels": ["web"], "valid_from": NOW}),
    ],
)
def test_two_lists_for_the_same_buyers_at_the_same_time_need_priorities(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert of_list(price_list("b", **one), price_list("a", **other)) == [("same_priority", "/priority")]
    assert of_list(price_list("a", **other), price_list("b", **one)) == [("same_priority", "/priority")]
    assert of_list(price_list("b", **one), price_list("a", **{**other, "priority": 1})) == []
    assert of_list(price_list("b", **one), price_list("a", **{**other, "currency": "JPY"})) == []
    assert of_list(price_list("b", **one), price_list("a", **{**other, "state": PriceListState.ENDED})) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"channels": ["web"]}, {"channels": ["app"]}),
        ({"segments": ["vip"]}, {"segments": ["new"]}),
        ({"channels": ["web"], "valid_to": NOW + DAY}, {"channels": ["web"], "valid_from": NOW + DAY}),
        ({"channels": ["web"]}, {}),
    ],
)
def test_lists_that_no_buyer_is_offered_both_need_none(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert of_list(price_list("b", **one), price_list("a", **other)) == []


def test_the_warning_names_the_list_that_counts_and_a_list_is_no_rival_of_itself() -> None:
    a, b = price_list("a", channels=["web"]), price_list("b", channels=["web"])
    (warning,) = price_list_warnings(b, [a, b], CHANNELS, NOW)
    assert "prices of a count" in warning.text["en"]


def test_a_list_that_nobody_buys_by_says_so() -> None:
    ended = price_list(channels=["web"], valid_to=NOW)
    assert of_list(ended) == [("already_ended", "/valid_to")]
    assert of_list(price_list(channels=["web"], valid_to=NOW, state=PriceListState.PAUSED)) == []
    assert of_list(price_list(channels=["nope", "shut", "web"])) == [
        ("unknown_channel", "/channels"),
        ("channel_inactive", "/channels"),
    ]
    assert of_list(price_list(channels=["web"], currency="JPY")) == [("not_in_currency", "/channels")]


def test_a_list_that_names_nobody_says_which_of_its_limits_have_no_effect() -> None:
    assert of_list(price_list()) == of_list(price_list(state=PriceListState.DRAFT)) == []
    limited = price_list(priority=2, valid_from=NOW, valid_to=NOW + DAY, state=PriceListState.PAUSED)
    assert of_list(limited) == [
        ("no_effect", "/state"),
        ("no_effect", "/valid_from"),
        ("no_effect", "/valid_to"),
        ("no_effect", "/priority"),
    ]


@pytest.mark.parametrize("limits", [{"state": PriceListState.ENDED}, {"valid_to": NOW}, {"segments": ["vip"]}])
def test_a_channel_is_told_that_its_usual_list_is_for_everybody(limits: dict[str, Any]) -> None:
    web = CHANNELS["web"]
    assert told(channel_warnings(web, {"cny": price_list("cny", **limits)})) == [
        ("usual_list_limited", "/price_lists/CNY")
    ]
    assert channel_warnings(web, {"cny": price_list("cny", channels=["web"])}) == []
    assert channel_warnings(web, {}) == []


def of_product(**more: Any) -> list[tuple[str, str]]:
    currencies = {"cny": "CNY", "members": "CNY", "jpy": "JPY"}
    return told(product_warnings(Product("P", NAME, **{"prices": {"cny": 100}, **more}), currencies))


def test_prices_below_cost_and_breaks_that_are_not_cheaper_are_told() -> None:
    fine = PriceEntry(100, cost=80, breaks=((2, 90), (3, 80)))
    assert of_product(prices={"cny": fine, "jpy": 5}) == []
    assert of_product(prices={"cny": PriceEntry(100, cost=101, breaks=((2, 90),))}) == [
        ("below_cost", "/prices/cny/price")
    ]
    odd = PriceEntry(100, cost=85, breaks=((2, 100), (3, 90), (4, 90), (5, 84)))
    assert of_product(prices={"cny": odd}) == [
        ("break_not_cheaper", "/prices/cny/breaks/0/price"),
        ("break_not_cheaper", "/prices/cny/breaks/2/price"),
        ("below_cost", "/prices/cny/breaks/3/price"),
    ]
    variant = Variant("P-S", {"size": "S"}, {"cny": PriceEntry(1, cost=2)})
    assert of_product(variants=(variant,)) == [("below_cost", "/variants/0/prices/cny/price")]


def test_a_variant_that_is_dear_in_one_list_and_as_cheap_as_the_product_in_another_is_told() -> None:
    prices = {"cny": 100, "members": 90, "jpy": 5}
    dear = Variant("P-L", {"size": "L"}, {"cny": 150})
    assert of_product(prices=prices, variants=(Variant("P-S", {"size": "S"}), dear)) == [
        ("variant_without_price", "/variants/1/prices")
    ]
    assert of_product(prices=prices, variants=(Variant("P-L", {}, {"cny": 150, "members": 140}),)) == []


def test_options_that_would_take_off_more_than_the_price_are_told() -> None:
    options = {"size": ("S", "M"), "colour": ("red",)}
    cheap = {"size": {"S": {"cny": -60}, "M": {"cny": 5}}, "colour": {"red": {"cny": -40}}}
    assert of_product(options=options, option_prices=cheap) == []
    assert of_product(options=options, option_prices=cheap, prices={"cny": PriceEntry(100, breaks=((2, 99),))}) == [
        ("options_below_zero", "/option_prices")
    ]
