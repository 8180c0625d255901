"""Orders that have open cases of a kind, from the sparse index in which each of these stands."""

from __future__ import annotations

from collections.abc import Iterator

from ordo.casework.signals import case_key
from ordo.kernel.shards import SHARDS
from ordo.runtime import dynamo


def orders_with_open(table: str, kind: str) -> Iterator[str]:
    """Each once, as far as the index knows."""
    seen: set[str] = set()
    for shard in range(SHARDS):
        for row in dynamo.query_all(table, case_key(kind, shard), index="by_standing", pk_name="standing_key"):
            if row["pk"] not in seen:
                seen.add(row["pk"])
                yield row["pk"]
