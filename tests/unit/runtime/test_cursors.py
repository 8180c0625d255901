"""Cursors go on where a listing stopped, and only in that listing."""

from __future__ import annotations

import pytest

from ordo.kernel.errors import Code, OrdoError
from ordo.runtime import cursors, secrets

FILTERS = {"node": "WH-1", "state": "open"}
KEY = {"pk": "ord_1", "sk": "fulfilment#1", "node_key": "WH-1#open"}


@pytest.fixture(autouse=True)
def root_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "secret", lambda _id: {"key": "k" * 64})
    monkeypatch.setenv("SECRET_ID", "test")


def refusal(filters: dict[str, str], cursor: str) -> Code:
    with pytest.raises(OrdoError) as refused:
        cursors.decode(filters, cursor)
    return refused.value.code


def test_a_cursor_gives_back_its_key() -> None:
    assert cursors.decode(FILTERS, cursors.encode(FILTERS, KEY)) == KEY


def test_a_cursor_of_other_filters_is_refused() -> None:
    assert refusal({**FILTERS, "state": "packed"}, cursors.encode(FILTERS, KEY)) is Code.INVALID_CURSOR


def test_a_changed_cursor_is_refused_at_every_place() -> None:
    cursor = cursors.encode(FILTERS, KEY)
    for place in range(len(cursor) - 1):
        changed = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        assert refusal(FILTERS, changed) is Code.INVALID_CURSOR


@pytest.mark.parametrize("text", ["", "A", "%%%", "é", "A" * 5000, "=" * 8])
def test_a_text_that_is_no_cursor_is_refused(text: str) -> None:
    assert refusal(FILTERS, text) is Code.INVALID_CURSOR


def test_a_cursor_is_safe_in_a_url() -> None:
    assert set(cursors.encode(FILTERS, KEY)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
