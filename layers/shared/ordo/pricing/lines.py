"""A cart while it is priced: facts of its lines that no promotion changes, and what is left of each unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ordo.catalog.selections import PriceRange, Selection

Run = tuple[int, int, str, tuple[int, ...]]
"""`(count, left, used_by, shares)`: so many equal units in a row, what is left to pay for each, the promotion that has
used them up (`""`: none), and what each adjustment of the line takes off one of them."""


@dataclass(slots=True)
class Item:
    """A line as rules see it. `price` is one unit's price before cart promotions, `floor` what it costs at least."""

    line_id: str
    sku: str
    stock_sku: str
    price: int
    quantity: int
    floor: int = 0
    categories: tuple[str, ...] = ()
    on_sale: bool = False
    shares: tuple[int, ...] = ()
    """What the catalogue's overrides took off one unit already: `price` is without it."""


class State:
    """What is left of every line. The place behind the last line is the shipping price."""

    __slots__ = ("consumed", "left", "runs")

    def __init__(self, runs: list[tuple[Run, ...]], left: list[int], consumed: bool = False) -> None:
        self.runs = runs
        self.left = left
        self.consumed = consumed

    @staticmethod
    def of(items: Sequence[Item], shipping: int) -> State:
        """Nothing taken off yet."""
        runs: list[tuple[Run, ...]] = [((item.quantity, item.price, "", item.shares),) for item in items]
        left = [item.quantity * item.price for item in items]
        return State([*runs, ((1, shipping, "", ()),)], [*left, shipping])

    def copy(self) -> State:
        """The same, to go on from."""
        return State(self.runs.copy(), self.left.copy(), self.consumed)

    def unused(self) -> State:
        """A copy in which no unit is used up, for what is given whatever was given before."""
        runs = [tuple((count, left, "", shares) for count, left, _, shares in each) for each in self.runs]
        return State(runs, self.left.copy())

    def free_units(self, place: int) -> int:
        """Units of a line that no promotion has used up."""
        return sum(run[0] for run in self.runs[place] if not run[2])

    def free_amount(self, place: int) -> int:
        """What is left to pay for those."""
        if not self.consumed:
            return self.left[place]
        return sum(run[0] * run[1] for run in self.runs[place] if not run[2])


def used_as(before: Iterable[Run], runs: Iterable[Run]) -> tuple[Run, ...]:
    """`runs` with each unit used up by what had used it up `before`; both are of the same units in the same order."""
    flags = [(count, used_by) for count, _, used_by, _ in before]
    found: list[Run] = []
    place, of_flag = 0, flags[0][0]
    for count, left, _, shares in runs:
        rest = count
        while rest:
            number = min(rest, of_flag)
            found.append((number, left, flags[place][1], shares))
            rest -= number
            of_flag -= number
            if not of_flag and place + 1 < len(flags):
                place += 1
                of_flag = flags[place][0]
    return merged(found)


def merged(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Equal units that stand in a row as one run."""
    found: list[Run] = []
    for run in runs:
        if found and found[-1][1:] == run[1:]:
            found[-1] = (found[-1][0] + run[0], *run[1:])
        else:
            found.append(run)
    return tuple(found)


class Matcher:
    """Which lines are in which selection; each selection is looked up once for a cart."""

    def __init__(self, items: Sequence[Item], currency: str) -> None:
        self._items = items
        self._currency = currency
        self._all = tuple(range(len(items)))
        self._skus: dict[str, list[int]] = {}
        self._categories: dict[str, list[int]] = {}
        for place, item in enumerate(items):
            for sku in {item.sku, item.stock_sku}:
                self._skus.setdefault(sku, []).append(place)
            for category in item.categories:
                self._categories.setdefault(category, []).append(place)
        self._found: dict[int, tuple[Selection, tuple[int, ...]]] = {}

    def lines(self, selection: Selection) -> tuple[int, ...]:
        """The places of its lines, in order."""
        known = self._found.get(id(selection))
        if known is None:
            known = self._found[id(selection)] = (
                selection,
                self._match(selection),
            )  # kept, so that its id stays its own
        return known[1]

    def _match(self, selection: Selection) -> tuple[int, ...]:
        if selection.skus or selection.categories:
            named = self._of(self._skus, selection.skus) | self._of(self._categories, selection.categories)
            found: Iterable[int] = sorted(named)
        else:
            found = self._all
        if selection.not_skus or selection.not_categories:
            out = self._of(self._skus, selection.not_skus) | self._of(self._categories, selection.not_categories)
            found = [place for place in found if place not in out]
        if selection.unit_price:
            limits = selection.unit_price.get(self._currency)
            found = [place for place in found if limits is not None and _within(self._items[place].price, limits)]
        if selection.on_sale is not None:
            found = [place for place in found if self._items[place].on_sale is selection.on_sale]
        return tuple(found)

    @staticmethod
    def _of(index: dict[str, list[int]], names: frozenset[str]) -> set[int]:
        return {place for name in names & index.keys() for place in index[name]} if names else set()


def _within(price: int, limits: PriceRange) -> bool:
    return (limits.lowest is None or price >= limits.lowest) and (limits.highest is None or price <= limits.highest)
