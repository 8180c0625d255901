"""Is there enough for every line? Pure; a plan of places comes after (ordo.sourcing)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ordo.catalog.availability import IN_STOCK
from ordo.catalog.availability import Availability as SellingPolicy
from ordo.inventory.backlog import takeable
from ordo.inventory.model import StockCounter, is_open_to, layouts

Availability = Mapping[str, Mapping[str, int]]
"""SKU -> node -> units that may be reserved; only positive numbers."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one order line takes from stock, and what a node must be able to do for it. Several may want one SKU."""

    line_id: str
    sku: str
    quantity: int
    requires: frozenset[str] = frozenset()
    minutes: int = 0
    categories: tuple[str, ...] = ()
    availability: SellingPolicy = IN_STOCK


Needs = Mapping[str, Mapping[str, Any]]
"""By line id what sourcing must know beside SKU and quantity, as a draft carries it: requires, minutes, categories,
availability."""


class StockLine(Protocol):
    """A line that knows which SKU its options resolve to (`ordo.pricing.model.PricedLine`)."""

    @property
    def line_id(self) -> str: ...
    @property
    def stock_sku(self) -> str: ...
    @property
    def quantity(self) -> int: ...


def demand_of(lines: Iterable[StockLine], needs: Needs | None = None) -> tuple[Wanted, ...]:
    """What priced lines take from stock, in their order."""
    return tuple(_wanted(line, (needs or {}).get(line.line_id, {})) for line in lines)


def _wanted(line: StockLine, need: Mapping[str, Any]) -> Wanted:
    return Wanted(
        line.line_id,
        line.stock_sku,
        line.quantity,
        frozenset(need.get("requires", ())),
        need.get("minutes", 0),
        tuple(need.get("categories", ())),
        SellingPolicy.of(need.get("availability")),
    )


@dataclass(frozen=True, slots=True)
class ShortLine:
    """A line that cannot be filled; `available` is what is left for it once the lines before it have theirs."""

    line_id: str
    sku: str
    requested: int
    available: int

    def to_dict(self) -> dict[str, str | int]:
        """The form in a problem's facts."""
        return {
            "line_id": self.line_id,
            "sku": self.sku,
            "requested": self.requested,
            "available": self.available,
        }


@dataclass(frozen=True, slots=True)
class Enough:
    """All lines can be filled from the nodes that were looked at."""


@dataclass(frozen=True, slots=True)
class Short:
    """At least one line cannot be filled, whichever nodes are combined."""

    lines: tuple[ShortLine, ...] = field(default_factory=tuple)


def availability(counters: Sequence[StockCounter], channel: str | None = None) -> dict[str, dict[str, int]]:
    """The compact view that travels with a draft: only what an order of the channel can reserve, over all buckets.

    Without a channel nothing that is kept for one counts.
    """
    laid = layouts(counters)
    return _summed(each for each in counters if is_open_to(each, channel, laid.get((each.sku, each.node))))


def fenced(counters: Sequence[StockCounter], channel: str) -> dict[str, dict[str, int]]:
    """What is kept for other channels."""
    laid = layouts(counters)
    return _summed(each for each in counters if not is_open_to(each, channel, laid.get((each.sku, each.node))))


def added(stock: Availability, more: Availability) -> dict[str, dict[str, int]]:
    """Both together."""
    found = {sku: dict(by_node) for sku, by_node in stock.items()}
    for sku, by_node in more.items():
        mine = found.setdefault(sku, {})
        for node, units in by_node.items():
            mine[node] = mine.get(node, 0) + units
    return found


def _summed(counters: Iterable[StockCounter]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for counter in takeable(counters):
        if counter.available > 0:
            by_node = found.setdefault(counter.sku, {})
            by_node[counter.node] = by_node.get(counter.node, 0) + counter.available
    return found


def check(demand: Sequence[Wanted], stock: Availability) -> Enough | Short:
    """Compare each line with the sum over all nodes in `stock`; lines that want one SKU are served in their order."""
    left: dict[str, int] = {}
    short: list[ShortLine] = []
    for line in demand:
        if line.sku not in left:
            left[line.sku] = sum(stock.get(line.sku, {}).values())
        if left[line.sku] < line.quantity:
            short.append(ShortLine(line.line_id, line.sku, line.quantity, left[line.sku]))
        left[line.sku] = max(0, left[line.sku] - line.quantity)
    return Short(tuple(short)) if short else Enough()
