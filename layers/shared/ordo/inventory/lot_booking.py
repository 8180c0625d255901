"""What a movement changes of the lots of its SKU, beside its counters. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ordo.inventory.errors import LotRefused, LotsShort
from ordo.inventory.lots import NEVER, UNNAMED, Lot, LotMove, merge_lots, sellable, taken_from
from ordo.inventory.model import StockCounter, StockMove
from ordo.inventory.movements import MovementKind, RecordMovement
from ordo.inventory.shelves import Shelf, found_more, main_of, outgoing


@dataclass(frozen=True, slots=True)
class LotBooking:
    """Beside the moves of counters: changes of lots, SKUs at nodes (`begins`) that are kept by lot from now on, and
    lots that must still have just the units that they had (`seen`).
    """

    moves: tuple[LotMove, ...] = ()
    begins: frozenset[tuple[str, str]] = frozenset()
    seen: tuple[Lot, ...] = ()


@dataclass(frozen=True, slots=True)
class Stand:
    """A SKU at a node as it was read: every bucket, and its lots."""

    shelf: Shelf
    lots: tuple[Lot, ...] = ()

    @property
    def is_kept_by_lot(self) -> bool:
        return main_of(self.shelf).by_lot

    @property
    def place(self) -> tuple[str, str]:
        """(sku, node)."""
        main = main_of(self.shelf)
        return main.sku, main.node

    def all_lots(self) -> tuple[Lot, ...]:
        """The lots; before there are any, what is on hand is the unnamed one. Units that are picked at that moment are
        in it too, and leave it when they are dispatched.
        """
        on_hand = sum(counter.on_hand for counter in self.shelf)
        if self.is_kept_by_lot or not on_hand:
            return self.lots
        return (Lot(*self.place, units=on_hand),)


@dataclass(frozen=True, slots=True)
class Booked:
    """A movement of a SKU that is kept by lot. `seen` are counters that must still be as read."""

    moves: tuple[StockMove, ...]
    booking: LotBooking
    seen: tuple[StockCounter, ...]


def book(command: RecordMovement, stands: Sequence[Stand], today: date) -> Booked:
    """The movement over the SKU at its node (the first), and at the node that a transfer goes to.

    Raises `StockExhausted`, `LotsShort` and `LotRefused`.
    """
    here = stands[0]
    named = _named(command, here.all_lots())
    counts_lot = named is not None and command.kind is MovementKind.COUNT
    moves = _of_lot(here.shelf, command.quantity - named.units) if named and counts_lot else command.moves(here.shelf)
    change = sum(move.on_hand for move in moves if move.node == command.node)
    lots = _lot_moves(command, named, change, here.all_lots(), today)
    if command.to_node is not None:
        lots += [replace(move, node=command.to_node, units=-move.units) for move in lots]
    begun = [stand for stand in stands if not stand.is_kept_by_lot]
    lots += [LotMove(*lot.key[:2], lot.lot, lot.expires_on, lot.units) for stand in begun for lot in stand.all_lots()]
    seen = tuple(counter for stand in begun for counter in stand.shelf)
    if command.sets and not counts_lot:
        seen = (*seen, *here.shelf)
    booking = LotBooking(
        tuple(merge_lots(lots)),
        frozenset(stand.place for stand in begun),
        (named,) if named and counts_lot and here.is_kept_by_lot else (),
    )
    return Booked(_with_all(moves, begun), booking, seen)


def _named(command: RecordMovement, lots: Iterable[Lot]) -> Lot | None:
    """The lot that the movement names, as it is; a lot expires on one day."""
    if not command.names_lot:
        return None
    name = command.lot or UNNAMED
    known = [lot for lot in lots if lot.lot == name and lot.units > 0]
    expires_on = command.expires_on
    if expires_on is None:
        if len({lot.expires_on for lot in known}) > 1:
            dates = sorted(lot.expires_on for lot in known)
            raise LotRefused("There are several of this lot.", pointer="/expires_on", facts={"expires_on": dates})
        expires_on = known[0].expires_on if known else NEVER
    same = [lot for lot in known if lot.expires_on == expires_on]
    if known and not same and name != UNNAMED:
        facts = {"lot": name, "expires_on": known[0].expires_on}
        raise LotRefused(f"Lot {name} expires on {known[0].expires_on}.", pointer="/expires_on", facts=facts)
    return same[0] if same else Lot(command.sku, command.node, name, expires_on)


def _of_lot(shelf: Shelf, difference: int) -> tuple[StockMove, ...]:
    if difference == 0:
        return (replace(found_more(shelf, 1)[0], on_hand=0),)
    return found_more(shelf, difference) if difference > 0 else outgoing(shelf, -difference, corrects=True)


def _lot_moves(
    command: RecordMovement, named: Lot | None, change: int, lots: Sequence[Lot], today: date
) -> list[LotMove]:
    if change == 0:
        return []
    if change > 0:
        lot = named or Lot(command.sku, command.node)
        return [LotMove(lot.sku, lot.node, lot.lot, lot.expires_on, change)]
    if named is not None:
        lots = [named]
    elif command.kind is MovementKind.TRANSFER:
        lots = sellable(lots, today, 0)
    try:
        return taken_from(lots, command.sku, command.node, -change)
    except LotsShort as short:
        short.pointer = "/lot" if named else "/quantity"
        raise


def _with_all(moves: tuple[StockMove, ...], begun: Sequence[Stand]) -> tuple[StockMove, ...]:
    """With a move for each bucket of those that begin, so that each is guarded and says that there are lots."""
    touched = {move.key for move in moves}
    nothing = [
        StockMove(counter.sku, counter.node, 0, 0, corrects=True, bucket=counter.bucket)
        for stand in begun
        for counter in stand.shelf
        if counter.key not in touched
    ]
    return (*moves, *nothing)
