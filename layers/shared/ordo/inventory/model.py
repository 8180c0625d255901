"""Stock as counters and the conditional moves that change them.

`available = on_hand - reserved - safety`, kept by every move. Reservations and transfers never make it negative; only a
correction of what is true (adjust, count, safety) may, and then nothing can be taken until it is positive again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ordo.inventory.errors import CounterChanged, StockExhausted
from ordo.inventory.layout import ENDED, Layout, fence_of, is_general

MAIN = "0"
"""The bucket that every counter begins with, and that says which others there are."""

StockKey = tuple[str, str, str]
"""(sku, node, bucket)."""


@dataclass(frozen=True, slots=True)
class StockCounter:
    """What one bucket of a node has of one SKU, in units; most SKUs have one bucket, `MAIN`."""

    sku: str
    node: str
    on_hand: int = 0
    reserved: int = 0
    safety: int = 0
    bucket: str = MAIN
    reorder_point: int | None = field(default=None, compare=False)
    """Of the node, in units; the main bucket knows it (`ordo.inventory.settings`)."""
    layout: Layout | None = field(default=None, compare=False)
    """Of the SKU at the node, where it has more than the main bucket, which knows it."""
    backordered: int = 0
    """Of what is reserved, units that orders wait for (`ordo.inventory.backlog`); only of the main bucket."""
    turn: int = field(default=0, compare=False)
    """Counts the changes of the queue of those who wait."""

    @property
    def available(self) -> int:
        """Units that may still be reserved; negative when a correction found less than was promised."""
        return self.on_hand - self.reserved - self.safety

    @property
    def key(self) -> StockKey:
        return self.sku, self.node, self.bucket


def is_open_to(counter: StockCounter, channel: str | None, layout: Layout | None) -> bool:
    """Whether orders of the channel may take from a counter; `layout` is that of its SKU at its node.

    What is given back to a fence that has ended is everyone's.
    """
    if is_general(counter.bucket) or (channel is not None and counter.bucket == fence_of(channel)):
        return True
    return layout is not None and any(
        fence == ENDED and counter.bucket == fence_of(name) for name, fence in layout.fences.items()
    )


def layouts(counters: Iterable[StockCounter]) -> dict[tuple[str, str], Layout | None]:
    """The layout of each SKU at each node, as its main counter says."""
    return {(each.sku, each.node): each.layout for each in counters if each.bucket == MAIN}


@dataclass(frozen=True, slots=True)
class StockMove:
    """One conditional change of one counter, in units. Available changes by `on_hand - reserved - safety`.

    `corrects` marks a correction of what is true, which may take what is reserved or kept as safety.
    """

    sku: str
    node: str
    on_hand: int
    reserved: int
    safety: int = 0
    corrects: bool = False
    bucket: str = MAIN
    backordered: int = 0
    """Units that join or leave the queue of those who wait; with them `turns` is how many entries do."""
    turns: int = 0
    cap: int | None = None
    """At most so many units may wait then."""
    fills: int | None = None
    """So many units must be available (it may be below nothing), and the queue at `turn`."""
    turn: int | None = None

    @property
    def key(self) -> StockKey:
        return self.sku, self.node, self.bucket

    @property
    def available(self) -> int:
        """By how much `available` changes."""
        return self.on_hand - self.reserved - self.safety

    def require_available(self) -> int:
        """Units that must be available before the move (0: no condition); who waits takes what is not there."""
        return 0 if self.corrects else max(0, -self.available - max(0, self.backordered))

    def require_reserved(self) -> int:
        """Units that must be reserved before the move: nobody gives back or dispatches what was not reserved."""
        return max(0, -self.reserved)

    def require_waiting(self) -> int:
        """Units that must be waited for before the move."""
        return max(0, -self.backordered)

    def require_on_hand(self) -> int:
        """Units that must be on hand before the move, so that on hand never becomes negative."""
        return max(0, -self.on_hand)


def reserve(sku: str, node: str, quantity: int, bucket: str = MAIN) -> StockMove:
    """An order takes `quantity` units; they stay on hand until dispatch."""
    return StockMove(sku, node, 0, _positive(quantity), bucket=bucket)


def release(sku: str, node: str, quantity: int, bucket: str = MAIN) -> StockMove:
    """An order gives back `quantity` reserved units."""
    return StockMove(sku, node, 0, -_positive(quantity), bucket=bucket)


def dispatch(sku: str, node: str, quantity: int, bucket: str = MAIN) -> StockMove:
    """`quantity` reserved units leave the node: the reservation ends and on hand falls; available stays."""
    return StockMove(sku, node, -_positive(quantity), -quantity, bucket=bucket)


def merge(moves: Iterable[StockMove]) -> list[StockMove]:
    """One move for each counter, sorted by key, none empty: a transaction may touch an item only once.

    The requirement of a merged move is that of its net change, which is right because all of it happens at once.
    """
    merged: dict[StockKey, StockMove] = {}
    for move in moves:
        before = merged.get(move.key)
        merged[move.key] = move if before is None else _sum(before, move)
    return [merged[key] for key in sorted(merged) if _changes(merged[key])]


def obstacle(counter: StockCounter, move: StockMove) -> StockExhausted | None:
    """The first requirement of the move that the counter does not meet; None when it may be made."""
    for need, has, what in (
        (move.require_available(), counter.available, "available"),
        (move.require_reserved(), counter.reserved, "reserved"),
        (move.require_on_hand(), counter.on_hand, "on_hand"),
        (move.require_waiting(), counter.backordered, "backordered"),
    ):
        if need > 0 and has < need:
            return StockExhausted(move.key, requested=need, available=has, what=what)
    if move.cap is not None and counter.backordered + move.backordered > move.cap:
        room = max(0, move.cap - counter.backordered)
        return StockExhausted(move.key, requested=move.backordered, available=room, what="backorder_room")
    if move.fills is not None and counter.available < move.fills:
        return StockExhausted(move.key, requested=move.fills, available=counter.available)
    return None


def empty(key: StockKey) -> StockCounter:
    """A counter that was never written."""
    sku, node, bucket = key
    return StockCounter(sku, node, bucket=bucket)


def apply(counter: StockCounter, move: StockMove) -> StockCounter:
    """The counter after the move. Writes nothing.

    Raises `StockExhausted` when a requirement is not met, `CounterChanged` when the queue is not as it was read.
    """
    if counter.key != move.key:
        raise ValueError("a move of another counter")
    refused = obstacle(counter, move)
    if refused is not None:
        raise refused
    if move.turn is not None and counter.turn != move.turn:
        raise CounterChanged()
    return replace(
        counter,
        on_hand=counter.on_hand + move.on_hand,
        reserved=counter.reserved + move.reserved,
        safety=counter.safety + move.safety,
        backordered=counter.backordered + move.backordered,
        turn=counter.turn + move.turns,
    )


def apply_all(counters: Mapping[StockKey, StockCounter], moves: Iterable[StockMove]) -> dict[StockKey, StockCounter]:
    """The changed counters after all moves together, or `StockExhausted` and no change; a missing counter is empty."""
    return {move.key: apply(counters.get(move.key) or empty(move.key), move) for move in merge(moves)}


def _positive(quantity: int) -> int:
    if quantity <= 0:
        raise ValueError("a quantity of stock is positive")
    return quantity


def _sum(a: StockMove, b: StockMove) -> StockMove:
    return replace(
        a,
        on_hand=a.on_hand + b.on_hand,
        reserved=a.reserved + b.reserved,
        safety=a.safety + b.safety,
        corrects=a.corrects and b.corrects,
        backordered=a.backordered + b.backordered,
        turns=a.turns + b.turns,
        cap=min((cap for cap in (a.cap, b.cap) if cap is not None), default=None),
        fills=a.fills if b.fills is None else b.fills,
        turn=a.turn if b.turn is None else b.turn,
    )


def _changes(move: StockMove) -> bool:
    return bool(move.on_hand or move.reserved or move.safety or move.backordered or move.turns)
