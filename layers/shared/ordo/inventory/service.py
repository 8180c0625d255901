"""Reading stock and recording movements. Orders take and give stock in their own commit (ordo.inventory.writes)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from ordo.inventory.errors import CounterChanged, MovementRefused, MovementReused, StockExhausted, SupplyRefused
from ordo.inventory.layout import in_layout
from ordo.inventory.model import MAIN, StockCounter, StockKey, StockMove, empty
from ordo.inventory.movements import Movement, MovementExists, RecordMovement
from ordo.inventory.relief import Relief
from ordo.inventory.supply import Supply, SupplyChange, received
from ordo.inventory.writes import LayoutChange
from ordo.kernel.clock import Clock, to_iso
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

    def record(
        self,
        movement: Movement,
        moves: Sequence[StockMove],
        seen: Sequence[StockCounter] = (),
        layout: LayoutChange | None = None,
        supply: SupplyChange | None = None,
    ) -> None:
        """Write the ledger row and make its moves, all or nothing; `layout` becomes that of the main counter, `supply`
        is written with it, and queues at the counters that gain units are due to be looked at.

        Raises `MovementExists` when the id was used, `CounterChanged` when a counter is not as `seen` or laid out,
        `StockExhausted` when a move is not possible, `Busy` when others were quicker for too long.
        """
        ...

    def movement(self, movement_id: str) -> Movement | None:
        """A ledger row, read consistently."""
        ...

    def supply(self, supply_id: str) -> Supply | None:
        """A dated supply, read consistently."""
        ...


class StockService:
    """What other contexts may ask of inventory."""

    def __init__(self, stock: StockRepository, clock: Clock, relief: Relief | None = None) -> None:
        self._stock = stock
        self._clock = clock
        self._relief = relief
        """For movements that are short; None: they are refused whatever has expired."""

    def counters(self, skus: Iterable[str], nodes: Iterable[str], *, consistent: bool = False) -> list[StockCounter]:
        """Every existing counter of these SKUs at these nodes: one batch read for each hundred, and as many again of
        those that have several buckets.
        """
        places = sorted(set(nodes))
        keys = [(sku, node, MAIN) for sku in sorted(set(skus)) for node in places]
        return all_buckets(self._stock, keys, consistent=consistent)

    def stock_of(self, sku: str, nodes: Iterable[str] | None = None) -> list[StockCounter]:
        """What each node (None: every node) has of one SKU, as of now; nodes that never had any are left out."""
        return self.counters([sku], self._stock.nodes_of(sku) if nodes is None else nodes, consistent=True)

    def record(self, command: RecordMovement) -> Movement:
        """Record a movement once; the same command again answers with the first one's row.

        Raises `MovementReused` for another body under the same id, `MovementRefused` when stock does not allow it,
        `SupplyRefused` when goods are not of the supply that they name.
        """
        for _ in range(TRIES):
            shelf = shelf_of(self._stock, command.sku, command.node)
            try:
                return self._record(command, shelf)
            except StockExhausted as short:
                known = self._stock.movement(command.movement_id)
                if known is not None:
                    return _same(known, command)
                if self._relieved(shelf, short):
                    continue
                raise _refused(short, command) from short
            except CounterChanged:
                continue
        raise Busy()

    def _relieved(self, shelf: Sequence[StockCounter], short: StockExhausted) -> bool:
        """Whether expired reservations were given back for it, so that it is worth another try."""
        if self._relief is None or short.what != "available":
            return False
        missing = {short.key[0]: short.requested - max(0, short.available)}
        return self._relief.relieve(shelf, missing) == "some_expired"

    def _of_supply(self, command: RecordMovement, movement: Movement) -> SupplyChange | None:
        if command.supply_id is None:
            return None
        supply = self._stock.supply(command.supply_id)
        if supply is None:
            raise SupplyRefused(f"There is no supply {command.supply_id}.", pointer="/supply_id")
        return received(supply, command.sku, command.node, command.quantity, to_iso(movement.occurred_at))

    def _record(self, command: RecordMovement, shelf: Sequence[StockCounter]) -> Movement:
        """Raises `StockExhausted` when the shelf as it was read has too little; `CounterChanged` when a bucket has less
        than was read: others may have more, or there may be more buckets by now.
        """
        moves = command.moves(shelf)
        movement = command.row(moves, self._clock())
        try:
            supply = self._of_supply(command, movement)
            self._stock.record(movement, moves, shelf if command.sets else (), supply=supply)
        except SupplyRefused:
            known = self._stock.movement(command.movement_id)
            if known is None:
                raise
            return _same(known, command)
        except MovementExists as exists:
            return _same(exists.movement, command)
        except StockExhausted as short:
            raise CounterChanged() from short
        return movement


def all_buckets(stock: StockRepository, mains: Sequence[StockKey], *, consistent: bool) -> list[StockCounter]:
    """These main counters, and every other bucket that their layouts name; those that exist, sorted by key.

    Where there are several, all of them are read together, the main one again: units that are spread anew between two
    readings would else be seen in neither bucket, and somebody be refused what is there.
    """
    found = {each.key: each for each in stock.counters(mains, consistent=consistent)}
    for _ in range(TRIES):
        laid_out = {each.key: each.layout for each in found.values() if each.layout is not None}
        if not laid_out:
            break
        others = [(sku, node, name) for (sku, node, _), layout in laid_out.items() for name in layout.others]
        found |= {each.key: each for each in stock.counters([*laid_out, *others], consistent=consistent)}
        if all(found[key].layout == layout for key, layout in laid_out.items()):
            break
    return sorted(found.values(), key=lambda each: each.key)


def shelf_of(stock: StockRepository, sku: str, node: str) -> list[StockCounter]:
    """Every bucket of a SKU at a node as it is now, those that were never written too."""
    main = (sku, node, MAIN)
    found = {each.key: each for each in all_buckets(stock, [main], consistent=True)}
    layout = found[main].layout if main in found else None
    keys = [(sku, node, bucket) for bucket in in_layout(layout)]
    return [found.get(key) or empty(key) for key in keys]


def _same(recorded: Movement, command: RecordMovement) -> Movement:
    if recorded.body_hash != command.body_hash:
        raise MovementReused(command.movement_id)
    return recorded


def _refused(short: StockExhausted, command: RecordMovement) -> MovementRefused:
    detail = f"The {command.kind.value} would take {short.requested}, {short.available} {short.what.replace('_', ' ')}."
    return MovementRefused(detail, pointer="/quantity", facts=short.facts)
