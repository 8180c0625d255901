"""A request's body: decoded once, as the bytes that were sent, within stated limits."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, NoReturn

from ordo.kernel.errors import Code, OrdoError

MAX_BODY_BYTES = 1024 * 1024
MAX_ANSWER_BYTES = 6 * 1024 * 1024 - 64 * 1024
"""Of the 6 MB that Lambda hands over, the rest is for headers."""
MAX_WEBHOOK_BYTES = 256 * 1024
MAX_DEPTH = 16


def raw_bytes(event: dict[str, Any], limit: int = MAX_BODY_BYTES) -> bytes:
    """The body as it was sent; raises `body_too_large` above `limit` bytes."""
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            raw = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            _malformed("The body is not valid base64.")
    else:
        raw = body.encode("utf-8", "surrogatepass")
    if len(raw) > limit:
        raise OrdoError(
            f"The body has {len(raw)} bytes; the limit is {limit}.",
            code=Code.BODY_TOO_LARGE,
            facts={"limit_bytes": limit, "bytes": len(raw)},
        )
    return raw


def parse_json(raw: bytes) -> Any:
    """Strict JSON (RFC 8259, UTF-8, no NaN, no lone surrogates), at most `MAX_DEPTH` deep.

    Raises `malformed_body` or `body_too_deep`.
    """
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except RecursionError:
        _too_deep()
    except ValueError as error:
        _malformed(f"The body is not readable JSON: {error}.")
    _walk(value)
    return value


def _walk(value: Any) -> None:
    pending = [(value, 1)]
    while pending:
        inner, depth = pending.pop()
        if depth > MAX_DEPTH:
            _too_deep()
        if isinstance(inner, dict):
            pending.extend((part, depth + 1) for pair in inner.items() for part in pair)
        elif isinstance(inner, list):
            pending.extend((part, depth + 1) for part in inner)
        elif isinstance(inner, str) and not inner.isascii():
            _check_text(inner)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        _malformed("The body holds half of a surrogate pair.")


def _no_constant(name: str) -> NoReturn:
    _malformed(f"{name} is not JSON.")


def _malformed(detail: str) -> NoReturn:
    raise OrdoError(detail, code=Code.MALFORMED_BODY)


def _too_deep() -> NoReturn:
    raise OrdoError(f"The body is nested deeper than {MAX_DEPTH} levels.", code=Code.BODY_TOO_DEEP)
