"""The nearest nodes that cover the order with the fewest fulfilments: pure, exact up to a stated limit, explained.

Objective, in this order: fewest fulfilments; least sum of distances from the nodes to the destination (without a
destination this term is missing); lowest node ids. A line is given whole to the nearest chosen node that has all of it,
and is split only when no single chosen node has enough left. Fewest fulfilments comes first, so the choice of nodes
itself may make a split unavoidable; it never costs another parcel.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ordo.inventory.demand import Availability, Wanted
from ordo.kernel.clock import to_iso
from ordo.sourcing.model import (
    Candidate,
    LineShare,
    NoPlan,
    Plan,
    PlannedFulfilment,
    Promise,
    ShipTo,
    SourceNode,
    SourcingPolicy,
    km_text,
    metres_between,
)
from ordo.sourcing.search import Cover, Option, smallest_cover

OBJECTIVE = "fewest_fulfilments_then_nearest"


def plan(
    demand: Sequence[Wanted],
    nodes: Iterable[SourceNode],
    stock: Availability,
    ship_to: ShipTo | None,
    policy: SourcingPolicy,
    now: datetime,
) -> Plan | NoPlan:
    """Choose nodes for the whole demand, or say why there is no choice. Quantities are positive; `now` is aware."""
    need = _need(demand)
    ordered = sorted(nodes, key=lambda node: node.node_id)
    candidates = [_candidate(node, demand, need, stock, ship_to) for node in ordered]
    open_ones = [candidate for candidate in candidates if candidate.removed is None]
    if all(node.removed for node in ordered):
        return NoPlan("no_node_serves_channel", tuple(candidates))
    cover = smallest_cover([_option(each, need) for each in open_ones], tuple(need.values()), policy.search_limit)
    if cover is None:
        return NoPlan("short", tuple(candidates))
    if policy.max_fulfilments and len(cover.chosen) > policy.max_fulfilments:
        facts = {"max_fulfilments": policy.max_fulfilments, "needed": len(cover.chosen), "proven": cover.proven}
        return NoPlan("max_fulfilments", tuple(candidates), facts)
    return _planned(demand, ordered, candidates, [open_ones[i] for i in cover.chosen], cover, ship_to, policy, now)


def _planned(
    demand: Sequence[Wanted],
    nodes: Sequence[SourceNode],
    candidates: Sequence[Candidate],
    chosen: Sequence[Candidate],
    cover: Cover,
    ship_to: ShipTo | None,
    policy: SourcingPolicy,
    now: datetime,
) -> Plan:
    fulfilments = _assign(demand, chosen)
    ids = {candidate.node_id for candidate in chosen}
    return Plan(
        fulfilments=fulfilments,
        candidates=tuple(replace(each, chosen=True) if each.node_id in ids else each for each in candidates),
        promise=promise(fulfilments, nodes, policy, now),
        location=ship_to.precision if ship_to else "unknown",
        objective=OBJECTIVE,
        proven=cover.proven,
        explored=cover.explored,
    )


def promise(
    fulfilments: Sequence[PlannedFulfilment], nodes: Iterable[SourceNode], policy: SourcingPolicy, now: datetime
) -> Promise:
    """Ready when the slowest node has handled its part, delivered when the last parcel has come; says which and why."""
    hours = {node.node_id: node.handling_hours or policy.handling_hours for node in nodes}
    arrivals = [
        (timedelta(hours=hours[each.node_id], days=policy.transit_days(each.metres)), each) for each in fulfilments
    ]
    latest, last = max(arrivals, key=lambda arrival: arrival[0])
    handling = hours[last.node_id]
    days = policy.transit_days(last.metres)
    distance = f"for {km_text(last.metres)} km" if last.metres is not None else "as the distance is not known"
    reason = f"{last.node_id}: {handling} h handling, then {days} d on the road {distance}"
    ready = max(hours[each.node_id] for each in fulfilments)
    if len(fulfilments) > 1:
        reason += f"; the last of {len(fulfilments)} fulfilments"
    return Promise(to_iso(now + timedelta(hours=ready)), to_iso(now + latest), reason)


def _need(demand: Sequence[Wanted]) -> dict[str, int]:
    need: dict[str, int] = {}
    for line in demand:
        need[line.sku] = need.get(line.sku, 0) + line.quantity
    return need


def _candidate(
    node: SourceNode, demand: Sequence[Wanted], need: dict[str, int], stock: Availability, ship_to: ShipTo | None
) -> Candidate:
    metres = metres_between(node.location, ship_to.location if ship_to else None)
    if node.removed:
        return Candidate(node.node_id, metres, removed=node.removed)
    covers: dict[str, int] = {}
    for sku, wanted in need.items():
        has = stock.get(sku, {}).get(node.node_id, 0)
        if has > 0:
            covers[sku] = min(has, wanted)
    if not covers:
        return Candidate(node.node_id, metres, removed="no_stock")
    whole = sum(1 for line in demand if covers.get(line.sku, 0) >= line.quantity)
    lacks = tuple(sku for sku, wanted in need.items() if covers.get(sku, 0) < wanted)
    return Candidate(node.node_id, metres, covers=covers, lines=whole, lacks=lacks)


def _option(candidate: Candidate, need: dict[str, int]) -> Option:
    return Option(candidate.metres or 0, tuple(candidate.covers.get(sku, 0) for sku in need))


def _assign(demand: Sequence[Wanted], chosen: Sequence[Candidate]) -> tuple[PlannedFulfilment, ...]:
    """Give lines to the chosen nodes, the largest line of a SKU first, so that fewest are split; nearest node first."""
    nearest = sorted(chosen, key=lambda candidate: (candidate.metres or 0, candidate.node_id))
    left = {candidate.node_id: dict(candidate.covers) for candidate in nearest}
    shares: dict[str, dict[int, int]] = {candidate.node_id: {} for candidate in nearest}
    for place, line in sorted(enumerate(demand), key=lambda entry: -entry[1].quantity):
        for node_id, quantity in _places(line, left):
            left[node_id][line.sku] -= quantity
            shares[node_id][place] = quantity
    return tuple(_fulfilment(candidate, demand, shares[candidate.node_id]) for candidate in nearest)


def _places(line: Wanted, left: dict[str, dict[str, int]]) -> list[tuple[str, int]]:
    """(node, units) for one line: one node that has it whole, or else those with most, so that it has few parts."""
    for node_id, units in left.items():
        if units.get(line.sku, 0) >= line.quantity:
            return [(node_id, line.quantity)]
    parts: list[tuple[str, int]] = []
    missing = line.quantity
    for node_id, units in sorted(left.items(), key=lambda entry: -entry[1].get(line.sku, 0)):
        part = min(missing, units.get(line.sku, 0))
        if part:
            parts.append((node_id, part))
            missing -= part
    return parts


def _fulfilment(candidate: Candidate, demand: Sequence[Wanted], shares: dict[int, int]) -> PlannedFulfilment:
    lines = tuple(LineShare(demand[place].line_id, demand[place].sku, shares[place]) for place in sorted(shares))
    return PlannedFulfilment(candidate.node_id, candidate.metres, lines)
