"""Who waits for a SKU at a node: read from the Supply table, and the job by which the watcher looks after a queue."""

from __future__ import annotations

from ordo.inventory.backlog import PREFIX, Look, Waiting
from ordo.inventory.backlog_writes import JOB_SK, backlog_pk
from ordo.inventory.model import MAIN
from ordo.inventory.writes import COUNTER_SK, counter_of, counter_pk
from ordo.runtime.dynamo import Delete, TransactionRefused, get_item, query, query_all, write

FROM, TO = PREFIX, f"{PREFIX}~"


class DynamoBacklog:
    """`Backlog` on DynamoDB. `table` is the Supply table."""

    def __init__(self, table: str) -> None:
        self._table = table

    def look(self, sku: str, node: str) -> Look:
        """The counter, then one item of the queue."""
        item = get_item(self._table, counter_pk(sku, node), COUNTER_SK, consistent=True)
        page = query(self._table, backlog_pk(sku, node), sk_from=FROM, sk_to=TO, consistent=True, limit=1)
        head = Waiting.from_dict(page.items[0]) if page.items else None
        return Look(counter_of(item or {}, sku, node, MAIN), head)

    def queue(self, sku: str, node: str) -> list[Waiting]:
        """Every entry, in order, read consistently."""
        items = query_all(self._table, backlog_pk(sku, node), sk_from=FROM, sk_to=TO, consistent=True)
        return [Waiting.from_dict(item) for item in items]

    def joined(self, sku: str, node: str) -> int:
        """How many entries ever joined; to be read before the queue is found empty."""
        item = get_item(self._table, backlog_pk(sku, node), JOB_SK, consistent=True) or {}
        return int(item.get("joined", 0))

    def leave(self, sku: str, node: str, joined: int) -> bool:
        """Nobody waits: the queue needs no looking after. False when somebody joined since."""
        condition, values = (
            ("joined = :joined", {":joined": joined}) if joined else ("attribute_not_exists(joined)", {})
        )
        try:
            write(Delete(self._table, backlog_pk(sku, node), JOB_SK, condition, values=values))
        except TransactionRefused:
            return False
        return True
