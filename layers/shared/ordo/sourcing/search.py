"""The smallest, then cheapest set of nodes that covers the demand: branch and bound, exact up to a limit.

Source: set multicover by branching on the scarcest uncovered SKU, as in Knuth's exact cover (The Art of Computer
Programming 7.2.2.1), with a dominance rule and two bounds. Pure Python integers; no floats, so no ties by accident.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Amounts = tuple[int, ...]
"""Units per SKU, in one fixed order of SKUs."""


@dataclass(frozen=True, slots=True)
class Option:
    """A node in the search: what it costs (any non-negative whole number) and what it gives, capped at the need."""

    cost: int
    gives: Amounts


@dataclass(frozen=True, slots=True)
class Cover:
    """Chosen options by index, sorted. `proven` is False when the limit stopped the search."""

    chosen: tuple[int, ...]
    proven: bool
    explored: int


def smallest_cover(options: Sequence[Option], need: Amounts, limit: int) -> Cover | None:
    """The set with the fewest options, then the least cost, then the lowest indices; None when all are too little.

    `limit` bounds the sets explored; when it is hit, the best found so far (at least the greedy one) is returned.
    """
    if any(sum(gives) < wanted for gives, wanted in zip(_columns(options, need), need, strict=True)):
        return None
    search = _Search(options, need, limit)
    greedy = search.greedy()
    for size in range(search.least(), len(greedy) + 1):
        search.run(size, greedy if size == len(greedy) else None)
        if search.best is not None or search.stopped:
            break
    chosen = search.best if search.best is not None else greedy
    return Cover(tuple(sorted(chosen)), not search.stopped, search.explored)


def _columns(options: Sequence[Option], need: Amounts) -> list[list[int]]:
    return [[option.gives[sku] for option in options] for sku in range(len(need))]


class _Search:
    """One search. Ranked costs hold cost and index order in one number, so that no two sets of a size are equal."""

    def __init__(self, options: Sequence[Option], need: Amounts, limit: int) -> None:
        count = len(options)
        self._gives = [option.gives for option in options]
        self._need = need
        self._limit = limit
        self._rank = [((option.cost + 1) << count) - (1 << (count - 1 - i)) for i, option in enumerate(options)]
        self._order = sorted(range(count), key=self._rank.__getitem__)
        self._skus = range(len(need))
        self._suppliers = [[i for i in self._order if self._gives[i][sku]] for sku in self._skus]
        self._most = [_prefix_sums(sorted(column, reverse=True)) for column in _columns(options, need)]
        self._cheapest = _prefix_sums([self._rank[i] for i in self._order])
        self._better: dict[int, int] = {}
        self.best: tuple[int, ...] | None = None
        self._best_rank = 0
        self.explored = 0
        self.stopped = False

    def least(self) -> int:
        """No cover can be smaller: for each SKU, so many of its largest suppliers are needed."""
        return max(self._least_for(sku, self._need[sku]) for sku in self._skus)

    def greedy(self) -> tuple[int, ...]:
        """A cover that always exists: again and again the option that gives most of what is missing."""
        missing, chosen, left = self._need, [], set(self._order)
        while any(missing):
            best = max(left, key=lambda i: (_useful(self._gives[i], missing), -self._rank[i]))
            left.discard(best)
            chosen.append(best)
            missing = _less(missing, self._gives[best])
        return self._without_idle(chosen)

    def run(self, size: int, start: tuple[int, ...] | None) -> None:
        """Find the cheapest cover of exactly `size` options; `start` is a known one."""
        self.best = start
        self._best_rank = sum(self._rank[i] for i in start) if start else -1
        self._extend(0, 0, self._need, size, 0)

    def _extend(self, chosen: int, rank: int, missing: Amounts, left: int, excluded: int) -> None:
        """Go through all sets that hold `chosen` and nothing of `excluded` (both are bits by index)."""
        self.explored += 1
        if self.explored > self._limit:
            self.stopped = True
            return
        if not any(missing):
            # Smaller sizes were refuted first, so nothing is left to choose here.
            self.best, self._best_rank = _indices(chosen), rank
            return
        if left == 0 or self._hopeless(missing, left):
            return
        for i in self._suppliers[self._scarcest(missing, chosen | excluded)]:
            if (chosen | excluded) >> i & 1:
                continue
            dearer = rank + self._rank[i]
            if not self._better_of(i) & excluded and not self._too_dear(dearer, left - 1):
                self._extend(chosen | 1 << i, dearer, _less(missing, self._gives[i]), left - 1, excluded)
            if self.stopped:
                return
            excluded |= 1 << i

    def _hopeless(self, missing: Amounts, left: int) -> bool:
        most = self._most
        return any(units > most[sku][min(left, len(most[sku]) - 1)] for sku, units in enumerate(missing) if units)

    def _too_dear(self, rank: int, left: int) -> bool:
        return self.best is not None and rank + self._cheapest[left] >= self._best_rank

    def _scarcest(self, missing: Amounts, gone: int) -> int:
        """The uncovered SKU with the fewest options left: branching on it makes the fewest branches."""
        return min(
            (sku for sku in self._skus if missing[sku]),
            key=lambda sku: sum(1 for i in self._suppliers[sku] if not gone >> i & 1),
        )

    def _better_of(self, i: int) -> int:
        """Bits of the options that cost less than `i` and give at least as much of everything.

        A set with `i` but without one that was excluded before it (`excluded`) is never the cheapest: exchange them.
        """
        found = self._better.get(i)
        if found is None:
            found, gives = 0, self._gives[i]
            for other in self._order:
                if other == i:
                    break
                if all(a >= b for a, b in zip(self._gives[other], gives, strict=True)):
                    found |= 1 << other
            self._better[i] = found
        return found

    def _least_for(self, sku: int, units: int) -> int:
        return next(count for count, most in enumerate(self._most[sku]) if most >= units)

    def _without_idle(self, chosen: list[int]) -> tuple[int, ...]:
        """Drop what the others cover already, dearest first."""
        for i in sorted(chosen, key=self._rank.__getitem__, reverse=True):
            rest = [other for other in chosen if other != i]
            if all(sum(self._gives[other][sku] for other in rest) >= self._need[sku] for sku in self._skus):
                chosen = rest
        return tuple(chosen)


def _prefix_sums(values: Sequence[int]) -> list[int]:
    sums = [0]
    for value in values:
        sums.append(sums[-1] + value)
    return sums


def _indices(bits: int) -> tuple[int, ...]:
    return tuple(i for i in range(bits.bit_length()) if bits >> i & 1)


def _less(missing: Amounts, gives: Amounts) -> Amounts:
    return tuple(wanted - given if wanted > given else 0 for wanted, given in zip(missing, gives, strict=True))


def _useful(gives: Amounts, missing: Amounts) -> int:
    return sum(min(given, wanted) for given, wanted in zip(gives, missing, strict=True))
