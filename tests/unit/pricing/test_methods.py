"""The ways to ship a cart, as a customer chooses among them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ordo.catalog.channels import PricePolicy
from ordo.catalog.charges import ShippingMethod, ShippingRate
from ordo.catalog.rewards import AmountOff, LinesReward, Per, PercentOff, ShippingReward
from ordo.catalog.selections import Region
from ordo.kernel.percent import percent
from ordo.pricing import methods
from ordo.pricing.methods import OfferedMethod, offered_methods
from ordo.pricing.model import Cart, ManualDiscount
from ordo.pricing.service import price
from tests.unit.pricing.shop import NOW, cart, channel, product, promotion, snapshot


def method(name: str, amount: int, *countries: str) -> ShippingMethod:
    regions = tuple(Region.read({"country": country}) for country in countries)
    return ShippingMethod(name, {"en": name, "zh": name}, {"CNY": ShippingRate(amount)}, regions)


METHODS = (method("post", 1000), method("air", 5000, "CN"), method("sea", 300, "JP"))
HALF = ShippingReward(PercentOff(percent("50")), frozenset({"air"}))


def offered(wanted: Cart, *, limit: str = "0") -> tuple[OfferedMethod, ...]:
    policy = replace(channel(), shipping_methods=METHODS, pricing=PricePolicy(manual_limit=percent(limit)))
    known = snapshot([product("A", 10000)], [promotion("half", HALF)], policy)
    return offered_methods(wanted, price(wanted, known, NOW), known, NOW)


def told(found: tuple[OfferedMethod, ...]) -> list[tuple[str, int, int, bool]]:
    return [(each.charge.charge_id, each.charge.price, each.total, each.chosen) for each in found]


def test_those_that_ship_there_are_offered_with_the_total_that_they_make() -> None:
    found = offered(replace(cart(("A", 1)), country="CN"))
    assert told(found) == [("post", 1000, 11000, True), ("air", 5000, 12500, False)]


def test_the_one_that_was_named_is_chosen() -> None:
    found = offered(replace(cart(("A", 1)), country="JP", shipping_method="sea"))
    assert told(found) == [("post", 1000, 11000, False), ("sea", 300, 10300, True)]


def test_one_with_which_the_cart_could_not_be_placed_is_left_out() -> None:
    generous = LinesReward(AmountOff({"CNY": 1050}), Per.ORDER, includes_shipping=True)  # more than 10 % of 103.00
    wanted = replace(cart(("A", 1)), manual=(ManualDiscount(generous, "sorry"),))
    assert [each.charge.charge_id for each in offered(wanted, limit="10")] == ["post", "air"]
    assert [each.charge.charge_id for each in offered(wanted, limit="11")] == ["post", "air", "sea"]


def test_a_very_long_cart_has_the_first_methods_offered_and_the_chosen_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods, "MAX_LINES_PRICED", 3)
    wanted = replace(cart(("A", 1), ("A", 2)), shipping_method="sea")
    assert [each.charge.charge_id for each in offered(wanted)] == ["post", "sea"]
    assert [each.charge.charge_id for each in offered(replace(wanted, lines=wanted.lines[:1]))] == [
        "post",
        "air",
        "sea",
    ]


def test_a_channel_without_methods_has_its_standard_one() -> None:
    known = snapshot([product("A", 10000)], policy=channel(shipping=700))
    wanted = cart(("A", 1))
    found = offered_methods(wanted, price(wanted, known, NOW), known, NOW)
    assert told(found) == [("standard", 700, 10700, True)]
