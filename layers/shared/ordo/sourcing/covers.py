"""What sites must give together, as far as counting tells: which sites are needed, how many units are short at least.

Of a set of lines the sites that are used for sure give so many units at most; the others must give the rest. A site
that could give more than that rest counts only for the rest: such knapsack covers (Carr, Fleischer, Leung and Phillips
2000) tell the bound that half a site does not do, which prices of lines alone never say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ordo.sourcing.dominance import better_sites
from ordo.sourcing.instance import Instance

ROWS = 3
"""So many covers, those with least to choose from, are used in one bound."""


@dataclass(slots=True)
class Scope:
    """A part of the tree: sites used for sure, those not decided, and what they must give.

    Of the set of lines `rows[k]` the free sites must give `needs[k]` units, of which site `n` gives `gives[n][k]` when
    it is used. At least `short` units of the order are short in every plan of this part.
    """

    opened: tuple[int, ...]
    free: tuple[int, ...]
    rows: list[int]
    needs: list[int]
    gives: dict[int, list[int]]
    short: int


class Covers:
    """Sets of lines (each line, each SKU, all lines) with what each site could give of them."""

    def __init__(self, instance: Instance, least_short: int) -> None:
        self._limit = instance.hard_limit
        self._least_short = least_short
        by_sku: dict[int, list[int]] = {}
        for line, sku in enumerate(instance.sku_of):
            by_sku.setdefault(sku, []).append(line)
        sets: set[tuple[int, ...]] = {(line,) for line in range(len(instance.wants))}
        sets |= {tuple(lines) for lines in by_sku.values()} | {tuple(range(len(instance.wants)))}
        self.sets = sorted(sets)
        self._wants = [sum(instance.wants[line] for line in lines) for lines in self.sets]
        self._better = better_sites(instance)
        self._most = [[instance.most(n, lines) for lines in self.sets] for n in range(len(instance.sites))]

    def scope(self, opened: Sequence[int], free: Sequence[int], short: int) -> Scope | None:
        """The part with what follows by itself: sites without which more than `short` units would be short are opened,
        better ones come before worse ones.

        None: more than `short` units are short in every plan of it, or it uses more sites than there may be.
        """
        while True:
            opened = sorted({*opened, *(m for n in opened for m in self._better[n])})
            there = {*opened, *free}
            free = [n for n in free if n not in opened and there.issuperset(self._better[n])]
            found = self._scope(tuple(opened), tuple(free), short)
            if found is None:
                return None
            scope, forced = found
            if not forced:
                return scope
            opened = sorted({*opened, *forced})
            free = [n for n in free if n not in forced]

    def gives(self, n: int) -> int:
        """Units that a site could give, each set of lines looked at by itself."""
        return sum(self._most[n])

    def short_of(self, sites: Sequence[int]) -> int:
        """So many units are short at least with these sites alone."""
        return max(wants - sum([self._most[n][k] for n in sites]) for k, wants in enumerate(self._wants))

    def _scope(self, opened: tuple[int, ...], free: tuple[int, ...], short: int) -> tuple[Scope, set[int]] | None:
        room = self._limit - len(opened)
        if room < 0:
            return None
        if not room:
            free = ()
        least, forced = self._least_short, set[int]()
        rows: list[tuple[int, int, int]] = []
        for place, wants in enumerate(self._wants):
            rest = wants - sum([self._most[n][place] for n in opened])
            if rest <= 0:
                continue
            most = [self._most[n][place] for n in free]
            best = sum(most if room >= len(most) else sorted(most, reverse=True)[:room])
            least = max(least, rest - best)
            need = rest - short
            if need <= 0:
                continue
            if sum(most) - max(most, default=0) < need:
                forced |= {n for n, units in zip(free, most, strict=True) if units > sum(most) - need}
            if max(most, default=0) > need:
                rows.append((sum([min(units, need) for units in most]) * 1000 // need, place, need))
        if least > short:
            return None
        rows = sorted(rows)[:ROWS]
        places, needs = [place for _, place, _ in rows], [need for *_, need in rows]
        gives = {n: [min(self._most[n][place], need) for _, place, need in rows] for n in free}
        return Scope(opened, free, places, needs, gives, least), forced
