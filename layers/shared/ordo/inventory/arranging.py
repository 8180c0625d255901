"""Changing over how many buckets a SKU is spread, and what is kept for channels, while orders run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ordo.inventory.errors import CounterChanged, FenceTooLarge, StockExhausted
from ordo.inventory.layout import PLAIN, Fence, Layout
from ordo.inventory.model import StockMove
from ordo.inventory.movements import LedgerEntry, Movement, MovementKind
from ordo.inventory.relief import Relief
from ordo.inventory.service import StockRepository, shelf_of
from ordo.inventory.shelves import arranged, main_of
from ordo.inventory.writes import LayoutChange
from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.clock import Clock
from ordo.kernel.errors import Busy
from ordo.kernel.ids import Ids

TRIES = 8


@dataclass(frozen=True, slots=True)
class Arranging:
    """Moves between the buckets of a SKU at a node: each is one transaction with a row in the ledger."""

    stock: StockRepository
    clock: Clock
    ids: Ids
    relief: Relief | None = None

    def arrange(
        self,
        sku: str,
        node: str,
        *,
        actor: str,
        buckets: int | None = None,
        fences: Mapping[str, Fence] | None = None,
    ) -> Layout:
        """Spread what is free as the layout says, after changing it as asked; gives the layout as it is then.

        Orders may take meanwhile: a move is only made while its units are free, and else looked at again. Raises
        `FenceTooLarge` when there is less than is to be kept, `Busy` when others were quicker for too long.
        """
        for _ in range(TRIES):
            shelf = shelf_of(self.stock, sku, node)
            before = main_of(shelf).layout
            after = (before or PLAIN).changed(buckets, fences)
            change = None if after == (before or PLAIN) else LayoutChange(before, after)
            try:
                moves = arranged(shelf, after)
            except StockExhausted as short:
                missing = {sku: short.requested - max(0, short.available)}
                if self.relief is not None and self.relief.relieve(shelf, missing) == "some_expired":
                    continue
                raise FenceTooLarge(short) from short
            if change is not None and not any(move.key == main_of(shelf).key for move in moves):
                moves = (StockMove(sku, node, 0, 0), *moves)
            if not moves:
                return after
            try:
                self.stock.record(self._row(moves, actor), moves, layout=change)
            except (StockExhausted, CounterChanged):
                continue
            return after
        raise Busy()

    def _row(self, moves: tuple[StockMove, ...], actor: str) -> Movement:
        now = self.clock()
        entries = tuple(LedgerEntry.of(move) for move in moves)
        return Movement(
            # A `#` is in no id that clients choose for their own movements.
            movement_id=f"spread#{self.ids('mov', now)}",
            kind=MovementKind.SPREAD,
            reason="spread",
            actor=actor,
            occurred_at=now,
            entries=entries,
            body_hash=sha256_hex(canonical_json([entry.to_dict() for entry in entries])),
        )
