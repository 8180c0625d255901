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
    """What one order line takes from stock, and what a node must be able to do for it. Several may want one SKU.

    A bundle's line wants each of its parts by itself: `part` is its place among them, from 0.
    """

    line_id: str
    sku: str
    quantity: int
    requires: frozenset[str] = frozenset()
    minutes: int = 0
    categories: tuple[str, ...] = ()
    availability: SellingPolicy = IN_STOCK
    part: int | None = None

    @property
    def key(self) -> str:
        """What no other demand of the order has."""
        return demand_key(self.line_id, self.part)


Needs = Mapping[str, Mapping[str, Any]]
"""By key what sourcing must know beside SKU and quantity, as a draft carries it: requires, minutes, categories,
availability.
"""


def demand_key(line_id: str, part: int | None = None) -> str:
    """The line's id, or one for a part of a bundle's line: no line has an id with `#`."""
    return line_id if part is None else f"{line_id}#{part}"


class StockPart(Protocol):
    """Goods in a bundle (`ordo.pricing.parts.PricedPart`), so many in each."""

    @property
    def stock_sku(self) -> str: ...
    @property
    def quantity(self) -> int: ...


class StockLine(Protocol):
    """A line that knows which SKU its options resolve to (`ordo.pricing.model.PricedLine`)."""

    @property
    def line_id(self) -> str: ...
    @property
    def stock_sku(self) -> str: ...
    @property
    def quantity(self) -> int: ...
    @property
    def parts(self) -> Sequence[StockPart]: ...


def demand_of(lines: Iterable[StockLine], needs: Needs | None = None) -> tuple[Wanted, ...]:
    """What priced lines take from stock, in their order; bundles part by part."""
    found: list[Wanted] = []
    for line in lines:
        if not line.parts:
            found.append(_wanted(line.line_id, line.stock_sku, line.quantity, needs))
        for place, part in enumerate(line.parts):
            found.append(_wanted(line.line_id, part.stock_sku, line.quantity * part.quantity, needs, place))
    return tuple(found)


def _wanted(line_id: str, sku: str, quantity: int, needs: Needs | None, part: int | None = None) -> Wanted:
    need = (needs or {}).get(demand_key(line_id, part), {})
    return Wanted(
        line_id,
        sku,
        quantity,
        frozenset(need.get("requires", ())),
        need.get("minutes", 0),
        tuple(need.get("categories", ())),
        SellingPolicy.of(need.get("availability")),
        part,
    )


@dataclass(frozen=True, slots=True)
class ShortLine:
    """A line that cannot be filled; `available` is what is left for it once the lines before it have theirs.

    Of a bundle's line it is one of its parts: `part` is its place, `sku` and units are that part's.
    """

    line_id: str
    sku: str
    requested: int
    available: int
    part: int | None = None

    def to_dict(self) -> dict[str, str | int]:
        """The form in a problem's facts."""
        found: dict[str, str | int] = {
            "line_id": self.line_id,
            "sku": self.sku,
            "requested": self.requested,
            "available": self.available,
        }
        return found if self.part is None else {**found, "part": self.part}


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
            short.append(ShortLine(line.line_id, line.sku, line.quantity, left[line.sku], line.part))
        left[line.sku] = max(0, left[line.sku] - line.quantity)
    return Short(tuple(short)) if short else Enough()
