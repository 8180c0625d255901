"""After goods came in: who waits for them gets them at once, as far as that goes in a moment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ordo.inventory.model import MAIN
from ordo.inventory.telling import backlog_in

if TYPE_CHECKING:
    from ordo.inventory.movements import Movement
    from ordo.orders.backlog_jobs import BacklogJobs


def fill_after(table: str, movement: Movement) -> None:
    """Fill the queues at the counters that gained units. Best effort: the queue is due for the watcher as well.

    `table` is the Supply table. Only where somebody waits more is loaded than what reads the queue.
    """
    from ordo.runtime.observability import logger

    for sku, node in _gained(movement):
        try:
            if backlog_in(table).look(sku, node).head is not None:
                jobs(table).fill_for_a_while(sku, node)
        except Exception as error:  # noqa: BLE001  the movement is recorded, whatever happens here
            logger.warning("not filled", extra={"place": f"{sku} at {node}", "why": type(error).__name__})


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
