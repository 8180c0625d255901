"""Packed JSON: small in a table item, small and opaque in a state machine's state."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

LEVEL = 6


def pack(value: Any) -> bytes:
    """JSON, then zlib (RFC 1950). Order lines repeat their keys, so this is a fifth to a tenth of the text."""
    return zlib.compress(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), LEVEL)


def unpack(packed: bytes) -> Any:
    """What `pack` was given."""
    return json.loads(zlib.decompress(packed))


def pack_text(text: str) -> str:
    """Pack JSON text into base64 text, for a state machine's state."""
    return base64.b64encode(zlib.compress(text.encode(), LEVEL)).decode()


def unpack_text(packed: str) -> bytes:
    """The JSON bytes that `pack_text` was given."""
    return zlib.decompress(base64.b64decode(packed))
