"""Personal data crosses the workflow sealed: the state machine sees one opaque text (ADR 3)."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ordo.runtime.secrets import purpose_key

NONCE_BYTES = 12


class BadSeal(RuntimeError):
    """The envelope was not sealed by this stack for this order, or was changed on its way."""


def seal(value: dict[str, Any], order_id: str) -> str:
    """Encrypt JSON with AES-256-GCM, bound to the order id (as associated data); base64 text."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.b64encode(nonce + AESGCM(purpose_key("seal")).encrypt(nonce, plain, order_id.encode())).decode()


def open_sealed(envelope: str, order_id: str) -> dict[str, Any]:
    """Decrypt what `seal` made for the same order; raises `BadSeal` for anything else."""
    try:
        raw = base64.b64decode(envelope, validate=True)
        plain = AESGCM(purpose_key("seal")).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], order_id.encode())
    except (ValueError, InvalidTag):
        raise BadSeal("the sealed contact does not open") from None
    value: dict[str, Any] = json.loads(plain)
    return value
