"""What is made for one customer is checked against the product, and its text never repeated."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.catalog.custom import CustomChoice, check_custom, fits, split_custom
from ordo.catalog.errors import InvalidOption
from ordo.catalog.model import Product

LABEL = {"en": "Label", "zh": "标签"}
TEXT = {"name": "text", "kind": "text", "label": LABEL, "min_length": 2, "max_length": 5, "pattern": "[A-Z ]+"}
LENGTH = {"name": "length", "kind": "number", "label": LABEL, "min": 10, "max": 100, "step": 5, "required": True}
RING = Product("RING", LABEL, {}, custom=tuple(map(CustomChoice.of, (TEXT, LENGTH))))


def check(values: dict[str, str | int], product: Product = RING) -> None:
    found = split_custom(values)
    check_custom(product, found.measures, "/lines/3/custom", found.texts)


def refused(values: dict[str, str | int]) -> InvalidOption:
    with pytest.raises(InvalidOption) as error:
        check(values)
    return error.value


def test_texts_and_measures_are_told_apart_and_a_text_has_one_form() -> None:
    found = split_custom({"text": "Jose\u0301", "length": 40})
    assert found.measures == {"text": 4, "length": 40}
    assert found.texts == {"text": "Jos\u00e9"}


def test_what_fits_is_taken() -> None:
    check({"length": 10})
    check({"length": 100, "text": "A B"})
    check({}, Product("PLAIN", LABEL, {}))


@pytest.mark.parametrize(
    ("values", "name", "facts"),
    [
        ({}, "length", {"kind": "number"}),
        ({"length": 9}, "length", {"min": 10, "max": 100, "step": 5}),
        ({"length": 105}, "length", {"min": 10, "max": 100, "step": 5}),
        ({"length": 12}, "length", {"min": 10, "max": 100, "step": 5}),
        ({"length": "x" * 10}, "length", {"kind": "number"}),
        ({"length": 10, "text": "A"}, "text", {"min_length": 2, "max_length": 5}),
        ({"length": 10, "text": "SECRET"}, "text", {"min_length": 2, "max_length": 5}),
        ({"length": 10, "text": "abc"}, "text", {"pattern": "[A-Z ]+"}),
        ({"length": 10, "text": "AB\n"}, "text", {"pattern": "[A-Z ]+"}),
        ({"length": 10, "text": 3}, "text", {"kind": "text"}),
        ({"length": 10, "a/b": 3}, "a~1b", {"offered": ["text", "length"]}),
    ],
)
def test_what_does_not_fit_is_refused_where_it_is_with_what_would(
    values: dict[str, str | int], name: str, facts: dict[str, Any]
) -> None:
    error = refused(values)
    assert error.pointer == f"/lines/3/custom/{name}"
    assert error.facts == {"sku": "RING", **facts}


def test_a_text_is_not_repeated_in_its_refusal() -> None:
    error = refused({"length": 10, "text": "mama"})
    assert "mama" not in f"{error.detail}{error.facts}"


def test_with_measures_alone_limits_are_checked_and_patterns_are_not() -> None:
    check_custom(RING, {"length": 10, "text": 3}, "")
    with pytest.raises(InvalidOption):
        check_custom(RING, {"length": 10, "text": 6}, "")


def test_no_pattern_takes_long_whatever_the_text() -> None:
    began = time.process_time()
    assert not fits("(a|a)*(a*)*b", "a" * 500)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("pattern", ["(", "a(?=b)", r"(a)\1", "(?x)a #", "((x{999}){999}){999}"])
def test_what_is_no_pattern_that_can_be_used_is_an_error(pattern: str) -> None:
    with pytest.raises(ValueError, match="regular expression"):
        fits(pattern, "")


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 7), st.integers(0, 60))
def test_the_numbers_that_fit_are_those_of_the_range(lowest: int, more: int, step: int, number: int) -> None:
    body = {**LENGTH, "min": lowest, "max": lowest + more, "step": step}
    product = Product("P", LABEL, {}, custom=(CustomChoice.of(body),))
    if number in range(lowest, lowest + more + 1, step):
        check({"length": number}, product)
    else:
        with pytest.raises(InvalidOption):
            check({"length": number}, product)
