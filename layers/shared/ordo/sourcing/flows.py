"""The cheapest way to give units from a fixed set of sites: exact, for each set that the search looks at.

Where the price of a unit depends on its site alone, what sites can give together is a polymatroid, so filling the
cheapest site first, with augmenting paths, is exact (Edmonds 1970). Otherwise: successive shortest paths (Ahuja,
Magnanti and Orlin, Network Flows, chapter 9.7). Costs may not be negative.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ordo.sourcing.instance import Instance
from ordo.sourcing.problem import Cost

Forbidden = frozenset[tuple[int, int]]
"""Pairs of a site and a line that may not meet."""

NONE: Forbidden = frozenset()
_FAR = 1 << 200


@dataclass(frozen=True, slots=True)
class Given:
    """`units[n][l]` from each site that gives any, what is short by line, and the cost of the units alone."""

    units: dict[int, dict[int, int]]
    short: dict[int, int]
    cost: Cost

    @property
    def short_units(self) -> int:
        return sum(self.short.values())


def cheapest_from(instance: Instance, chosen: Sequence[int], forbidden: Forbidden = NONE) -> Given:
    """As few units short as `chosen` sites allow, and of those ways the cheapest; deterministic."""
    return (_Fill if instance.plain else _Paths)(instance, sorted(chosen), forbidden).run()


class _Fill:
    """Site after site from the cheapest unit on; a site keeps what it has while later ones move lines around."""

    def __init__(self, instance: Instance, chosen: Sequence[int], forbidden: Forbidden) -> None:
        self._sku_of, self._prices = instance.sku_of, instance.prices
        self._left = list(instance.wants)
        self._room = {n: dict(instance.stock[n]) for n in chosen}
        self._capacity = instance.capacity
        self._forbidden = forbidden
        self._unit = {n: min(instance.prices[n].values(), default=0) for n in chosen}
        self._order = sorted(chosen, key=lambda n: (self._unit[n], n))
        self._given: dict[int, dict[int, int]] = {n: {} for n in chosen}
        self._givers: list[set[int]] = [set() for _ in self._left]

    def run(self) -> Given:
        cost = 0
        for n in self._order:
            capacity = self._capacity[n]
            taken = self._directly(n, capacity)
            while taken < capacity and any(self._left):
                units = self._around(n, capacity - taken)
                if not units:
                    break
                taken += units
            cost += taken * self._unit[n]
        given = {n: dict(sorted(row.items())) for n, row in sorted(self._given.items()) if row}
        return Given(given, {line: left for line, left in enumerate(self._left) if left}, cost)

    def _may(self, n: int) -> list[int]:
        return [line for line in self._prices[n] if (n, line) not in self._forbidden]

    def _directly(self, n: int, capacity: int) -> int:
        taken, room = 0, self._room[n]
        for line in self._may(n):
            units = min(self._left[line], room.get(self._sku_of[line], 0), capacity - taken)
            if units > 0:
                self._give(n, line, units)
                room[self._sku_of[line]] -= units
                self._left[line] -= units
                taken += units
        return taken

    def _give(self, n: int, line: int, units: int) -> None:
        row = self._given[n]
        now = row.get(line, 0) + units
        if now:
            row[line] = now
            self._givers[line].add(n)
        else:
            del row[line]
            self._givers[line].discard(n)

    def _around(self, start: int, most: int) -> int:
        """One augmenting path from `start` to a line with units left; gives how many units went along it.

        Vertices: ("n", site), ("s", site, sku): a shelf of a site, ("l", line).
        """
        origin = ("n", start, 0)
        before: dict[tuple[str, int, int], tuple[str, int, int] | None] = {origin: None}
        queue = deque([origin])
        while queue:
            here = queue.popleft()
            for there in self._next(here):
                if there in before:
                    continue
                before[there] = here
                if there[0] == "l" and self._left[there[1]]:
                    return self._along(there, before, most)
                queue.append(there)
        return 0

    def _next(self, here: tuple[str, int, int]) -> list[tuple[str, int, int]]:
        kind, a, b = here
        if kind == "n":
            return [("s", a, sku) for sku, room in sorted(self._room[a].items()) if room > 0]
        if kind == "s":
            onward = [("l", line, 0) for line in self._may(a) if self._sku_of[line] == b]
            return [*onward, ("n", a, 0)] if any(self._sku_of[line] == b for line in self._given[a]) else onward
        return [("s", n, self._sku_of[a]) for n in sorted(self._givers[a])]

    def _along(
        self,
        end: tuple[str, int, int],
        before: dict[tuple[str, int, int], tuple[str, int, int] | None],
        most: int,
    ) -> int:
        path, at = [end], before[end]
        while at is not None:
            path.append(at)
            at = before[at]
        path.reverse()
        steps = list(pairwise(path))
        units = min([most, self._left[end[1]], *(self._capacity_of(a, b) for a, b in steps)])
        for a, b in steps:
            self._move(a, b, units)
        self._left[end[1]] -= units
        return units

    def _capacity_of(self, a: tuple[str, int, int], b: tuple[str, int, int]) -> int:
        if a[0] == "n":
            return self._room[b[1]][b[2]]
        if a[0] == "l":
            return self._given[b[1]][a[1]]
        if b[0] == "n":
            return sum(units for line, units in self._given[a[1]].items() if self._sku_of[line] == a[2])
        return 1 << 62

    def _move(self, a: tuple[str, int, int], b: tuple[str, int, int], units: int) -> None:
        if a[0] == "n":
            self._room[b[1]][b[2]] -= units
        elif a[0] == "l":
            self._give(b[1], a[1], -units)
        elif b[0] == "n":
            self._room[a[1]][a[2]] += units
        else:
            self._give(a[1], b[1], units)


class _Paths:
    """Min-cost flow from lines over shelves and sites to the sink, a short unit being an edge of its own."""

    def __init__(self, instance: Instance, chosen: Sequence[int], forbidden: Forbidden) -> None:
        self._instance, self._chosen = instance, chosen
        self._to: list[int] = []
        self._room: list[int] = []
        self._price: list[Cost] = []
        self._out: list[list[int]] = []
        self._lines = [self._vertex() for _ in instance.wants]
        self._sink = self._vertex()
        self._arcs: dict[tuple[int, int], int] = {}
        self._shorts = [
            self._arc(vertex, self._sink, wants, instance.short_cost)
            for vertex, wants in zip(self._lines, instance.wants, strict=True)
        ]
        for n in chosen:
            self._site(n, forbidden)

    def run(self) -> Given:
        for line, vertex in enumerate(self._lines):
            left = self._instance.wants[line]
            while left:
                left -= self._push(vertex, left)
        short = {line: self._room[arc ^ 1] for line, arc in enumerate(self._shorts) if self._room[arc ^ 1]}
        units: dict[int, dict[int, int]] = {}
        for (n, line), arc in sorted(self._arcs.items()):
            if self._room[arc ^ 1]:
                units.setdefault(n, {})[line] = self._room[arc ^ 1]
        cost = sum(self._room[arc ^ 1] * self._price[arc] for arc in range(0, len(self._to), 2))
        return Given(units, short, cost - sum(short.values()) * self._instance.short_cost)

    def _vertex(self) -> int:
        self._out.append([])
        return len(self._out) - 1

    def _arc(self, tail: int, head: int, room: int, price: Cost) -> int:
        arc = len(self._to)
        self._to += (head, tail)
        self._room += (room, 0)
        self._price += (price, -price)
        self._out[tail].append(arc)
        self._out[head].append(arc + 1)
        return arc

    def _site(self, n: int, forbidden: Forbidden) -> None:
        instance = self._instance
        lines = [line for line in instance.prices[n] if (n, line) not in forbidden]
        if not lines:
            return
        site = self._vertex()
        for sku in sorted({instance.sku_of[line] for line in lines}):
            shelf = self._vertex()
            for line in lines:
                if instance.sku_of[line] == sku:
                    self._arcs[n, line] = self._arc(self._lines[line], shelf, instance.units, instance.prices[n][line])
            self._arc(shelf, site, instance.stock[n].get(sku, 0), 0)
            if instance.fence_penalty is not None and sku in instance.fenced[n]:
                self._arc(shelf, site, instance.fenced[n][sku], instance.fence_penalty)
        self._arc(site, self._sink, instance.capacity[n], 0)
        if instance.capacity_penalty is not None:
            self._arc(site, self._sink, instance.units, instance.capacity_penalty)

    def _push(self, start: int, most: int) -> int:
        """Along one cheapest path (Bellman and Ford, by a queue); there always is one, since a line may be short."""
        cost = [_FAR] * len(self._out)
        by: list[int] = [-1] * len(self._out)
        cost[start] = 0
        queue, waiting = deque([start]), {start}
        while queue:
            here = queue.popleft()
            waiting.discard(here)
            for arc in self._out[here]:
                there = self._to[arc]
                if self._room[arc] and cost[here] + self._price[arc] < cost[there]:
                    cost[there] = cost[here] + self._price[arc]
                    by[there] = arc
                    if there not in waiting:
                        waiting.add(there)
                        queue.append(there)
        arcs, at = [], self._sink
        while at != start:
            arcs.append(by[at])
            at = self._to[by[at] ^ 1]
        units = min([most, *(self._room[arc] for arc in arcs)])
        for arc in arcs:
            self._room[arc] -= units
            self._room[arc ^ 1] += units
        return units
