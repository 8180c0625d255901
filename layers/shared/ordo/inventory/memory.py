"""The in-memory twin of the Supply table: for tests with many examples, proven equal by the shared contract suite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from threading import RLock

from ordo.inventory.errors import CounterChanged, LotsShort
from ordo.inventory.lot_booking import LotBooking
from ordo.inventory.lots import Lot, LotKey, apply_lots
from ordo.inventory.model import MAIN, StockCounter, StockKey, StockMove, apply_all, empty, lots_overlooked
from ordo.inventory.movements import Movement, MovementExists
from ordo.inventory.supply import Supply, SupplyChange
from ordo.inventory.writes import LayoutChange


class InMemoryStock:
    """`StockRepository` in a dictionary. An in-memory order repository may share `by_key` and commit to it."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.by_key: dict[StockKey, StockCounter] = {}
        self.by_lot: dict[LotKey, Lot] = {}
        self._ledger: dict[str, Movement] = {}
        self.supplies: dict[str, Supply] = {}

    def counters(self, keys: Iterable[StockKey], *, consistent: bool = False) -> list[StockCounter]:
        """The counters that exist, sorted by key."""
        with self.lock:
            return [self.by_key[key] for key in sorted(set(keys)) if key in self.by_key]

    def nodes_of(self, sku: str) -> list[str]:
        """Every node that ever had a counter of the SKU, sorted."""
        with self.lock:
            return sorted({node for known, node, _ in self.by_key if known == sku})

    def lots(self, sku: str, node: str) -> list[Lot]:
        """Every lot of the SKU at the node, first expired first."""
        with self.lock:
            return [self.by_lot[key] for key in sorted(self.by_lot) if key[:2] == (sku, node)]

    def commit(self, moves: Iterable[StockMove]) -> None:
        """Make all moves or none; raises `StockExhausted` for the first counter (by key) that refuses."""
        with self.lock:
            self.by_key.update(apply_all(self.by_key, moves))

    def record(
        self,
        movement: Movement,
        moves: Sequence[StockMove],
        seen: Sequence[StockCounter] = (),
        layout: LayoutChange | None = None,
        supply: SupplyChange | None = None,
        lots: LotBooking | None = None,
    ) -> None:
        """The ledger row, its moves and its supply, all or nothing."""
        with self.lock:
            if movement.movement_id in self._ledger:
                raise MovementExists(self._ledger[movement.movement_id])
            if not all(map(self._still, seen)) or not self._still_laid_out(moves, layout):
                raise CounterChanged()
            if supply is not None and self.supplies.get(supply.after.supply_id) != supply.before:
                raise CounterChanged()
            counters, changed = apply_all(self.by_key, moves), self._changed_lots(moves, lots or LotBooking())
            self.by_key.update(counters)
            self.by_lot.update(changed)
            if supply is not None:
                self.supplies[supply.after.supply_id] = supply.after
            for move in moves:
                self.by_key.setdefault(move.key, empty(move.key))
            self._ledger[movement.movement_id] = movement
            if layout is not None:
                main = next(move for move in moves if move.bucket == MAIN)
                self.by_key[main.key] = replace(self.by_key[main.key], layout=layout.after)
            for key in [move.key for move in moves if lots and (move.sku, move.node) in lots.begins]:
                self.by_key[key] = replace(self.by_key[key], by_lot=True)

    def clear_lot(self, lot: Lot) -> None:
        """An empty lot goes, if it is empty still."""
        with self.lock:
            if lot.key in self.by_lot and not self.by_lot[lot.key].units:
                del self.by_lot[lot.key]

    def movement(self, movement_id: str) -> Movement | None:
        """A movement by its id."""
        with self.lock:
            return self._ledger.get(movement_id)

    def supply(self, supply_id: str) -> Supply | None:
        """A dated supply by its id."""
        with self.lock:
            return self.supplies.get(supply_id)

    def movements(self) -> list[Movement]:
        """Every movement, in no order."""
        with self.lock:
            return list(self._ledger.values())

    def _still_laid_out(self, moves: Sequence[StockMove], change: LayoutChange | None) -> bool:
        mains = (self.by_key.get(move.key) or empty(move.key) for move in moves if move.bucket == MAIN)
        return change is None or all(each.layout == change.before for each in mains)

    def _changed_lots(self, moves: Sequence[StockMove], booking: LotBooking) -> dict[LotKey, Lot]:
        began = any((self.by_key.get((*place, MAIN)) or empty((*place, MAIN))).by_lot for place in booking.begins)
        seen = all(
            (self.by_lot[each.key].units if each.key in self.by_lot else 0) == each.units for each in booking.seen
        )
        if began or not seen or lots_overlooked(self.by_key, moves):
            raise CounterChanged()
        try:
            return apply_lots(self.by_lot, booking.moves)
        except LotsShort:
            raise CounterChanged() from None

    def _still(self, seen: StockCounter) -> bool:
        now = self.by_key.get(seen.key) or empty(seen.key)
        return (now.on_hand, now.safety, now.layout) == (seen.on_hand, seen.safety, seen.layout)
