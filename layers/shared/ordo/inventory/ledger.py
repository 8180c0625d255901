"""The ledger: one row for each change of what a counter has on hand or keeps as safety, by SKU and node.

Rows are written in the transaction that changes the counter, so that their sum is the counter at every moment. They are
read by time; a row's place is `<occurred_at>#<movement id>`, with the bucket where it is not the main one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from ordo.inventory.lots import LotMove
from ordo.inventory.model import MAIN
from ordo.inventory.movements import LedgerEntry, Movement
from ordo.kernel.clock import to_iso

WIDE = 40
"""A movement of more entries is kept as one row of its node: a dispatch of many SKUs must fit into one transaction."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """How one movement changed one counter. Times are ISO texts."""

    sku: str
    node: str
    bucket: str
    movement_id: str
    kind: str
    reason: str
    actor: str
    occurred_at: str
    on_hand: int
    reserved: int
    safety: int
    order_id: str | None = None
    lots: tuple[LotMove, ...] = ()

    @property
    def place(self) -> str:
        """Where it stands among the rows of its SKU and node."""
        return place_of(self.occurred_at, self.movement_id, self.bucket)


@dataclass(frozen=True, slots=True)
class Sums:
    """What the rows of a SKU at a node come to, in units."""

    on_hand: int = 0
    safety: int = 0

    def plus(self, row: LedgerRow) -> Sums:
        """With one more row."""
        return Sums(self.on_hand + row.on_hand, self.safety + row.safety)


class Ledger(Protocol):
    """Rows by SKU and node, read consistently."""

    def rows(self, sku: str, node: str, after: str | None, limit: int) -> list[LedgerRow]:
        """At most `limit` rows, the oldest first, after a place."""
        ...


def place_of(occurred_at: str, movement_id: str, bucket: str = MAIN) -> str:
    """Sorts by time; unique for each counter."""
    return f"{occurred_at}#{movement_id}" + ("" if bucket == MAIN else f"#{bucket}")


def rows_of(movement: Movement) -> list[LedgerRow]:
    """The rows of a movement, one for each entry that changed something."""
    changed = changed_entries(movement)
    return [_row(movement, entry, lots_beside(movement, [entry], changed)) for entry in changed]


def changed_entries(movement: Movement) -> tuple[LedgerEntry, ...]:
    """Its entries that changed something."""
    return tuple(entry for entry in movement.entries if entry.on_hand or entry.safety or entry.reserved)


def lots_beside(
    movement: Movement, entries: Iterable[LedgerEntry], changed: Iterable[LedgerEntry]
) -> tuple[LotMove, ...]:
    """The lots that a row of these entries has: each stands beside the first bucket of its SKU, and so in one row."""
    first: dict[tuple[str, str], LedgerEntry] = {}
    for entry in changed:
        first.setdefault((entry.sku, entry.node), entry)
    own = {(entry.sku, entry.node) for entry in entries if first[entry.sku, entry.node] == entry}
    return tuple(move for move in movement.lots if (move.sku, move.node) in own)


def rows_of_dict(stored: dict[str, Any]) -> list[LedgerRow]:
    """The rows of a movement's stored form, of this or an older schema."""
    return rows_of(Movement.from_dict(stored))


def summed(rows: Iterable[LedgerRow]) -> Sums:
    """All rows together."""
    total = Sums()
    for row in rows:
        total = total.plus(row)
    return total


def _row(movement: Movement, entry: LedgerEntry, lots: tuple[LotMove, ...]) -> LedgerRow:
    return LedgerRow(
        sku=entry.sku,
        node=entry.node,
        bucket=entry.bucket,
        movement_id=movement.movement_id,
        kind=movement.kind.value,
        reason=movement.reason,
        actor=movement.actor,
        occurred_at=to_iso(movement.occurred_at),
        on_hand=entry.on_hand,
        reserved=entry.reserved,
        safety=entry.safety,
        order_id=movement.order_id,
        lots=lots,
    )
