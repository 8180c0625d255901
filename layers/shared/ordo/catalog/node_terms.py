"""What sourcing must know of a node beside its place and stock: costs, skills, capacity, hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ordo.catalog.hours import WorkingHours


@dataclass(frozen=True, slots=True)
class NodeTerms:
    """Costs are minor units of one currency, the merchant's own, in which nodes are compared; None: as the policy says.

    `capacity` is how many units may be open there at once (None: any), `units_per_day` what it gets done in a day.
    Work that waits takes `minutes_per_unit` each, an order itself `preparation_minutes`.
    """

    capabilities: frozenset[str] = frozenset()
    handling_cost: int = 0
    unit_cost: int = 0
    cost_per_parcel: int | None = None
    cost_per_km: int | None = None
    capacity: int | None = None
    units_per_day: int | None = None
    handling_hours: int | None = None
    preparation_minutes: int = 0
    minutes_per_unit: int = 0
    hours: WorkingHours | None = None

    @staticmethod
    def of(body: Mapping[str, Any]) -> NodeTerms:
        """Read them of a stored node."""
        costs, capacity, times = (body.get(name) or {} for name in ("costs", "capacity", "times"))
        return NodeTerms(
            capabilities=frozenset(body.get("capabilities", ())),
            handling_cost=costs.get("handling", 0),
            unit_cost=costs.get("unit", 0),
            cost_per_parcel=costs.get("parcel"),
            cost_per_km=costs.get("km"),
            capacity=capacity.get("units"),
            units_per_day=capacity.get("units_per_day"),
            handling_hours=times.get("handling_hours"),
            preparation_minutes=times.get("preparation_minutes", 0),
            minutes_per_unit=times.get("minutes_per_unit", 0),
            hours=WorkingHours.of(body["hours"]) if body.get("hours") else None,
        )

    @property
    def counts_work(self) -> bool:
        """Whether what is open at the node matters to sourcing, so that it is counted."""
        return self.capacity is not None or self.units_per_day is not None or self.minutes_per_unit > 0


USUAL = NodeTerms()
"""A node that says nothing of this: any work, at no cost, at all hours."""
