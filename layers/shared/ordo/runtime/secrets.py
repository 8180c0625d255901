"""Secrets, fetched once and kept a few minutes so that a rotation arrives without a deployment."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from typing import Any

from ordo.runtime.clients import client

KEEP_S = 300
_cache: dict[str, tuple[float, dict[str, Any]]] = {}


def secret(secret_id: str, max_age_s: float = KEEP_S) -> dict[str, Any]:
    """The JSON object in a Secrets Manager secret; at most `max_age_s` old."""
    kept = _cache.get(secret_id)
    if kept and time.monotonic() - kept[0] < max_age_s:
        return kept[1]
    text: Any = client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]
    value: dict[str, Any] = json.loads(text)
    _cache[secret_id] = (time.monotonic(), value)
    return value


def purpose_key(purpose: str) -> bytes:
    """A 32-byte key for one purpose (`lookup`, `seal`, `cursor`), derived from the stack's root key.

    Keyed BLAKE2b as a key derivation function (RFC 7693, `person` separates the purposes), so that one leaked
    derived key says nothing of the others.
    """
    root = str(secret(os.environ["SECRET_ID"])["key"]).encode()
    return hashlib.blake2b(
        b"ordo", key=hashlib.sha256(root).digest(), person=purpose.encode()[:16], digest_size=32
    ).digest()


def signing_keys(secret_id: str) -> tuple[bytes, ...]:
    """The keys of a secret `{"keys": "<new> <old>"}`, 32 bytes each: the first signs, and what any has signed is good.

    So a key is replaced without breaking what it has signed: write the new one before the old, and later drop the old.
    Raises `ValueError` when there is none.
    """
    keys = tuple(hashlib.sha256(text.encode()).digest() for text in secret(secret_id)["keys"].split())
    if not keys:
        raise ValueError("the secret has no key")
    return keys


def keyed_hash(purpose_bytes: bytes, *parts: str) -> str:
    """HMAC-SHA256 of the parts (length-prefixed, so that no two lists of parts collide), 32 hex characters."""
    message = "".join(f"{len(part)}:{part}" for part in parts).encode()
    return hmac.new(purpose_bytes, message, hashlib.sha256).hexdigest()[:32]


def lookup_hash(kind: str, *values: str) -> str:
    """The keyed hash under which an external id, tracking number, phone or e-mail is found again."""
    return keyed_hash(purpose_key("lookup"), kind, *values)


def forget() -> None:
    """Drop what was fetched (tests)."""
    _cache.clear()
