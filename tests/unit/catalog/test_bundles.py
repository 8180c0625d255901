"""Bundles in the catalogue: what their documents may say, and which parts keep them from being sold."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ordo.catalog.bundle_warnings import bundle_warnings
from ordo.catalog.bundles import PartFault, choose_parts, weight_of
from ordo.catalog.custom import CustomChoice
from ordo.catalog.model import BundlePart, Product, ProductKind, State, Variant
from ordo.catalog.product_schemas import ProductDocument
from tests.unit.pricing.shop import product

SET: dict[str, Any] = {
    "name": {"en": "Starter set", "zh": "入门套装"},
    "kind": "bundle",
    "prices": {"cny": 100},
    "parts": [{"sku": "PHONE", "options": {"colour": "blue"}}, {"sku": "CASE", "quantity": 2}],
}


def bundle(*parts: BundlePart, **more: Any) -> Product:
    return product("SET", 100, kind=ProductKind.BUNDLE, parts=parts, **more)


BLUE = Variant("PHONE-BLUE", {"colour": "blue"})
PHONE = product("PHONE", 90, options={"colour": ("blue", "red")}, variants=(BLUE,), weight_g=190)
CASE = product("CASE", 10, weight_g=20)


def test_a_bundle_is_kept_as_it_was_put() -> None:
    body = ProductDocument.model_validate(SET).body()
    assert body["kind"] == "bundle"
    assert Product.of("SET", body, 1).parts == (BundlePart("PHONE", 1, {"colour": "blue"}), BundlePart("CASE", 2))


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"parts": []}, ("parts",)),
        ({"kind": "goods"}, ("parts",)),
        ({"parts": [{"sku": f"S{number}"} for number in range(21)]}, ("parts",)),
        ({"parts": [{"sku": "CASE"}, {"sku": "CASE", "quantity": 2}]}, ("parts", 1)),
        ({"parts": [{"sku": "CASE", "quantity": 0}]}, ("parts", 0, "quantity")),
        ({"sku": "SET", "parts": [{"sku": "SET"}]}, ("parts", 0, "sku")),
        ({"parts": [{"sku": "PHONE", "weight": 1}, {"sku": "CASE"}]}, ("parts",)),
        ({"parts": [{"sku": "PHONE", "weight": 0}, {"sku": "CASE", "weight": 0}]}, ("parts",)),
        ({"requires": ["cold"]}, ("requires",)),
        ({"preparation_minutes": 5}, ("preparation_minutes",)),
        (
            {"options": [{"axis": "size", "values": ["S"]}], "variants": [{"sku": "SET-S", "options": {"size": "S"}}]},
            ("variants",),
        ),
    ],
)
def test_what_a_bundle_cannot_be_is_refused_where_it_says_so(wrong: dict[str, Any], where: tuple[Any, ...]) -> None:
    ProductDocument.model_validate(SET)
    with pytest.raises(ValidationError) as refused:
        ProductDocument.model_validate({**SET, **wrong})
    assert [error["loc"] for error in refused.value.errors()] == [where]


def test_options_and_custom_choices_of_the_bundle_itself_are_sold_as_those_of_goods() -> None:
    wrapped = {
        "options": [{"axis": "wrapping", "values": ["red", "gold"]}],
        "custom": [{"name": "card", "kind": "text", "label": {"en": "Card"}, "required": True}],
    }
    assert ProductDocument.model_validate({**SET, **wrapped}).body()["options"]


def test_parts_are_chosen_with_their_options_and_weigh_together() -> None:
    of = bundle(BundlePart("PHONE", 1, {"colour": "blue"}), BundlePart("CASE", 2))
    chosen = choose_parts(of, {"PHONE": PHONE, "CASE": CASE})
    assert isinstance(chosen, tuple)
    assert [(each.choice.stock_sku, each.quantity) for each in chosen] == [("PHONE-BLUE", 1), ("CASE", 2)]
    assert weight_of(of, chosen) == 230
    assert weight_of(bundle(*of.parts, weight_g=500), chosen) == 500


@pytest.mark.parametrize(
    ("part", "products", "reason"),
    [
        (BundlePart("NOPE"), {}, "unknown_part"),
        (BundlePart("CASE"), {"CASE": product("CASE", 1, state=State.INACTIVE)}, "part_inactive"),
        (BundlePart("CASE"), {"CASE": product("CASE", 1, kind=ProductKind.BUNDLE)}, "part_is_bundle"),
        (BundlePart("PHONE"), {"PHONE": PHONE}, "part_options"),
        (BundlePart("PHONE", options={"colour": "red"}), {"PHONE": PHONE}, "part_options"),
        (
            BundlePart("RING"),
            {
                "RING": product(
                    "RING",
                    1,
                    custom=(CustomChoice.of({"name": "n", "kind": "text", "label": {"en": "n"}, "required": True}),),
                )
            },
            "part_needs_choice",
        ),
    ],
)
def test_a_part_that_cannot_be_sold_is_found_and_warned_of(
    part: BundlePart, products: dict[str, Product], reason: str
) -> None:
    of, known = bundle(BundlePart("GOOD"), part), {"GOOD": product("GOOD", 1), **products}
    assert choose_parts(of, known) == PartFault(1, part.sku, reason)
    (warning,) = bundle_warnings(of, known)
    assert (warning.code, warning.pointer) == (reason, "/parts/1")
    assert part.sku in warning.text["en"]
    assert part.sku in warning.text["zh"]


def test_goods_have_no_parts_and_no_such_warnings() -> None:
    assert choose_parts(CASE, {}) == ()
    assert bundle_warnings(CASE, {}) == []
