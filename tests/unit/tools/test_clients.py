"""API keys: what is made can be parsed and verified, and nothing else can."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ordo.catalog.clients import ApiClient, ParsedKey, format_key, hash_secret, parse_key

SECRET = "ab" * 32


def client(**changes: object) -> ApiClient:
    fields: dict[str, object] = {
        "client_id": "shop-1",
        "name": "Shop",
        "key_hash": hash_secret(SECRET),
        "channels": ["web"],
        "scopes": ["orders:read"],
        "created_at": "2026-01-01T00:00:00.000Z",
    }
    return ApiClient.model_validate({**fields, **changes})


@given(st.from_regex(r"\A[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?\Z"), st.binary(min_size=32, max_size=32))
def test_a_key_that_is_formed_parses_to_its_parts(client_id: str, secret: bytes) -> None:
    assert parse_key(format_key(client_id, secret.hex())) == (client_id, secret.hex())


@pytest.mark.parametrize(
    "text", ["", "ordo_", "ordo_a_b", f"ordo__{SECRET}", f"ordo_A_{SECRET}", f"ordo_a_b_{SECRET}", f"ordo_a_{SECRET}\n"]
)
def test_what_is_not_a_key_is_not_parsed(text: str) -> None:
    assert parse_key(text) is None


def test_a_client_id_with_an_underscore_is_refused() -> None:
    with pytest.raises(ValueError):
        format_key("a_b", SECRET)


def test_the_right_key_verifies() -> None:
    assert client().verify(ParsedKey("shop-1", SECRET))


@pytest.mark.parametrize("key", [ParsedKey("shop-1", "cd" * 32), ParsedKey("shop-2", SECRET)])
def test_a_wrong_secret_or_another_client_does_not_verify(key: ParsedKey) -> None:
    assert not client().verify(key)


def test_a_revoked_client_does_not_verify() -> None:
    assert not client(state="revoked").verify(ParsedKey("shop-1", SECRET))


def test_an_item_reads_back_as_the_same_client_and_holds_no_secret() -> None:
    item = client().to_item()
    assert ApiClient.model_validate(item) == client()
    assert item["pk"] == "client#shop-1"
    assert item["schema"] == 1
    assert SECRET not in str(item)


def test_an_unknown_scope_is_refused() -> None:
    with pytest.raises(ValidationError, match="orders:everything"):
        client(scopes=["orders:everything"])
