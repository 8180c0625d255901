"""A lower bound of every plan from prices for the lines (Lagrangian relaxation of "each line gets its units").

With a price for each unit of a line, sites decide one by one: a site is worth using when what it can earn is more than
what it costs. The sum is never above the true optimum, and the best prices give the bound of the linear relaxation in
which a site's own limits hold exactly (Geoffrion 1974; for facility location Beasley 1993). Whole numbers throughout.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import mul

from ordo.sourcing.covers import Scope
from ordo.sourcing.instance import Instance
from ordo.sourcing.problem import Cost

Worth = tuple[Cost, list[tuple[int, int]]]
"""What a site earns at some prices, and by which units of which lines."""


@dataclass(slots=True)
class Bound:
    """A bound with what it was made from.

    `prices` are by line, then by set of `covers`; `worths[n]` what site `n` earns at them, `values[n]` its cost minus
    its earnings, those for what it covers included. `selected` are the free sites that the bound uses.
    """

    prices: list[Cost]
    worths: dict[int, Worth]
    value: Cost = 0
    values: dict[int, Cost] = field(default_factory=dict)
    selected: list[int] = field(default_factory=list)


def first_prices(instance: Instance, sites: Sequence[int]) -> list[Cost]:
    """For each line the least that a unit costs when its site's whole cost is spread over all that it could give."""
    prices = [instance.short_cost] * len(instance.wants)
    for n in sites:
        share = instance.fixed[n] // max(1, instance.most(n, instance.prices[n]))
        for line, price in instance.prices[n].items():
            prices[line] = min(prices[line], price + share)
    return prices


