"""The in-memory twin of dated supply."""

from __future__ import annotations

from ordo.inventory.backlog_memory import InMemoryBacklog
from ordo.inventory.errors import CounterChanged
from ordo.inventory.memory import InMemoryStock
from ordo.inventory.supply import Supply, SupplyChange


class InMemorySupply:
    """`SupplyRepository` in the dictionary of stock in memory, whose movements change it too."""

    def __init__(self, stock: InMemoryStock, backlog: InMemoryBacklog | None = None) -> None:
        self._stock = stock
        self._backlog = backlog or InMemoryBacklog(stock.by_key)

    def sold_before_launch(self, skus: list[str]) -> dict[str, int]:
        """Units by SKU that are sold as pre-orders."""
        return self._backlog.sold_before_launch(skus)

    def get(self, supply_id: str) -> Supply | None:
        """See `SupplyRepository`."""
        return self._stock.supplies.get(supply_id)

    def save(self, change: SupplyChange) -> None:
        """See `SupplyRepository`."""
        with self._stock.lock:
            if self._stock.supplies.get(change.after.supply_id) != change.before:
                raise CounterChanged()
            self._stock.supplies[change.after.supply_id] = change.after

    def due(self, sku: str) -> list[Supply]:
        """See `SupplyRepository`."""
        found = [each for each in self._stock.supplies.values() if each.sku == sku and each.due]
        return sorted(found, key=lambda each: each.place)

    def listed(self, sku: str, node: str | None, after: str | None, limit: int) -> tuple[list[Supply], str | None]:
        """See `SupplyRepository`."""
        found = [each for each in self.due(sku) if node in (None, each.node) and each.place > (after or "")]
        return found[:limit], found[limit - 1].place if len(found) > limit else None
