"""Carriers' pushes as the carriers would send them: wrapped and signed by each one's rule, with a secret of our own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote_plus

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from ordo.shipments.carriers.port import Push

SECRET = "a secret of tests"
STANDARD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY_ID = "key-1"


@cache
def rsa_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def jwks(key: RSAPrivateKey | None = None, key_id: str = KEY_ID) -> dict[str, Any]:
    """The public key as ShipEngine publishes its own."""
    numbers = (key or rsa_key()).public_key().public_numbers()

    def text(number: int) -> str:
        raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    return {"keys": [{"kty": "RSA", "kid": key_id, "n": text(numbers.n), "e": text(numbers.e)}]}


def secret_of(carrier: str) -> str:
    """What the carrier's account has in Secrets Manager."""
    if carrier == "shipengine":
        return json.dumps(jwks())
    return SECRET if carrier in SIGNERS and carrier != "standard_webhooks" else STANDARD_SECRET


def _hmac(secret: str, *parts: bytes) -> bytes:
    return hmac.new(secret.encode(), b"".join(parts), hashlib.sha256).digest()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _md5(*parts: bytes) -> str:
    return hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest()


def form(**fields: bytes | str) -> bytes:
    """A form body."""
    return "&".join(f"{name}={quote_plus(value)}" for name, value in fields.items()).encode()


@dataclass(frozen=True)
class Signer:
    """How a carrier sends a body: headers and query that it adds, and what it puts around the body."""

    headers: Callable[[bytes, str, datetime], dict[str, str]] = lambda body, secret, now: {}
    query: Callable[[str], dict[str, str]] = lambda secret: {}
    wrap: Callable[[bytes, str], bytes] = lambda body, secret: body


def _shippo(body: bytes, secret: str, now: datetime) -> dict[str, str]:
    stamp = str(int(now.timestamp()))
    return {"shippo-auth-signature": f"t={stamp},v1={_hmac(secret, stamp.encode(), b'.', body).hex()}"}


def _shipengine(body: bytes, secret: str, now: datetime) -> dict[str, str]:
    stamp = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    signature = rsa_key().sign(stamp.encode() + b"." + body, PKCS1v15(), SHA256())
    return {
        "x-shipengine-rsa-sha256-key-id": KEY_ID,
        "x-shipengine-rsa-sha256-signature": _base64(signature),
        "x-shipengine-timestamp": stamp,
    }


def _standard(body: bytes, secret: str, now: datetime) -> dict[str, str]:
    stamp = str(int(now.timestamp()))
    message = f"msg_1.{stamp}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = _base64(hmac.new(key, message, hashlib.sha256).digest())
    return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}


def _kuaidi100(body: bytes, secret: str) -> bytes:
    return form(param=body, sign=_md5(body, secret.encode()).upper())


def _kdniao(body: bytes, secret: str) -> bytes:
    signed = _base64(_md5(body, secret.encode()).encode())
    return form(RequestType="101", RequestData=body, DataSign=signed)


def _sf_express(body: bytes, secret: str) -> bytes:
    return form(content=body) if body.lstrip().startswith(b"<") else body


def _nfkd(secret: str) -> str:
    return unicodedata.normalize("NFKD", secret)


def _token(secret: str) -> dict[str, str]:
    return {"token": secret}


SIGNERS = {
    "easypost": Signer(lambda body, key, now: {"x-hmac-signature": f"hmac-sha256-hex={_hmac(_nfkd(key), body).hex()}"}),
    "shippo": Signer(_shippo),
    "aftership": Signer(lambda body, key, now: {"aftership-hmac-sha256": _base64(_hmac(key, body))}),
    "17track": Signer(lambda body, key, now: {"sign": hashlib.sha256(body + b"/" + key.encode()).hexdigest()}),
    "ship24": Signer(lambda body, key, now: {"authorization": f"Bearer {key}"}),
    "shipengine": Signer(_shipengine),
    "ups": Signer(lambda body, key, now: {"x-api-key": key}),
    "fedex": Signer(lambda body, key, now: {"fdx-signature": _base64(_hmac(key, body))}),
    "dhl_unified": Signer(lambda body, key, now: {"x-shop-token": key}),
    "sendcloud": Signer(lambda body, key, now: {"sendcloud-signature": _hmac(key, body).hex()}),
    "kuaidi100": Signer(wrap=_kuaidi100),
    "kdniao": Signer(wrap=_kdniao),
    "sf_express": Signer(query=_token, wrap=_sf_express),
    "standard_webhooks": Signer(_standard),
}
"""By carrier; a test holds that no adapter is missing."""


def signed(carrier: str, body: bytes, now: datetime, secret: str | None = None) -> Push:
    """A push that the carrier's adapter must take. `body` is what it says, before it is wrapped."""
    signer = SIGNERS.get(carrier, SIGNERS["standard_webhooks"])
    key = secret or secret_of(carrier)
    sent = signer.wrap(body, key)
    return Push(carrier, sent, signer.headers(sent, key, now), signer.query(key))
