"""A lower bound of every plan from prices for the lines (Lagrangian relaxation of "each line gets its units").

With a price for each unit of a line, sites decide one by one: a site is worth using when what it can earn is more than
what it costs. The sum is never above the true optimum, and the best prices give the bound of the linear relaxation in
which a site's own limits hold exactly (Geoffrion 1974; for facility location Beasley 1993). Whole numbers throughout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ordo.sourcing.instance import Instance
from ordo.sourcing.problem import Cost


@dataclass(slots=True)
class Bound:
    """A bound with what it was made from: `values[n]` is cost minus earnings of site `n` at `prices`."""

    value: Cost
    prices: list[Cost]
    values: dict[int, Cost]
    selected: list[int]


def first_prices(instance: Instance, sites: Sequence[int]) -> list[Cost]:
    """For each line the least that a unit costs when its site's whole cost is spread over all that it could give."""
    prices = [instance.short_cost] * len(instance.wants)
    for n in sites:
        most = 0
        by_sku: dict[int, int] = {}
        for line in instance.prices[n]:
            sku = instance.sku_of[line]
            by_sku[sku] = by_sku.get(sku, 0) + instance.wants[line]
        for sku, wanted in by_sku.items():
            most += min(wanted, instance.stock[n].get(sku, 0) + instance.fenced[n].get(sku, 0))
        most = max(1, most if instance.capacity_penalty is not None else min(most, instance.capacity[n]))
        share = instance.fixed[n] // most
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

    def improve(
        self, opened: Sequence[int], free: Sequence[int], prices: Sequence[Cost], best: Cost, rounds: int
    ) -> Bound:
        """The best bound of some rounds of subgradient steps from `prices`; stops when it reaches `best`."""
        now, idle, halves = list(prices), 0, 0
        bound, slack = self._at(opened, free, now)
        found = bound
        for turn in range(rounds):
            if turn:
                bound, slack = self._at(opened, free, now)
            if bound.value > found.value:
                found, idle = bound, 0
            else:
                idle += 1
            norm = sum(each * each for each in slack)
            if found.value >= best or not norm:
                break
            if idle >= 4:
                halves, idle, now = halves + 1, 0, list(found.prices)
                bound, slack = self._at(opened, free, now)
                norm = sum(each * each for each in slack) or 1
            step = (best - bound.value + 1) >> halves
            most = self._instance.short_cost
            now = [min(most, max(0, price + step * each // norm)) for price, each in zip(now, slack, strict=True)]
        return found

    def _contended(self, n: int) -> dict[int, int]:
        wanted: dict[int, int] = {}
        for line, _, most in self._rows[n]:
            sku = self._instance.sku_of[line]
            wanted[sku] = wanted.get(sku, 0) + most
        return {sku: units for sku, units in self._instance.stock[n].items() if wanted.get(sku, 0) > units}

    def _at(self, opened: Sequence[int], free: Sequence[int], prices: list[Cost]) -> tuple[Bound, list[int]]:
        """The bound at these prices, and by line how many units are still wanted (negative: too many are given)."""
        instance = self._instance
        values: dict[int, Cost] = {}
        given: dict[int, list[tuple[int, int]]] = {}
        worth = self._worth_soft if self._soft else self._worth
        for n in (*opened, *free):
            earned, given[n] = worth(n, prices)
            values[n] = instance.fixed[n] - earned
        selected = self._select(opened, free, values)
        value = sum(price * wants for price, wants in zip(prices, instance.wants, strict=True))
        value += sum(values[n] for n in (*opened, *selected))
        value += instance.count_cost(len(opened) + len(selected))
        slack = list(instance.wants)
        for n in (*opened, *selected):
            for line, taken in given[n]:
                slack[line] -= taken
        return Bound(value, prices, values, selected), slack

    def _select(self, opened: Sequence[int], free: Sequence[int], values: dict[int, Cost]) -> list[int]:
        instance = self._instance
        room = instance.hard_limit - len(opened)
        worth = sorted((values[n], n) for n in free if values[n] < 0)[: max(0, room)]
        if not instance.count_penalties:
            return [n for _, n in worth]
        selected: list[int] = []
        for value, n in worth:
            count = len(opened) + len(selected)
            if value + instance.count_cost(count + 1) - instance.count_cost(count) >= 0:
                break
            selected.append(n)
        return selected

    def _worth(self, n: int, prices: list[Cost]) -> tuple[Cost, list[tuple[int, int]]]:
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

    def _worth_soft(self, n: int, prices: list[Cost]) -> tuple[Cost, list[tuple[int, int]]]:
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
