"""Stock of an order that takes more than one transaction can: taken in parts first, under a pending header. Pure.

The header arbitrates (design section 5): the order's commit makes it committed, or whoever gives up makes it released,
and only the winner decides what becomes of the parts. A part is taken only while the header is pending. Moves that only
give back or leave need no arbiter: they are written down with the order's commit and made afterwards, each once
(`PendingMoves`). See docs/adr/0031-large-orders.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ordo.inventory.model import StockMove
from ordo.inventory.movements import LedgerEntry, Movement

PART = 80
"""Counters of one part: with the header and the part itself in one transaction of at most 100 writes."""
MOVED_AT_ONCE = 40
"""Counters of pending moves that one transaction makes: each may have a ledger row beside it."""
TAKING_S = 60
"""So long a taking may be pending, in seconds; who takes has some seconds for all of it."""


class TakingEnded(Exception):
    """The header is no longer pending: nothing more is taken under it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Units taken from some counters; `number` counts from 1."""

    number: int
    moves: tuple[StockMove, ...]


@dataclass(frozen=True, slots=True)
class Taking:
    """What an order takes before its commit; `until` is when whoever looks gives it back (ISO text)."""

    taking_id: str
    order_id: str
    until: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class PendingMoves:
    """Moves of an order's commit that are made after it; `movement` is the ledger's row of all of them, if any."""

    order_id: str
    seq: int
    moves: tuple[StockMove, ...]
    movement: Movement | None = None


class Takings(Protocol):
    """Where they are kept."""

    def take(self, taking: Taking) -> None:
        """The header, and one part after the other; what was taken before is left as it is.

        Raises `StockExhausted` for a part that cannot be taken (others may be), `TakingEnded`, and `Busy`.
        """
        ...

    def give_back(self, taking_id: str, at: str) -> bool:
        """End a pending taking and give back its parts, also those that are left of an earlier try; False when the
        order has its stock.
        """
        ...


def taking_of(taking_id: str, order_id: str, until: str, moves: Sequence[StockMove]) -> Taking:
    """The moves in parts, in their order."""
    parts = tuple(
        Part(number, tuple(moves[start : start + PART])) for number, start in enumerate(range(0, len(moves), PART), 1)
    )
    return Taking(taking_id, order_id, until, parts)


def only_takes(move: StockMove) -> bool:
    """Whether it reserves what is there, and nothing else."""
    return move.reserved > 0 and not (move.on_hand or move.safety or move.turns or move.corrects)


def only_ends(move: StockMove) -> bool:
    """Whether it gives back or lets leave what is reserved: it can wait until after the commit."""
    return move.reserved < 0 and move.require_available() == 0 and not (move.safety or move.turns or move.corrects)


def undone(moves: Iterable[StockMove]) -> tuple[StockMove, ...]:
    """What gives back taken units."""
    return tuple(replace(move, reserved=-move.reserved) for move in moves)


def row_of(pending: PendingMoves, start: int, moves: Sequence[StockMove]) -> Movement | None:
    """The ledger's row of some of the moves, from the one numbered `start` on; None where they need none."""
    if pending.movement is None:
        return None
    entries = tuple(LedgerEntry.of(move) for move in moves)
    return replace(pending.movement, movement_id=f"{pending.movement.movement_id}#{start}", entries=entries)


def move_to_list(move: StockMove) -> list[Any]:
    """The stored form."""
    return [move.sku, move.node, move.bucket, move.on_hand, move.reserved]


def move_of(stored: Sequence[Any]) -> StockMove:
    """Read the stored form."""
    sku, node, bucket, on_hand, reserved = stored
    return StockMove(sku, node, on_hand, reserved, bucket=bucket)


def held_by(moves: Iterable[StockMove]) -> Mapping[tuple[str, str], int]:
    """Units by (sku, node) that moves reserve, or that those which end a reservation still have to end."""
    found: dict[tuple[str, str], int] = {}
    for move in moves:
        found[move.sku, move.node] = found.get((move.sku, move.node), 0) + abs(move.reserved)
    return found
