"""The cheapest plan, exactly: branch and bound over which sites are used (docs/adr/0022-sourcing-optimum.md).

A set of sites is priced by an exact flow; what a subtree can reach at best comes from `bounds`. The limit counts nodes
of the search tree, so that the same problem has the same answer on every machine, however busy.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ordo.sourcing.bounds import Bound, Relaxation
from ordo.sourcing.cohesion import Plan, cheapest_together
from ordo.sourcing.covers import Covers, Scope
from ordo.sourcing.flows import cheapest_from
from ordo.sourcing.instance import Instance, instance_of
from ordo.sourcing.problem import Cost, Objective, Part, Problem, Site, Solution
from ordo.sourcing.relaxed import relaxed_of

ROOT_ROUNDS, ROUNDS = 20, 4
"""Steps that are made to better the bound at the root of the tree, and at each other node."""


def solve(problem: Problem) -> Solution:
    """The plan that leaves fewest units short and, of those, is best by the objective.

    Sites and lines may come in any order of sites; quantities are positive. Never raises: what no site can give is
    short. The same problem always has the same plan.
    """
    if problem.rules.objective is Objective.CHEAPEST:
        return _cheapest(problem)
    return _least_worst(problem)


def short_of_all(problem: Problem) -> int:
    """Units that are short even when every site may be used and no rule looks at the plan as a whole."""
    instance = instance_of(problem)
    return cheapest_from(instance, range(len(instance.sites))).short_units


def _cheapest(problem: Problem) -> Solution:
    """Lines that may not be split are first given only to sites that could give all of them: where nothing is short
    then, no other plan has nothing short, and the search is a plain one.
    """
    if any(len(group.lines) == 1 and group.penalty is None for group in problem.rules.together):
        found = _solved(instance_of(problem, whole=True), problem)
        if found.proven and not found.short:
            return found
    return _solved(instance_of(problem), problem)


def _solved(instance: Instance, problem: Problem) -> Solution:
    search = _Search(instance, problem.rules.limit)
    search.run()
    plan = search.best
    cost = plan.cost >> instance.shift
    # Below the shift a plan's cost only decides between equal plans: a bound there says nothing of the cost itself.
    gap = (search.best_value >> instance.shift) - (search.lower >> instance.shift)
    parts = tuple(Part(instance.sites[n].node_id, units) for n, units in sorted(plan.units.items()))
    return Solution(
        parts=parts,
        short=plan.short,
        cost=cost,
        relaxed=relaxed_of(instance, plan),
        proven=not gap,
        gap=min(gap, cost),
        explored=search.explored,
    )


def _least_worst(problem: Problem) -> Solution:
    """The least greatest figure by which as few units are short as with all sites; among those sites the cheapest.

    Fewer sites never leave fewer units short, so the figure is found by halving.
    """
    figures = sorted({_figure(problem, site) for site in problem.sites if not site.removed})
    everything = _cheapest(problem)
    explored, proven, low, high = everything.explored, everything.proven, 0, len(figures) - 1
    answers: dict[int, Solution] = {high: everything}
    while low < high:
        middle = (low + high) // 2
        tried = _cheapest(_up_to(problem, figures[middle]))
        answers[middle] = tried
        explored, proven = explored + tried.explored, proven and tried.proven
        if tried.short_units <= everything.short_units:
            high = middle
        else:
            low = middle + 1
    found = answers.get(low) or everything
    return replace(found, explored=explored, proven=proven)


def _figure(problem: Problem, site: Site) -> int:
    return site.minutes if problem.rules.objective is Objective.FASTEST else site.load


def _up_to(problem: Problem, most: int) -> Problem:
    return replace(problem, sites=tuple(site for site in problem.sites if _figure(problem, site) <= most))


@dataclass(slots=True)
class _State:
    """A node of the tree: sites used for sure and those not decided, of which `next` is the next to be decided.

    `bound` is the one above it; in all at least `least` sites are used.
    """

    opened: tuple[int, ...]
    free: tuple[int, ...]
    bound: Bound
    least: int = 0
    next: int = -1


class _Search:
    """Best bound first; the first of equal bounds by when it came, which is the same each time."""

    def __init__(self, instance: Instance, limit: int) -> None:
        sites = range(len(instance.sites))
        self._instance = instance
        self._limit = limit
        self._relaxation = Relaxation(instance)
        self._covers = Covers(instance, cheapest_from(instance, sites).short_units)
        self._plans: dict[tuple[int, ...], Plan] = {}
        self._completed: set[tuple[tuple[int, ...], bool]] = set()
        self.explored = 0
        self.best = cheapest_together(instance, ())
        self.best_value = self._value(self.best)
        self.lower: Cost = 0
        self._open_leaf: Cost | None = None

    def run(self) -> None:
        """Search until everything is proven or the limit is reached; `lower` is what was proven."""
        sites = tuple(range(len(self._instance.sites)))
        self._complete(())
        if self._instance.hard_limit < len(sites):
            self._complete((), by_most=True)
        heap: list[tuple[Cost, int, _State]] = []
        self._visit(_State((), sites, self._relaxation.first(sites, len(self._covers.sets))), heap, ROOT_ROUNDS)
        while heap and self.explored < self._limit and self._instance.ways_left > 0:
            value, _, state = heapq.heappop(heap)
            if value >= self.best_value:
                heap.clear()
                break
            for child in self._children(state):
                self._visit(child, heap, ROUNDS)
        unproven = [] if self._open_leaf is None else [self._open_leaf]
        self.lower = min([self.best_value, *unproven, *(value for value, _, _ in heap)])

    def _value(self, plan: Plan) -> Cost:
        return plan.cost + plan.short_units * self._instance.short_cost

    def _visit(self, state: _State, heap: list[tuple[Cost, int, _State]], rounds: int) -> None:
        """Bound a state, look for a better plan near it, and keep it when it may hold one."""
        self.explored += 1
        found = self._bounded(state, rounds)
        if found is None:
            return
        scope, bound = found
        self._complete((*scope.opened, *bound.selected))
        if bound.value >= self.best_value:
            return
        state = self._fixed(scope, bound)
        if not state.free:
            if not self._consider(state.opened).exact:
                self._open_leaf = bound.value if self._open_leaf is None else min(bound.value, self._open_leaf)
            return
        heapq.heappush(heap, (bound.value, self.explored, state))

    def _bounded(self, state: _State, rounds: int) -> tuple[Scope, Bound] | None:
        """The state's bound; None when it holds no better plan.

        A bound above whatever so many sites could cost tells that one more is used, which makes it better again.
        """
        bound, least = state.bound, state.least
        while True:
            most_fixed = self.best_value - self._covers.least_short * self._instance.short_cost
            scope = self._covers.scope(state.opened, state.free, self.best.short_units, most_fixed, least)
            if scope is None:
                return None
            bound = self._relaxation.improve(scope, bound, self.best_value, rounds)
            if bound.value >= self.best_value:
                return None
            least = self._least_sites(scope, bound)
            if least <= len(scope.opened) + scope.least:
                return scope, bound

    def _least_sites(self, scope: Scope, bound: Bound) -> int:
        """How many sites are used at least when a plan costs more than the bound."""
        fixed, count = self._instance.fixed, len(scope.opened) + scope.least
        dearest = sorted([fixed[n] for n in scope.free], reverse=True)
        most = self.best.short_units * self._instance.short_cost + self._instance.most_beside
        most += sum(fixed[n] for n in scope.opened) + sum(dearest[: scope.least])
        for more in (*dearest[scope.least :], 0):
            if bound.value <= most:
                break
            most, count = most + more, count + 1
        return count

    def _fixed(self, scope: Scope, bound: Bound) -> _State:
        """Decide what the bound already decides: a site whose use, or absence, could not lead to a better plan."""
        gap, selected = self.best_value - bound.value, set(bound.selected)
        counted = bool(self._instance.count_penalties)
        # What it brings to leave out another one where one more is used, or costs to use another where one is left out.
        out = max((bound.values[n] for n in selected), default=0)
        out = out if len(selected) >= scope.room and not counted else max(out, 0)
        rest = [bound.values[n] for n in scope.free if n not in selected]
        spare = min(rest, default=gap) if len(selected) <= scope.least else min([0, *rest])
        opened, free = list(scope.opened), []
        for n in scope.free:
            value = bound.values[n]
            if n in selected:
                if not counted and spare - value >= gap:
                    opened.append(n)
                else:
                    free.append(n)
            elif value - out < gap:
                free.append(n)
        # Next the one that the bound uses and that could give most: without it most changes.
        chosen = min(free, key=lambda n: (n not in selected, -self._covers.gives(n), n), default=-1)
        return _State(tuple(sorted(opened)), tuple(free), bound, len(scope.opened) + scope.least, chosen)

    @staticmethod
    def _children(state: _State) -> Iterable[_State]:
        """With and without the site that is to be decided next."""
        rest = tuple(n for n in state.free if n != state.next)
        yield _State(tuple(sorted((*state.opened, state.next))), rest, state.bound, state.least)
        yield _State(state.opened, rest, state.bound, state.least)

    def _complete(self, sites: Iterable[int], *, by_most: bool = False) -> None:
        """From these sites to a plan: add the best while units are short, leave out what is idle, try fewer.

        The best gives units at the least average cost, or gives most: better where only few sites may be used.
        """
        limit = self._instance.hard_limit
        start = tuple(sorted(set(sites)))[:limit]
        if (start, by_most) in self._completed:
            return
        self._completed.add((start, by_most))
        plan = self._consider(start)
        while plan.short_units and len(plan.units) < limit:
            more = self._most_useful(plan, by_most=by_most)
            if more is None:
                break
            better = self._consider(tuple(sorted((*plan.units, more))))
            if self._value(better) >= self._value(plan):
                break
            plan = better
        self._fewer(plan)

    def _most_useful(self, plan: Plan, *, by_most: bool) -> int | None:
        """The site that gives units which are short at the least average cost, or that gives most of them."""
        instance, best, found = self._instance, (0, 1), None
        short = [(line, instance.sku_of[line], units) for line, units in plan.short.items()]
        for n, row in enumerate(instance.prices):
            if n in plan.units:
                continue
            give, cost, taken = 0, instance.fixed[n], dict[int, int]()
            for line, sku, units in short:
                if line not in row:
                    continue
                take = min(units, instance.there(n, sku) - taken.get(sku, 0))
                if instance.capacity_penalty is None:
                    take = min(take, instance.capacity[n] - give)
                if take > 0:
                    taken[sku] = taken.get(sku, 0) + take
                    give += take
                    cost += take * row[line]
            if give and (found is None or _is_better((cost, give), best, by_most=by_most)):
                best, found = (cost, give), n
        return found

    def _fewer(self, plan: Plan) -> None:
        """Leave out one site after the other as long as that makes it cheaper."""
        improved = True
        while improved and len(plan.units) > 1:
            improved = False
            for n in sorted(plan.units, key=lambda each: (-self._instance.fixed[each], each)):
                rest = tuple(each for each in sorted(plan.units) if each != n)
                if self._covers.short_of(rest) > plan.short_units:
                    continue
                fewer = self._consider(rest)
                if self._value(fewer) < self._value(plan):
                    plan, improved = fewer, True
                    break

    def _consider(self, sites: Sequence[int]) -> Plan:
        key = tuple(sites)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = cheapest_together(self._instance, key)
            value = self._value(plan)
            if value < self.best_value:
                self.best, self.best_value = plan, value
        return plan


def _is_better(a: tuple[Cost, int], b: tuple[Cost, int], *, by_most: bool) -> bool:
    """Of two offers, each so many units at a cost."""
    if by_most:
        return (-a[1], a[0]) < (-b[1], b[0])
    return a[0] * b[1] < b[0] * a[1]
