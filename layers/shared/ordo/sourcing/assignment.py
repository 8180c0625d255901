"""Which chosen node gives which line, where that makes no difference to the cost: whole lines, from the nearest."""

from __future__ import annotations

from collections.abc import Mapping

from ordo.sourcing.problem import Problem, Site, Solution

Parts = dict[str, dict[int, int]]
"""By node id: units by the index of the line."""


def whole_lines(problem: Problem, found: Solution) -> Parts:
    """The solution's own parts, or others of the same sites and cost in which fewer lines are split.

    Others are only looked for where any chosen site may give any line at the same price and within its capacity, and
    nothing is soft: else the solution's parts are already what the rules want.
    """
    own: Parts = {part.node_id: dict(part.units) for part in found.parts}
    used = [site for site in problem.sites if site.node_id in own]
    if not _same_for_all(problem, used):
        return own
    others = _given(problem, sorted(used, key=lambda site: (site.metres or 0, site.node_id)))
    if others is None or set(others) != set(own):
        return own
    fits = all(site.capacity is None or sum(others[site.node_id].values()) <= site.capacity for site in used)
    return others if fits else own


def _same_for_all(problem: Problem, used: list[Site]) -> bool:
    rules = problem.rules
    able = all(line.requires <= site.capabilities for line in problem.lines for site in used)
    soft = (rules.capability_penalty, rules.capacity_penalty, rules.fence_penalty)
    return able and len({site.unit for site in used}) <= 1 and not rules.together and soft == (None, None, None)


def _given(problem: Problem, nearest: list[Site]) -> Parts | None:
    """The largest line of a SKU first, so that fewest are split; None when something is left over."""
    left = {site.node_id: dict(site.stock) for site in nearest}
    shares: Parts = {}
    for place, line in sorted(enumerate(problem.lines), key=lambda entry: -entry[1].quantity):
        missing = line.quantity
        for node_id, quantity in _places(line.sku, line.quantity, left):
            left[node_id][line.sku] -= quantity
            shares.setdefault(node_id, {})[place] = quantity
            missing -= quantity
        if missing:
            return None
    return shares


def _places(sku: str, quantity: int, left: Mapping[str, Mapping[str, int]]) -> list[tuple[str, int]]:
    """(node, units) for one line: one node that has it whole, or else those with most, so that it has few parts."""
    for node_id, units in left.items():
        if units.get(sku, 0) >= quantity:
            return [(node_id, quantity)]
    parts: list[tuple[str, int]] = []
    missing = quantity
    for node_id, units in sorted(left.items(), key=lambda entry: -entry[1].get(sku, 0)):
        part = min(missing, units.get(sku, 0))
        if part:
            parts.append((node_id, part))
            missing -= part
    return parts
