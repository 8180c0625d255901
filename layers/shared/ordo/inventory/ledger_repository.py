"""Reading the ledger: from the Supply table, and from movements in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from ordo.inventory.ledger import LedgerRow, rows_of, rows_of_dict
from ordo.inventory.ledger_writes import ledger_pk, wide_pk
from ordo.inventory.movements import Movement
from ordo.runtime.dynamo import Conflict, query
from ordo.runtime.retry import with_jitter


class DynamoLedger:
    """`Ledger` on DynamoDB. `table` is the Supply table."""

    def __init__(self, table: str) -> None:
        self._table = table

    def rows(self, sku: str, node: str, after: str | None, limit: int) -> list[LedgerRow]:
        """Two queries: the rows of the SKU, and those of the node that are of many SKUs (usually none)."""
        found = self._page(ledger_pk(sku, node), sku, after, limit)
        found += self._page(wide_pk(node), sku, after, limit)
        return sorted(found, key=lambda row: row.place)[:limit]

    def _page(self, pk: str, sku: str, after: str | None, limit: int) -> list[LedgerRow]:
        found: list[LedgerRow] = []
        start = {"pk": pk, "sk": after} if after else None
        while True:
            page = with_jitter(
                partial(query, self._table, pk, consistent=True, start=start, limit=limit), on=(Conflict,)
            )
            found += [row for item in page.items for row in rows_of_dict(item) if row.sku == sku]
            start = page.next_key
            if len(found) >= limit or start is None:
                return found


class InMemoryLedger:
    """`Ledger` over movements in memory; `movements` gives all of them each time it is asked."""

    def __init__(self, movements: Callable[[], Iterable[Movement]]) -> None:
        self._movements = movements

    def rows(self, sku: str, node: str, after: str | None, limit: int) -> list[LedgerRow]:
        """See `Ledger`."""
        rows = [row for each in self._movements() for row in rows_of(each) if (row.sku, row.node) == (sku, node)]
        later = sorted((row for row in rows if row.place > (after or "")), key=lambda row: row.place)
        return later[:limit]
