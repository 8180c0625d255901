"""Do ledger, counters, live reservations and who waits agree? Per SKU and node; what differs is read again until it
stands still.

Running traffic is no difference: a finding counts only when the next reading of everything finds the very same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from ordo.inventory.ledger import Sums

Place = tuple[str, str]
"""(sku, node)."""
ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Held:
    """What the counters of a SKU at a node say, all buckets together, in units."""

    on_hand: int = 0
    reserved: int = 0
    safety: int = 0
    available: int = 0
    backordered: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not agree: the counters say `counters`, the rest says `expected`."""

    sku: str
    node: str
    what: str
    counters: int
    expected: int

    def to_dict(self) -> dict[str, Any]:
        """As JSON, with the movement that would correct it, where a movement can."""
        return {**asdict(self), "correction": self.correction()}

    def correction(self) -> dict[str, Any] | None:
        """The counters are what orders took from, so the ledger is led to them by a movement that says so.

        Reservations are corrected by no movement: the orders have to be looked at.
        """
        if self.what != "on_hand":
            return None
        return {"kind": "count", "sku": self.sku, "node_id": self.node, "quantity": "as counted on the shelf"}


class Books(Protocol):
    """Where the three are read, consistently."""

    def places(self) -> set[Place]:
        """Every SKU and node with a counter or a ledger row."""
        ...

    def held(self, place: Place) -> Held:
        """The counters."""
        ...

    def booked(self, place: Place) -> Sums:
        """The ledger's sums."""
        ...

    def reserved(self) -> Mapping[Place, int]:
        """Units that open fulfilments and pending reservations take."""
        ...

    def queued(self, place: Place) -> int:
        """Units of everyone who waits."""
        ...


@dataclass(frozen=True, slots=True)
class Verified:
    """What a run found. Not `finished`: its time was over after the place `after` (None: before the first)."""

    places: int
    differences: tuple[Difference, ...]
    finished: bool = True
    after: Place | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "places": self.places,
            "differences": [each.to_dict() for each in self.differences],
            "finished": self.finished,
            "after": list(self.after) if self.after else None,
        }


def verify(
    books: Books,
    go_on: Callable[[], bool] = lambda: True,
    after: Place | None = None,
    visit: Callable[[Place], None] = lambda place: None,
) -> Verified:
    """Compare every place after `after`, in order, as long as `go_on` says so; `visit` is told of each of them."""
    reserved, known = books.reserved(), books.places()
    seen, found, last = 0, set[Difference](), after
    for place in sorted(known | set(reserved)):
        if after is not None and place <= after:
            continue
        if not go_on():
            return Verified(seen, _lasting(books, found), False, last)
        found |= set(_differences(books, place, reserved.get(place, 0)))
        visit(place)
        seen, last = seen + 1, place
    return Verified(seen, _lasting(books, found))


def _lasting(books: Books, found: set[Difference]) -> tuple[Difference, ...]:
    """Differences that two readings in a row agree on; what changes each time is traffic."""
    settled: set[Difference] = set()
    for _ in range(ROUNDS):
        if not found:
            break
        reserved = books.reserved()
        places = {(each.sku, each.node) for each in found}
        again = {each for place in places for each in _differences(books, place, reserved.get(place, 0))}
        settled |= found & again
        found = again - settled
    return tuple(sorted(settled, key=lambda each: (each.sku, each.node, each.what)))


def _differences(books: Books, place: Place, reserved: int) -> Iterable[Difference]:
    """None while the counters change between two readings of them."""
    before = books.held(place)
    booked, queued = books.booked(place), books.queued(place)
    if books.held(place) != before:
        return ()
    expected = {
        "on_hand": (before.on_hand, booked.on_hand),
        "safety": (before.safety, booked.safety),
        "reserved": (before.reserved, reserved),
        "available": (before.available, before.on_hand - before.reserved - before.safety),
        "backordered": (before.backordered, queued),
    }
    return [Difference(*place, what, has, wants) for what, (has, wants) in expected.items() if has != wants]
