"""Prices, price lists and what a product costs beside them are checked before they are kept."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from ordo.catalog.custom import CustomPrice
from ordo.catalog.model import Product
from ordo.catalog.price_lists import PriceList
from ordo.catalog.price_schemas import PriceListDocument
from ordo.catalog.prices import PriceEntry
from ordo.catalog.product_schemas import ProductDocument

NAME = {"en": "Name", "zh": "名"}
TEE: dict[str, Any] = {"name": NAME, "prices": {"cny": 100}, "options": [{"axis": "size", "values": ["S", "M"]}]}
ENTRY: dict[str, Any] = {"price": 100, "list_price": 120, "cost": 40, "minimum_price": 80}
BREAKS = [{"quantity": 3, "price": 95}, {"quantity": 10, "price": 90}]
TEXT: dict[str, Any] = {"name": "text", "kind": "text", "label": NAME}
NUMBER: dict[str, Any] = {"name": "length", "kind": "number", "label": NAME}


def pointers(model: type[BaseModel], body: dict[str, Any]) -> list[str]:
    """Where the document is refused."""
    with pytest.raises(ValidationError) as refused:
        model.model_validate(body)
    return ["".join(f"/{part}" for part in error["loc"]) for error in refused.value.errors()]


def test_a_document_is_read_as_it_is_written() -> None:
    example: Any = ProductDocument.model_config["json_schema_extra"]
    for body in (TEE, example["example"]):
        kept = ProductDocument.model_validate(body).body()
        assert ProductDocument.model_validate(kept).body() == kept
    product = Product.of("PHONE-X", kept, 1)
    assert product.prices["cny-retail"] == PriceEntry(349900, 369900, 210000, 300000, ((10, 329900),))
    assert product.variants[1].prices == {"cny-retail": 399900}
    assert product.option_prices == {"colour": {"blue": {"cny-retail": 10000}}}
    (engraving,) = product.custom
    assert (engraving.lowest, engraving.highest, engraving.step) == (1, 20, 1)
    assert engraving.prices == {"cny-retail": CustomPrice(2000, 100)}


def test_a_plain_price_stays_a_number() -> None:
    assert ProductDocument.model_validate(TEE).body()["prices"] == {"cny": 100}


@pytest.mark.parametrize(
    ("entry", "pointer"),
    [
        ("100", ""),
        (1.5, ""),
        (True, ""),
        (-1, ""),
        (None, ""),
        ({}, "/price"),
        ({"price": -1}, "/price"),
        ({"price": "1"}, "/price"),
        ({**ENTRY, "magic": 1}, "/magic"),
        ({**ENTRY, "list_price": 99}, "/list_price"),
        ({**ENTRY, "minimum_price": 101}, "/minimum_price"),
        ({**ENTRY, "breaks": [{"quantity": 1, "price": 90}]}, "/breaks/0/quantity"),
        ({**ENTRY, "breaks": [*BREAKS, {"quantity": 10, "price": 85}]}, "/breaks/2/quantity"),
        ({**ENTRY, "breaks": [*BREAKS, {"quantity": 20, "price": 79}]}, "/breaks/2/price"),
    ],
)
def test_a_price_that_contradicts_itself_is_refused_where_it_does(entry: Any, pointer: str) -> None:
    ProductDocument.model_validate({**TEE, "prices": {"cny": {**ENTRY, "breaks": BREAKS}}})
    assert pointers(ProductDocument, {**TEE, "prices": {"cny": entry}}) == [f"/prices/cny{pointer}"]
    variant = {"sku": "TEE-S", "options": {"size": "S"}, "prices": {"cny": entry}}
    assert pointers(ProductDocument, {**TEE, "variants": [variant]}) == [f"/variants/0/prices/cny{pointer}"]


def test_all_that_is_wrong_with_a_price_is_told_at_once() -> None:
    wrong = {"price": 100, "list_price": 90, "minimum_price": 110, "breaks": [*BREAKS, BREAKS[0]]}
    assert pointers(ProductDocument, {**TEE, "prices": {"cny": wrong}}) == [
        "/prices/cny/list_price",
        "/prices/cny/minimum_price",
        *(f"/prices/cny/breaks/{place}/price" for place in range(3)),
        "/prices/cny/breaks/2/quantity",
    ]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"option_prices": {"size": {"XL": {"cny": 5}}}}, "/option_prices/size/XL"),
        ({"option_prices": {"colour": {"S": {"cny": 5}}}}, "/option_prices/colour/S"),
        ({"option_prices": {"size": {"S": {"cny": 0.5}}}}, "/option_prices/size/S/cny"),
        ({"custom": [TEXT, TEXT]}, "/custom/1/name"),
        ({"custom": [{**TEXT, "kind": "picture"}]}, "/custom/0/kind"),
        ({"custom": [{**TEXT, "name": "Text"}]}, "/custom/0/name"),
        ({"custom": [{**TEXT, "min_length": 6, "max_length": 5}]}, "/custom/0/min_length"),
        ({"custom": [{**TEXT, "pattern": "("}]}, "/custom/0/pattern"),
        ({"custom": [{**TEXT, "min": 3}]}, "/custom/0/min"),
        ({"custom": [{**NUMBER, "min": 6, "max": 5}]}, "/custom/0/min"),
        ({"custom": [{**NUMBER, "step": 0}]}, "/custom/0/step"),
        ({"custom": [{**NUMBER, "prices": {"cny": {"flat": -1}}}]}, "/custom/0/prices/cny/flat"),
        ({"forbidden": [{"size": "XL"}]}, "/forbidden/0/size"),
        ({"variants": [{"sku": "A", "options": {"size": "S"}}] * 2}, "/variants/1/options"),
        ({"options": [*TEE["options"], *TEE["options"]]}, "/options/1/axis"),
        ({"categories": ["a b"]}, "/categories/0"),
    ],
)
def test_a_product_that_contradicts_itself_is_refused_where_it_does(wrong: dict[str, Any], pointer: str) -> None:
    fine = {"option_prices": {"size": {"S": {"cny": -5}}}, "custom": [TEXT, NUMBER], "categories": ["tees"]}
    ProductDocument.model_validate({**TEE, **fine})
    assert pointers(ProductDocument, {**TEE, **fine, **wrong}) == [pointer]


def test_a_price_list_is_read_as_it_is_written_and_an_old_one_is_active() -> None:
    extra: Any = PriceListDocument.model_config["json_schema_extra"]
    kept = PriceListDocument.model_validate(extra["example"]).body()
    assert PriceListDocument.model_validate(kept).body() == kept
    assert PriceList.of("members", kept, 1).segments == {"vip"}
    assert PriceList.of("cny", {"name": NAME, "currency": "CNY"}, 1).state == "active"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"currency": "ZZZ"}, "/currency"),
        ({"state": "lost"}, "/state"),
        ({"segments": ["a b"]}, "/segments/0"),
        ({"valid_from": "2026-11-11T00:00:00"}, "/valid_from"),
        ({"valid_from": "2026-11-12T00:00:00Z", "valid_to": "2026-11-11T00:00:00Z"}, "/valid_to"),
        ({"priority": 1.5}, "/priority"),
    ],
)
def test_a_price_list_that_makes_no_sense_is_refused_where_it_does(wrong: dict[str, Any], pointer: str) -> None:
    assert pointers(PriceListDocument, {"name": NAME, "currency": "CNY", **wrong}) == [pointer]
