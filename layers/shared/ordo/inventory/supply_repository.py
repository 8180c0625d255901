"""Dated supply in the Supply table.

`pk = inbound#<supply id>`, `sk = supply` is the supply itself, whose `version` arbitrates. While more of it is due it
is listed at `pk = supply#<sku>`, `sk = due#<date>#<node>#<supply id>`: one query tells what is due of a SKU anywhere.
"""

from __future__ import annotations

from ordo.inventory.backlog_writes import SOLD_SK, presale_pk
from ordo.inventory.errors import CounterChanged
from ordo.inventory.supply import Supply, SupplyChange
from ordo.inventory.supply_writes import DUE, SUPPLY_SK, inbound_pk, supply_pk, supply_writes
from ordo.inventory.writes import summary_put
from ordo.runtime.dynamo import Conflict, TransactionRefused, batch_get, get_item, query, query_all, transact
from ordo.runtime.retry import with_jitter


class DynamoSupply:
    """`SupplyRepository` on DynamoDB. `table` is the Supply table."""

    def __init__(self, table: str) -> None:
        self._table = table

    def get(self, supply_id: str) -> Supply | None:
        """One supply, read consistently."""
        item = get_item(self._table, inbound_pk(supply_id), SUPPLY_SK, consistent=True)
        return Supply.from_dict(item) if item else None

    def save(self, change: SupplyChange) -> None:
        """One transaction; the node is one of the SKU's from then on."""
        after = change.after
        writes = [*supply_writes(self._table, change), summary_put(self._table, after.sku, after.node)]
        try:
            with_jitter(lambda: transact(writes), on=(Conflict,))
        except TransactionRefused:
            raise CounterChanged() from None

    def due(self, sku: str) -> list[Supply]:
        """What is due of a SKU, by day, read consistently."""
        items = query_all(self._table, supply_pk(sku), sk_from=DUE, sk_to=f"{DUE}~", consistent=True)
        return [Supply.from_dict(item) for item in items]

    def sold_before_launch(self, skus: list[str]) -> dict[str, int]:
        """Units by SKU that are sold as pre-orders; only those with any. Read consistently."""
        keys = [(self._table, presale_pk(sku), SOLD_SK) for sku in skus]
        items = with_jitter(lambda: batch_get(keys, consistent=True), on=(Conflict,))
        return {item["pk"].partition("#")[2]: item["sold"] for item in items if item.get("sold")}

    def listed(self, sku: str, node: str | None, after: str | None, limit: int) -> tuple[list[Supply], str | None]:
        """One page of what is due, by day, and where to go on."""
        found: list[Supply] = []
        start = {"pk": supply_pk(sku), "sk": DUE + after} if after else None
        while True:
            page = query(self._table, supply_pk(sku), sk_from=DUE, sk_to=f"{DUE}~", start=start, limit=limit + 1)
            found += [each for each in map(Supply.from_dict, page.items) if node in (None, each.node)]
            start = page.next_key
            if len(found) > limit or start is None:
                break
        return found[:limit], found[limit - 1].place if len(found) > limit else None
