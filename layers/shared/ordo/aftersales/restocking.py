"""Units that are good as new go back on a node's shelves, with a row of the ledger; all others move no stock. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from ordo.aftersales.model import Inspected, Return
from ordo.inventory.lots import NEVER, LotMove
from ordo.inventory.model import StockMove, merge
from ordo.inventory.movements import LedgerEntry, Movement, MovementKind
from ordo.inventory.shelves import Shelf, incoming, main_of
from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.errors import OrdoError
from ordo.orders.model import OrderState
from ordo.shipments.model import LotUnits

if TYPE_CHECKING:
    from ordo.aftersales.receiving import Receive, Received


class ShelfReader(Protocol):
    """Reads every counter of a SKU at a node, consistently; it is asked again for each try of a decision."""

    def __call__(self, sku: str, node: str) -> Shelf:
        """The main counter among them."""
        ...


@dataclass(frozen=True, slots=True)
class Restocked:
    """What a receipt does to stock; `movement` is its row of the ledger, None where nothing moves."""

    moves: tuple[StockMove, ...] = ()
    lots: tuple[LotMove, ...] = ()
    movement: Movement | None = None


def restocked(
    state: OrderState,
    found: Return,
    command: Receive,
    units: Sequence[Inspected],
    shelves: ShelfReader,
    now: datetime,
) -> Restocked:
    """Stock moves of what is to be restocked, with lots where the node keeps them.

    Raises `OrdoError` for units of a lot that nobody names and the order does not tell.
    """
    moves: list[StockMove] = []
    lots: list[LotMove] = []
    for place, (told, each) in enumerate(zip(command.units, units, strict=True)):
        if each.disposition != "restock" or each.line_id is None:
            continue
        shelf = shelves(each.sku, command.node_id)
        if main_of(shelf).by_lot:
            lots.append(_lot(state, told, each, place))
        guard = not main_of(shelf).by_lot
        moves += [replace(move, without_lots=guard) for move in incoming(shelf, each.quantity)]
    if not moves:
        return Restocked()
    merged = tuple(merge(moves))
    entries = tuple(LedgerEntry.of(move) for move in merged)
    row = Movement(
        # A `#` is in no id that clients choose for their own movements, so that none of them can be in the way.
        movement_id=f"return#{found.return_id}#{found.receipts + 1}",
        kind=MovementKind.RETURN,
        reason="returned",
        actor=command.actor,
        occurred_at=now,
        entries=entries,
        body_hash=sha256_hex(canonical_json([entry.to_dict() for entry in entries])),
        order_id=found.order_id,
        lots=tuple(lots),
    )
    return Restocked(merged, tuple(lots), row)


def _lot(state: OrderState, told: Received, unit: Inspected, place: int) -> LotMove:
    """The lot that the inspector names, else the one that the order's units were picked from, if it was one."""
    if told.lot is not None:
        return LotMove(unit.sku, unit.node_id, told.lot, told.expires_on or NEVER, unit.quantity)
    picked = {(each.lot, each.expires_on) for each in _picked(state, unit)}
    if len(picked) != 1:
        raise OrdoError("The units are kept by lot: say which.", pointer=f"/units/{place}/lot")
    ((lot, expires_on),) = picked
    return LotMove(unit.sku, unit.node_id, lot, expires_on or NEVER, unit.quantity)


def _picked(state: OrderState, unit: Inspected) -> Iterator[LotUnits]:
    for fulfilment in state.fulfilments.values():
        if any(line.key == unit.key for line in fulfilment.lines):
            yield from (each for each in fulfilment.lots if each.sku == unit.sku)
