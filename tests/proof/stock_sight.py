"""What somebody may have seen, at any moment while on the way: the least that there was, and the most."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

from ordo.inventory.layout import is_general
from ordo.inventory.model import MAIN, StockCounter

Opened = Callable[[StockCounter], bool]
"""Whether a counter that is kept for a channel may be taken from."""


@dataclass
class Sight:
    """By whatever was looked at."""

    least: dict[Hashable, int] = field(default_factory=dict)
    most: dict[Hashable, int] = field(default_factory=dict)

    def see(self, what: Hashable, units: int) -> None:
        """One look."""
        self.least[what] = min(units, self.least.get(what, units))
        self.most[what] = max(units, self.most.get(what, units))


def open_units(here: Iterable[StockCounter], opened: Opened) -> int:
    """Units of a SKU at a node that a newcomer may take: what those who wait lack comes first, of what is general."""
    here = list(here)
    owed = sum(max(0, -each.available) for each in here if each.bucket == MAIN and each.backordered)
    general = sum(max(0, each.available) for each in here if is_general(each.bucket))
    kept = sum(max(0, each.available) for each in here if not is_general(each.bucket) and opened(each))
    return max(0, general - owed) + kept
