"""Open work of nodes in the Supply table."""

from __future__ import annotations

from collections.abc import Iterable

from ordo.capacity.writes import LOAD_SK, load_pk
from ordo.runtime.dynamo import Conflict, batch_get
from ordo.runtime.retry import with_jitter


class DynamoLoads:
    """`ordo.sourcing.service.Loads` on DynamoDB. `table` is the Supply table."""

    def __init__(self, table: str) -> None:
        self._table = table

    def open_units(self, nodes: Iterable[str], *, consistent: bool = False) -> dict[str, int]:
        """Units that each of these nodes has to do; one BatchGetItem for each hundred, none for no nodes."""
        named = {load_pk(node): node for node in nodes}
        if not named:
            return {}
        keys = [(self._table, pk, LOAD_SK) for pk in named]
        items = with_jitter(lambda: batch_get(keys, consistent=consistent), on=(Conflict,))
        found = {named[item["pk"]]: int(item["open_units"]) for item in items}
        return {node: found.get(node, 0) for node in named.values()}
