"""Prefixed, sortable ids (`ord_01J…`), minted at the edge and passed in."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

from ulid import ULID

Ids = Callable[[str, datetime], str]
"""`ids(prefix, now)` -> a new id; services take one so that tests can make ids predictable."""


def new_id(prefix: str, now: datetime) -> str:
    """`<prefix>_<ULID>`: 48 bits of `now` in milliseconds, 80 random bits; ids of later milliseconds sort later."""
    milliseconds = int(now.timestamp() * 1000)
    return f"{prefix}_{ULID.from_bytes(milliseconds.to_bytes(6, 'big') + secrets.token_bytes(10))}"


def time_of(identity: str) -> datetime | None:
    """When an id was made, to the millisecond; None for one that is none of ours."""
    try:
        return datetime.fromtimestamp(ULID.from_str(identity.rpartition("_")[2]).milliseconds / 1000, UTC)
    except ValueError:
        return None
