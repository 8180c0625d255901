"""What shipping and surcharges cost."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.catalog.channels import ChannelPolicy
from ordo.catalog.charges import ShippingMethod, Surcharge
from ordo.kernel.money import MAX_AMOUNT
from ordo.pricing.errors import UnknownShippingMethod
from ordo.pricing.shipping import shipping_charge, surcharges_of

NAME = {"en": "Name", "zh": "名"}


def channel(*methods: dict[str, Any], surcharges: tuple[dict[str, Any], ...] = (), **more: Any) -> ChannelPolicy:
    return ChannelPolicy(
        "web",
        {"CNY": "cny"},
        shipping_methods=tuple(ShippingMethod.of({"name": NAME, **each}) for each in methods),
        surcharges=tuple(Surcharge.of({"name": NAME, **each}) for each in surcharges),
        **more,
    )


def cny(rate: dict[str, Any], method_id: str = "post", **more: Any) -> dict[str, Any]:
    return {"method_id": method_id, "rates": {"CNY": rate}, **more}


def charged(
    policy: ChannelPolicy,
    method: str | None = None,
    country: str | None = "CN",
    region: str | None = None,
    weight_g: int = 0,
    before: int = 0,
    after: int | None = None,
    currency: str = "CNY",
) -> tuple[str, int]:
    found = shipping_charge(
        policy, currency, method, country, region, weight_g, before, before if after is None else after
    )
    return found.charge_id, found.price


def refused(policy: ChannelPolicy, method: str | None = None, **more: Any) -> list[str]:
    with pytest.raises(UnknownShippingMethod) as error:
        charged(policy, method, **more)
    assert (error.value.code.code, error.value.code.status) == ("unknown_shipping_method", 422)
    assert error.value.pointer == "/shipping_method"
    assert error.value.facts["method"] == method
    offered: list[str] = error.value.facts["offered"]
    return offered


def test_a_channel_without_methods_has_one_flat_one() -> None:
    assert charged(channel()) == charged(channel(), "standard") == ("standard", 0)
    assert charged(channel(shipping={"CNY": 800})) == ("standard", 800)
    assert charged(channel(shipping={"CNY": 800}), currency="JPY") == ("standard", 0)
    assert refused(channel(), "express") == ["standard"]


FIRST_AND_MORE = {"bands": [{"up_to_g": 1000, "amount": 1200}], "step_g": 500, "step_amount": 300}
BANDS = {"bands": [{"up_to_g": 500, "amount": 400}, {"up_to_g": 2000, "amount": 900}]}


@pytest.mark.parametrize(
    ("scale", "weight_g", "price"),
    [
        (FIRST_AND_MORE, 0, 1200),
        (FIRST_AND_MORE, 1000, 1200),
        (FIRST_AND_MORE, 1001, 1500),
        (FIRST_AND_MORE, 1500, 1500),
        (FIRST_AND_MORE, 1501, 1800),
        (BANDS, 0, 400),
        (BANDS, 500, 400),
        (BANDS, 501, 900),
        (BANDS, 2000, 900),
        ({"step_g": 1000, "step_amount": 250}, 0, 0),
        ({"step_g": 1000, "step_amount": 250}, 1, 250),
        ({"step_g": 1000, "step_amount": 250}, 3000, 750),
    ],
)
def test_a_price_by_weight(scale: dict[str, Any], weight_g: int, price: int) -> None:
    assert charged(channel(cny({"by_weight": scale})), weight_g=weight_g) == ("post", price)
    assert charged(channel(cny({"by_weight": scale, "flat": 70})), weight_g=weight_g) == ("post", price + 70)


def test_what_is_too_heavy_for_a_method_goes_by_the_next_even_where_it_would_be_free() -> None:
    light, heavy = cny({"by_weight": BANDS, "free_from": 0}, "light"), cny({"flat": 5000}, "heavy")
    assert charged(channel(light, heavy), weight_g=2000) == ("light", 0)
    assert charged(channel(light, heavy), weight_g=2001) == ("heavy", 5000)
    assert refused(channel(light, heavy), "light", weight_g=2001) == ["heavy"]
    assert refused(channel(light), weight_g=2001) == []


BY_SUBTOTAL = {"flat": 1500, "by_subtotal": [{"from": 5000, "amount": 800}, {"from": 8000, "amount": 400}]}


@pytest.mark.parametrize(
    ("subtotal", "price"), [(0, 1500), (4999, 1500), (5000, 800), (7999, 800), (8000, 400), (9899, 400), (9900, 0)]
)
def test_a_price_by_subtotal_stands_in_place_of_the_flat_one_and_free_from_wins(subtotal: int, price: int) -> None:
    assert charged(channel(cny({**BY_SUBTOTAL, "free_from": 9900})), before=subtotal) == ("post", price)


def test_the_subtotal_is_judged_after_promotions_unless_said_otherwise() -> None:
    assert charged(channel(cny({"flat": 10, "free_from": 100})), before=100, after=99) == ("post", 10)
    assert charged(channel(cny({"flat": 10, "free_from": 100, "judged": "before"})), before=100, after=99)[1] == 0


ZHEJIANG = {"country": "CN", "region": "浙江省"}
AT_HOME = cny({"flat": 5}, "home", regions=[ZHEJIANG])
ABROAD = cny({"flat": 90}, "abroad", regions=[{"country": "JP"}, {"country": "KR"}])
ANYWHERE = cny({"flat": 40}, "anywhere")


def test_a_method_ships_to_its_regions_and_the_first_that_does_is_the_usual_one() -> None:
    policy = channel(AT_HOME, ABROAD, ANYWHERE)
    assert charged(policy, region="浙江省") == ("home", 5)
    assert charged(policy, region="江苏省") == charged(policy) == ("anywhere", 40)
    assert charged(policy, country="KR", region="Seoul") == ("abroad", 90)
    assert charged(policy, "anywhere", region="浙江省") == ("anywhere", 40)
    assert refused(policy, "home", region="江苏省") == ["anywhere"]
    assert refused(policy, "pigeon", country="JP") == ["abroad", "anywhere"]
    assert refused(channel(AT_HOME, ABROAD), country="DE") == []


def test_a_cart_without_an_address_yet_is_priced_by_the_first_method() -> None:
    assert charged(channel(AT_HOME, ABROAD), country=None) == ("home", 5)
    assert charged(channel(AT_HOME, ABROAD), "abroad", country=None) == ("abroad", 90)


def test_a_method_is_not_offered_in_a_currency_without_a_rate_nor_beyond_what_can_be_counted() -> None:
    both = {"method_id": "both", "rates": {"JPY": {"flat": 500}, "KWD": {"flat": 1250}}}
    policy = channel(ANYWHERE, both)
    assert charged(policy, currency="JPY") == ("both", 500)
    assert charged(policy, currency="KWD") == ("both", 1250)
    assert refused(policy, "anywhere", currency="KWD") == ["both"]
    steep = channel(cny({"by_weight": {"step_g": 1, "step_amount": MAX_AMOUNT}}))
    assert charged(steep, weight_g=1) == ("post", MAX_AMOUNT)
    assert refused(steep, weight_g=2) == []


@given(
    st.dictionaries(st.integers(1, 5000), st.integers(0, 3000), max_size=4),
    st.integers(1, 900),
    st.integers(0, 500),
    st.integers(0, 300),
    st.integers(0, 12_000),
)
def test_a_scale_is_what_its_table_says(
    bands: dict[int, int], step_g: int, step_amount: int, flat: int, weight_g: int
) -> None:
    rising = [{"up_to_g": up_to, "amount": bands[up_to]} for up_to in sorted(bands)]
    scale = {"bands": rising, "step_g": step_g, "step_amount": step_amount}
    fitting = [bands[up_to] for up_to in sorted(bands) if weight_g <= up_to]
    last = max(bands, default=0)
    above = bands.get(last, 0) + ceil(Fraction(max(0, weight_g - last), step_g)) * step_amount
    expected = flat + (fitting[0] if fitting else above)
    assert charged(channel(cny({"by_weight": scale, "flat": flat})), weight_g=weight_g) == ("post", expected)


SMALL = {"surcharge_id": "small", "amounts": {"CNY": 300, "JPY": 40}, "below_subtotal": {"CNY": 2000}}
REMOTE = {"surcharge_id": "remote", "amounts": {"CNY": 900}, "regions": [{"country": "CN", "region": "西藏"}]}
CASH = {"surcharge_id": "cash", "percent": "2.5", "methods": ["cod"]}


def surcharged(
    subtotal: int, country: str | None = "CN", region: str | None = None, method: str = "post", currency: str = "CNY"
) -> dict[str, int]:
    policy = channel(surcharges=(SMALL, REMOTE, CASH))
    found = surcharges_of(policy, currency, subtotal, country, region, method)
    assert all(each.name == NAME for each in found)
    return {each.charge_id: each.price for each in found}


def test_surcharges_are_charged_where_their_conditions_hold() -> None:
    assert surcharged(2000) == {}
    assert surcharged(1999) == {"small": 300}
    assert surcharged(0) == {"small": 300}
    assert surcharged(1999, currency="JPY") == {}
    assert list(surcharged(1999, region="西藏", method="cod").items()) == [
        ("small", 300),
        ("remote", 900),
        ("cash", 50),
    ]
    assert surcharged(2000, country=None, region="西藏") == {}
    assert surcharged(0, method="cod") == {"small": 300}


@given(st.integers(0, 10**12))
def test_a_percentage_of_the_subtotal_is_rounded_half_up(subtotal: int) -> None:
    expected = floor(Fraction(subtotal) * Fraction("2.5") / 100 + Fraction(1, 2))
    assert surcharged(subtotal, method="cod").get("cash", 0) == expected
