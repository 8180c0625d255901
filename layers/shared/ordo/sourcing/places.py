"""From the catalogue's nodes to the solver's sites: what each would cost, when it could, and what keeps it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ordo.catalog.sourcing_terms import USUAL_TERMS, Limit, PlanObjective, SourcingTerms
from ordo.inventory.demand import Availability, Wanted
from ordo.sourcing.model import LOAD, Minutes, ShipTo, SourceNode, metres_between
from ordo.sourcing.problem import SCALE, Constraint, Cost, Site

FAR = 10**12
"""More metres than any plan has: by the objective nearest a fulfilment counts more than every way."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is planned: the demand, where it goes, what there is. `open_units` is work that nodes have, `fenced` stock
    that is kept for other channels.
    """

    demand: Sequence[Wanted]
    stock: Availability
    ship_to: ShipTo | None
    now: datetime
    terms: SourcingTerms = USUAL_TERMS
    open_units: Mapping[str, int] = field(default_factory=dict)
    fenced: Availability = field(default_factory=dict)

    @property
    def units(self) -> int:
        """Units wanted in all."""
        return sum(line.quantity for line in self.demand)


def site_of(node: SourceNode, order: Order) -> Site:
    """The node as the solver sees it."""
    metres = metres_between(node.location, order.ship_to.location if order.ship_to else None)
    removed: list[Constraint] = [Constraint(node.removed)] if node.removed else []
    penalties: list[tuple[Constraint, Cost]] = []
    for constraint, limit in _broken(node, metres, order):
        if limit.penalty is None:
            removed.append(constraint)
        else:
            penalties.append((constraint, limit.penalty * SCALE))
    skus = dict.fromkeys(line.sku for line in order.demand)
    return Site(
        node_id=node.node_id,
        stock=_there(order.stock, skus, node.node_id),
        fenced=_there(order.fenced, skus, node.node_id),
        terms=_terms(node, metres, order),
        unit=node.terms.unit_cost * SCALE if order.terms.objective is PlanObjective.CHEAPEST else 0,
        capacity=capacity_left(node, order),
        capabilities=node.terms.capabilities,
        metres=metres,
        minutes=minutes_of(node, metres, order).total if order.terms.objective is PlanObjective.FASTEST else 0,
        load=load_of(node, order) if order.terms.objective is PlanObjective.LEAST_LOADED else 0,
        penalties=tuple(penalties),
        removed=tuple(removed),
    )


def capacity_left(node: SourceNode, order: Order) -> int | None:
    """Units that it may take now; None: any number."""
    if node.terms.capacity is None:
        return None
    return max(0, node.terms.capacity - order.open_units.get(node.node_id, 0))


def minutes_of(node: SourceNode, metres: int | None, order: Order) -> Minutes:
    """Each part, the way at the policy's speed rounded up; what is not known counts nothing."""
    longest = max((line.minutes for line in order.demand), default=0)
    opens = node.terms.hours.open_from(order.now) if node.terms.hours else order.now
    wait = (opens - order.now if opens is not None else timedelta(days=60)) // timedelta(minutes=1)
    return Minutes(
        queue=order.open_units.get(node.node_id, 0) * node.terms.minutes_per_unit,
        preparation=node.terms.preparation_minutes + longest,
        closed=wait,
        travel=-(-(metres or 0) * 60 // (order.terms.km_per_hour * 1000)),
    )


def load_of(node: SourceNode, order: Order) -> int:
    """Its work with this order's in it, in millionths of what it does in a day; 0 when it has no such limit."""
    daily = node.terms.units_per_day
    return (order.open_units.get(node.node_id, 0) + order.units) * LOAD // daily if daily else 0


def _broken(node: SourceNode, metres: int | None, order: Order) -> list[tuple[Constraint, Limit]]:
    terms, found = order.terms, []
    if terms.max_distance_km and metres is not None and metres > terms.max_distance_km * 1000:
        found.append((Constraint.MAX_DISTANCE, terms.max_distance))
    if terms.preferred_nodes and node.node_id not in terms.preferred_nodes:
        found.append((Constraint.PREFERRED, terms.preferred))
    opening = terms.opening or (Limit() if terms.objective is PlanObjective.FASTEST else None)
    hours = node.terms.hours
    if opening is not None and hours is not None and not hours.is_open(order.now):
        found.append((Constraint.CLOSED, opening))
    elif hours is not None and hours.begins(order.now) is None:
        found.append((Constraint.CLOSED, Limit()))
    return found


def _terms(node: SourceNode, metres: int | None, order: Order) -> dict[str, Cost]:
    terms, own = order.terms, node.terms
    if terms.objective is PlanObjective.NEAREST:
        return {"parcel": FAR * SCALE, "distance": (metres or 0) * SCALE}
    if terms.objective is not PlanObjective.CHEAPEST:
        return {"distance": (metres or 0) * SCALE}
    parcel = terms.cost_per_parcel if own.cost_per_parcel is None else own.cost_per_parcel
    per_km = terms.cost_per_km if own.cost_per_km is None else own.cost_per_km
    size = own.capacity or own.units_per_day
    load = terms.load_weight * SCALE * order.open_units.get(node.node_id, 0) // size if size else 0
    found = {
        "parcel": parcel * SCALE,
        "handling": own.handling_cost * SCALE,
        "distance": per_km * (metres or 0) * SCALE // 1000,
        "load": load,
    }
    return {name: cost for name, cost in found.items() if cost}


def _there(stock: Availability, skus: Mapping[str, None], node_id: str) -> dict[str, int]:
    return {sku: units for sku in skus if (units := stock.get(sku, {}).get(node_id, 0)) > 0}
