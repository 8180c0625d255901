"""What a plan costs and whether it may be, told from the rules' words; and every plan there is, to choose from.

Knows nothing of Ordo's search, nor of the program that the solver is given: the third opinion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from ordo.sourcing.problem import Problem, Site

Given = dict[str, int]
"""Units of one line by the site that gives them, each at least one."""


def told(problem: Problem, plan: Sequence[Given]) -> tuple[int, int] | None:
    """Units short and cost of what each line is given, in the order of the lines; None where a hard rule is broken."""
    rules, lines = problem.rules, problem.lines
    cost = 0
    for site in problem.sites:
        of_site = _site(problem, site, [given.get(site.node_id, 0) for given in plan])
        if of_site is None:
            return None
        cost += of_site
    used = len(set().union(*plan)) if plan else 0
    sets = [
        (1, group.penalty, {line.line_id: given for line, given in zip(lines, plan, strict=True)}, group.lines)
        for group in rules.together
    ]
    counts = [
        (len(set().union(*(by_line[name] for name in names))), allowed, penalty)
        for allowed, penalty, by_line, names in sets
    ]
    if rules.max_fulfilments:
        counts.append((used, rules.max_fulfilments, rules.fulfilments_penalty))
    for count, allowed, penalty in counts:
        if count > allowed and penalty is None:
            return None
        cost += max(0, count - allowed) * (penalty or 0)
    return sum(line.quantity - sum(given.values()) for line, given in zip(lines, plan, strict=True)), cost


def _site(problem: Problem, site: Site, units: Sequence[int]) -> int | None:
    """What a site costs that gives these units, by line; None where it may not."""
    if not any(units):
        return 0
    if site.removed:
        return None
    rules, cost = problem.rules, site.fixed + site.unit * sum(units)
    unskilled = sum(n for line, n in zip(problem.lines, units, strict=True) if not line.requires <= site.capabilities)
    over = max(0, sum(units) - site.capacity) if site.capacity is not None else 0
    fenced = 0
    for sku in {line.sku for line in problem.lines}:
        taken = sum(n for line, n in zip(problem.lines, units, strict=True) if line.sku == sku)
        above = max(0, taken - site.stock.get(sku, 0))
        if above > site.fenced.get(sku, 0):
            return None
        fenced += above
    for broken, penalty in (
        (unskilled, rules.capability_penalty),
        (over, rules.capacity_penalty),
        (fenced, rules.fence_penalty),
    ):
        if broken and penalty is None:
            return None
        cost += broken * (penalty or 0)
    return cost


def every_plan(problem: Problem) -> Iterator[tuple[Given, ...]]:
    """Each way to give each line anything between nothing and all it wants: what may not be is among them."""
    return product(*(list(_ways(line.quantity, problem.sites, line.sku)) for line in problem.lines))


def how_many(problem: Problem) -> int:
    """Plans in `every_plan`."""
    return prod(sum(1 for _ in _ways(line.quantity, problem.sites, line.sku)) for line in problem.lines)


def _ways(units: int, sites: Sequence[Site], sku: str) -> Iterator[Given]:
    if not sites:
        yield {}
        return
    site = sites[0]
    most = min(units, site.stock.get(sku, 0) + site.fenced.get(sku, 0))
    for given in range(most + 1):
        for rest in _ways(units - given, sites[1:], sku):
            yield {site.node_id: given, **rest} if given else rest


def best_of_all(problem: Problem) -> tuple[int, int]:
    """Fewest units short, and the least cost of a plan with so few: all are looked at."""
    return min(figures for plan in every_plan(problem) if (figures := told(problem, plan)) is not None)
