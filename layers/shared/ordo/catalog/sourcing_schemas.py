"""A channel's sourcing policy as the API takes and gives it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from ordo.catalog.errors import Finding
from ordo.catalog.fields import Amount, Id, PositiveAmount, Strict, contradictions
from ordo.catalog.sourcing_terms import PlanObjective

Penalty = Annotated[
    PositiveAmount | None, Field(description="Minor units for each breach; without it the constraint is hard")
]


class LimitText(Strict):
    """A constraint that holds: hard, or at a price for each breach."""

    penalty: Penalty = None


class DistanceText(LimitText):
    """Nodes farther from the customer than this are not used; a breach is a node that is."""

    km: Annotated[int, Field(strict=True, ge=1, le=20_100)]


class CountText(LimitText):
    """At most so many nodes; a breach is each one more."""

    count: Annotated[int, Field(strict=True, ge=1, le=50)]


class PreferredText(LimitText):
    """Only these nodes; a breach is each other one."""

    nodes: Annotated[list[Id], Field(min_length=1, max_length=100)]


class TogetherText(LimitText):
    """Lines with products of any of these categories come from one node; a breach is each further node."""

    categories: Annotated[list[Id], Field(min_length=1, max_length=100)]


class ResourcingText(Strict):
    """What happens to units that a node was to give and does not: they are sourced again at most `max_times` in an
    order's life (0: never), each time over at most `max_fulfilments` nodes (0: any number). What is not had is an
    incident of the department `owner`, due after `incident_hours`.
    """

    max_times: Annotated[int, Field(strict=True, ge=0, le=20)] = 3
    max_fulfilments: Annotated[int, Field(strict=True, ge=0, le=50)] = 0
    incident_hours: Annotated[int, Field(strict=True, ge=1, le=2160)] = 24
    owner: Id = "operations"


class SourcingText(Strict):
    """What plans are chosen by, in minor units of the merchant's own currency, and which constraints hold.

    A breach is: of `capability` and `capacity` each unit that a node cannot do or has no room for; of `ring_fence` each
    unit that is kept for another channel; of `no_line_split` each further part of a line; of `no_order_split` each
    further node; of `opening` a node that is closed now.
    """

    objective: PlanObjective = PlanObjective.NEAREST
    cost_per_parcel: Amount = 0
    cost_per_km: Amount = 0
    load_weight: Amount = 0
    km_per_hour: Annotated[int, Field(strict=True, ge=1, le=1000)] = 30
    search_limit: Annotated[int, Field(strict=True, ge=1, le=20_000)] = 2_000
    capability: LimitText | None = None
    capacity: LimitText | None = None
    ring_fence: LimitText | None = None
    max_distance: DistanceText | None = None
    max_fulfilments: CountText | None = None
    preferred: PreferredText | None = None
    no_line_split: LimitText | None = None
    no_order_split: LimitText | None = None
    opening: LimitText | None = None
    ship_together: list[TogetherText] = Field(default_factory=list, max_length=10)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        found = list(self._findings())
        if found:
            raise contradictions(found)
        return self

    def _findings(self) -> Iterator[Finding]:
        costs = ("cost_per_parcel", "cost_per_km", "load_weight")
        if self.objective is not PlanObjective.CHEAPEST:
            for name in costs:
                if getattr(self, name):
                    yield (name,), "only plans by the objective cheapest are chosen by what they cost"
        whole = self.no_order_split
        if whole is not None and whole.penalty is None and self.max_fulfilments and self.max_fulfilments.count > 1:
            yield ("max_fulfilments",), "no_order_split allows one fulfilment only"
