"""RSA signatures with public keys given as JWKS, JWK or PEM texts. Imported only by what verifies them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from ordo.shipments.carriers.port import Secrets
from ordo.shipments.carriers.signing import from_base64, usable

MIN_BITS = 2048


def is_signed(message: bytes, signature: bytes, key_id: str, secrets: Secrets) -> bool:
    """Whether one of the keys of this id (PEM keys have none, and are all tried) has signed the message.

    Raises `ValueError` when our own texts are no keys, or weak ones.
    """
    keys = [key for secret in usable(secrets) for name, key in _keys(secret) if name in (None, key_id)]
    return any(_verifies(key, message, signature) for key in keys)


def _verifies(key: RSAPublicKey, message: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _keys(secret: str) -> Iterator[tuple[str | None, RSAPublicKey]]:
    if secret.lstrip().startswith("-----BEGIN"):
        key = load_pem_public_key(secret.encode())
        if not isinstance(key, RSAPublicKey):
            raise ValueError("a key of the account is no RSA key")
        yield None, _strong(key)
        return
    document = json.loads(secret)
    for jwk in document.get("keys", [document]):
        if jwk.get("kty") == "RSA":
            yield str(jwk.get("kid", "")), _strong(RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key())


def _strong(key: RSAPublicKey) -> RSAPublicKey:
    if key.key_size < MIN_BITS:
        raise ValueError("a key of the account is too short")
    return key


def _number(text: Any) -> int:
    """Base64url without padding, as RFC 7518 writes numbers."""
    plain = str(text).replace("-", "+").replace("_", "/")
    return int.from_bytes(from_base64(plain + "=" * (-len(plain) % 4)), "big")
