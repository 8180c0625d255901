"""Reading stock and recording movements. Orders take and give stock in their own commit (ordo.inventory.writes)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from ordo.inventory.errors import CounterChanged, MovementRefused, MovementReused, StockExhausted
from ordo.inventory.model import MAIN, StockCounter, StockKey, StockMove
from ordo.inventory.movements import Movement, MovementExists, RecordMovement
from ordo.kernel.clock import Clock
from ordo.kernel.errors import Busy

TRIES = 8
"""How often a count is tried again when stock moves between reading and writing it."""


class StockRepository(Protocol):
    """Where counters and the ledger are kept."""

    def counters(self, keys: Iterable[StockKey], *, consistent: bool = False) -> list[StockCounter]:
        """The counters that exist, sorted by key."""
        ...

    def nodes_of(self, sku: str) -> list[str]:
        """Every node that ever had a counter of the SKU, sorted, whether or not it is active now."""
        ...

    def record(self, movement: Movement, moves: Sequence[StockMove], seen: StockCounter | None = None) -> None:
        """Write the ledger row and make its moves, all or nothing.

        Raises `MovementExists` when the id was used, `CounterChanged` when the counter is no longer as `seen`,
        `StockExhausted` when a move is not possible, `Busy` when others were quicker for too long.
        """
        ...

    def movement(self, movement_id: str) -> Movement | None:
        """A ledger row, read consistently."""
        ...


class StockService:
    """What other contexts may ask of inventory."""

    def __init__(self, stock: StockRepository, clock: Clock) -> None:
        self._stock = stock
        self._clock = clock

    def counters(self, skus: Iterable[str], nodes: Iterable[str], *, consistent: bool = False) -> list[StockCounter]:
        """Every existing counter of these SKUs at these nodes: one batch read for each hundred."""
        places = sorted(set(nodes))
        return self._stock.counters(
            [(sku, node, MAIN) for sku in sorted(set(skus)) for node in places], consistent=consistent
        )

    def stock_of(self, sku: str, nodes: Iterable[str] | None = None) -> list[StockCounter]:
        """What each node (None: every node) has of one SKU, as of now; nodes that never had any are left out."""
        return self.counters([sku], self._stock.nodes_of(sku) if nodes is None else nodes, consistent=True)

    def record(self, command: RecordMovement) -> Movement:
        """Record a movement once; the same command again answers with the first one's row.

        Raises `MovementReused` for another body under the same id, `MovementRefused` when stock does not allow it.
        """
        for _ in range(TRIES):
            seen = self._seen(command)
            moves = command.moves(seen or StockCounter(command.sku, command.node))
            movement = command.row(moves, self._clock())
            try:
                self._stock.record(movement, moves, seen)
            except MovementExists as exists:
                return _same(exists.movement, command)
            except StockExhausted as short:
                raise _refused(short, command) from short
            except CounterChanged:
                continue
            return movement
        raise Busy()

    def _seen(self, command: RecordMovement) -> StockCounter | None:
        if not command.sets:
            return None
        found = self._stock.counters([(command.sku, command.node, MAIN)], consistent=True)
        return found[0] if found else StockCounter(command.sku, command.node)


def _same(recorded: Movement, command: RecordMovement) -> Movement:
    if recorded.body_hash != command.body_hash:
        raise MovementReused(command.movement_id)
    return recorded


def _refused(short: StockExhausted, command: RecordMovement) -> MovementRefused:
    detail = f"The {command.kind.value} would take {short.requested}, {short.available} {short.what.replace('_', ' ')}."
    return MovementRefused(detail, pointer="/quantity", facts=short.facts)
