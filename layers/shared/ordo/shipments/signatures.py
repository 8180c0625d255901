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
_SIGNATURE = "v1,"


def signing_keys(secrets: str) -> tuple[bytes, ...]:
    """The keys in a text of `whsec_…` secrets with spaces between (several while one is being replaced).

    The prefix and the base64 padding may be missing. Raises `ValueError` when there is none or one is not base64.
    """
    keys = tuple(_key(secret) for secret in secrets.split())
    if not keys or not all(keys):
        raise ValueError("a webhook secret is empty")
    return keys


def verify(raw: bytes, headers: Mapping[str, str], keys: Sequence[bytes], now: datetime) -> str:
    """The webhook's id when one of its `v1` signatures was made with one of `keys`; raises `SignatureInvalid` else."""
    given = {name.lower(): value for name, value in headers.items()}
    webhook_id, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not webhook_id or not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureInvalid("The headers webhook-id and webhook-timestamp are needed.")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_S:
        raise SignatureInvalid(f"The timestamp is more than {TOLERANCE_S} s from now.")
    signatures = [_signature(text) for text in given.get("webhook-signature", "").split(" ")]
    expected = [sign(raw, webhook_id, timestamp, key) for key in keys]
    found = [hmac.compare_digest(one, other) for one in signatures for other in expected]
    if not any(found):
        raise SignatureInvalid("No signature is that of these bytes with the carrier's secret.")
    return webhook_id


def sign(raw: bytes, webhook_id: str, timestamp: str, key: bytes) -> bytes:
    """HMAC-SHA256 of `<id>.<timestamp>.<body>`."""
    return hmac.new(key, f"{webhook_id}.{timestamp}.".encode() + raw, hashlib.sha256).digest()


def _key(secret: str) -> bytes:
    text = secret.removeprefix("whsec_")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise ValueError("a webhook secret is not base64") from None


def _signature(text: str) -> bytes:
    """The bytes of a `v1` signature; empty (which equals no signature) for other versions and for what is broken."""
    if not text.startswith(_SIGNATURE):
        return b""
    try:
        return base64.b64decode(text.removeprefix(_SIGNATURE), validate=True)
    except ValueError:
        return b""
