"""A sourcing plan and everything that explains it. Distances are whole metres, never floats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any

from ordo.catalog.node_terms import USUAL, NodeTerms
from ordo.catalog.sourcing_terms import USUAL_TERMS, SourcingTerms
from ordo.kernel.geo import Location, distance_km
from ordo.sourcing.problem import SCALE, Relaxed

METRES_STEP = 100
"""Distances are rounded to 0.1 km before they are compared, so that the printed figures explain the choice fully."""


@dataclass(frozen=True, slots=True)
class SourceNode:
    """A place that might fulfil. `removed` names what keeps it out whatever the policy: inactive, not_in_channel, or
    rejected (it has said that it cannot, when the order was given to it).
    """

    node_id: str
    location: Location | None
    removed: str | None = None
    terms: NodeTerms = USUAL


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
    """What the plan obeys: the channel's terms, and how long things take. `max_fulfilments` 0 means any number."""

    max_fulfilments: int = 0
    terms: SourcingTerms = USUAL_TERMS
    handling_hours: int = 24
    transit: tuple[TransitBand, ...] = (
        TransitBand(50, 1),
        TransitBand(300, 2),
        TransitBand(1000, 3),
        TransitBand(2500, 5),
    )
    farthest_days: int = 10
    unknown_days: int = 7

    def of_channel(self, terms: SourcingTerms, max_fulfilments: int) -> SourcingPolicy:
        """The same policy with the channel's terms and its limit of fulfilments (0: none)."""
        return replace(self, terms=terms, max_fulfilments=max_fulfilments)

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
    """Units of one order line that one node provides; of a bundle's line those of the `part` at this place in it."""

    line_id: str
    sku: str
    quantity: int
    part: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The stored form: without a part where there is none."""
        found = {"line_id": self.line_id, "sku": self.sku, "quantity": self.quantity}
        return found if self.part is None else {**found, "part": self.part}


@dataclass(frozen=True, slots=True)
class NodeWork:
    """Of a node whose work is counted: units that it had open, and how many it may have, if the policy says so.

    The order's commit adds its own units and is refused when others have filled the node meanwhile.
    """

    open_units: int
    limit: int | None = None

    def to_dict(self) -> dict[str, int]:
        """The stored form."""
        return {"open_units": self.open_units} | ({} if self.limit is None else {"limit": self.limit})


@dataclass(frozen=True, slots=True)
class PlannedWait:
    """What a part waits for: `due_at` is when its units should be there, and `why` then. Times are ISO texts.

    `supplied` of its units are there or due already; `limit` is how many may wait at the node, or be sold before the
    launch.
    """

    kind: str
    due_at: str
    ready_by: str
    deliver_by: str
    why: str
    reason: str
    supplied: int = 0
    not_before: str | None = None
    limit: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The stored form."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class PlannedFulfilment:
    """The work one node would do. `metres` is None when the distance is not known; `wait` is of a part that waits."""

    node_id: str
    metres: int | None
    lines: tuple[LineShare, ...]
    work: NodeWork | None = None
    wait: PlannedWait | None = None

    def to_dict(self) -> dict[str, Any]:
        """The stored form; `km` is a decimal text with one digit."""
        waits = {} if self.wait is None else {"backorder": self.wait.to_dict()}
        found: dict[str, Any] = {
            "node_id": self.node_id,
            "km": km_text(self.metres),
            "lines": [line.to_dict() for line in self.lines],
            **waits,
        }
        return found if self.work is None else found | {"work": self.work.to_dict()}


LACKS_NAMED = 10
"""So many of the SKUs that a candidate lacks are named; the rest is counted, so that a plan stays small."""


LOAD = 1_000_000
"""A day's work."""


@dataclass(frozen=True, slots=True)
class Minutes:
    """How long an order takes to the door: work that waits, its own, closed hours, and the way."""

    queue: int = 0
    preparation: int = 0
    closed: int = 0
    travel: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.queue + self.preparation + self.closed + self.travel


