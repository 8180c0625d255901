"""Units one by one, and money split over them: what the pricing oracle is made of.

Nothing here or in the other `oracle_*` modules uses code of `ordo.pricing` or `ordo.kernel.money`: only the data that
describes promotions is shared with what is proved. No runs, no shortcuts: one object for each unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

from ordo.catalog.rewards import GiftReward, Pick
from ordo.catalog.selections import Judged, Measure, Selection

SHIPPING = -1
"""The line of the unit that stands for the shipping price."""


@dataclass(eq=False, slots=True)
class Unit:
    """One piece of a line: its price before promotions of the cart, and what they have left of it."""

    line: int
    price: int
    floor: int
    left: int
    used_by: str = ""
    cuts: dict[str, int] = field(default_factory=dict)

    @property
    def room(self) -> int:
        """What can be taken off before it costs what it must."""
        return max(0, self.left - self.floor)


@dataclass(slots=True)
class Facts:
    """What selections ask of a line."""

    skus: frozenset[str]
    categories: frozenset[str]
    price: int
    on_sale: bool


@dataclass(slots=True)
class Basket:
    """A cart on its way through the promotions."""

    currency: str
    lines: list[list[Unit]]
    facts: list[Facts]
    shipping: Unit
    method: str | None
    first_gets_spare: bool = False
    gifts: list[tuple[str, str, int]] = field(default_factory=list)
    unavailable: frozenset[str] = frozenset()
    sold: frozenset[str] = frozenset()

    def matching(self, selection: Selection) -> list[int]:
        """The lines that are in a selection."""
        return [place for place, facts in enumerate(self.facts) if self._is_in(facts, selection)]

    def _is_in(self, facts: Facts, selection: Selection) -> bool:
        if (selection.skus or selection.categories) and not (
            facts.skus & selection.skus or facts.categories & selection.categories
        ):
            return False
        if facts.skus & selection.not_skus or facts.categories & selection.not_categories:
            return False
        if selection.unit_price:
            limits = selection.unit_price.get(self.currency)
            if limits is None:
                return False
            above = limits.lowest is None or facts.price >= limits.lowest
            if not above or (limits.highest is not None and facts.price > limits.highest):
                return False
        return selection.on_sale in (None, facts.on_sale)

    def free(self, lines: Iterable[int]) -> list[Unit]:
        """Units that nothing has used up, in line order."""
        return [unit for line in lines for unit in self.lines[line] if not unit.used_by]

    def measured(self, measure: Measure, judged: Judged, lines: Sequence[int], *, per_line: bool = False) -> int:
        """How much or how many the lines have; with `per_line` the one that has most."""
        found = []
        for line in lines:
            units = self.lines[line] if judged is Judged.ORIGINAL else self.free([line])
            if measure is Measure.QUANTITY:
                found.append(len(units))
            else:
                found.append(sum(unit.price if judged is Judged.ORIGINAL else unit.left for unit in units))
        return max(found, default=0) if per_line else sum(found)

    def gift_of(self, reward: GiftReward) -> str | None:
        """The first of the gift and its substitutes that is for sale and there."""
        there = (sku for sku in (reward.sku, *reward.substitutes) if sku in self.sold and sku not in self.unavailable)
        return next(there, None)


def picked(units: Iterable[Unit], pick: Pick) -> list[Unit]:
    """In the order in which they are taken: ties stay in line order."""
    if pick is Pick.FIRST:
        return list(units)
    return sorted(units, key=lambda unit: unit.left if pick is Pick.CHEAPEST else -unit.left)


def half_up(value: Fraction) -> int:
    """Rounded to a whole minor unit; only for what is not negative."""
    return floor(value + Fraction(1, 2))


def per_cent(text: str, amount: int) -> int:
    """So many per cent of an amount."""
    return half_up(Fraction(text) / 100 * amount)


def shared(amount: int, weights: Sequence[int], *, first: bool = False) -> list[int]:
    """Largest remainder, ties by place; or what is left over to the first that weigh anything."""
    whole = sum(weights)
    if amount == 0 or whole == 0:
        return [0] * len(weights)
    parts = [amount * weight // whole for weight in weights]
    if first:
        order = [place for place, weight in enumerate(weights) if weight]
    else:
        order = sorted(range(len(weights)), key=lambda place: -(amount * weights[place] % whole))
    for place in order[: amount - sum(parts)]:
        parts[place] += 1
    return parts


def shared_within(amount: int, weights: Sequence[int], rooms: Sequence[int], *, first: bool = False) -> list[int]:
    """The same, where nobody gets more than there is room: whoever reaches that is filled, the others
    share what is left."""
    amount = min(amount, sum(rooms))
    full: set[int] = set()
    while True:
        rest = amount - sum(rooms[place] for place in full)
        open_to = [place for place in range(len(weights)) if place not in full]
        whole = sum(weights[place] for place in open_to)
        more = {place for place in open_to if rest * weights[place] >= rooms[place] * whole}
        if not more:
            break
        full |= more
    parts = list(rooms)
    shares = shared(rest, [weights[place] for place in open_to], first=first)
    for place, share in zip(open_to, shares, strict=True):
        parts[place] = share
    return parts
