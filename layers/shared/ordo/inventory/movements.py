"""Movements: why stock changed, each once, each with its reason and actor. The ledger keeps them for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ordo.inventory.model import MAIN, StockMove
from ordo.inventory.shelves import Shelf, counted, found_more, incoming, main_of, outgoing
from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.clock import from_iso, to_iso


class MovementKind(StrEnum):
    """What happened. Each kind says what `quantity` means."""

    RECEIVE = "receive"  # units that came in
    DAMAGE = "damage"  # available units that are broken or lost
    TRANSFER = "transfer"  # available units that go to another node
    ADJUST = "adjust"  # a difference, plus or minus, that somebody found
    COUNT = "count"  # units on hand as counted
    RETURN = "return"  # units that come back into stock, of an order or not
    SAFETY = "safety"  # units to keep back from now on
    SPREAD = "spread"  # free units that went from bucket to bucket of a node: nothing came or went
    DISPATCH = "dispatch"  # reserved units that left with a parcel; written by the order's commit


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """How one counter changed, in units."""

    sku: str
    node: str
    on_hand: int = 0
    reserved: int = 0
    safety: int = 0
    bucket: str = MAIN

    @staticmethod
    def of(move: StockMove) -> LedgerEntry:
        """The entry of a move."""
        return LedgerEntry(move.sku, move.node, move.on_hand, move.reserved, move.safety, move.bucket)

    def to_dict(self) -> dict[str, Any]:
        """The stored form."""
        stored: dict[str, Any] = {
            "sku": self.sku,
            "node": self.node,
            "on_hand_delta": self.on_hand,
            "reserved_delta": self.reserved,
            "safety_delta": self.safety,
        }
        return stored if self.bucket == MAIN else stored | {"bucket": self.bucket}

    @staticmethod
    def from_dict(stored: dict[str, Any]) -> LedgerEntry:
        """Read the stored form."""
        return LedgerEntry(
            stored["sku"],
            stored["node"],
            stored["on_hand_delta"],
            stored["reserved_delta"],
            stored.get("safety_delta", 0),
            stored.get("bucket", MAIN),
        )


@dataclass(frozen=True, slots=True)
class Movement:
    """One row of the ledger. `actor` is a client or staff id, never a name."""

    movement_id: str
    kind: MovementKind
    reason: str
    actor: str
    occurred_at: datetime
    entries: tuple[LedgerEntry, ...]
    body_hash: str
    order_id: str | None = None
    supply_id: str | None = None
    """The dated supply that goods are of."""

    def to_dict(self) -> dict[str, Any]:
        """The stored form."""
        named = {} if self.supply_id is None else {"supply_id": self.supply_id}
        return named | {
            "movement_id": self.movement_id,
            "kind": self.kind.value,
            "reason": self.reason,
            "actor": self.actor,
            "occurred_at": to_iso(self.occurred_at),
            "order_id": self.order_id,
            "entries": [entry.to_dict() for entry in self.entries],
            "body_hash": self.body_hash,
        }

    @staticmethod
    def from_dict(stored: dict[str, Any]) -> Movement:
        """Read the stored form."""
        return Movement(
            movement_id=stored["movement_id"],
            kind=MovementKind(stored["kind"]),
            reason=stored["reason"],
            actor=stored["actor"],
            occurred_at=from_iso(stored["occurred_at"]),
            entries=tuple(LedgerEntry.from_dict(entry) for entry in stored["entries"]),
            body_hash=stored["body_hash"],
            order_id=stored.get("order_id"),
            supply_id=stored.get("supply_id"),
        )


@dataclass(frozen=True, slots=True)
class RecordMovement:
    """The command. `quantity` means what its kind says; `to_node` is given for a transfer, and only for one."""

    movement_id: str
    kind: MovementKind
    sku: str
    node: str
    quantity: int
    reason: str
    actor: str
    to_node: str | None = None
    order_id: str | None = None
    supply_id: str | None = None

    @property
    def body_hash(self) -> str:
        """What must be equal for the same id to mean the same movement (the actor may be another)."""
        body: list[Any] = [self.kind.value, self.sku, self.node, self.quantity, self.reason, self.to_node]
        body += [] if self.order_id is None else [self.order_id]  # as it was before there were returns
        body += [] if self.supply_id is None else ["supply", self.supply_id]
        return sha256_hex(canonical_json(body))

    @property
    def sets(self) -> bool:
        """Whether the kind sets a value (and so needs to know the counter) rather than adds to it."""
        return self.kind in (MovementKind.COUNT, MovementKind.SAFETY)

    def moves(self, shelf: Shelf) -> tuple[StockMove, ...]:
        """The counter changes; `shelf` is the SKU at the node as last read. Raises `StockExhausted`."""
        quantity, kind = self.quantity, self.kind
        if kind in (MovementKind.RECEIVE, MovementKind.RETURN):
            return incoming(shelf, quantity)
        if kind is MovementKind.DAMAGE:
            return outgoing(shelf, quantity)
        if kind is MovementKind.ADJUST:
            return found_more(shelf, quantity) if quantity > 0 else outgoing(shelf, -quantity, corrects=True)
        if kind is MovementKind.COUNT:
            return counted(shelf, quantity)
        if kind is MovementKind.SAFETY:
            return (StockMove(self.sku, self.node, 0, 0, safety=quantity - main_of(shelf).safety, corrects=True),)
        if kind is MovementKind.TRANSFER and self.to_node is not None:
            return *outgoing(shelf, quantity), StockMove(self.sku, self.to_node, quantity, 0)
        raise ValueError(f"a movement of kind {kind.value} is not recorded this way")

    def row(self, moves: tuple[StockMove, ...], occurred_at: datetime) -> Movement:
        """The ledger row of these moves."""
        return Movement(
            movement_id=self.movement_id,
            kind=self.kind,
            reason=self.reason,
            actor=self.actor,
            occurred_at=occurred_at,
            entries=tuple(LedgerEntry.of(move) for move in moves),
            body_hash=self.body_hash,
            order_id=self.order_id,
            supply_id=self.supply_id,
        )


class MovementExists(Exception):
    """The ledger has a row of this id already; the caller decides whether it is the same movement."""

    def __init__(self, movement: Movement) -> None:
        super().__init__(movement.movement_id)
        self.movement = movement
