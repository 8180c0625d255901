"""A sourcing problem as the solver sees it: places, lines, rules, and the solution with its proof. Pure, no I/O.

Every cost is a whole number in 1/10^8 of a minor unit (`SCALE`), so that sums are exact and ties are ties.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

SCALE = 10**8
"""Cost units in one minor unit."""

Cost = int
"""In 1/10^8 of a minor unit."""

NO_NODES: frozenset[str] = frozenset()


class Objective(StrEnum):
    """What a plan is chosen by, once as few units as possible are short."""

    CHEAPEST = "cheapest"
    """The least cost."""
    FASTEST = "fastest"
    """The least of the used sites' greatest `minutes`; then the least distance."""
    LEAST_LOADED = "least_loaded"
    """The least of the used sites' greatest `load`; then the least distance."""


class Constraint(StrEnum):
    """What may keep a site out of a plan, or cost a penalty where a policy makes it soft."""

    INACTIVE = "inactive"
    NOT_IN_CHANNEL = "not_in_channel"
    REJECTED = "rejected"
    NO_STOCK = "no_stock"
    CAPABILITY = "capability"
    CAPACITY = "capacity"
    MAX_DISTANCE = "max_distance"
    MAX_FULFILMENTS = "max_fulfilments"
    NO_LINE_SPLIT = "no_line_split"
    NO_ORDER_SPLIT = "no_order_split"
    SHIP_TOGETHER = "ship_together"
    RING_FENCE = "ring_fence"
    PREFERRED = "preferred"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Site:
    """A node in a problem.

    `stock` is units by SKU that it may give to this order, `fenced` further ones that are kept for other channels.
    `terms` are costs of using it at all, by name (parcel, handling, distance, load); `unit` is the cost of each unit
    that it gives. `capacity` is how many units it may take (None: any). `penalties` are node-level constraints that it
    breaks and that are soft, with what each costs once; `removed` names the hard ones that it breaks.
    """

    node_id: str
    stock: Mapping[str, int]
    terms: Mapping[str, Cost] = field(default_factory=dict)
    unit: Cost = 0
    capacity: int | None = None
    capabilities: frozenset[str] = NO_NODES
    metres: int | None = None
    minutes: int = 0
    load: int = 0
    fenced: Mapping[str, int] = field(default_factory=dict)
    penalties: tuple[tuple[Constraint, Cost], ...] = ()
    removed: tuple[Constraint, ...] = ()

    @property
    def fixed(self) -> Cost:
        """What using it costs before its first unit."""
        return sum(self.terms.values()) + sum(cost for _, cost in self.penalties)


@dataclass(frozen=True, slots=True)
class DemandLine:
    """Units of one SKU that an order line wants, and what a site must be able to do for them."""

    line_id: str
    sku: str
    quantity: int
    requires: frozenset[str] = NO_NODES


@dataclass(frozen=True, slots=True)
class Together:
    """Lines that should come from one site. `penalty` for each further site; None: from one or not at all."""

    lines: tuple[str, ...]
    penalty: Cost | None
    constraint: Constraint = Constraint.SHIP_TOGETHER


@dataclass(frozen=True, slots=True)
class Rules:
    """Constraints on a plan. Each `…_penalty` is None where the constraint is hard.

    `max_fulfilments` 0 means any number; its penalty is for each one above, that of capacity and capability for each
    unit, that of fences for each unit taken of what is kept for others (None: nobody else takes them).
    """

    max_fulfilments: int = 0
    fulfilments_penalty: Cost | None = None
    capability_penalty: Cost | None = None
    capacity_penalty: Cost | None = None
    fence_penalty: Cost | None = None
    together: tuple[Together, ...] = ()
    objective: Objective = Objective.CHEAPEST
    limit: int = 2_000
    """How many nodes of its tree the search looks at before it gives the best it has, with its gap."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be planned."""

    sites: tuple[Site, ...]
    lines: tuple[DemandLine, ...]
    rules: Rules = Rules()


@dataclass(frozen=True, slots=True)
class Part:
    """What one site gives: units by the index of the line, each at least one."""

    node_id: str
    units: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A soft constraint that a plan breaks, how often (units, sites or fulfilments), and what that costs."""

    constraint: Constraint
    times: int
    cost: Cost
    node_id: str | None = None


@dataclass(frozen=True, slots=True)
class Solution:
    """The plan found. `parts` are by node id; `short` units by the index of the line, only where some are.

    `cost` is without short units. `gap` is how much a plan with as few short units might cost less at most: 0 where
    `proven`. A plan may also leave fewer units short only if it is not proven.
    """

    parts: tuple[Part, ...]
    short: Mapping[int, int]
    cost: Cost
    relaxed: tuple[Relaxed, ...] = ()
    proven: bool = True
    gap: Cost = 0
    explored: int = 0

    @property
    def short_units(self) -> int:
        """Units that no site gives."""
        return sum(self.short.values())
