"""Shortages: what other contexts tell of them, each in one transaction with the events that say so.

Whoever is told twice, or again after a lost answer, changes nothing: orders, days and receipts count once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ordo.inventory import requirements
from ordo.inventory.movements import Movement, MovementKind
from ordo.inventory.requirements import Levels, Moment, Requirement, Step, Told, Watched
from ordo.kernel.clock import Clock, to_iso
from ordo.kernel.errors import Busy
from ordo.kernel.ids import Ids

TRIES = 8
_COVERING = (MovementKind.RECEIVE, MovementKind.RETURN, MovementKind.TRANSFER, MovementKind.ADJUST, MovementKind.COUNT)


class WatchedChanged(Exception):
    """Another wrote what is known of the SKU at the node since it was read: read it again."""


class AlreadyNoted(Exception):
    """The refusal was noted before."""


@dataclass(frozen=True, slots=True)
class Save:
    """One write: a step over what was read, its events' ids, and a refusal that must be new (`day`, `ref`)."""

    before: Watched
    step: Step
    event_ids: tuple[str, ...]
    at: str
    once: tuple[str, str] | None = None


class ShortageRepository(Protocol):
    """Where requirements, their history and stock events are kept."""

    def levels(self, sku: str, node: str) -> Levels | None:
        """What the node has over all buckets, and its settings; None when it never had a counter. Consistent."""
        ...

    def watched(self, sku: str, node: str) -> Watched:
        """What is known, read consistently."""
        ...

    def save(self, save: Save) -> None:
        """All of a step or nothing. Raises `WatchedChanged`, `AlreadyNoted`."""
        ...

    def nodes_of(self, sku: str) -> list[str]:
        """Nodes that ever had a counter of the SKU, sorted."""
        ...

    def listed(self, node: str | None, after: str | None, limit: int) -> tuple[list[Requirement], str | None]:
        """Open requirements (of one node), by key, and where to go on."""
        ...


@dataclass(frozen=True, slots=True)
class Shortages:
    """What inventory does about shortages."""

    repository: ShortageRepository
    clock: Clock
    ids: Ids

    def look(self, sku: str, node: str) -> None:
        """Read the levels and tell and buy what they call for. A node that never had the SKU is nothing."""
        levels = self.repository.levels(sku, node)
        if levels is not None:
            self._step(sku, node, lambda watched, moment: requirements.looked(watched, levels, moment))

    def backordered(
        self, sku: str, node: str, units: int, needed_by: str | None, *, order_id: str, supplied: int = 0
    ) -> None:
        """An order was accepted for units that are not there; `needed_by` is an ISO time. Once for each order.

        `supplied` of them are due already: those are told, and not bought.
        """
        once = (to_iso(self.clock())[:10], f"order:{order_id}") if supplied else None
        try:
            self._step(
                sku, node, lambda w, m: requirements.backordered(w, order_id, units, needed_by, m, supplied), once
            )
        except AlreadyNoted:
            return

    def supplied(self, sku: str, node: str, units: int, *, ref: str, due: int) -> None:
        """A supply (`ref`) brings so many units in all, or no more (0); `due` is what all supply of the node brings
        yet. What it was said to bring before is replaced, and the levels are looked at.
        """
        levels = self.repository.levels(sku, node)
        owed = max(0, -levels.available - due) if levels is not None else 0
        self._step(sku, node, lambda w, m: requirements.supplied(w, units, ref, owed, m))
        self.look(sku, node)

    def withdrawn(self, sku: str, node: str, *, order_id: str) -> None:
        """The order's backorder is over without supply: cancelled or sourced elsewhere."""
        self._step(sku, node, lambda watched, moment: requirements.withdrawn(watched, order_id, moment))

    def covered(self, sku: str, node: str, units: int, *, by: str, ref: str, of: str | None = None) -> None:
        """Dated supply (`by` "supply") or goods (`receipt`) cover units; `ref` names the supply or movement.

        Goods of a dated supply that was told already (`of`) do not cover again.
        """
        self._step(sku, node, lambda w, m: requirements.covered(w, units, by, ref, m, of))

    def refused(self, sku: str, units: int, *, ref: str) -> None:
        """An order (`ref`: its idempotency key, hashed) was refused for want of units, at no node in particular.

        It is bought for the node with a reorder point, else for the one that had the SKU first by name; a SKU that no
        node ever had is nobody's to buy.
        """
        node = self._buying_node(sku)
        if node is None:
            return
        day = to_iso(self.clock())[:10]
        try:
            self._step(sku, node, lambda w, m: requirements.refused(w, units, m), once=(day, ref))
        except AlreadyNoted:
            return

    def moved(self, movement: Movement) -> None:
        """A movement was recorded: what came covers, and each counter it touched is looked at."""
        for entry in movement.entries:
            gained = entry.on_hand - entry.safety - entry.reserved
            if gained > 0 and movement.kind in _COVERING:
                ref = f"movement:{movement.movement_id}"
                of = f"supply:{movement.supply_id}" if movement.supply_id else None
                self.covered(entry.sku, entry.node, gained, by="receipt", ref=ref, of=of)
            self.look(entry.sku, entry.node)

    def _buying_node(self, sku: str) -> str | None:
        nodes = self.repository.nodes_of(sku)
        for node in nodes:
            levels = self.repository.levels(sku, node)
            if levels is not None and levels.point is not None:
                return node
        return nodes[0] if nodes else None

    def _step(
        self, sku: str, node: str, decide: Callable[[Watched, Moment], Step], once: tuple[str, str] | None = None
    ) -> None:
        for _ in range(TRIES):
            now = self.clock()
            before = self.repository.watched(sku, node)
            step = decide(before, Moment(to_iso(now), self.ids("pr", now)))
            if step == Step(before) and once is None:
                return
            event_ids = tuple(self.ids("evt", now) for _ in step.events)
            try:
                self.repository.save(Save(before, step, event_ids, to_iso(now), once))
            except WatchedChanged:
                continue
            return
        raise Busy()

    def tell(self, sku: str, node: str, told: Told) -> None:
        """Publish another stock event of this SKU and node in its order."""
        self._step(sku, node, lambda watched, _: Step(watched, (told,)))
