"""Ordering, changing and cancelling dated supply, and what purchasing is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ordo.inventory.errors import CounterChanged
from ordo.inventory.shortages import Shortages
from ordo.inventory.supply import Supply, SupplyChange, cancelled, ordered
from ordo.kernel.clock import Clock, to_iso
from ordo.kernel.errors import Busy, NotFound

TRIES = 8


class SupplyRepository(Protocol):
    """Where dated supply is kept."""

    def get(self, supply_id: str) -> Supply | None:
        """One supply, read consistently."""
        ...

    def save(self, change: SupplyChange) -> None:
        """Write it; raises `CounterChanged` when it is not as it was read."""
        ...

    def due(self, sku: str) -> list[Supply]:
        """What is due of a SKU, by day, read consistently."""
        ...

    def listed(self, sku: str, node: str | None, after: str | None, limit: int) -> tuple[list[Supply], str | None]:
        """A page of what is due of a SKU (at one node), by day, and the place to go on after."""
        ...


@dataclass(frozen=True, slots=True)
class Supplying:
    """What inventory does about dated supply."""

    repository: SupplyRepository
    shortages: Shortages
    clock: Clock

    def put(self, wanted: Supply) -> Supply:
        """Order it, or change what was ordered; the same again changes nothing. Raises `SupplyRefused`."""
        return self._change(wanted.supply_id, lambda before, at: ordered(before, wanted, at))

    def cancel(self, supply_id: str) -> Supply:
        """Nothing more of it comes; again changes nothing. Raises `NotFound` and `SupplyRefused`."""

        def decide(before: Supply | None, at: str) -> SupplyChange | None:
            if before is None:
                raise NotFound(f"There is no supply {supply_id}.")
            return cancelled(before, at)

        return self._change(supply_id, decide)

    def _change(self, supply_id: str, decide: Callable[[Supply | None, str], SupplyChange | None]) -> Supply:
        for _ in range(TRIES):
            before = self.repository.get(supply_id)
            change = decide(before, to_iso(self.clock()))
            try:
                if change is not None:
                    self.repository.save(change)
            except CounterChanged:
                continue
            after = change.after if change is not None else before
            if after is None:
                raise NotFound(f"There is no supply {supply_id}.")
            self._tell(after)  # also when it was written before: a try may have ended between the two
            return after
        raise Busy()

    def _tell(self, supply: Supply) -> None:
        """Its cover is all that it brings, come or due: goods of it are not told again."""
        promised = supply.received + supply.due
        others = sum(each.due for each in self.repository.due(supply.sku) if each.node == supply.node)
        self.shortages.supplied(supply.sku, supply.node, promised, ref=f"supply:{supply.supply_id}", due=others)
