"""A deadline index in DynamoDB: `by_deadline` of the Orders table, or of the Supply table."""

from __future__ import annotations

from typing import Any

from ordo.kernel.shards import shard_of
from ordo.orders.watcher import DueItem
from ordo.runtime import dynamo
from ordo.runtime.dynamo import TransactionRefused, Update

INDEX = "by_deadline"
PARKED = "parked"
"""The shard of parked items: still listed, but in no shard that the watcher reads."""

BEGIN = "0"
"""Before every time."""


class DynamoDueIndex:
    """The `DueIndex` of production. `table` is the Orders table, or the Supply table."""

    def __init__(self, table: str) -> None:
        self._table = table

    def due(self, shard: int, until: str, limit: int) -> list[DueItem]:
        return self._list(f"due#{shard}", until, limit)

    def parked(self, limit: int) -> list[DueItem]:
        return self._list(PARKED, "~", limit)

    def tries(self, item: DueItem) -> int:
        stored = dynamo.get_item(self._table, item.pk, item.sk, consistent=True) or {}
        return int(stored.get("due_tries", 0))

    def push(self, item: DueItem, deadline_at: str, tries: int | None = None) -> bool:
        if tries is None:
            return self._move(item, "SET deadline_at = :at", {":at": deadline_at})
        return self._move(item, "SET deadline_at = :at, due_tries = :tries", {":at": deadline_at, ":tries": tries})

    def park(self, item: DueItem, at: str, tries: int) -> bool:
        expression = "SET deadline_shard = :shard, deadline_at = :at, parked = :at, due_tries = :tries"
        return self._move(item, expression, {":shard": PARKED, ":at": at, ":tries": tries})

    def unpark(self, item: DueItem, at: str) -> bool:
        expression = "SET deadline_shard = :shard, deadline_at = :at REMOVE parked, due_tries"
        return self._move(item, expression, {":shard": f"due#{shard_of(item.pk)}", ":at": at})

    def _move(self, item: DueItem, expression: str, values: dict[str, Any]) -> bool:
        values = {**values, ":seen": item.deadline_at}
        try:
            dynamo.write(Update(self._table, item.pk, item.sk, expression, "deadline_at = :seen", values=values))
        except TransactionRefused:
            return False
        return True

    def _list(self, shard: str, until: str, limit: int) -> list[DueItem]:
        page = dynamo.query(
            self._table,
            shard,
            index=INDEX,
            pk_name="deadline_shard",
            sk_name="deadline_at",
            sk_from=BEGIN,
            sk_to=until,
            limit=limit,
        )
        return [DueItem(item["pk"], item["sk"], item.get("kind", "?"), item["deadline_at"]) for item in page.items]
