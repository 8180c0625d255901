"""Packed JSON: small in a table item, small and opaque in a state machine's state."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

LEVEL = 6


def pack(value: Any, dictionary: bytes = b"") -> bytes:
    """JSON, then zlib (RFC 1950). Order lines repeat their keys, so this is a fifth to a tenth of the text.

    A preset `dictionary` of what is likely to come helps where little is packed.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    stream = zlib.compressobj(LEVEL, zdict=dictionary)
    return stream.compress(text) + stream.flush()


def unpack(packed: bytes, dictionary: bytes = b"") -> Any:
    """What `pack` was given; `zlib.error` when it is not whole or another dictionary's."""
    stream = zlib.decompressobj(zdict=dictionary)
    text = stream.decompress(packed) + stream.flush()
    if not stream.eof:
        raise zlib.error("the packed value is cut off")
    return json.loads(text)


def pack_text(text: str | bytes) -> str:
    """Pack JSON text, or any bytes, into base64 text, for a state machine's state or a message."""
    raw = text.encode() if isinstance(text, str) else text
    return base64.b64encode(zlib.compress(raw, LEVEL)).decode()


def unpack_text(packed: str) -> bytes:
    """The bytes that `pack_text` was given."""
    return zlib.decompress(base64.b64decode(packed))
