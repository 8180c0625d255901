"""How carriers sign, as far as several do it alike. Everything is compared as bytes, in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable
from datetime import datetime

from ordo.shipments.carriers.port import Push, Secrets
from ordo.shipments.errors import SignatureInvalid

TOLERANCE_S = 300
"""How far a signed timestamp may be from our clock, in seconds, either way."""

TOKEN_HEADERS = ("authorization", "x-api-key", "credential")
"""Headers in which carriers that sign nothing send a secret that both know."""


def hmac_sha256(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 of the parts together."""
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def md5_hex(*parts: bytes) -> str:
    """MD5 of the parts together, in lower case. Chinese platforms sign so; the secret is among the parts."""
    return hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest()


def as_bytes(text: str) -> bytes:
    """A header's or a secret's text as bytes, whatever it holds."""
    return text.encode("utf-8", "surrogatepass")


def from_hex(text: str) -> bytes:
    """The bytes of a hex text; none (which equal no signature) when it is none."""
    try:
        return bytes.fromhex(text) if text.isalnum() else b""
    except ValueError:
        return b""


def from_base64(text: str) -> bytes:
    """The bytes of a base64 text; none (which equal no signature) when it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def is_one_of(given: bytes, expected: Iterable[bytes]) -> bool:
    """Whether `given` is one of `expected`; all are compared, each in constant time. Nothing is no signature."""
    found = [hmac.compare_digest(given, one) for one in expected if one]
    return any(found) and given != b""


def require_one_of(given: bytes, secrets: Secrets, make: Callable[[bytes], bytes]) -> None:
    """Raise `SignatureInvalid` unless `given` is what `make` makes of one of the secrets."""
    if not is_one_of(given, [make(as_bytes(secret)) for secret in usable(secrets)]):
        raise SignatureInvalid("No signature is that of these bytes with the carrier's secret.")


def usable(secrets: Secrets) -> Secrets:
    """The secrets; raises `ValueError` when there is none or one is empty, so that nobody signs with nothing."""
    if not secrets or not all(secrets):
        raise ValueError("a webhook secret is empty")
    return secrets


def require_recent(moment: float, now: datetime) -> None:
    """Raise `SignatureInvalid` when a signed timestamp (seconds) is too old, or too far in the future."""
    if not abs(now.timestamp() - moment) <= TOLERANCE_S:  # also for what is no number
        raise SignatureInvalid(f"The timestamp is more than {TOLERANCE_S} s from now.")


def has_token(push: Push, secrets: Secrets, headers: Iterable[str] = TOKEN_HEADERS) -> bool:
    """Whether a secret stands in the URL (`?token=`) or in one of the headers, there with or without `Bearer`."""
    given = [push.query.get("token", "")]
    for name in headers:
        value = push.headers.get(name, "").strip()
        scheme, _, rest = value.partition(" ")
        given.append(rest.strip() if scheme.lower() == "bearer" else value)
    expected = [_digest(secret) for secret in usable(secrets)]
    found = [is_one_of(_digest(text), expected) for text in given if text]
    return any(found)


def require_token(push: Push, secrets: Secrets, headers: Iterable[str] = TOKEN_HEADERS) -> None:
    """For carriers that sign nothing: raise `SignatureInvalid` unless the push brings the secret."""
    if not has_token(push, secrets, headers):
        raise SignatureInvalid("The push does not bring the account's secret.")


def _digest(text: str) -> bytes:
    """Of one length, so that comparing says nothing of the secret's."""
    return hashlib.sha256(as_bytes(text)).digest()
