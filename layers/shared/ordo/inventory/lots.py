"""Stock by lot: units of a SKU at a node that came together and expire together. Pure (docs/adr/0028-lots.md).

A lot's units lie on the node's shelves: they are on hand, and neither picked nor packed for an order. So at every
moment the lots of a SKU at a node come to what is on hand, over all buckets, less what is picked and not dispatched.
Lots are of the node, not of a bucket, and orders reserve units without naming one: it is chosen when they are picked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ordo.inventory.errors import LotLack, LotsShort

NEVER = "9999-12-31"
"""The expiry of what does not expire: sorts last."""
UNNAMED = ""
"""The lot of units of which nobody said another. It never expires."""

LotKey = tuple[str, str, str, str]
"""(sku, node, expires_on, lot): of one SKU and node the keys sort first expired first."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Units of a lot on the shelves of a node. `expires_on` is an ISO date, the last day that they are good."""

    sku: str
    node: str
    lot: str = UNNAMED
    expires_on: str = NEVER
    units: int = 0

    @property
    def key(self) -> LotKey:
        return self.sku, self.node, self.expires_on, self.lot

    def days_left(self, today: date) -> int:
        """Days until its last good day; negative when it is over."""
        return (date.fromisoformat(self.expires_on) - today).days


@dataclass(frozen=True, slots=True)
class LotMove:
    """A change of one lot by `units`; one that takes is only made while the lot has them."""

    sku: str
    node: str
    lot: str
    expires_on: str
    units: int

    @property
    def key(self) -> LotKey:
        return self.sku, self.node, self.expires_on, self.lot

    def require(self) -> int:
        """Units that the lot must have before."""
        return max(0, -self.units)

    def to_dict(self) -> dict[str, Any]:
        """The stored form."""
        named = {"sku": self.sku, "node": self.node, "lot": self.lot, "expires_on": self.expires_on}
        return {**named, "units": self.units}

    @staticmethod
    def from_dict(stored: Mapping[str, Any]) -> LotMove:
        """Read the stored form."""
        return LotMove(stored["sku"], stored["node"], stored["lot"], stored["expires_on"], stored["units"])


def expiry_of(expires_on: str | None) -> str:
    """As it is kept: what does not expire does so at the end of time."""
    return expires_on or NEVER


def expiry_told(expires_on: str) -> str | None:
    """As people are told."""
    return None if expires_on == NEVER else expires_on


def merge_lots(moves: Iterable[LotMove]) -> list[LotMove]:
    """One move for each lot, sorted by key, none empty: a transaction may touch an item only once."""
    merged: dict[LotKey, LotMove] = {}
    for move in moves:
        before = merged.get(move.key)
        merged[move.key] = move if before is None else replace(move, units=before.units + move.units)
    return [merged[key] for key in sorted(merged) if merged[key].units]


def apply_lots(lots: Mapping[LotKey, Lot], moves: Iterable[LotMove]) -> dict[LotKey, Lot]:
    """The changed lots after all moves together, or `LotsShort` and no change; a missing lot is empty."""
    after: dict[LotKey, Lot] = {}
    for move in merge_lots(moves):
        has = lots.get(move.key) or Lot(move.sku, move.node, move.lot, move.expires_on)
        if has.units < move.require():
            raise LotsShort(LotLack(move.sku, move.node, move.require(), has.units))
        after[move.key] = replace(has, units=has.units + move.units)
    return after


def sellable(lots: Iterable[Lot], today: date, min_days: int) -> list[Lot]:
    """Lots that may still be picked today: with at least `min_days` days left, and not over."""
    return [lot for lot in lots if lot.units > 0 and lot.days_left(today) >= min_days]


def over(lots: Iterable[Lot], today: date, min_days: int) -> list[Lot]:
    """Lots with units that may not be picked today or ever again."""
    return [lot for lot in lots if lot.units > 0 and lot.days_left(today) < min_days]


def first_expired_first(lots: Iterable[Lot], quantity: int) -> tuple[list[LotMove], int]:
    """Moves that take `quantity` units, from what expires first on; and how many are missing.

    Of lots that expire on the same day the one with the lowest name is first.
    """
    moves: list[LotMove] = []
    left = quantity
    for lot in sorted(lots, key=lambda each: each.key):
        units = min(left, lot.units)
        if units > 0:
            moves.append(LotMove(lot.sku, lot.node, lot.lot, lot.expires_on, -units))
            left -= units
    return moves, left


def taken_from(lots: Sequence[Lot], sku: str, node: str, quantity: int) -> list[LotMove]:
    """First expired first, or `LotsShort` when the lots have too little together."""
    moves, missing = first_expired_first(lots, quantity)
    if missing:
        raise LotsShort(LotLack(sku, node, quantity, quantity - missing))
    return moves


def unnamed_first(lots: Iterable[Lot], sku: str, node: str, quantity: int) -> list[LotMove]:
    """Takes from the lot without a name as long as it has any, then first expired first; raises `LotsShort`."""
    lots = list(lots)
    moves, left = first_expired_first([lot for lot in lots if lot.lot == UNNAMED], quantity)
    return [*moves, *taken_from([lot for lot in lots if lot.lot != UNNAMED], sku, node, left)]
