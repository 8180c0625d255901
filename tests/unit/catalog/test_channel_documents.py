"""Channels are checked before they are kept, and read as they were written."""

from __future__ import annotations

from typing import Any

import pytest

from ordo.catalog.channel_schemas import ChannelDocument
from ordo.catalog.channels import ChannelPolicy, Combination, PricePolicy, ReturnShipping, ReturnTerms
from ordo.catalog.charges import JudgedSubtotal, ShippingRate, WeightScale
from ordo.catalog.selections import Region
from ordo.catalog.taxes import Rate, TaxMode, TaxRounding
from ordo.kernel.money import Spare
from ordo.kernel.percent import percent
from tests.unit.catalog.test_price_documents import pointers

NAME = {"en": "Name", "zh": "名"}
TAX: dict[str, Any] = {"mode": "inclusive", "rate_percent": "13"}
CHANNEL: dict[str, Any] = {"price_lists": {"CNY": "cny", "JPY": "jpy"}, "tax": TAX}
RATE: dict[str, Any] = {
    "flat": 100,
    "by_weight": {"bands": [{"up_to_g": 1000, "amount": 1200}], "step_g": 500, "step_amount": 300},
    "by_subtotal": [{"from": 5000, "amount": 800}],
    "free_from": 9900,
    "judged": "before",
}
POST: dict[str, Any] = {"method_id": "post", "name": NAME, "regions": [{"country": "CN"}], "rates": {"CNY": RATE}}
SMALL: dict[str, Any] = {
    "surcharge_id": "small",
    "name": NAME,
    "amounts": {"CNY": 300},
    "below_subtotal": {"CNY": 2000},
    "methods": ["post"],
}
FULL: dict[str, Any] = {
    **CHANNEL,
    "tax": {
        **TAX,
        "class_rates": {"food": "9"},
        "regions": [
            {"country": "US", "region": "NY", "rate_percent": ["4", "4.5"]},
            {"country": "US", "class_rates": {"food": "0"}},
        ],
        "shipping_class": "food",
        "shipping_mode": "exclusive",
        "rounding": "unit",
    },
    "shipping_methods": [POST],
    "surcharges": [SMALL, {"surcharge_id": "cash", "name": NAME, "percent": "2"}],
    "combination": "best",
    "spare": "first",
    "manual_limit_percent": "15",
    "returns": {"shipping": "always", "restocking_fee_percent": "5"},
}


def test_a_channel_is_read_as_it_is_written() -> None:
    kept = ChannelDocument.model_validate(FULL).body()
    assert ChannelDocument.model_validate(kept).body() == kept
    policy = ChannelPolicy.of("web", kept, 1)
    assert policy.tax.rate_for("food", "US", "NY") == Rate(percent("8.5"), ("4", "4.5"))
    assert (policy.tax.shipping_class, policy.tax.shipping_mode) == ("food", TaxMode.EXCLUSIVE)
    assert policy.tax.rounding is TaxRounding.UNIT
    (post,) = policy.shipping_methods
    scale = WeightScale(((1000, 1200),), 500, 300)
    assert post.rates["CNY"] == ShippingRate(100, scale, ((5000, 800),), 9900, JudgedSubtotal.BEFORE)
    assert post.regions == (Region("CN"),)
    small, cash = policy.surcharges
    assert (small.amounts, small.below_subtotal, small.methods) == ({"CNY": 300}, {"CNY": 2000}, frozenset({"post"}))
    assert (cash.percent, cash.below_subtotal) == (percent("2"), None)
    assert policy.pricing == PricePolicy(Combination.BEST, Spare.FIRST, percent("15"))
    assert policy.returns == ReturnTerms(ReturnShipping.ALWAYS, percent("5"))


