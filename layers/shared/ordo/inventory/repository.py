"""Counters and the ledger in the Supply table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ordo.inventory.backlog_writes import wake_update
from ordo.inventory.errors import CounterChanged
from ordo.inventory.ledger_writes import ledger_puts
from ordo.inventory.model import MAIN, StockCounter, StockKey, StockMove
from ordo.inventory.movements import Movement, MovementExists
from ordo.inventory.supply import Supply, SupplyChange
from ordo.inventory.supply_repository import DynamoSupply
from ordo.inventory.supply_writes import supply_writes
from ordo.inventory.writes import (
    COUNTER_SK,
    MOVEMENT_SK,
    SUMMARY_SK,
    LayoutChange,
    counter_of,
    counter_pk,
    exhausted,
    movement_pk,
    movement_put,
    stock_update,
    summary_pk,
    summary_put,
)
from ordo.runtime.dynamo import Conflict, TransactionRefused, Write, batch_get, get_item, query_all, transact
from ordo.runtime.retry import with_jitter


class DynamoStockRepository:
    """`StockRepository` on DynamoDB. `table` is the Supply table."""

    def __init__(self, table: str) -> None:
        self._table = table

    def counters(self, keys: Iterable[StockKey], *, consistent: bool = False) -> list[StockCounter]:
        """One BatchGetItem for each hundred keys; raises `Busy` while the table is throttled."""
        by_pk = {counter_pk(*key): key for key in keys}
        asked = [(self._table, pk, COUNTER_SK) for pk in by_pk]
        items = with_jitter(lambda: batch_get(asked, consistent=consistent), on=(Conflict,))
        found = [counter_of(item, *by_pk[item["pk"]]) for item in items]
        return sorted(found, key=lambda counter: counter.key)

    def nodes_of(self, sku: str) -> list[str]:
        """Every node that ever had a counter of the SKU, sorted; read consistently."""
        items = query_all(self._table, summary_pk(sku), consistent=True)
        return [item["sk"].removeprefix(SUMMARY_SK) for item in items]

    def record(
        self,
        movement: Movement,
        moves: Sequence[StockMove],
        seen: Sequence[StockCounter] = (),
        layout: LayoutChange | None = None,
        supply: SupplyChange | None = None,
    ) -> None:
        """One transaction: the movement if its id is new, each counter under its conditions, summaries, ledger rows,
        the supply that it is of.
        """
        writes: list[Write] = [movement_put(self._table, movement)]
        as_read = {counter.key: counter for counter in seen}
        for move in moves:
            change = layout if move.bucket == MAIN else None
            writes.append(stock_update(self._table, move, as_read.get(move.key), change))
        writes += [summary_put(self._table, sku, node) for sku, node in sorted({(m.sku, m.node) for m in moves})]
        writes += ledger_puts(self._table, movement)
        if supply is not None:
            writes += supply_writes(self._table, supply)
        writes += self._waiting(movement, moves)
        try:
            with_jitter(lambda: transact(writes), on=(Conflict,))
        except TransactionRefused as refused:
            raise self._why(refused, moves) from refused

    def movement(self, movement_id: str) -> Movement | None:
        """A movement by its id, read consistently."""
        item = get_item(self._table, movement_pk(movement_id), MOVEMENT_SK, consistent=True)
        return Movement.from_dict(item) if item else None

    def supply(self, supply_id: str) -> Supply | None:
        """A dated supply by its id, read consistently."""
        return DynamoSupply(self._table).get(supply_id)

    def _waiting(self, movement: Movement, moves: Sequence[StockMove]) -> list[Write]:
        """Queues whose counters gain units become due in the same write: whoever fills them may die half way."""
        gained = sorted({(move.sku, move.node) for move in moves if move.bucket == MAIN and move.available > 0})
        keys = [(self._table, counter_pk(*place), COUNTER_SK) for place in gained]
        waited = {(item["sku"], item["node"]) for item in batch_get(keys) if item.get("backordered")} if keys else set()
        return [wake_update(self._table, *place, movement.occurred_at) for place in gained if place in waited]

    def _why(self, refused: TransactionRefused, moves: Sequence[StockMove]) -> Exception:
        if 0 in refused.failed:
            return MovementExists(Movement.from_dict(refused.failed[0] or {}))
        for place, item in sorted(refused.failed.items()):
            short = exhausted(moves[place - 1], item) if place <= len(moves) else None
            if short is not None:
                return short
        return CounterChanged()
