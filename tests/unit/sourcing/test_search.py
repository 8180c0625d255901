"""What the search knows before it looks: what counting tells, and which sites are better in everything."""

from __future__ import annotations

from dataclasses import replace

from ordo.sourcing.covers import Covers
from ordo.sourcing.dominance import better_sites
from ordo.sourcing.instance import Instance, instance_of
from ordo.sourcing.problem import DemandLine, Problem, Rules, Site
from ordo.sourcing.solver import short_of_all, solve

NO_LIMIT = 10**30


def site(node_id: str, cost: int, capacity: int | None = None, unit: int = 0, **stock: int) -> Site:
    return Site(node_id, stock, {"parcel": cost}, unit, capacity)


def order(*sites: Site, limit: int = 0, **lines: int) -> Problem:
    wanted = tuple(DemandLine(sku, sku, units) for sku, units in lines.items())
    return Problem(sites, wanted, Rules(max_fulfilments=limit))


def covers(problem: Problem, least_short: int = 0) -> tuple[Instance, Covers]:
    instance = instance_of(problem)
    return instance, Covers(instance, least_short)


def test_a_site_is_better_when_it_costs_no_more_and_has_no_less() -> None:
    near, same, dear, full = site("a", 5, A=3), site("b", 5, A=3), site("c", 6, A=4), site("d", 6, 2, A=9)
    better = better_sites(instance_of(order(near, same, dear, full, A=3)))
    assert better == [(), (0,), (0, 1), (0, 1, 2)]  # more than is wanted is no better
    assert better_sites(instance_of(order(near, same, dear, full, A=9))) == [(), (0,), (), ()]
    assert better_sites(instance_of(order(site("a", 5, unit=1, A=3), site("b", 6, A=3), A=3))) == [(), ()]


def test_a_site_without_which_nothing_goes_is_used() -> None:
    _, found = covers(order(site("a", 1, A=2), site("b", 9, A=2, B=1), site("c", 5, A=2), A=3, B=1))
    scope = found.scope((), (0, 1, 2), 0, NO_LIMIT)
    assert scope is not None
    assert (scope.opened, scope.free, scope.least) == ((1,), (0, 2), 1)


def test_what_is_short_for_sure_is_counted_and_a_part_without_enough_is_none() -> None:
    problem = order(site("a", 1, A=2), site("b", 2, A=2), site("c", 3, A=1), A=6, limit=2)
    _, found = covers(problem)
    scope = found.scope((), (0, 1, 2), 2, NO_LIMIT)
    assert scope is not None
    assert (scope.short, scope.opened, scope.free) == (2, (0, 1), ())
    assert found.scope((), (0, 1, 2), 1, NO_LIMIT) is None
    assert found.short_of((0, 2)) == 3


def test_no_more_sites_are_used_than_the_best_plan_costs() -> None:
    sites = (site("a", 10, A=1), site("b", 11, A=2), site("c", 12, A=3), site("d", 13, A=4))
    instance, found = covers(order(*sites, A=4))
    scope = found.scope((), (0, 1, 2, 3), 0, 22 << instance.shift)
    assert scope is not None
    assert (scope.least, scope.room) == (1, 2)
    assert found.scope((0, 1, 2), (3,), 0, 22 << instance.shift) is None


def test_many_equal_sites_are_one_way_and_not_many() -> None:
    sites = tuple(site(f"n{i:02}", 100 + i, 7, A=50) for i in range(60))
    found = solve(order(*sites, A=50))
    assert found.proven
    assert [part.node_id for part in found.parts] == [f"n{i:02}" for i in range(8)]
    assert found.explored <= 20


def test_of_all_sites_together_so_many_units_are_short() -> None:
    problem = order(site("a", 1, A=2), site("b", 2, 1, A=2), A=6, limit=1)
    assert short_of_all(problem) == 3
    assert short_of_all(replace(problem, sites=())) == 6
