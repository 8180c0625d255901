"""The API's document is what the handlers are, and tells a reader what each operation does."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no stubs

from tools.openapi import TAGS, TARGET, document, render

DOCUMENT = document()
OPERATIONS = [
    pytest.param(operation, id=f"{method} {path}")
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def test_the_document_is_fresh() -> None:
    assert TARGET.read_text(encoding="utf-8") == render(), "run `make openapi` and commit docs/openapi.json"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_says_what_it_does_and_where_it_belongs(operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert not operation["summary"].startswith(("GET ", "PUT ", "POST ", "DELETE "))
    assert operation["description"]
    assert set(operation["tags"]) <= TAGS.keys()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_example_is_what_its_schema_allows(operation: dict[str, Any]) -> None:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    check = Draft202012Validator({**content.get("schema", {}), "components": DOCUMENT["components"]})
    for name, example in content.get("examples", {}).items():
        assert not list(check.iter_errors(example["value"])), name


def test_every_summary_is_another() -> None:
    summaries = [param.values[0]["summary"] for param in OPERATIONS]  # type: ignore[index]
    assert len(set(summaries)) == len(summaries)
