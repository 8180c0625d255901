"""The API's document is what the handlers are."""

from __future__ import annotations

from tools.openapi import TARGET, render


def test_the_document_is_fresh() -> None:
    assert TARGET.read_text(encoding="utf-8") == render(), "run `make openapi` and commit docs/openapi.json"
