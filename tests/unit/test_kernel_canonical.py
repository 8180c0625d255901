"""One byte form for JSON."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.errors import Code, OrdoError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def shuffled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(list(value))}
    return [shuffled(inner) for inner in value] if isinstance(value, list) else value


@given(VALUES)
def test_the_order_of_keys_does_not_matter_and_nothing_is_lost(value: Any) -> None:
    assert canonical_json(shuffled(value)) == canonical_json(value)
    assert json.loads(canonical_json(value)) == value


def test_text_stays_readable_and_there_are_no_spaces() -> None:
    assert canonical_json({"b": [1, "满300减50"], "a": None}) == '{"a":null,"b":[1,"满300减50"]}'


@pytest.mark.parametrize("value", [1.5, [1.0], {"a": {"b": 0.1}}, (2.5,)])
def test_a_float_has_no_canonical_form(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


def test_text_is_hashed_as_utf_8() -> None:
    assert sha256_hex("满") == hashlib.sha256("满".encode()).hexdigest() == sha256_hex("满".encode())


def test_every_problem_code_is_found_by_its_wire_form_and_has_a_status_of_a_problem() -> None:
    assert all(Code.of(member.code) is member for member in Code)
    assert len({member.code for member in Code}) == len(Code)
    assert all(400 <= member.status < 600 for member in Code)
    with pytest.raises(KeyError):
        Code.of("no_such_code")
    assert OrdoError("x", code=Code.BUSY).code is Code.BUSY
