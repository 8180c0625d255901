"""The parts of `ordo keys` that need no cloud."""

from __future__ import annotations

import pytest

from ordo.catalog.clients import SCOPES, format_key
from tools.errors import ToolError
from tools.keys import chosen_scopes, client_id_for


@pytest.mark.parametrize("name", ["Web shop", "示例商店", "--", "x" * 200, "Ordo_1", "Café 8"])
def test_any_name_gives_an_id_that_a_key_can_carry(name: str) -> None:
    format_key(client_id_for(name), "ab" * 32)


def test_the_same_name_gives_two_clients() -> None:
    assert client_id_for("Web shop") != client_id_for("Web shop")


def test_scopes_may_be_repeated_or_listed() -> None:
    assert chosen_scopes(["orders:read,orders:write", "stock:read"]) == ["orders:read", "orders:write", "stock:read"]


def test_all_means_every_scope() -> None:
    assert chosen_scopes(["all"]) == sorted(SCOPES)


@pytest.mark.parametrize("scopes", [["orders:everything"], [""], []])
def test_an_unknown_or_missing_scope_is_refused(scopes: list[str]) -> None:
    with pytest.raises(ToolError):
        chosen_scopes(scopes)
