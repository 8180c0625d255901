"""Those who wait, in the stock machine: when an order may, and who fills their queues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ordo.catalog.availability import Availability, AvailabilityMode
from ordo.inventory.layout import is_general
from ordo.inventory.model import MAIN, StockCounter
from ordo.kernel.errors import OrdoError
from tests.proof.stock_actors import Command
from tests.proof.stock_books import Units
from tests.proof.stock_catalogue import NODES
from tests.proof.stock_shop import NO_LIMIT, Shop
from tests.proof.stock_sight import Sight
from tests.proof.stock_waiting import Person, Place


def taken_by(parts: Mapping[str, Units]) -> Counter[Place]:
    """All units of some parts."""
    found: Counter[Place] = Counter()
    for units in parts.values():
        found.update(units)
    return found


def room_to_wait(shop: Shop, policy: Availability, sku: str) -> int:
    """Units of the SKU that may still be waited for, at all nodes."""
    if policy.mode is not AvailabilityMode.BACKORDER:
        return 0
    if policy.max_units is None:
        return NO_LIMIT
    return sum(max(0, policy.max_units - shop.books.waiting.units((sku, node))) for node in NODES)


def require_right_waits(
    shop: Shop,
    sight: Sight,
    wanted: Mapping[str, int],
    waits: Mapping[Place, Person],
    policies: Mapping[str, Availability],
) -> None:
    """An order waits only where it may, for no more than may be waited for, and only for what it could not have."""
    crowded = sight.least["room"] < sum(wanted.values())
    for (sku, node), person in waits.items():
        policy = policies[sku]
        assert policy.mode is AvailabilityMode.BACKORDER, f"{person} waits for {sku}, which is sold from stock"
        there = shop.books.waiting.units((sku, node)) + person.units
        assert policy.max_units is None or there <= policy.max_units, f"{there} of {sku} are waited for at {node}"
        assert crowded or sight.least[sku] < wanted[sku], f"{person} waits, with {sight.least} there"


def filling(shop: Shop, place: Place) -> Command:
    """The watcher looks after a queue. Whoever is filled, by whomever, is booked by the machine."""
    seen: dict[str, int] = {}

    def look(counters: list[StockCounter]) -> None:
        here = [each for each in counters if (each.sku, each.node) == place and is_general(each.bucket)]
        seen["there"] = sum(each.available + each.backordered for each in here)
        seen["main"] = sum(each.available + each.backordered for each in here if each.bucket == MAIN)

    def judge(answer: Any) -> None:
        assert not isinstance(answer, OrdoError), answer
        if command.others:
            return
        first = shop.books.waiting.first(place)
        assert answer.done, "nobody else was there, and it is not done"
        assert answer.empty == (first is None), f"{answer}, and {first} waits"
        if first is not None:
            there = seen["main"] if place in shop.books.corrected else seen["there"]
            assert there < first.units, f"{there} were there, and {first} waits"

    command = Command(
        f"fill the queue of {place}",
        run=lambda: shop.fill(place),
        does=lambda _written: False,
        book=lambda _written: None,
        judge=judge,
        look=look,
    )
    return command