@dataclass(frozen=True, slots=True)
class Candidate:
    """One node as the plan saw it: what it could cover, or the constraint that removed it.

    `covers` is units per SKU that it could give of what is wanted, `lines` how many lines it could fill by itself,
    `lacks` the SKUs that it has not enough of. `removed` names all constraints that keep it out: lift them, and it is a
    candidate. A node that is neither removed nor chosen lost to the chosen ones on the plan's objective, of which
    `terms` (costs in 1/10^8 minor units), `minutes` or `load` (in millionths of a day's work) are its figures.
    """

    node_id: str
    metres: int | None
    chosen: bool = False
    removed: tuple[str, ...] = ()
    covers: Mapping[str, int] = field(default_factory=dict)
    lines: int = 0
    lacks: tuple[str, ...] = ()
    terms: Mapping[str, int] = field(default_factory=dict)
    minutes: Minutes | None = None
    load: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The stored form."""
        found: dict[str, Any] = {"node_id": self.node_id, "km": km_text(self.metres), "chosen": self.chosen}
        if self.removed:
            also = {"removed_also": list(self.removed[1:])} if len(self.removed) > 1 else {}
            return found | {"removed": self.removed[0], **also}
        found["covers"] = {"units": sum(self.covers.values()), "lines": self.lines}
        if self.lacks:
            found["lacks"] = list(self.lacks[:LACKS_NAMED])
        if len(self.lacks) > LACKS_NAMED:
            found["lacks_more"] = len(self.lacks) - LACKS_NAMED
        if self.terms:
            found["terms"] = {name: cost_text(cost) for name, cost in self.terms.items()}
        if self.minutes is not None:
            found["minutes"] = {**asdict(self.minutes), "total": self.minutes.total}
        if self.load is not None:
            found["load"] = f"{self.load // LOAD}.{self.load % LOAD // 10_000:02d}"
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

    `location` says how exactly the destination was known: exact, postal_code, city or unknown. `cost` and `gap` are in
    1/10^8 minor units, where plans are chosen by cost; `relaxed` are soft constraints that it breaks.
    """

    fulfilments: tuple[PlannedFulfilment, ...]
    candidates: tuple[Candidate, ...]
    promise: Promise
    location: str
    objective: str
    proven: bool = True
    explored: int = 0
    cost: int | None = None
    gap: int | None = None
    relaxed: tuple[Relaxed, ...] = ()

    @property
    def metres(self) -> int:
        """Distance over all fulfilments; 0 when it is not known."""
        return sum(fulfilment.metres or 0 for fulfilment in self.fulfilments)

    def to_dict(self) -> dict[str, Any]:
        """The stored form: plain JSON values without floats."""
        found = {
            "location": self.location,
            "objective": self.objective,
            "proven": self.proven,
            "explored": self.explored,
            "km": km_text(self.metres) if self.location != "unknown" else None,
            "fulfilments": [fulfilment.to_dict() for fulfilment in self.fulfilments],
            "candidates": [candidate.to_dict() for candidate in self.candidates],
            "promise": self.promise.to_dict(),
        }
        if self.cost is not None:
            found["cost"] = cost_text(self.cost)
        if self.gap is not None:
            found["gap"] = cost_text(self.gap)
        if self.relaxed:
            found["relaxed"] = [_relaxed(each) for each in self.relaxed]
        return found


def _relaxed(each: Relaxed) -> dict[str, Any]:
    told: dict[str, Any] = {"constraint": each.constraint.value, "times": each.times, "penalty": cost_text(each.cost)}
    return told | ({"node_id": each.node_id} if each.node_id else {})


@dataclass(frozen=True, slots=True)
class NoPlan:
    """No combination of nodes fulfils the order; `reason` is the first law that stops it, candidates say the rest.

    `reason` is no_node_serves_channel; a constraint without which there would be a plan; or short, when no one alone
    stops it (or the nodes have changed since stock was checked).
    """

    reason: str
    candidates: tuple[Candidate, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


def cost_text(cost: int) -> str:
    """Minor units to four decimals, without zeros that say nothing: `360012345678` -> `3600.1235`."""
    text = f"{Decimal(cost) / SCALE:.4f}"
    return text.rstrip("0").rstrip(".")


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
