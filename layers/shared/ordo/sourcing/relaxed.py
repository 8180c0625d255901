"""Which soft constraints a plan breaks, how often, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator

from ordo.sourcing.cohesion import Plan
from ordo.sourcing.instance import Instance
from ordo.sourcing.problem import Constraint, Relaxed


def relaxed_of(instance: Instance, plan: Plan) -> tuple[Relaxed, ...]:
    """Each constraint by site, then those of the whole plan; their costs are part of the plan's."""
    found = [each for n in sorted(plan.units) for each in _at(instance, plan, n)]
    used = len(plan.units)
    for limit, penalty in instance.count_penalties:
        if used > limit:
            constraint = Constraint.NO_ORDER_SPLIT if limit == 1 else Constraint.MAX_FULFILMENTS
            found.append(Relaxed(constraint, used - limit, (penalty * (used - limit)) >> instance.shift))
    for lines, each, constraint in instance.groups:
        sites = sum(1 for row in plan.units.values() if any(line in lines for line in row))
        if each is not None and sites > 1:
            found.append(Relaxed(constraint, sites - 1, (each * (sites - 1)) >> instance.shift))
    return tuple(found)


def _at(instance: Instance, plan: Plan, n: int) -> Iterator[Relaxed]:
    site, row = instance.sites[n], plan.units[n]
    for constraint, once in site.penalties:
        yield Relaxed(constraint, 1, once, site.node_id)
    unit = site.unit << instance.shift
    unable = {line: units for line, units in row.items() if instance.prices[n][line] > unit}
    if unable:
        cost = sum(units * (instance.prices[n][line] - unit) for line, units in unable.items())
        yield Relaxed(Constraint.CAPABILITY, sum(unable.values()), cost >> instance.shift, site.node_id)
    over = sum(row.values()) - instance.capacity[n]
    if over > 0:
        yield Relaxed(
            Constraint.CAPACITY, over, (over * (instance.capacity_penalty or 0)) >> instance.shift, site.node_id
        )
    taken: dict[int, int] = {}
    for line, units in row.items():
        taken[instance.sku_of[line]] = taken.get(instance.sku_of[line], 0) + units
    kept = sum(max(0, units - instance.stock[n].get(sku, 0)) for sku, units in taken.items())
    if kept:
        yield Relaxed(
            Constraint.RING_FENCE, kept, (kept * (instance.fence_penalty or 0)) >> instance.shift, site.node_id
        )
