"""API clients and their keys: how a key is formed, what is kept of it, and how one is checked. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any, Literal, NamedTuple

from pydantic import ConfigDict, Field, field_validator

from ordo.kernel.frozen import Model

SCOPES: frozenset[str] = frozenset(
    {
        "orders:read",
        "orders:write",
        "orders:change",
        "payments:write",
        "payments:read",
        "credits:write",
        "credits:read",
        "fulfilments:work",
        "carriers:read",
        "carriers:write",
        "shipments:prove",
        "catalog:write",
        "catalog:read",
        "stock:write",
        "stock:read",
        "stock:reserve",
        "customers:read",
        "complaints:read",
        "complaints:write",
        "complaints:handle",
        "webhooks:write",
        "prices:read",
        "prices:override",
        "prices:cost",
    }
)
"""Every scope that a key can carry."""

CLIENT_SCHEMA = 1
SECRET_BYTES = 32
_CLIENT_ID = r"[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?"
_KEY = re.compile(rf"ordo_(?P<client_id>{_CLIENT_ID})_(?P<secret>[0-9a-f]{{{SECRET_BYTES * 2}}})")


class ParsedKey(NamedTuple):
    """The two parts of an API key. The secret is never logged or stored."""

    client_id: str
    secret: str


def format_key(client_id: str, secret: str) -> str:
    """`ordo_<client_id>_<secret>`; raises `ValueError` when a part has a form that could not be parsed again."""
    key = f"ordo_{client_id}_{secret}"
    if parse_key(key) != (client_id, secret):
        raise ValueError("a client id is 1 to 48 of a-z, 0-9 and inner -; a secret is 64 hex digits")
    return key


def parse_key(text: str) -> ParsedKey | None:
    """The parts of a well-formed key, else `None` (never an exception: the text comes from anyone)."""
    match = _KEY.fullmatch(text)
    return ParsedKey(match["client_id"], match["secret"]) if match else None


def hash_secret(secret: str) -> str:
    """SHA-256 in hex of the secret part. No slow hash is needed: the secret is 256 random bits, not a password."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiClient(Model):
    """Who calls the API, as kept in the Catalog table at `client#<client_id>` / `client`."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    client_id: str = Field(pattern=rf"^{_CLIENT_ID}$")
    name: str = Field(min_length=1, max_length=100)
    key_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    channels: tuple[str, ...] = Field(min_length=1)
    scopes: tuple[str, ...] = Field(min_length=1)
    state: Literal["active", "revoked"] = "active"
    created_at: str
    schema_number: int = Field(default=CLIENT_SCHEMA, alias="schema")

    @field_validator("scopes")
    @classmethod
    def _known(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(scopes) - SCOPES)
        if unknown:
            raise ValueError(f"unknown scopes: {', '.join(unknown)}")
        return scopes

    def verify(self, key: ParsedKey) -> bool:
        """True when the key is this client's, and the client is not revoked. Compares in constant time."""
        same = hmac.compare_digest(self.key_hash, hash_secret(key.secret))
        return same and key.client_id == self.client_id and self.state == "active"

    def to_item(self) -> dict[str, Any]:
        """The table item, with its keys, as plain Python values."""
        fields = self.model_dump(mode="json", by_alias=True)
        return {**client_item_key(self.client_id), **fields}


def client_item_key(client_id: str) -> dict[str, str]:
    """Where a client is kept in the Catalog table."""
    return {"pk": f"client#{client_id}", "sk": "client"}
