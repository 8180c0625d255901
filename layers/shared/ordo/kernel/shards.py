"""Over how many partitions the index of deadlines is spread, in every table that has one."""

from __future__ import annotations

from ordo.kernel.canonical import sha256_hex

SHARDS = 8


def shard_of(subject: str) -> int:
    """0 to 7, evenly."""
    return int(sha256_hex(subject)[:8], 16) % SHARDS
