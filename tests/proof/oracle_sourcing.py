"""Sourcing as a mixed-integer program, solved by HiGHS: knows the rules from their words, nothing of Ordo's search.

First the fewest units short, then, with that held, the least cost. Figures are small whole numbers, so that the
solver's floats are exact enough to be rounded.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy

from ordo.sourcing.problem import Problem, Site


@dataclass
class Best:
    """The optimum."""

    short: int
    cost: int


class _Program:
    """Variables `x` (units freely and from fences, by site and line) and what counts them."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.h = highspy.Highs()  # type: ignore[no-untyped-call]
        self.h.setOptionValue("output_flag", False)
        self.h.setOptionValue("threads", 1)
        self.h.setOptionValue("mip_rel_gap", 0.0)
        self.h.setOptionValue("mip_abs_gap", 1e-6)
        self.cost = self.number(0, 0)
        self.short = self.number(0, 0)
        sites = [site for site in problem.sites if not site.removed]
        self.used = {site.node_id: self.whole(0, 1) for site in sites}
        self.free = {
            (s.node_id, i): self.whole(0, line.quantity) for s in sites for i, line in enumerate(problem.lines)
        }
        self.kept = {key: self.whole(0, problem.lines[key[1]].quantity) for key in self.free}
        for i, line in enumerate(problem.lines):
            missing = self.whole(0, line.quantity)
            self.short += missing
            self.h.addConstr(sum(self.units(s.node_id, i) for s in sites) + missing == line.quantity)
        for site in sites:
            self.site(site)
        self.counts(sites)
        self.groups(sites)

    def number(self, low: float, high: float):  # type: ignore[no-untyped-def]
        return self.h.addVariable(low, high)

    def whole(self, low: float, high: float):  # type: ignore[no-untyped-def]
        return self.h.addIntegral(low, high)

    def units(self, node_id: str, i: int):  # type: ignore[no-untyped-def]
        return self.free[node_id, i] + self.kept[node_id, i]

    def site(self, site: Site) -> None:
        rules, lines, name = self.problem.rules, self.problem.lines, site.node_id
        wanted = sum(line.quantity for line in lines)
        everything = sum(self.units(name, i) for i in range(len(lines)))
        self.h.addConstr(everything <= wanted * self.used[name])
        self.cost += site.fixed * self.used[name] + site.unit * everything
        for sku in {line.sku for line in lines}:
            mine = [i for i, line in enumerate(lines) if line.sku == sku]
            self.h.addConstr(sum(self.free[name, i] for i in mine) <= site.stock.get(sku, 0))
            fenced = site.fenced.get(sku, 0) if rules.fence_penalty is not None else 0
            self.h.addConstr(sum(self.kept[name, i] for i in mine) <= fenced)
            if rules.fence_penalty is not None:
                self.cost += rules.fence_penalty * sum(self.kept[name, i] for i in mine)
        for i, line in enumerate(lines):
            if line.requires <= site.capabilities:
                continue
            if rules.capability_penalty is None:
                self.h.addConstr(self.units(name, i) <= 0)
            else:
                self.cost += rules.capability_penalty * self.units(name, i)
        if site.capacity is not None:
            over = self.whole(0, wanted if rules.capacity_penalty is not None else 0)
            self.h.addConstr(everything - over <= site.capacity)
            self.cost += (rules.capacity_penalty or 0) * over

    def counts(self, sites: list[Site]) -> None:
        rules = self.problem.rules
        if not rules.max_fulfilments:
            return
        above = self.whole(0, len(sites) if rules.fulfilments_penalty is not None else 0)
        self.h.addConstr(sum(self.used.values()) - above <= rules.max_fulfilments)
        self.cost += (rules.fulfilments_penalty or 0) * above

    def groups(self, sites: list[Site]) -> None:
        places = {line.line_id: i for i, line in enumerate(self.problem.lines)}
        for group in self.problem.rules.together:
            lines = [places[line_id] for line_id in group.lines]
            wanted = sum(self.problem.lines[i].quantity for i in lines)
            gives = {site.node_id: self.whole(0, 1) for site in sites}
            for name, given in gives.items():
                self.h.addConstr(sum(self.units(name, i) for i in lines) <= wanted * given)
            further = self.whole(0, len(sites) if group.penalty is not None else 0)
            self.h.addConstr(sum(gives.values()) - further <= 1)
            self.cost += (group.penalty or 0) * further


def best_of(problem: Problem) -> Best:
    """The optimum of a problem whose costs are small whole numbers."""
    program = _Program(problem)
    program.h.minimize(program.short)
    short = round(program.h.getObjectiveValue())
    program.h.addConstr(program.short <= short)
    program.h.minimize(program.cost)
    return Best(short, round(program.h.getObjectiveValue()))
