"""The queue of orders that wait for a SKU at a node: who is next, and when units are really there for it. Pure.

An order that waits has its units in `reserved` of the main counter already, and in `backordered` too. So what is
available is at most nothing until all who wait have theirs, and nobody else can take what comes in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ordo.inventory.layout import is_general
from ordo.inventory.model import MAIN, StockCounter, StockMove

PREFIX = "backorder#"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A part of an order that waits: `units` of a SKU at a node, promised by `promise` (ISO text, as `not_before`).

    `supplied` of them were there or due already when it was promised.

    The queue is by promise, then by order, so that of equal promises the order that was placed first is first.
    """

    sku: str
    node: str
    promise: str
    order_id: str
    number: int
    fulfilment_id: str
    units: int
    not_before: str | None = None
    supplied: int = 0

    @property
    def place(self) -> str:
        """Where it stands in its queue."""
        return f"{PREFIX}{self.promise}#{self.order_id}#{self.number:04d}"

    def to_dict(self) -> dict[str, Any]:
        """The stored form."""
        stored = {
            "sku": self.sku,
            "node": self.node,
            "promise": self.promise,
            "order_id": self.order_id,
            "number": self.number,
            "fulfilment_id": self.fulfilment_id,
            "units": self.units,
            "supplied": self.supplied,
        }
        return stored if self.not_before is None else {**stored, "not_before": self.not_before}

    @staticmethod
    def from_dict(stored: Mapping[str, Any]) -> Waiting:
        """Read the stored form."""
        return Waiting(
            sku=stored["sku"],
            node=stored["node"],
            promise=stored["promise"],
            order_id=stored["order_id"],
            number=stored["number"],
            fulfilment_id=stored["fulfilment_id"],
            units=stored["units"],
            not_before=stored.get("not_before"),
            supplied=stored.get("supplied", 0),
        )


@dataclass(frozen=True, slots=True)
class QueueChange:
    """An entry that joins its queue, or leaves it."""

    entry: Waiting
    joins: bool


@dataclass(frozen=True, slots=True)
class Presale:
    """Units of a SKU that are sold before its launch, or given back (negative); `cap` is what may be sold at most."""

    sku: str
    units: int
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """A queue as read: its main counter first, then its first entry (None: nobody waits)."""

    counter: StockCounter
    head: Waiting | None


class Backlog(Protocol):
    """Where queues are read and looked after. Orders join and leave them in their own commits."""

    def look(self, sku: str, node: str) -> Look:
        """The counter, then the queue's head, both consistent: what joined in between shows in the counter's turn."""
        ...

    def queue(self, sku: str, node: str) -> list[Waiting]:
        """Everyone who waits, in order."""
        ...


def wait_for(sku: str, node: str, units: int, cap: int | None = None) -> StockMove:
    """An order takes units that are not there; at most `cap` may wait at the node together (None: any number)."""
    return StockMove(sku, node, 0, _positive(units), backordered=units, cap=cap, turns=1)


def give_up(sku: str, node: str, units: int) -> StockMove:
    """An order that waits does not want its units any more."""
    return StockMove(sku, node, 0, -_positive(units), backordered=-units, turns=1)


def fill(look: Look) -> StockMove:
    """The head's units are there: it waits no longer. Only if the queue is as it was read, and they are there still."""
    if look.head is None:
        raise ValueError("nobody waits")
    units, seen = look.head.units, look.counter
    return StockMove(
        seen.sku, seen.node, 0, 0, backordered=-units, turns=1, fills=units - seen.backordered, turn=seen.turn
    )


def may_fill(look: Look, now: str) -> bool:
    """Whether the head gets its units now: they are there beyond what others reserved, and nothing says later.

    `now` is an ISO text. Nobody behind the head gets anything before it.
    """
    head, counter = look.head, look.counter
    if head is None or (head.not_before or "") > now:
        return False
    return counter.available + counter.backordered >= head.units


def owed(counters: Iterable[StockCounter]) -> dict[str, int]:
    """Units by node that what comes in next is for: who waits, and what reservations and safety lack. All of a SKU."""
    found: dict[str, int] = {}
    for each in counters:
        if each.bucket == MAIN and each.available < 0:
            found[each.node] = -each.available
    return found


def takeable(counters: Iterable[StockCounter]) -> list[StockCounter]:
    """Counters as takers may see them: where orders wait, what is free in other general buckets is theirs first."""
    counters = list(counters)
    owing = {
        (each.sku, each.node): -each.available
        for each in counters
        if each.bucket == MAIN and each.backordered and each.available < 0
    }
    if not owing:
        return counters
    found: list[StockCounter] = []
    for each in counters:
        left = owing.get((each.sku, each.node), 0)
        held = min(left, max(0, each.available)) if is_general(each.bucket) else 0
        if held:
            owing[each.sku, each.node] = left - held
        found.append(replace(each, on_hand=each.on_hand - held) if held else each)
    return found


def _positive(units: int) -> int:
    if units <= 0:
        raise ValueError("whoever waits does so for units")
    return units
