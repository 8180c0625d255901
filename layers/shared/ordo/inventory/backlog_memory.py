"""The in-memory twin of the queues of those who wait."""

from __future__ import annotations

from collections.abc import Iterable

from ordo.inventory.backlog import Look, Presale, QueueChange, Waiting
from ordo.inventory.errors import StockExhausted
from ordo.inventory.model import MAIN, StockCounter, StockKey, empty

Queue = dict[tuple[str, str], dict[str, Waiting]]


class InMemoryBacklog:
    """`Backlog` in dictionaries, over the counters of an order repository or stock in memory."""

    def __init__(self, counters: dict[StockKey, StockCounter]) -> None:
        self._counters = counters
        self.queues: Queue = {}
        self.sold: dict[str, int] = {}

    def look(self, sku: str, node: str) -> Look:
        """See `Backlog`."""
        waiting = self.queue(sku, node)
        key = sku, node, MAIN
        return Look(self._counters.get(key) or empty(key), waiting[0] if waiting else None)

    def queue(self, sku: str, node: str) -> list[Waiting]:
        """See `Backlog`."""
        return [entry for _, entry in sorted(self.queues.get((sku, node), {}).items())]

    def sold_before_launch(self, skus: list[str]) -> dict[str, int]:
        """Units by SKU that are sold as pre-orders."""
        return {sku: self.sold[sku] for sku in skus if self.sold.get(sku)}

    def require(self, presales: Iterable[Presale]) -> None:
        """Raises `StockExhausted` when one is above its cap."""
        for each in presales:
            sold = self.sold.get(each.sku, 0)
            if each.cap is not None and each.units > 0 and sold + each.units > each.cap:
                room = max(0, each.cap - sold)
                raise StockExhausted((each.sku, "", "presale"), requested=each.units, available=room, what="presale")

    def make(self, changes: Iterable[QueueChange], presales: Iterable[Presale]) -> None:
        """Entries in and out, and what is sold before launches."""
        for change in changes:
            queue = self.queues.setdefault((change.entry.sku, change.entry.node), {})
            if change.joins:
                queue[change.entry.place] = change.entry
            else:
                queue.pop(change.entry.place, None)
        for each in presales:
            self.sold[each.sku] = self.sold.get(each.sku, 0) + each.units
