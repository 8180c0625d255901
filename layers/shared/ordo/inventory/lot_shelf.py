"""Lots that may be picked now, and those that may not any more: every night they leave the books.

What nobody may be sent is not on hand, or orders would be promised it: whoever has reserved it waits, with `available`
below zero, for units that are good (docs/adr/0028-lots.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from ordo.inventory.errors import CounterChanged, StockExhausted
from ordo.inventory.lot_booking import LotBooking
from ordo.inventory.lots import Lot, LotMove, over, sellable
from ordo.inventory.model import MAIN
from ordo.inventory.movements import LedgerEntry, Movement, MovementKind
from ordo.inventory.requirements import Told
from ordo.inventory.service import StockRepository, shelf_of
from ordo.inventory.shelves import outgoing
from ordo.inventory.shortages import Shortages
from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.clock import Clock
from ordo.kernel.errors import Busy
from ordo.kernel.ids import Ids

TRIES = 8
REASON = "expired"
MOST = 40
"""Lots of a SKU at a node that one night takes out; the next does the rest."""


class Policies(Protocol):
    """What the catalogue says of lots (`ordo.catalog.lot_policies.LotPolicies`)."""

    def min_days(self, skus: Iterable[str]) -> Mapping[str, int]:
        """By SKU the days that a lot must be good for when it is picked; only of those that are kept by lot."""
        ...

    def today(self, node: str, now: datetime) -> date:
        """The date at the node."""
        ...


class LotStock(StockRepository, Protocol):
    """Stock whose empty lots can be cleared away."""

    def clear_lot(self, lot: Lot) -> None:
        """The lot is gone if it is empty still; else nothing."""
        ...


@dataclass(frozen=True, slots=True)
class LotShelf:
    """What may be picked now, as it is at that moment: a `LotReader` of shipments."""

    stock: StockRepository
    policies: Policies
    clock: Clock

    def __call__(self, node: str, skus: Sequence[str], *, every: bool = False) -> Mapping[str, Sequence[Lot]]:
        """One read says which SKUs are kept by lot; where there are any, their policies and a query for each. `every`:
        also lots that may not be picked any more.
        """
        mains = self.stock.counters([(sku, node, MAIN) for sku in skus], consistent=True)
        kept = [main.sku for main in mains if main.by_lot]
        if not kept or every:
            return {sku: [lot for lot in self.stock.lots(sku, node) if lot.units] for sku in kept}
        min_days, today = self.policies.min_days(kept), self.policies.today(node, self.clock())
        return {sku: sellable(self.stock.lots(sku, node), today, min_days.get(sku, 0)) for sku in kept}


@dataclass(frozen=True, slots=True)
class Expiry:
    """Takes out of the books what may not be picked any more, and tells."""

    stock: LotStock
    policies: Policies
    shortages: Shortages
    clock: Clock
    ids: Ids

    def look(self, sku: str, node: str) -> Movement | None:
        """Look at the lots of a SKU at a node; gives the movement, if one was needed.

        Of each lot is told once, before it is taken out: a run that ends between the two tells nothing twice.
        """
        today, days = self.policies.today(node, self.clock()), self.policies.min_days([sku]).get(sku, 0)
        for _ in range(TRIES):
            lots = self.stock.lots(sku, node)
            for lot in (each for each in lots if not each.units):
                self.stock.clear_lot(lot)
            gone = over(lots, today, days)[:MOST]
            if not gone:
                return None
            for lot in gone:
                self.shortages.tell(sku, node, _told(lot, today), once=(lot.expires_on, f"expired#{lot.lot}"))
            movement = self._taken_out(sku, node, gone)
            if movement is not None:
                self.shortages.moved(movement)
                return movement
        raise Busy()

    def _taken_out(self, sku: str, node: str, gone: Sequence[Lot]) -> Movement | None:
        """None when somebody picked or moved of them meanwhile."""
        now = self.clock()
        moves = outgoing(shelf_of(self.stock, sku, node), sum(lot.units for lot in gone), corrects=True)
        entries = tuple(map(LedgerEntry.of, moves))
        lots = tuple(LotMove(sku, node, lot.lot, lot.expires_on, -lot.units) for lot in gone)
        movement = Movement(
            # A `#` is in no id that clients choose for their own movements.
            movement_id=f"expire#{self.ids('mov', now)}",
            kind=MovementKind.EXPIRE,
            reason=REASON,
            actor="ordo",
            occurred_at=now,
            entries=entries,
            body_hash=sha256_hex(canonical_json([move.to_dict() for move in lots])),
            lots=lots,
        )
        try:
            self.stock.record(movement, moves, lots=LotBooking(lots))
        except (CounterChanged, StockExhausted):
            return None
        return movement


def _told(lot: Lot, today: date) -> Told:
    facts = {"lot": lot.lot, "expires_on": lot.expires_on, "units": lot.units, "days_left": lot.days_left(today)}
    return Told("stock.expired", facts)
