"""A sourcing plan and everything that explains it. Distances are whole metres, never floats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ordo.kernel.geo import Location, distance_km

METRES_STEP = 100
"""Distances are rounded to 0.1 km before they are compared, so that the printed figures explain the choice fully."""


@dataclass(frozen=True, slots=True)
class SourceNode:
    """A place that might fulfil. `removed` names the constraint that keeps it out whatever it has in stock."""

    node_id: str
    location: Location | None
    removed: str | None = None
    handling_hours: int | None = None


@dataclass(frozen=True, slots=True)
class ShipTo:
    """Where the order goes, and how exactly that is known (exact, postal_code, city)."""

    location: Location
    precision: str = "exact"


@dataclass(frozen=True, slots=True)
class TransitBand:
    """Parcels that travel at most this far take this many days."""

    up_to_km: int
    days: int


@dataclass(frozen=True, slots=True)
class SourcingPolicy:
    """What the plan obeys. `max_fulfilments` 0 means any number; `search_limit` counts node sets, not seconds."""

    max_fulfilments: int = 0
    search_limit: int = 5_000
    handling_hours: int = 24
    transit: tuple[TransitBand, ...] = (
        TransitBand(50, 1),
        TransitBand(300, 2),
        TransitBand(1000, 3),
        TransitBand(2500, 5),
    )
    farthest_days: int = 10
    unknown_days: int = 7

    def limited_to(self, max_fulfilments: int) -> SourcingPolicy:
        """The same policy with the channel's limit of fulfilments (0: none)."""
        return replace(self, max_fulfilments=max_fulfilments)

    def transit_days(self, metres: int | None) -> int:
        """Days on the road for a distance; `unknown_days` when the distance is not known."""
        if metres is None:
            return self.unknown_days
        for band in self.transit:
            if metres <= band.up_to_km * 1000:
                return band.days
        return self.farthest_days


@dataclass(frozen=True, slots=True)
class LineShare:
    """Units of one order line that one node provides."""

    line_id: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PlannedFulfilment:
    """The work one node would do. `metres` is None when the distance is not known."""

    node_id: str
    metres: int | None
    lines: tuple[LineShare, ...]

    def to_dict(self) -> dict[str, Any]:
        """The stored form; `km` is a decimal text with one digit."""
        return {
            "node_id": self.node_id,
            "km": km_text(self.metres),
            "lines": [{"line_id": line.line_id, "sku": line.sku, "quantity": line.quantity} for line in self.lines],
        }


LACKS_NAMED = 10
"""So many of the SKUs that a candidate lacks are named; the rest is counted, so that a plan stays small."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One node as the plan saw it: what it could cover, or the constraint that removed it.

    `covers` is units per SKU that it could give of what is wanted, `lines` how many lines it could fill by itself,
    `lacks` the SKUs that it has not enough of. `removed` is one of inactive, not_in_channel, no_stock. A node that is
    neither removed nor chosen lost to the chosen ones on the plan's objective.
    """

    node_id: str
    metres: int | None
    chosen: bool = False
    removed: str | None = None
    covers: Mapping[str, int] = field(default_factory=dict)
    lines: int = 0
    lacks: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The stored form."""
        found: dict[str, Any] = {"node_id": self.node_id, "km": km_text(self.metres), "chosen": self.chosen}
        if self.removed:
            return found | {"removed": self.removed}
        found["covers"] = {"units": sum(self.covers.values()), "lines": self.lines}
        if self.lacks:
            found["lacks"] = list(self.lacks[:LACKS_NAMED])
        if len(self.lacks) > LACKS_NAMED:
            found["lacks_more"] = len(self.lacks) - LACKS_NAMED
        return found


@dataclass(frozen=True, slots=True)
class Promise:
    """When the order should be ready and delivered, and why then. Times are ISO texts in UTC."""

    ready_by: str
    deliver_by: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """The stored form."""
        return {"ready_by": self.ready_by, "deliver_by": self.deliver_by, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Plan:
    """Which nodes fulfil what. `proven` is False when the search limit was hit: then it is the best that was found.

    `location` says how exactly the destination was known: exact, postal_code, city or unknown.
    """

    fulfilments: tuple[PlannedFulfilment, ...]
    candidates: tuple[Candidate, ...]
    promise: Promise
    location: str
    objective: str
    proven: bool = True
    explored: int = 0

    @property
    def metres(self) -> int:
        """Distance over all fulfilments; 0 when it is not known."""
        return sum(fulfilment.metres or 0 for fulfilment in self.fulfilments)

    def to_dict(self) -> dict[str, Any]:
        """The stored form: plain JSON values without floats."""
        return {
            "location": self.location,
            "objective": self.objective,
            "proven": self.proven,
            "explored": self.explored,
            "km": km_text(self.metres) if self.location != "unknown" else None,
            "fulfilments": [fulfilment.to_dict() for fulfilment in self.fulfilments],
            "candidates": [candidate.to_dict() for candidate in self.candidates],
            "promise": self.promise.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class NoPlan:
    """No combination of nodes fulfils the order; `reason` is the first law that stops it, candidates say the rest.

    `reason` is no_node_serves_channel, short (the nodes have changed since stock was checked) or max_fulfilments.
    """

    reason: str
    candidates: tuple[Candidate, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


def metres_between(a: Location | None, b: Location | None) -> int | None:
    """Great-circle metres, rounded to 100; None when one place is not known."""
    if a is None or b is None:
        return None
    return round(distance_km(a, b) * 1000 / METRES_STEP) * METRES_STEP


def km_text(metres: int | None) -> str | None:
    """`12300` -> `12.3`."""
    if metres is None:
        return None
    return f"{metres // 1000}.{metres % 1000 // 100}"
