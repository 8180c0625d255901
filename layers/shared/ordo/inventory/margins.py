"""How many units may be taken before a node falls below its reorder point, from what a placement saw anyway. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ordo.catalog.sourcing_terms import SourcingTerms
from ordo.inventory.demand import fenced
from ordo.inventory.model import StockCounter
from ordo.inventory.spread import ByBucket, usable

Margins = Mapping[str, Mapping[str, int]]
"""SKU -> node -> units; only of nodes that have a reorder point and are not below it."""


class Counters(Protocol):
    """Where counters are read."""

    def counters(self, skus: Sequence[str], nodes: Sequence[str], *, consistent: bool = False) -> list[StockCounter]:
        """Existing counters of these SKUs at these nodes."""
        ...


class Sought(Protocol):
    """For whom stock was looked at (`ordo.orders.placement.PlacementDraft`)."""

    @property
    def channel(self) -> str: ...
    @property
    def sourcing(self) -> dict[str, Any] | None: ...


@dataclass(slots=True)
class MarginsSeen:
    """Reads counters for another and remembers the margins: no read of its own. For one placement."""

    stock: Counters
    _seen: dict[str, dict[str, StockCounter]] = field(default_factory=dict)
    _available: dict[tuple[str, str], int] = field(default_factory=dict)
    _last: list[StockCounter] = field(default_factory=list)

    def counters(self, skus: Sequence[str], nodes: Sequence[str], *, consistent: bool = False) -> list[StockCounter]:
        """See `Counters`; a later reading replaces what was seen before."""
        found = self.stock.counters(skus, nodes, consistent=consistent)
        for key in {(counter.sku, counter.node) for counter in found}:
            self._available[key] = sum(each.available for each in found if (each.sku, each.node) == key)
        self._last = found
        for counter in found:
            if counter.reorder_point is not None:
                self._seen.setdefault(counter.sku, {})[counter.node] = counter
        return found

    def facts(self, draft: Sought) -> dict[str, Any]:
        """What later steps must know of the counters: margins, buckets, and what is kept where that may be taken."""
        soft = SourcingTerms.of(draft.sourcing or {}).ring_fence.penalty is not None
        return {
            "margins": self.margins(),
            "by_bucket": self.by_bucket(draft.channel, others=soft),
            "kept": self.fenced(draft.channel) if soft else None,
        }

    def by_bucket(self, channel: str, *, others: bool = False) -> ByBucket | None:
        """What the channel's orders may take from each bucket, where there are several; `others`: of others' too."""
        return usable(self._last, channel, others=others) or None

    def fenced(self, channel: str) -> dict[str, dict[str, int]] | None:
        """What is kept for other channels."""
        return fenced(self._last, channel) or None

    def margins(self) -> dict[str, dict[str, int]] | None:
        """What was seen; None when nothing that was looked at has a reorder point, as most has not."""
        found: dict[str, dict[str, int]] = {}
        for sku, by_node in self._seen.items():
            for node, counter in by_node.items():
                margin = self._available[sku, node] - (counter.reorder_point or 0)
                if margin >= 0:
                    found.setdefault(sku, {})[node] = margin
        return found or None


def crossed(margins: Margins | None, taken: Iterable[tuple[str, str, int]]) -> list[tuple[str, str]]:
    """(sku, node) that fell below the reorder point by what was `taken` there (sku, node, units), sorted."""
    if not margins:
        return []
    total: dict[tuple[str, str], int] = {}
    for sku, node, units in taken:
        total[sku, node] = total.get((sku, node), 0) + units
    return sorted(key for key, units in total.items() if units > margins.get(key[0], {}).get(key[1], units))
