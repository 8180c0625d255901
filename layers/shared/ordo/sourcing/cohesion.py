"""From sites to a plan with its whole cost, lines that belong together included: exact for the given sites."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ordo.sourcing.flows import NONE, Forbidden, Given, cheapest_from
from ordo.sourcing.instance import Instance
from ordo.sourcing.problem import Cost

TRIES = 400
"""Ways to divide lines that are looked at for one set of sites."""

FEW = 12
"""The same once very many were looked at for the whole problem: its plan is then not proven."""

Paid = tuple[frozenset[int], ...]
"""For each group the sites that it may come from at a price that is counted already."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Units by site and line, what is short, and the cost of everything but being short."""

    units: dict[int, dict[int, int]]
    short: dict[int, int]
    cost: Cost
    exact: bool = True
    """Whether all ways to divide its lines were looked at."""

    @property
    def short_units(self) -> int:
        return sum(self.short.values())


def cheapest_together(instance: Instance, sites: Sequence[int]) -> Plan:
    """The best plan with these sites or fewer: fewest units short, then least cost; groups held together as ruled."""
    if not instance.groups:
        return _plan(instance, cheapest_from(instance, sites), 0)
    return _divided(instance, sites)


def _plan(instance: Instance, given: Given, apart: Cost) -> Plan:
    fixed = sum(instance.fixed[n] for n in given.units)
    return Plan(given.units, given.short, fixed + given.cost + instance.count_cost(len(given.units)) + apart)


def _divided(instance: Instance, sites: Sequence[int]) -> Plan:
    """Forbid, one by one, what divides a group; or accept that it is divided and pay for that (`paid`).

    What sites cost is left out when ways are compared: sets with fewer sites are looked at by themselves.
    """
    best: tuple[Cost, Given] | None = None
    heap: list[tuple[Cost, int, Forbidden, Paid, Given]] = []
    tries = 0

    def add(forbidden: Forbidden, paid: Paid) -> None:
        nonlocal tries
        tries += 1
        given = cheapest_from(instance, sites, forbidden)
        heapq.heappush(heap, (_worth(instance, given) + _paid(instance, paid), tries, forbidden, paid, given))

    add(NONE, tuple(frozenset() for _ in instance.groups))
    most = TRIES if instance.ways_left > 0 else FEW
    while heap and (best is None or heap[0][0] < best[0]) and tries < most:
        _, _, forbidden, paid, given = heapq.heappop(heap)
        torn = _torn(instance, given, paid)
        if torn is None or instance.groups[torn[0]][1] is not None:
            value = _worth(instance, given) + _apart(instance, given)
            if best is None or value < best[0]:
                best = (value, given)
        if torn is not None:
            for narrower in _narrower(instance, torn, forbidden, paid):
                add(*narrower)
    instance.ways_left -= tries
    exact = not heap or (best is not None and heap[0][0] >= best[0])
    given = best[1] if best is not None else cheapest_from(instance, ())
    return replace(_plan(instance, given, _apart(instance, given)), exact=exact)


def _narrower(
    instance: Instance, torn: tuple[int, tuple[int, int]], forbidden: Forbidden, paid: Paid
) -> Iterator[tuple[Forbidden, Paid]]:
    """Without the one site, without the other, and, where that is allowed, with both at their price."""
    group, both = torn
    lines, penalty, _ = instance.groups[group]
    for n in both:
        if n not in paid[group]:
            yield forbidden | {(n, line) for line in lines}, paid
    if penalty is not None:
        yield forbidden, tuple(each | {*both} if g == group else each for g, each in enumerate(paid))


def _worth(instance: Instance, given: Given) -> Cost:
    return given.cost + given.short_units * instance.short_cost


def _users(instance: Instance, given: Given, group: int) -> list[int]:
    lines = instance.groups[group][0]
    return [n for n, row in given.units.items() if any(line in lines for line in row)]


def _torn(instance: Instance, given: Given, paid: Paid) -> tuple[int, tuple[int, int]] | None:
    """The first group that comes from two sites for which this has not been paid."""
    for group in range(len(instance.groups)):
        users = _users(instance, given, group)
        unpaid = [n for n in users if n not in paid[group]]
        if len(users) > 1 and unpaid:
            other = next(n for n in users if n != unpaid[0])
            return group, (unpaid[0], other)
    return None


def _paid(instance: Instance, paid: Paid) -> Cost:
    return sum(
        (penalty or 0) * max(0, len(sites) - 1) for (_, penalty, _), sites in zip(instance.groups, paid, strict=True)
    )


def _apart(instance: Instance, given: Given) -> Cost:
    """What being divided costs."""
    return sum(
        (penalty or 0) * max(0, len(_users(instance, given, group)) - 1)
        for group, (_, penalty, _) in enumerate(instance.groups)
    )
