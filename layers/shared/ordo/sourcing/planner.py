"""The plan of an order: the best by the channel's policy, explained. Pure; the search is `sourcing.solver`.

A line is given whole to the nearest chosen node that has all of it, where that costs the same and no node is limited:
it is split only when no single chosen node has enough left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ordo.catalog.sourcing_terms import Limit, PlanObjective, SourcingTerms
from ordo.inventory.demand import Availability, Wanted
from ordo.sourcing.assignment import whole_lines
from ordo.sourcing.instance import removed_by
from ordo.sourcing.model import (
    Candidate,
    LineShare,
    NodeWork,
    NoPlan,
    Plan,
    PlannedFulfilment,
    ShipTo,
    SourceNode,
    SourcingPolicy,
)
from ordo.sourcing.places import Order, load_of, minutes_of, site_of
from ordo.sourcing.problem import (
    SCALE,
    Constraint,
    DemandLine,
    Objective,
    Problem,
    Rules,
    Site,
    Solution,
    Together,
)
from ordo.sourcing.promising import promise
from ordo.sourcing.solver import short_of_all, solve

_OBJECTIVES = {PlanObjective.FASTEST: Objective.FASTEST, PlanObjective.LEAST_LOADED: Objective.LEAST_LOADED}


def plan(
    demand: Sequence[Wanted],
    nodes: Iterable[SourceNode],
    stock: Availability,
    ship_to: ShipTo | None,
    policy: SourcingPolicy,
    now: datetime,
    *,
    open_units: Mapping[str, int] | None = None,
    fenced: Availability | None = None,
) -> Plan | NoPlan:
    """Choose nodes for the whole demand, or say why there is no choice. Quantities are positive; `now` is aware.

    `open_units` is how many units nodes have to do already, by node; `fenced` what they keep for other channels.
    """
    order = Order(demand, stock, ship_to, now, policy.terms, open_units or {}, fenced or {})
    by_id = {node.node_id: node for node in sorted(nodes, key=lambda node: node.node_id)}
    problem = Problem(
        sites=tuple(site_of(node, order) for node in by_id.values()),
        lines=tuple(DemandLine(line.key, line.sku, line.quantity, line.requires) for line in demand),
        rules=rules_of(policy, demand),
    )
    found = solve(problem)
    explained = tuple(_candidate(by_id[site.node_id], site, problem, order) for site in problem.sites)
    if all(node.removed for node in by_id.values()):
        return NoPlan("no_node_serves_channel", explained)
    if found.short:
        return _no_plan(problem, explained)
    return _planned(problem, found, explained, by_id, policy, order)


def rules_of(policy: SourcingPolicy, demand: Sequence[Wanted]) -> Rules:
    """The policy's constraints on these lines."""
    terms = policy.terms
    count, limit = terms.max_fulfilments or policy.max_fulfilments, terms.fulfilments if terms.max_fulfilments else None
    return Rules(
        max_fulfilments=count,
        fulfilments_penalty=_penalty(limit),
        capability_penalty=_penalty(terms.capability),
        capacity_penalty=_penalty(terms.capacity),
        fence_penalty=_penalty(terms.ring_fence),
        together=tuple(_together(terms, demand)),
        objective=_OBJECTIVES.get(terms.objective, Objective.CHEAPEST),
        limit=terms.search_limit,
    )


def _penalty(limit: Limit | None) -> int | None:
    return None if limit is None or limit.penalty is None else limit.penalty * SCALE


def _together(terms: SourcingTerms, demand: Sequence[Wanted]) -> Iterable[Together]:
    if terms.no_order_split is not None:
        everything = tuple(line.key for line in demand)
        yield Together(everything, _penalty(terms.no_order_split), Constraint.NO_ORDER_SPLIT)
    for group in terms.ship_together:
        named = {line.line_id for line in demand if not set(line.categories).isdisjoint(group.categories)}
        lines = tuple(line.key for line in demand if line.line_id in named)
        if len(lines) > 1:
            yield Together(lines, _penalty(group.limit), Constraint.SHIP_TOGETHER)
    if terms.no_line_split is not None:
        by_line: dict[str, list[str]] = {}
        for line in demand:
            by_line.setdefault(line.line_id, []).append(line.key)
        for keys in by_line.values():
            yield Together(tuple(keys), _penalty(terms.no_line_split), Constraint.NO_LINE_SPLIT)


