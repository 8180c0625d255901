"""The books of the stock machine: whole numbers, kept from what was done alone, without counters and conditions.

A reservation before the order is an owner (`res_…`) whose one part it takes and gives back. An order that waits is an
owner too; what it waits for is in `waiting` until it gets it. What comes later keeps its units here as well: a bundle's
components are units of their own SKUs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.proof.stock_waiting import Person, Place, WaitingLists

Units = Mapping[Place, int]


@dataclass
class Books:
    """What came, what left, what is kept back, and who has a right to which units."""

    on_hand: Counter[Place] = field(default_factory=Counter)
    safety: Counter[Place] = field(default_factory=Counter)
    owners: dict[str, dict[str, Units]] = field(default_factory=dict)
    """Owner -> part -> units; an order's parts are its live fulfilments."""
    left: dict[str, dict[str, Units]] = field(default_factory=dict)
    """The same of parts that were dispatched."""
    paid: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    """Owners that gave their units back."""
    moves: Counter[str] = field(default_factory=Counter)
    """How often something was done to an owner."""
    lacking: Counter[Place] = field(default_factory=Counter)
    """By how much buckets are below zero, as the machine saw them last. Where there are several, what is free in one is
    given away although another lacks it, until the SKU is arranged again (docs/adr/0024): the books allow just that.
    """
    missing: Counter[Place] = field(default_factory=Counter)
    """The same without what is waited for: by corrections alone."""
    corrected: set[Place] = field(default_factory=set)
    """Where less than expected was found, or more kept back, at some time: promises may not be covered there."""

    waiting: WaitingLists = field(default_factory=WaitingLists)
    unsourced: dict[str, Counter[str]] = field(default_factory=dict)
    """Order -> SKU -> units that no node gives: an incident's."""
    refused: dict[str, set[tuple[str, str | None]]] = field(default_factory=dict)
    """Order -> nodes that rejected its work (with None), or had not enough of a SKU."""
    begun: set[str] = field(default_factory=set)
    """Parts that are work of a node whose work is counted."""

    def owned(self, place: Place) -> int:
        """Units that somebody has a right to who does not wait for them."""
        return sum(units.get(place, 0) for parts in self.owners.values() for units in parts.values())

    def reserved(self, place: Place) -> int:
        """The same with what is waited for."""
        return self.owned(place) + self.waiting.units(place)

    def there(self, place: Place) -> int:
        """Units that are there for those who wait, and then for others; below zero only by corrections."""
        return self.on_hand[place] - self.owned(place) - self.safety[place]

    def available(self, place: Place) -> int:
        """Units that nobody has a right to; below zero by corrections, and by those who wait."""
        return self.there(place) - self.waiting.units(place)

    def work(self) -> Counter[str]:
        """Open units of nodes whose work is counted."""
        found: Counter[str] = Counter()
        for parts in self.owners.values():
            for part in parts.keys() & self.begun:
                for (_, node), units in parts[part].items():
                    found[node] += units
        return found

    def units_of(self, owner: str) -> Counter[str]:
        """All that becomes of an order's units, by SKU: its own, sent off, waited for, or of an incident."""
        found: Counter[str] = Counter(self.unsourced.get(owner, {}))
        for parts in (self.owners.get(owner, {}), self.left.get(owner, {})):
            for units in parts.values():
                for (sku, _), count in units.items():
                    found[sku] += count
        for (sku, _), person in self.waiting.of(owner):
            found[sku] += person.units
        return found

    def free(self, place: Place) -> int:
        """Units that may be given away."""
        return self.available(place) + self.lacking[place]

    def places(self) -> set[Place]:
        """Every place with anything in the books."""
        taken = {place for parts in self.owners.values() for units in parts.values() for place in units}
        return set(self.on_hand) | set(self.safety) | taken | set(self.waiting.by_place)

    # ------------------------------------------------------------------ goods
    def come(self, place: Place, units: int) -> None:
        """Units are there from now on."""
        self.on_hand[place] += units

    def go(self, place: Place, units: int) -> None:
        """Free units go: nobody loses any by it."""
        assert self.free(place) >= units, f"{units} of {place} went, {self.free(place)} were free"
        self.on_hand[place] -= units

    def correct(self, place: Place, *, on_hand: int | None = None, safety: int | None = None) -> None:
        """It is so, whatever was promised."""
        before = self.there(place)
        if on_hand is not None:
            self.on_hand[place] = on_hand
        if safety is not None:
            self.safety[place] = safety
        if self.there(place) < before:
            self.corrected.add(place)

    # ------------------------------------------------------------------ rights
    def take(self, owner: str, parts: Mapping[str, Units]) -> None:
        """A new right; only to free units."""
        wanted: Counter[Place] = Counter()
        for units in parts.values():
            wanted.update(units)
        for place, count in wanted.items():
            assert self.free(place) >= count, f"{owner} took {count} of {place}, {self.free(place)} were free"
        self.owners.setdefault(owner, {}).update({part: dict(units) for part, units in parts.items()})
        self.ended.discard(owner)
        self.moves[owner] += 1

    def give_back(self, owner: str) -> None:
        """All rights of the owner end."""
        assert owner in self.owners, f"{owner} had nothing to give back"
        del self.owners[owner]
        self.waiting.forget(owner)
        self.unsourced.pop(owner, None)
        self.ended.add(owner)
        self.moves[owner] += 1

    def join(self, owner: str, people: Mapping[Place, Person]) -> None:
        """An order waits for what is not there; whoever is promised earlier, or was earlier, is before it."""
        for place, person in people.items():
            self.waiting.join(place, person)

    def serve(self, owner: str, part: str) -> None:
        """Who waits gets units: the first does, and of what is there."""
        place, person = self.waiting.serve(part)
        there = self.there(place) + self.missing[place]
        assert there >= person.units, f"{part} got {person.units} of {place}, {there} were there"
        self.owners[owner][part] = {place: person.units}
        self.moves[owner] += 1

    def give_up(self, owner: str, part: str, units: Units, *, gone: bool) -> None:
        """A node does not give these units of a part. `gone`: they are not on its shelf."""
        kept = Counter(self.owners[owner].pop(part))
        kept.subtract(units)
        assert min(kept.values()) >= 0, f"{units} of {part} were given up, {kept} is left"
        if any(kept.values()):
            self.owners[owner][part] = +kept
        for place, count in units.items() if gone else ():
            assert self.on_hand[place] >= count, f"{count} of {place} are gone, {self.on_hand[place]} were there"
            self.on_hand[place] -= count
        self.moves[owner] += 1

    def leave(self, owner: str, part: str) -> None:
        """A part's units leave the house."""
        units = self.owners[owner].pop(part)
        for place, count in units.items():
            assert self.on_hand[place] >= count, f"{count} of {place} left, {self.on_hand[place]} were there"
            self.on_hand[place] -= count
        self.left.setdefault(owner, {})[part] = units
        self.moves[owner] += 1

    def pay(self, owner: str) -> None:
        """The owner has paid."""
        self.paid.add(owner)
        self.moves[owner] += 1

    def may_be_cancelled(self, owner: str) -> bool:
        """Whether the order is alive and none of it has left."""
        return owner in self.owners and owner not in self.left
