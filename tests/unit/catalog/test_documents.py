"""Documents are checked before they are kept."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ordo.catalog.channel_schemas import ChannelDocument
from ordo.catalog.coupon_schemas import CouponDocument
from ordo.catalog.node_schemas import NodeDocument
from ordo.catalog.price_schemas import PriceListDocument
from ordo.catalog.product_schemas import ProductDocument
from ordo.catalog.schemas import PlacesRequest

NAME = {"en": "Name"}
TEE = {"name": NAME, "prices": {"cny": 100}, "options": [{"axis": "size", "values": ["S", "M"]}]}
CHANNEL = {"price_lists": {"CNY": "cny"}, "tax": {"mode": "inclusive", "rate_percent": "13"}}
NODE = {"name": NAME, "kind": "shop", "location": {"lat": 30.2, "lon": 120.1}}


def test_the_examples_in_the_api_document_are_valid() -> None:
    for model in (ProductDocument, ChannelDocument):
        extra: Any = model.model_config["json_schema_extra"]
        model.model_validate(extra["example"])


def test_a_name_in_one_language_stands_for_the_other() -> None:
    assert ProductDocument.model_validate({**TEE, "name": {"zh": "T恤"}}).body()["name"] == {"en": "T恤", "zh": "T恤"}


def test_times_are_kept_in_utc() -> None:
    coupon = CouponDocument.model_validate({"promotion_id": "p", "valid_from": "2026-11-11T00:00:00+08:00"})
    assert coupon.valid_from == "2026-11-10T16:00:00.000Z"


@pytest.mark.parametrize(
    "wrong",
    [
        {"surprise": 1},
        {"prices": {"cny": -1}},
        {"prices": {"cny": 1.5}},
        {"prices": {"cny": "100"}},
        {"prices": {"cny": True}},
        {"prices": {"cny": 10**11}},
        {"name": {}},
        {"kind": "service"},
        {"options": [{"axis": "size", "values": ["S"]}, {"axis": "size", "values": ["M"]}]},
        {"options": [{"axis": "size", "values": []}]},
        {"forbidden": [{"size": "XL"}]},
        {"allowed": [{"colour": "red"}]},
        {"variants": [{"sku": "A", "options": {"size": "S"}}, {"sku": "B", "options": {"size": "S"}}]},
        {"version": -1},
    ],
)
def test_a_product_that_contradicts_itself_is_refused(wrong: dict[str, Any]) -> None:
    ProductDocument.model_validate(TEE)
    with pytest.raises(ValidationError):
        ProductDocument.model_validate({**TEE, **wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_lists": {}},
        {"price_lists": {"ABC": "cny"}},
        {"shipping": {"USD": 100}},
        {"tax": {"mode": "both", "rate_percent": "13"}},
        {"required_contact": ["passport"]},
        {"payment_deadline_minutes": 0},
    ],
)
def test_a_channel_that_cannot_sell_is_refused(wrong: dict[str, Any]) -> None:
    ChannelDocument.model_validate(CHANNEL)
    with pytest.raises(ValidationError):
        ChannelDocument.model_validate({**CHANNEL, **wrong})


@pytest.mark.parametrize("location", [{"lat": 91, "lon": 0}, {"lat": 0, "lon": -181}, {"lat": 0}])
def test_a_node_is_on_this_planet(location: dict[str, float]) -> None:
    NodeDocument.model_validate(NODE)
    with pytest.raises(ValidationError):
        NodeDocument.model_validate({**NODE, "location": location})


def test_an_unknown_currency_has_its_own_code() -> None:
    with pytest.raises(ValidationError) as refused:
        PriceListDocument.model_validate({"name": NAME, "currency": "ZZZ"})
    assert refused.value.errors()[0]["type"] == "unknown_currency"


def test_at_most_a_hundred_places_come_at_once() -> None:
    row = {"country": "CN", "key": "310000", "location": {"lat": 30.2, "lon": 120.1}, "precision": "postal_code"}
    PlacesRequest.model_validate({"places": [row] * 100})
    with pytest.raises(ValidationError):
        PlacesRequest.model_validate({"places": [row] * 101})
