"""Those who wait, as the stock machine's books know them: lists of people, without counters, turns and conditions."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

Place = tuple[str, str]
"""(sku, node)."""


class Person(NamedTuple):
    """A part of an order that waits. Their order is that in which they get their units."""

    promise: str
    order_id: str
    number: int
    part: str
    units: int


@dataclass
class WaitingLists:
    """One for each SKU and node."""

    by_place: dict[Place, list[Person]] = field(default_factory=dict)

    def join(self, place: Place, person: Person) -> None:
        """By promise, then by order."""
        insort(self.by_place.setdefault(place, []), person)

    def first(self, place: Place) -> Person | None:
        """Who gets units next."""
        return next(iter(self.by_place.get(place, ())), None)

    def units(self, place: Place) -> int:
        """Units that are waited for."""
        return sum(each.units for each in self.by_place.get(place, ()))

    def serve(self, part: str) -> tuple[Place, Person]:
        """The part gets its units; it must be the first of its list."""
        place = next(place for place, people in self.by_place.items() if any(each.part == part for each in people))
        first = self.by_place[place].pop(0)
        assert first.part == part, f"{part} got units of {place}, and {first.part} was first"
        return place, first

    def of(self, order_id: str) -> Iterable[tuple[Place, Person]]:
        """What an order waits for."""
        return [
            (place, each) for place, people in self.by_place.items() for each in people if each.order_id == order_id
        ]

    def forget(self, order_id: str) -> None:
        """It waits no more."""
        for place, people in self.by_place.items():
            self.by_place[place] = [each for each in people if each.order_id != order_id]

    def told(self) -> dict[Place, list[tuple[str, int]]]:
        """Everyone who waits, in order: the part and its units."""
        return {
            place: [(each.part, each.units) for each in people] for place, people in self.by_place.items() if people
        }