def _no_plan(problem: Problem, candidates: tuple[Candidate, ...]) -> NoPlan:
    """The first constraint without which everything could be fulfilled; `short` when it is not one alone."""
    rules = problem.rules
    free: dict[str, Problem] = {}
    if rules.max_fulfilments:
        free["max_fulfilments"] = replace(problem, rules=replace(rules, max_fulfilments=0))
    for constraint in (Constraint.NO_ORDER_SPLIT, Constraint.SHIP_TOGETHER, Constraint.NO_LINE_SPLIT):
        others = tuple(each for each in rules.together if each.constraint is not constraint)
        if len(others) < len(rules.together):
            free[constraint] = replace(problem, rules=replace(rules, together=others))
    for constraint in (Constraint.MAX_DISTANCE, Constraint.PREFERRED, Constraint.CLOSED):
        sites = tuple(replace(s, removed=tuple(x for x in s.removed if x is not constraint)) for s in problem.sites)
        if sites != problem.sites:
            free[constraint] = replace(problem, sites=sites)
    free[Constraint.CAPABILITY] = replace(problem, rules=replace(rules, capability_penalty=SCALE))
    free[Constraint.CAPACITY] = replace(problem, rules=replace(rules, capacity_penalty=SCALE))
    for reason, freed in free.items():
        if short_of_all(freed):
            continue
        found = solve(freed)
        if not found.short:
            facts = {"max_fulfilments": rules.max_fulfilments, "needed": len(found.parts), "proven": found.proven}
            return NoPlan(str(reason), candidates, facts if reason == "max_fulfilments" else {})
    return NoPlan("short", candidates)


def _planned(
    problem: Problem,
    found: Solution,
    candidates: Sequence[Candidate],
    nodes: Mapping[str, SourceNode],
    policy: SourcingPolicy,
    order: Order,
) -> Plan:
    parts = whole_lines(problem, found)
    metres = {site.node_id: site.metres for site in problem.sites}
    fulfilments = tuple(
        PlannedFulfilment(
            node_id,
            metres[node_id],
            tuple(_share(order.demand[i], units) for i, units in sorted(given.items())),
            _work(nodes[node_id], policy, order),
        )
        for node_id, given in sorted(parts.items(), key=lambda part: (metres[part[0]] or 0, part[0]))
    )
    priced = policy.terms.objective is PlanObjective.CHEAPEST
    return Plan(
        fulfilments=fulfilments,
        candidates=tuple(replace(each, chosen=True) if each.node_id in parts else each for each in candidates),
        promise=promise(fulfilments, nodes, policy, order),
        location=order.ship_to.precision if order.ship_to else "unknown",
        objective=policy.terms.objective.value,
        proven=found.proven,
        explored=found.explored,
        cost=found.cost if priced else None,
        gap=found.gap if priced and not found.proven else None,
        relaxed=found.relaxed,
    )


def _work(node: SourceNode, policy: SourcingPolicy, order: Order) -> NodeWork | None:
    """Counted where the node's terms ask for it and its open work was read."""
    if not node.terms.counts_work or node.node_id not in order.open_units:
        return None
    hard = policy.terms.capacity.penalty is None
    return NodeWork(order.open_units[node.node_id], node.terms.capacity if hard else None)


def _share(line: Wanted, units: int) -> LineShare:
    return LineShare(line.line_id, line.sku, units, line.part)


def _candidate(node: SourceNode, site: Site, problem: Problem, order: Order) -> Candidate:
    # Of a node that does not serve the channel nobody asks what it has.
    removed = (Constraint(node.removed),) if node.removed else removed_by(problem, site)
    if removed:
        return Candidate(node.node_id, site.metres, removed=tuple(str(each) for each in removed))
    need: dict[str, int] = {}
    for line in order.demand:
        need[line.sku] = need.get(line.sku, 0) + line.quantity
    covers = {sku: min(units, need[sku]) for sku, units in site.stock.items()}
    objective = order.terms.objective
    return Candidate(
        node.node_id,
        site.metres,
        covers=covers,
        lines=_whole_lines(order.demand, covers),
        lacks=tuple(sku for sku, wanted in need.items() if covers.get(sku, 0) < wanted),
        terms=_told(site) if objective is PlanObjective.CHEAPEST else {},
        minutes=minutes_of(node, site.metres, order) if objective is PlanObjective.FASTEST else None,
        load=load_of(node, order) if objective is PlanObjective.LEAST_LOADED else None,
    )


def _whole_lines(demand: Sequence[Wanted], covers: Mapping[str, int]) -> int:
    """How many lines a node could fill by itself: of a bundle's all parts."""
    short = {line.line_id for line in demand if covers.get(line.sku, 0) < line.quantity}
    return len({line.line_id for line in demand} - short)


def _told(site: Site) -> dict[str, int]:
    found = dict(site.terms) | {f"penalty:{constraint}": cost for constraint, cost in site.penalties}
    return found | ({"unit": site.unit} if site.unit else {})
