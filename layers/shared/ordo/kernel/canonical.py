"""One byte form for JSON, so that a hash means something."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces; text is kept as UTF-8. Floats are refused: nothing hashed may hold one."""
    return json.dumps(_without_floats(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sha256_hex(text: str | bytes) -> str:
    """SHA-256 of UTF-8 text or bytes, in hex."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def _without_floats(value: Any) -> Any:
    if isinstance(value, float):
        raise TypeError("a float has no canonical form")
    if isinstance(value, dict):
        return {key: _without_floats(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_floats(inner) for inner in value]
    return value
