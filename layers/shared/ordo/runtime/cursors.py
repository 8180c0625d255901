"""Opaque cursors: where a listing goes on, valid only for the filters it was made for."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from ordo.kernel.canonical import canonical_json
from ordo.kernel.errors import Code, OrdoError
from ordo.runtime.secrets import purpose_key

MAC_BYTES = 16
MAX_CHARACTERS = 2048
"""Longer texts are not ours: a key is a few hundred bytes."""


def encode(filters: Mapping[str, Any], key: Mapping[str, Any]) -> str:
    """A URL-safe text that stands for `key` under `filters` (what the caller asked for and may see)."""
    place = canonical_json(dict(key)).encode()
    return base64.urlsafe_b64encode(_mac(filters, place) + place).decode().rstrip("=")


def decode(filters: Mapping[str, Any], cursor: str) -> dict[str, Any]:
    """The key in a cursor that `encode` made for the same filters; raises `invalid_cursor` for any other text."""
    raw = _raw(cursor)
    mac, place = raw[:MAC_BYTES], raw[MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(filters, place)):
        raise _invalid()
    key: dict[str, Any] = json.loads(place)
    return key


def _raw(cursor: str) -> bytes:
    if len(cursor) > MAX_CHARACTERS:
        raise _invalid()
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _invalid() from None
    return raw


def _mac(filters: Mapping[str, Any], place: bytes) -> bytes:
    asked = canonical_json(dict(filters)).encode()
    message = len(asked).to_bytes(4, "big") + asked + place
    return hmac.new(purpose_key("cursor"), message, sha256).digest()[:MAC_BYTES]


def _invalid() -> OrdoError:
    return OrdoError("The cursor was not given for these filters; start again without one.", code=Code.INVALID_CURSOR)
