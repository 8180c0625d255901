"""Options decide what is sold."""

from __future__ import annotations

from itertools import product as every_combination

import pytest

from ordo.catalog.errors import InvalidOption
from ordo.catalog.model import Product, Variant
from ordo.catalog.options import choose

AXES = {"size": ("S", "M"), "colour": ("red", "blue"), "print": ("none", "logo")}


def tee(**more: object) -> Product:
    return Product("TEE", {"en": "Tee", "zh": "T恤"}, {}, options=AXES, **more)  # type: ignore[arg-type]  # any field


def sold(product: Product) -> set[tuple[str, ...]]:
    """The combinations that `choose` accepts."""
    accepted = set()
    for values in every_combination(*AXES.values()):
        try:
            choose(product, dict(zip(AXES, values, strict=True)), "")
        except InvalidOption:
            continue
        accepted.add(values)
    return accepted


def test_without_rules_every_combination_is_sold() -> None:
    assert len(sold(tee())) == 8


def test_a_forbidden_combination_counts_for_all_that_contain_it() -> None:
    assert len(sold(tee(forbidden=({"size": "S", "colour": "red"},)))) == 6


def test_only_allowed_combinations_are_sold_when_some_are_named() -> None:
    assert sold(tee(allowed=({"size": "M", "colour": "red"},))) == {("M", "red", "none"), ("M", "red", "logo")}


def test_axes_that_no_variant_names_do_not_change_the_stock_sku() -> None:
    product = tee(variants=(Variant("TEE-S-RED", {"size": "S", "colour": "red"}),))
    chosen = [choose(product, {"size": "S", "colour": "red", "print": text}, "") for text in ("none", "logo")]
    assert [each.stock_sku for each in chosen] == ["TEE-S-RED", "TEE-S-RED"]
    assert len(sold(product)) == 2


def test_the_refusal_tells_what_is_offered() -> None:
    with pytest.raises(InvalidOption) as refused:
        choose(tee(), {"size": "XL", "colour": "red", "print": "none"}, "/lines/0/options")
    assert refused.value.facts["offered"]["size"] == ["S", "M"]


def test_a_product_without_options_takes_none() -> None:
    plain = Product("PLAIN", {"en": "Plain", "zh": "Plain"}, {})
    assert choose(plain, {}, "").stock_sku == "PLAIN"
    with pytest.raises(InvalidOption) as refused:
        choose(plain, {"size": "S"}, "/lines/2/options")
    assert refused.value.pointer == "/lines/2/options/size"