class Relaxation:
    """Bounds of the problem in which some sites are used for sure and some are not."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._soft = instance.capacity_penalty is not None or instance.fence_penalty is not None
        self._rows = [
            [
                (line, cost, min(instance.wants[line], shelf.get(instance.sku_of[line], 0)))
                for line, cost in sorted(row.items())
            ]
            for row, shelf in zip(instance.prices, instance.stock, strict=True)
        ]
        self._shared = [self._contended(n) for n in range(len(instance.sites))]
        """By site: shelves that hold less than all lines of their SKU want."""
        self._roomy = [
            not self._shared[n] and sum(most for _, _, most in row) <= instance.capacity[n]
            for n, row in enumerate(self._rows)
        ]

    def first(self, sites: Sequence[int], sets: int) -> Bound:
        """Prices to start from, with nothing for covers."""
        prices = first_prices(self._instance, sites)
        return Bound([*prices, *([0] * sets)], self._worths(sites, prices))

    def improve(self, scope: Scope, start: Bound, best: Cost, rounds: int) -> Bound:
        """The best bound of some rounds of subgradient steps from where `start` ended; stops when it reaches `best`."""
        most = self._instance.short_cost
        found, kept = self._at(scope, start.prices, start.worths)
        bound, slack, idle, halves = found, kept, 0, 0
        for _ in range(1, rounds):
            norm = sum([each * each for each in slack])
            if found.value >= best or not norm:
                break
            step = (best - bound.value + 1) >> halves
            prices = [
                min(most, max(0, price + step * each // norm)) if each else price
                for price, each in zip(bound.prices, slack, strict=True)
            ]
            bound, slack = self._at(scope, prices, self._worths((*scope.opened, *scope.free), prices))
            if bound.value > found.value:
                found, kept, idle = bound, slack, 0
            else:
                idle += 1
            if idle >= 4:
                halves, idle, bound, slack = halves + 1, 0, found, kept
        return found

    def _worths(self, sites: Iterable[int], prices: list[Cost]) -> dict[int, Worth]:
        worth = self._worth_soft if self._soft else self._worth
        return {n: worth(n, prices) for n in sites}

    def _contended(self, n: int) -> dict[int, int]:
        wanted: dict[int, int] = {}
        for line, _, most in self._rows[n]:
            sku = self._instance.sku_of[line]
            wanted[sku] = wanted.get(sku, 0) + most
        return {sku: units for sku, units in self._instance.stock[n].items() if wanted.get(sku, 0) > units}

    def _at(self, scope: Scope, prices: list[Cost], worths: dict[int, Worth]) -> tuple[Bound, list[int]]:
        """The bound at these prices, and by line and set how many units are still wanted (negative: too many)."""
        instance, lines = self._instance, len(self._instance.wants)
        values = {n: instance.fixed[n] - worths[n][0] for n in (*scope.opened, *scope.free)}
        covers = [prices[lines + place] for place in scope.rows]
        if any(covers):
            for n in scope.free:
                values[n] -= sum(map(mul, covers, scope.gives[n]))
        selected = self._select(scope, values)
        used = (*scope.opened, *selected)
        slack = [*instance.wants, *([0] * (len(prices) - lines))]
        value = sum(map(mul, prices, slack)) + sum(map(mul, covers, scope.needs))
        value += sum([values[n] for n in used]) + instance.count_cost(len(used))
        if scope.short:
            value += self._without(scope.short, prices, slack)
        for n in used:
            for line, taken in worths[n][1]:
                slack[line] -= taken
        for k, place in enumerate(scope.rows):
            slack[lines + place] = scope.needs[k] - sum([scope.gives[n][k] for n in selected])
        return Bound(prices, worths, value, values, selected), slack

    def _without(self, short: int, prices: list[Cost], wants: list[int]) -> Cost:
        """What it costs that so many units are short for sure: those are wanted least that pay most."""
        cost: Cost = short * self._instance.short_cost
        for line in sorted(range(len(self._instance.wants)), key=lambda each: -prices[each]):
            units = min(short, wants[line])
            wants[line] -= units
            cost -= units * prices[line]
            short -= units
        return cost

    def _select(self, scope: Scope, values: dict[int, Cost]) -> list[int]:
        """The free sites by which the sum is least, as many as there must and may be."""
        instance = self._instance
        worth = sorted([(values[n], n) for n in scope.free if values[n] < 0])
        if len(worth) < scope.least:
            worth = sorted([(values[n], n) for n in scope.free])[: scope.least]
        if not instance.count_penalties:
            return [n for _, n in worth[: scope.room]]
        selected: list[int] = []
        for value, n in worth[: scope.room]:
            count = len(scope.opened) + len(selected)
            more = instance.count_cost(count + 1) - instance.count_cost(count)
            if len(selected) >= scope.least and value + more >= 0:
                break
            selected.append(n)
        return selected

    def _worth(self, n: int, prices: list[Cost]) -> Worth:
        """The most that a site earns: its dearest lines first, within shelves and capacity (a greedy polymatroid)."""
        offers = [(cost - prices[line], line, most) for line, cost, most in self._rows[n] if prices[line] > cost]
        if self._roomy[n]:
            return -sum([loss * most for loss, _, most in offers]), [(line, most) for _, line, most in offers]
        offers.sort()
        capacity = self._instance.capacity[n]
        sku_of, room = self._instance.sku_of, dict(self._shared[n])
        earned: Cost = 0
        units: list[tuple[int, int]] = []
        for loss, line, most in offers:
            sku = sku_of[line]
            take = min(most, room.get(sku, most), capacity)
            if sku in room:
                room[sku] -= take
            if take:
                capacity -= take
                earned -= take * loss
                units.append((line, take))
                if not capacity:
                    break
        return earned, units

    def _worth_soft(self, n: int, prices: list[Cost]) -> Worth:
        """The same where more is possible for a penalty: step by step whatever earns most for the next units."""
        instance = self._instance
        cost_of = instance.prices[n]
        left = {line: instance.wants[line] for line in cost_of}
        room, kept, capacity = dict(instance.stock[n]), dict(instance.fenced[n]), instance.capacity[n]
        fence, over = instance.fence_penalty or 0, instance.capacity_penalty
        earned: Cost = 0
        units = dict.fromkeys(left, 0)
        while True:
            steps = []
            for line, wants in left.items():
                sku = instance.sku_of[line]
                free = room.get(sku, 0) > 0
                if not wants or not (free or kept.get(sku, 0) > 0) or not (capacity > 0 or over is not None):
                    continue
                profit = prices[line] - cost_of[line] - (0 if free else fence) - (0 if capacity > 0 else over or 0)
                steps.append((profit, -line, line, free))
            if not steps:
                break
            profit, _, line, free = max(steps)
            if profit <= 0:
                break
            shelf = room if free else kept
            sku = instance.sku_of[line]
            take = min(left[line], shelf[sku], capacity if capacity > 0 else left[line])
            shelf[sku] -= take
            left[line] -= take
            capacity = max(0, capacity - take)
            earned += take * profit
            units[line] += take
        return earned, [(line, taken) for line, taken in units.items() if taken]
