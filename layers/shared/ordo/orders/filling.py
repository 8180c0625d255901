"""Giving those who wait for a SKU at a node their units, one commit each, strictly in the order of their queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ordo.inventory.backlog import Backlog, Look, may_fill
from ordo.kernel.errors import Busy
from ordo.orders.backorders import decide_filled
from ordo.orders.desk import OrderDesk
from ordo.orders.errors import OrderNotFound, StockShort
from ordo.orders.model import SYSTEM

MAX_FILLED = 500
"""Entries of a queue that one call fills; the watcher goes on with the rest."""


class Gather(Protocol):
    """Brings units of the general buckets together in the main one, where who waits has their place."""

    def __call__(self, sku: str, node: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Filled:
    """How many got their units. Not `done`: time was over or others were quicker, and the first may still get its."""

    count: int
    done: bool
    next_at: str | None = None
    """Before then the first in the queue gets nothing, whatever comes."""
    empty: bool = False


def fill_backlog(
    desk: OrderDesk,
    backlog: Backlog,
    sku: str,
    node: str,
    *,
    go_on: Callable[[], bool] = lambda: True,
    gather: Gather | None = None,
) -> Filled:
    """Fill the queue as far as there are units for its first entry, and then for the next.

    Each is its order's own commit, which another call may make as well: what was filled already is met by nobody.
    """
    count, met = 0, None
    for _ in range(MAX_FILLED):
        if not go_on():
            return Filled(count, False)
        look = _look(desk, backlog, sku, node, gather)
        if look.head is None:
            return Filled(count, True, empty=True)
        if not may_fill(look, desk.moment()):
            return Filled(count, True, next_at=look.head.not_before)
        if look.head == met:  # it did not go: its order is not as the queue has it
            return Filled(count, False)
        met = look.head
        try:
            count += _filled(desk, backlog, look)
        except (StockShort, Busy):
            return Filled(count, False)
    return Filled(count, False)


def _look(desk: OrderDesk, backlog: Backlog, sku: str, node: str, gather: Gather | None) -> Look:
    """The queue; where its counter has too little for its first entry, with what other buckets have brought to it."""
    look = backlog.look(sku, node)
    short = look.head is not None and not may_fill(look, desk.moment())
    if gather is None or not short or look.counter.layout is None:
        return look
    gather(sku, node)
    return backlog.look(sku, node)


def _filled(desk: OrderDesk, backlog: Backlog, look: Look) -> int:
    head = look.head
    if head is None:
        return 0
    try:
        changed = desk.change(
            head.order_id,
            # Looked at again with each try: its guard is the queue's turn.
            lambda state, now: decide_filled(state, now, backlog.look(head.sku, head.node), head.fulfilment_id),
            actor=SYSTEM,
        )
    except OrderNotFound:
        return 0
    return 1 if changed.event is not None else 0


def next_look(filled: Filled, now: str, later: str) -> str | None:
    """When the watcher looks at the queue again: at once while it is not done, else `later`, or when the first may ship
    if that comes before. None: nobody waits.
    """
    if filled.empty:
        return None
    if not filled.done:
        return now
    return min(filled.next_at, later) if filled.next_at is not None and filled.next_at > now else later
