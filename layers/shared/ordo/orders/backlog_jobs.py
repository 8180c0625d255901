"""Looking after the queues of those who wait: what the watcher does when one is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from ordo.inventory.backlog import Backlog
from ordo.inventory.backlog_writes import LOOK_AGAIN, place_in
from ordo.kernel.clock import to_iso
from ordo.orders.desk import OrderDesk
from ordo.orders.filling import Filled, Gather, fill_backlog, next_look
from ordo.orders.watcher import DueIndex, DueItem

BUDGET = timedelta(seconds=5)
"""So long one queue is filled at once: others are due too, or somebody waits for the answer."""


class Jobs(Backlog, Protocol):
    """A `Backlog` with the item by which a queue is due."""

    def joined(self, sku: str, node: str) -> int:
        """How many entries ever joined."""
        ...

    def leave(self, sku: str, node: str, joined: int) -> bool:
        """The queue is due no more; False when somebody joined since `joined` was read."""
        ...


@dataclass(frozen=True, slots=True)
class BacklogJobs:
    """Filling at the desk."""

    desk: OrderDesk
    jobs: Jobs
    gather: Gather | None = None

    def fill(self, sku: str, node: str, go_on: Callable[[], bool] = lambda: True) -> Filled:
        """Give those who wait what is there."""
        return fill_backlog(self.desk, self.jobs, sku, node, go_on=go_on, gather=self.gather)

    def fill_for_a_while(self, sku: str, node: str) -> Filled:
        """The same, for `BUDGET` at most."""
        until = self.desk.now() + BUDGET
        return self.fill(sku, node, lambda: self.desk.now() < until)

    def settle(self, item: DueItem, index: DueIndex) -> tuple[str, ...]:
        """Fill the queue that is due, and say when it is due next; one where nobody waits is due no more."""
        sku, node = place_in(item.pk)
        joined = self.jobs.joined(sku, node)
        filled = self.fill_for_a_while(sku, node)
        now = self.desk.now()
        again = next_look(filled, to_iso(now), to_iso(now + LOOK_AGAIN))
        if again is None:
            self.jobs.leave(sku, node, joined)
        else:
            index.push(item, again, 0)
        return ()
