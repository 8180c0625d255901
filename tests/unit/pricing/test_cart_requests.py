"""What a storefront may ask beside its lines, and how a wrong value is pointed at."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from ordo.pricing.schemas import CustomValues

CUSTOM: TypeAdapter[dict[str, str | int]] = TypeAdapter(CustomValues)


@pytest.mark.parametrize("wrong", [1.5, True, None, ["a"], 10**11, "x" * 1001])
def test_a_custom_value_that_is_neither_text_nor_number_is_refused_once_at_its_name(wrong: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        CUSTOM.validate_python({"engraving": wrong})
    assert [error["loc"] for error in refused.value.errors()] == [("engraving",)]


def test_texts_and_numbers_are_kept_as_they_are() -> None:
    given = {"engraving": "Anna ❤", "length_cm": 120, "turned": -5}
    assert CUSTOM.validate_python(given) == given
