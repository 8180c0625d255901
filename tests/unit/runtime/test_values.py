"""Plain values come back from DynamoDB's typed ones as they went in."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from ordo.runtime.values import deserialize, serialize

LEAVES = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text() | st.binary()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(VALUES)
def test_every_stored_value_comes_back_equal(value: Any) -> None:
    assert deserialize(serialize(value)) == value


@given(VALUES)
def test_values_are_typed_as_boto3_types_them(value: Any) -> None:
    assert serialize(value) == TypeSerializer().serialize(value)


def test_a_fraction_stays_a_decimal_and_a_whole_number_is_an_int() -> None:
    assert deserialize({"N": "12.50"}) == Decimal("12.5")
    assert isinstance(deserialize({"N": "3E+2"}), int)


def test_an_enum_of_texts_is_a_text_and_a_tuple_a_list() -> None:
    class Colour(StrEnum):
        RED = "red"

    assert serialize((Colour.RED, True)) == {"L": [{"S": "red"}, {"BOOL": True}]}


@pytest.mark.parametrize("value", [1.5, {1, 2}, object(), Decimal("NaN"), Decimal("Infinity")])
def test_what_dynamodb_cannot_keep_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        serialize(value)


def test_a_number_of_more_than_38_digits_is_refused_not_rounded() -> None:
    assert serialize(10**38 - 1) == {"N": "9" * 38}
    with pytest.raises(ValueError, match="38 digits"):
        serialize(10**38 + 1)


def test_a_set_of_another_writer_is_refused() -> None:
    with pytest.raises(TypeError, match="SS"):
        deserialize({"SS": ["a"]})
