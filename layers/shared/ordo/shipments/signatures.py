"""Signatures of the Standard Webhooks specification, verified over the bytes that were sent.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md . Written here rather
than with its library because that reads the clock itself and decodes the body first; tests hold the two to agree.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from ordo.shipments.errors import SignatureInvalid

TOLERANCE_S = 300
"""How far the sender's clock may be from ours, in seconds, either way."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_NAMES = ("webhook", "svix")
"""How the three headers begin: as the specification says, or as its library began before there was one."""
_SYMMETRIC, _ASYMMETRIC = "v1,", "v1a,"
_PUBLIC_KEY = "whpk_"


def signing_keys(secrets: str) -> tuple[bytes, ...]:
    """The keys in a text of `whsec_…` secrets with spaces between (several while one is being replaced).

    The prefix and the base64 padding may be missing. Raises `ValueError` when there is none or one is not base64.
    """
    keys = tuple(_key(secret) for secret in secrets.split())
    if not keys or not all(keys):
        raise ValueError("a webhook secret is empty")
    return keys


def check(raw: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> str:
    """As `verify`, with secrets of which some may be public keys (`whpk_…`, ed25519) that sign as `v1a`."""
    public = [secret for secret in secrets if secret.startswith(_PUBLIC_KEY)]
    shared = [secret for secret in secrets if secret not in public]
    keys = signing_keys(" ".join(shared)) if shared or not public else ()
    return verify(raw, headers, keys, now, tuple(_key(secret.removeprefix(_PUBLIC_KEY)) for secret in public))


def verify(
    raw: bytes, headers: Mapping[str, str], keys: Sequence[bytes], now: datetime, public: Sequence[bytes] = ()
) -> str:
    """The webhook's id when one of its `v1` signatures was made with one of `keys`, or a `v1a` one by a `public` key;
    raises `SignatureInvalid` else.
    """
    webhook_id, timestamp, signed = _headers({name.lower(): value for name, value in headers.items()})
    if not webhook_id or not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureInvalid("The headers webhook-id and webhook-timestamp are needed.")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_S:
        raise SignatureInvalid(f"The timestamp is more than {TOLERANCE_S} s from now.")
    texts = signed.split(" ")
    signatures = [_signature(text, _SYMMETRIC) for text in texts]
    expected = [sign(raw, webhook_id, timestamp, key) for key in keys]
    found = [hmac.compare_digest(one, other) for one in signatures for other in expected]
    if not any(found) and not (public and _is_signed(_message(raw, webhook_id, timestamp), texts, public)):
        raise SignatureInvalid("No signature is that of these bytes with the carrier's secret.")
    return webhook_id


def _headers(given: Mapping[str, str]) -> tuple[str, str, str]:
    """Id, timestamp and signatures, all of one way to name them."""
    name = next((name for name in _NAMES if f"{name}-id" in given), _NAMES[0])
    return given.get(f"{name}-id", ""), given.get(f"{name}-timestamp", ""), given.get(f"{name}-signature", "")


def _is_signed(message: bytes, texts: Sequence[str], public: Sequence[bytes]) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    for key, text in ((key, text) for key in public for text in texts):
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(_signature(text, _ASYMMETRIC), message)
        except InvalidSignature:
            continue
        return True
    return False


def sign(raw: bytes, webhook_id: str, timestamp: str, key: bytes) -> bytes:
    """HMAC-SHA256 of `<id>.<timestamp>.<body>`."""
    return hmac.new(key, _message(raw, webhook_id, timestamp), hashlib.sha256).digest()


def _message(raw: bytes, webhook_id: str, timestamp: str) -> bytes:
    return f"{webhook_id}.{timestamp}.".encode("utf-8", "surrogatepass") + raw


def _key(secret: str) -> bytes:
    text = secret.removeprefix("whsec_")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise ValueError("a webhook secret is not base64") from None


def _signature(text: str, version: str) -> bytes:
    """The bytes of a signature; empty (which equals no signature) for other versions and for what is broken."""
    if not text.startswith(version):
        return b""
    try:
        return base64.b64decode(text.removeprefix(version), validate=True)
    except ValueError:
        return b""
