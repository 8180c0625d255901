"""A channel's sourcing policy: what its plans are chosen by, and which constraints hold, hard or at a price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class PlanObjective(StrEnum):
    """What the plans of a channel are chosen by."""

    NEAREST = "fewest_fulfilments_then_nearest"
    """The fewest fulfilments, and of those the least way: what a channel has that says nothing."""
    CHEAPEST = "cheapest"
    FASTEST = "fastest"
    """The earliest at the door; then the least way."""
    LEAST_LOADED = "least_loaded"
    """The node with the least work for its size; then the least way."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A constraint. `penalty` in minor units for each breach; None: it is hard."""

    penalty: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Products of these categories ship together."""

    categories: tuple[str, ...]
    limit: Limit = Limit()


@dataclass(frozen=True, slots=True)
class SourcingTerms:
    """Costs in minor units of the merchant's own currency. A constraint that is None does not hold; `capability`,
    `capacity` and `ring_fence` always do, and are hard unless they say what a breach costs.
    """

    objective: PlanObjective = PlanObjective.NEAREST
    cost_per_parcel: int = 0
    cost_per_km: int = 0
    load_weight: int = 0
    km_per_hour: int = 30
    search_limit: int = 2_000
    capability: Limit = Limit()
    capacity: Limit = Limit()
    ring_fence: Limit = Limit()
    max_distance_km: int = 0
    max_distance: Limit = Limit()
    max_fulfilments: int = 0
    fulfilments: Limit = Limit()
    preferred_nodes: tuple[str, ...] = ()
    preferred: Limit = Limit()
    no_line_split: Limit | None = None
    no_order_split: Limit | None = None
    opening: Limit | None = None
    ship_together: tuple[Group, ...] = ()

    @staticmethod
    def of(body: Mapping[str, Any]) -> SourcingTerms:
        """Read the `sourcing` of a stored channel; `{}` are the usual terms."""
        distance, count, preferred = (body.get(name) or {} for name in ("max_distance", "max_fulfilments", "preferred"))
        return SourcingTerms(
            objective=PlanObjective(body.get("objective", PlanObjective.NEAREST)),
            cost_per_parcel=body.get("cost_per_parcel", 0),
            cost_per_km=body.get("cost_per_km", 0),
            load_weight=body.get("load_weight", 0),
            km_per_hour=body.get("km_per_hour", 30),
            search_limit=body.get("search_limit", 2_000),
            capability=_limit(body.get("capability") or {}),
            capacity=_limit(body.get("capacity") or {}),
            ring_fence=_limit(body.get("ring_fence") or {}),
            max_distance_km=distance.get("km", 0),
            max_distance=_limit(distance),
            max_fulfilments=count.get("count", 0),
            fulfilments=_limit(count),
            preferred_nodes=tuple(preferred.get("nodes", ())),
            preferred=_limit(preferred),
            no_line_split=_optional(body.get("no_line_split")),
            no_order_split=_optional(body.get("no_order_split")),
            opening=_optional(body.get("opening")),
            ship_together=tuple(
                Group(tuple(each["categories"]), _limit(each)) for each in body.get("ship_together") or ()
            ),
        )


USUAL_TERMS = SourcingTerms()
"""What a channel has that says nothing of sourcing."""


def _limit(body: Mapping[str, Any]) -> Limit:
    return Limit(body.get("penalty"))


def _optional(body: Mapping[str, Any] | None) -> Limit | None:
    return None if body is None else _limit(body)