def test_what_a_channel_does_not_say_is_as_it_was_before_it_could() -> None:
    for body in (CHANNEL, ChannelDocument.model_validate(CHANNEL).body()):
        policy = ChannelPolicy.of("web", {**body, "shipping": {"CNY": 1000}}, 1)
        assert (policy.shipping, policy.shipping_methods, policy.surcharges) == ({"CNY": 1000}, (), ())
        assert policy.pricing == PricePolicy(Combination.PRIORITY, Spare.LARGEST_REMAINDER, percent("0"))
        assert policy.returns == ReturnTerms(ReturnShipping.FULL_RETURN, percent("0"))
        assert (policy.tax.rounding, policy.tax.rate) == (TaxRounding.LINE, Rate.of("13"))


def post(**rate: Any) -> dict[str, Any]:
    return {"shipping_methods": [{**POST, "rates": {"CNY": rate}}], "surcharges": []}


AT = "/shipping_methods/0/rates/CNY"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"shipping": {"CNY": 5}}, "/shipping"),
        ({"shipping_methods": [POST, POST]}, "/shipping_methods/1/method_id"),
        ({"shipping_methods": [POST, {**POST, "method_id": "b", "rates": {}}]}, "/shipping_methods/1/rates"),
        (
            {"shipping_methods": [POST, {**POST, "method_id": "b", "rates": {"USD": {}}}]},
            "/shipping_methods/1/rates/USD",
        ),
        ({"shipping_methods": [{**POST, "regions": [{"country": "China"}]}]}, "/shipping_methods/0/regions/0/country"),
        (post(by_weight={}), f"{AT}/by_weight/bands"),
        (post(by_weight={"step_g": 5}), f"{AT}/by_weight/step_amount"),
        (post(by_weight={"step_amount": 5}), f"{AT}/by_weight/step_g"),
        (post(by_weight={"bands": [{"up_to_g": 5, "amount": 1}] * 2}), f"{AT}/by_weight/bands/1/up_to_g"),
        (post(by_subtotal=[{"from": 5, "amount": 1}] * 2), f"{AT}/by_subtotal/1/from"),
        (post(by_subtotal=[{"from": 5, "amount": 1}], free_from=5), f"{AT}/by_subtotal/0/from"),
        (post(flat=-1), f"{AT}/flat"),
        ({"surcharges": [SMALL, SMALL]}, "/surcharges/1/surcharge_id"),
        ({"surcharges": [{**SMALL, "methods": ["pigeon"]}]}, "/surcharges/0/methods/0"),
        ({"surcharges": [{**SMALL, "percent": "5"}]}, "/surcharges/0/amounts"),
        ({"surcharges": [{"surcharge_id": "x", "name": NAME}]}, "/surcharges/0/amounts"),
        ({"surcharges": [{**SMALL, "below_subtotal": {"JPY": 5}}]}, "/surcharges/0/below_subtotal"),
        ({"surcharges": [{**SMALL, "amounts": {"CNY": 5, "USD": 5}}]}, "/surcharges/0/amounts/USD"),
        ({"tax": {**TAX, "rate_percent": ["60", "60"]}}, "/tax/rate_percent"),
        ({"tax": {**TAX, "rate_percent": ["4", "x"]}}, "/tax/rate_percent/1"),
        ({"tax": {**TAX, "rate_percent": 13}}, "/tax/rate_percent"),
        ({"tax": {**TAX, "regions": [{"country": "US"}]}}, "/tax/regions/0/rate_percent"),
        ({"tax": {**TAX, "regions": [{"country": "US", "rate_percent": "1"}] * 2}}, "/tax/regions/1"),
        ({"tax": {**TAX, "rounding": "never"}}, "/tax/rounding"),
        ({"combination": "luck"}, "/combination"),
        ({"spare": "house"}, "/spare"),
        ({"manual_limit_percent": "101"}, "/manual_limit_percent"),
        ({"returns": {"shipping": "maybe"}}, "/returns/shipping"),
    ],
)
def test_a_channel_that_contradicts_itself_is_refused_where_it_does(wrong: dict[str, Any], pointer: str) -> None:
    assert pointers(ChannelDocument, {**FULL, **wrong}) == [pointer]
