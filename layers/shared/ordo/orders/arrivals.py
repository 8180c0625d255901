"""After a movement: who waits for goods gets them at once, and a correction is shared by all buckets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ordo.inventory.model import MAIN
from ordo.inventory.movements import MovementKind
from ordo.inventory.telling import backlog_in, bring_together

if TYPE_CHECKING:
    from ordo.inventory.movements import Movement
    from ordo.orders.backlog_jobs import BacklogJobs


def fill_after(table: str, movement: Movement) -> None:
    """Arrange what was corrected, and fill the queues at the counters that gained units.

    Best effort: a queue is due for the watcher as well, and whoever collects units from several buckets arranges them.
    `table` is the Supply table. Only where somebody waits more is loaded than what reads the queue.
    """
    from ordo.runtime.observability import logger

    def tried(sku: str, node: str, do: Callable[[str, str, str], None]) -> None:
        try:
            do(table, sku, node)
        except Exception as error:  # noqa: BLE001  the movement is recorded, whatever happens here
            logger.warning("not settled", extra={"place": f"{sku} at {node}", "why": type(error).__name__})

    for sku, node in _corrected(movement):
        tried(sku, node, _arrange)
    for sku, node in _gained(movement):
        tried(sku, node, _fill)


def _arrange(table: str, sku: str, node: str) -> None:
    """One bucket may be below zero now, or its safety be more than it has: what is free in others covers it."""
    if backlog_in(table).look(sku, node).counter.layout is not None:
        bring_together(table, [(sku, node)])


def _fill(table: str, sku: str, node: str) -> None:
    if backlog_in(table).look(sku, node).head is not None:
        jobs(table).fill_for_a_while(sku, node)


def _corrected(movement: Movement) -> Iterable[tuple[str, str]]:
    if movement.kind not in (MovementKind.ADJUST, MovementKind.COUNT, MovementKind.SAFETY):
        return []
    return sorted({(entry.sku, entry.node) for entry in movement.entries})


def jobs(table: str) -> BacklogJobs:
    """Filling at the desk of the tables that the environment names."""
    from ordo.orders.wiring import backlog_jobs

    return backlog_jobs(table)


def _gained(movement: Movement) -> Iterable[tuple[str, str]]:
    gained = {
        (entry.sku, entry.node)
        for entry in movement.entries
        if entry.bucket == MAIN and entry.on_hand - entry.reserved - entry.safety > 0
    }
    return sorted(gained)
