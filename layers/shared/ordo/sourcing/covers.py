"""What sites must give together, as far as counting tells: which sites are needed, how many units are short at least.

Of a set of lines the sites that are used for sure give so many units at most; the others must give the rest. A site
that could give more than that rest counts only for the rest: such knapsack covers (Carr, Fleischer, Leung and Phillips
2000) tell the bound that half a site does not do, which prices of lines alone never say.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from ordo.sourcing.dominance import better_sites
from ordo.sourcing.instance import Instance
from ordo.sourcing.problem import Cost

ROWS = 3
"""So many covers, those with least to choose from, are used in one bound."""


@dataclass(slots=True)
class Scope:
    """A part of the tree: sites used for sure, those not decided, and what they must give.

    Of the set of lines `rows[k]` the free sites must give `needs[k]` units, of which site `n` gives `gives[n][k]` when
    it is used. At least `short` units of the order are short in every plan of this part, which uses at least `least`
    and at most `room` of the free sites.
    """

    opened: tuple[int, ...]
    free: tuple[int, ...]
    rows: list[int]
    needs: list[int]
    gives: dict[int, list[int]]
    short: int
    least: int
    room: int


class Covers:
    """Sets of lines (each line, each SKU, all lines) with what each site could give of them."""

    def __init__(self, instance: Instance, least_short: int) -> None:
        self._limit, self._fixed = instance.hard_limit, instance.fixed
        self.least_short = least_short
        by_sku: dict[int, list[int]] = {}
        for line, sku in enumerate(instance.sku_of):
            by_sku.setdefault(sku, []).append(line)
        sets: set[tuple[int, ...]] = {(line,) for line in range(len(instance.wants))}
        sets |= {tuple(lines) for lines in by_sku.values()} | {tuple(range(len(instance.wants)))}
        self.sets = sorted(sets)
        self._wants = [sum(instance.wants[line] for line in lines) for lines in self.sets]
        self._better = better_sites(instance)
        self._most = [[instance.most(n, lines) for lines in self.sets] for n in range(len(instance.sites))]

    def scope(
        self, opened: Sequence[int], free: Sequence[int], short: int, most_fixed: Cost, least: int = 0
    ) -> Scope | None:
        """The part with what follows by itself: sites without which more than `short` units would be short are opened,
        better ones come before worse ones, no more are used than cost `most_fixed` together, and at least `least`.

        None: it holds no plan with as few units short at that cost.
        """
        while True:
            opened = sorted({*opened, *(m for n in opened for m in self._better[n])})
            there = {*opened, *free}
            free = [n for n in free if n not in opened and there.issuperset(self._better[n])]
            room = self._room(opened, free, most_fixed)
            if room < 0:
                return None
            found = self._scope(tuple(opened), tuple(free) if room else (), short, max(0, least - len(opened)), room)
            if found is None:
                return None
            scope, forced = found
            if not forced:
                return scope
            opened = sorted({*opened, *forced})
            free = [n for n in free if n not in forced]

    def _room(self, opened: Sequence[int], free: Sequence[int], most_fixed: Cost) -> int:
        """How many of the free sites there may be yet; negative: there are too many already."""
        room = self._limit - len(opened)
        left = most_fixed - sum([self._fixed[n] for n in opened])
        if left < 0:
            return -1
        for count, fixed in enumerate(accumulate(sorted([self._fixed[n] for n in free]))):
            if count == room or fixed > left:
                return count
        return min(room, len(free))

    def gives(self, n: int) -> int:
        """Units that a site could give, each set of lines looked at by itself."""
        return sum(self._most[n])

    def short_of(self, sites: Sequence[int]) -> int:
        """So many units are short at least with these sites alone."""
        return max(wants - sum([self._most[n][k] for n in sites]) for k, wants in enumerate(self._wants))

    def _scope(
        self, opened: tuple[int, ...], free: tuple[int, ...], short: int, least: int, room: int
    ) -> tuple[Scope, set[int]] | None:
        missing, forced = self.least_short, set[int]()
        rows: list[tuple[int, int, int]] = []
        for place, wants in enumerate(self._wants):
            rest = wants - sum([self._most[n][place] for n in opened])
            if rest <= 0:
                continue
            most = [self._most[n][place] for n in free]
            sums = [0, *accumulate(sorted(most, reverse=True))]
            missing = max(missing, rest - sums[room])
            need = rest - short
            if need <= 0:
                continue
            if sums[room] < need:
                return None
            least = max(least, bisect_left(sums, need))
            if sums[-1] - sums[1] < need:
                forced |= {n for n, units in zip(free, most, strict=True) if units > sums[-1] - need}
            if sums[1] > need:
                rows.append((sum([min(units, need) for units in most]) * 1000 // need, place, need))
        if least > room:
            return None
        rows = sorted(rows)[:ROWS]
        places, needs = [place for _, place, _ in rows], [need for *_, need in rows]
        gives = {n: [min(self._most[n][place], need) for _, place, need in rows] for n in free}
        return Scope(opened, free, places, needs, gives, missing, least, room), forced
