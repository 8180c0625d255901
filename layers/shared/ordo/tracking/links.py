"""Signed, expiring links: who holds one may see one order and do what its page offers, and nothing else.

A token is `base64url(order's ULID, last valid day, MAC)`, 47 characters, opaque and without personal data. It is valid
to the end of a UTC day, so that a day's links of an order are one link. The MAC is the first 16 bytes of HMAC-SHA256
over the purpose and what the token says: a token of one purpose is none of another. A purpose may need numbers beside
the order (a shipment's, a parcel's), two bytes each, always the same count.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from ulid import ULID

VALID_DAYS = 90
"""Days that a link is valid, and the rest of the day on which that ends."""
STOP, STOP_DAYS = "unsubscribe", 400
"""Of links in mails by which their reader stops them: a mail may lie for long before somebody has had enough."""
MAC_BYTES, DAY_BYTES, ULID_BYTES, NUMBER_BYTES = 16, 3, 16, 2
_DAY_END = ULID_BYTES + DAY_BYTES
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class LinkUnknown(Exception):
    """Not a link that one of the keys has signed for this purpose; nothing more is said of it."""


class LinkExpired(Exception):
    """A true link whose time is over."""


def sign_link(
    order_id: str,
    now: datetime,
    keys: Sequence[bytes],
    purpose: str = "track",
    days: int = VALID_DAYS,
    numbers: Sequence[int] = (),
    prefix: str = "ord_",
) -> str:
    """A token for the order, signed with the first key; raises `ValueError` for what is no order id.

    Of something else with a ULID its `prefix` is named, and its purpose is its own.
    """
    until = (now - _EPOCH + timedelta(days=days)).days
    more = b"".join(each.to_bytes(NUMBER_BYTES, "big") for each in numbers)
    said = ULID.from_str(order_id.removeprefix(prefix)).bytes + until.to_bytes(DAY_BYTES, "big") + more
    return base64.urlsafe_b64encode(said + _mac(said, keys[0], purpose)).decode().rstrip("=")


def read_link(
    token: str, now: datetime, keys: Sequence[bytes], purpose: str = "track", numbers: int = 0, prefix: str = "ord_"
) -> str:
    """The order's id. Any of the keys may have signed it, so that a key can be replaced while links are out.

    Raises `LinkUnknown`, and `LinkExpired` only for a token whose signature is true. `numbers` counts its own.
    """
    raw = _raw(token, numbers)
    said, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    good = [hmac.compare_digest(mac, _mac(said, key, purpose)) for key in keys]  # each, however the first came out
    if not any(good):
        raise LinkUnknown
    if (now - _EPOCH).days > int.from_bytes(said[ULID_BYTES:_DAY_END], "big"):
        raise LinkExpired
    return f"{prefix}{ULID.from_bytes(said[:ULID_BYTES])}"


def last_day(token: str, numbers: int = 0) -> int:
    """The last day on which a token that was read is valid, in days from 1970 (UTC)."""
    return int.from_bytes(_raw(token, numbers)[ULID_BYTES:_DAY_END], "big")


def end_of(token: str, numbers: int = 0) -> datetime:
    """When a token that was read ends: midnight UTC after its last day."""
    return _EPOCH + timedelta(days=last_day(token, numbers) + 1)


def numbers_of(token: str, numbers: int) -> tuple[int, ...]:
    """The numbers that a token that was read says."""
    said = _raw(token, numbers)[_DAY_END:-MAC_BYTES]
    return tuple(
        int.from_bytes(said[at : at + NUMBER_BYTES], "big") for at in range(0, NUMBER_BYTES * numbers, NUMBER_BYTES)
    )


def stop_path_of(token: str) -> str:
    """Where the reader of a mail stops those that are not necessary, below the API's stage."""
    return f"/unsubscribe/{token}"


def link_path(token: str, language: str | None = None) -> str:
    """Where the API serves the page, below its stage."""
    return f"/track/{token}" + (f"?lang={language}" if language else "")


def _raw(token: str, numbers: int) -> bytes:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise LinkUnknown from None
    whole = _DAY_END + NUMBER_BYTES * numbers + MAC_BYTES
    if len(raw) != whole or base64.urlsafe_b64encode(raw).decode().rstrip("=") != token:
        raise LinkUnknown
    return raw


def _mac(said: bytes, key: bytes, purpose: str) -> bytes:
    return hmac.new(key, purpose.encode() + b"\0" + said, sha256).digest()[:MAC_BYTES]
