"""Lots in the stock machine: who picks, what is over, and what must be true of every lot.

Units change their lot never: what lies in one, is picked of it, or is to come back to it, is one sum, which changes
only with what is on hand. What is picked is of what expires first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from ordo.inventory.lot_shelf import Expiry, LotStock
from ordo.inventory.model import StockCounter
from ordo.inventory.movements import MovementKind
from ordo.inventory.shortages import Shortages
from ordo.kernel.errors import Code, OrdoError
from ordo.shipments.model import FulfilmentState
from ordo.shipments.service import work_fulfilment
from tests.proof.stock_actors import Command
from tests.proof.stock_books import Units
from tests.proof.stock_shop import Shop
from tests.proof.stock_sight import Sight
from tests.proof.stock_waiting import Place
from tests.proof.stock_worlds import Lots
from tests.support.turns import Written


class LotBooks:
    """Looks after each write at all lots, and knows how they were before."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._seen: list[Mapping[Place, Lots]] = [{}]
        """Lots that might be picked, as they were at each moment since somebody who is on the way may have looked."""
        self._picked: Mapping[str, Mapping[Place, Lots]] = {}
        self._all: Mapping[Place, Counter[tuple[str, str]]] = {}
        self._on_hand: Counter[Place] = Counter()
        self._owing: set[Place] = set()
        """Where units of a large order are to leave that left before there were lots: in the lot without a name, until
        others have taken that; then they leave another."""

    def agree(self, *, alone: bool) -> None:
        """Refuses what cannot have come about rightly. `alone`: nobody is on the way from now on."""
        shop = self._shop
        lying, picked, on_hand = shop.raw.lots(), shop.raw.picked(), Counter(shop.books.on_hand)
        for place, lots in lying.items():
            assert min(lots.values(), default=0) >= 0, f"{place}: a lot is below zero: {lots}"
        found = {place: self._together(place, lots, picked) for place, lots in lying.items()}
        came: list[Place] = []
        left: Counter[str] = Counter()
        for place, lots in found.items():
            assert lots.total() == on_hand[place], f"{place}: {lots} in lots, {on_hand[place]} on hand"
            if place in self._all:
                change = on_hand[place] - self._on_hand[place]
                moved = self._require_moved(place, lots, change)
                left[place[0]] += min(0, change)
                came += [place] if change > 0 and len(moved) > 1 else []
        for place in came:  # what a transfer takes from several lots comes into the same
            assert left[place[0]] == self._on_hand[place] - on_hand[place], f"{place}: several lots came at once"
        for part, places in picked.items():
            for place, chosen in places.items():
                if place not in self._picked.get(part, {}):
                    self._require_first(part, place, chosen)
        self._owing = {place for place, lots in shop.raw.lots_underway().items() if min(lots.values()) < 0}
        self._picked, self._all, self._on_hand = picked, found, on_hand
        self._seen = [*([] if alone else self._seen), {place: self._good(place, lots) for place, lots in lying.items()}]

    def _good(self, place: Place, lots: Lots) -> Lots:
        return {lot: lots[lot] for lot in sorted(lots) if self._shop.is_good(place, lot[0])}

    def _together(
        self, place: Place, lying: Lots, picked: Mapping[str, Mapping[Place, Lots]]
    ) -> Counter[tuple[str, str]]:
        found = Counter(lying)
        found.update(self._shop.raw.lots_underway().get(place, {}))
        for places in picked.values():
            found.update(places.get(place, {}))
        return Counter({lot: units for lot, units in found.items() if units})

    def _require_moved(self, place: Place, lots: Counter[tuple[str, str]], change: int) -> dict[tuple[str, str], int]:
        before = self._all[place]
        moved = {lot: lots[lot] - before[lot] for lot in {*lots, *before} if lots[lot] != before[lot]}
        assert sum(moved.values()) == change, f"{place}: {moved} moved, {change} came"
        signs = {units > 0 for units in moved.values()}
        assert place in self._owing or len(signs) == (1 if change else 0), f"{place}: {moved} changed their lots"
        return moved

    def _require_first(self, part: str, place: Place, chosen: Lots) -> None:
        first = [_first(lots[place], sum(chosen.values())) for lots in self._seen if place in lots]
        assert Counter(chosen) in first, f"{part} has {chosen}, first expired were {first}"


def _first(lots: Lots, units: int) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for lot, there in lots.items():
        found[lot] = min(there, units - found.total())
    return +found


def picking(shop: Shop, order_id: str, part: str) -> Command:
    """A node takes a part's units from their shelves."""
    ready = order_id in shop.books.paid and part in shop.books.owners.get(order_id, {})
    moves, sight = shop.books.moves[order_id], Sight()
    places: Units = shop.books.owners.get(order_id, {}).get(part, {})

    def look(_: list[StockCounter]) -> None:
        for place in places:
            sight.see(place, shop.on_shelves(place))

    def book(_: Written) -> None:
        shop.books.moves[order_id] += 1

    def judge(answer: Any) -> None:
        if not isinstance(answer, OrdoError):
            return
        assert not command.done, "refused, but picked"
        if answer.code is Code.LOTS_SHORT:
            shop.require_lots_short(sight, places)
            return
        assert answer.code is Code.NOT_ALLOWED_NOW, answer
        assert not ready or shop.books.moves[order_id] != moves, f"refused without reason: {answer}"

    command = Command(
        f"pick {part}",
        run=lambda: work_fulfilment(shop.desk, part, FulfilmentState.PICKED, "node", lambda _header: True, shop.pick),
        does=lambda written: _is_picked(written, part),
        book=book,
        judge=judge,
        look=look,
    )
    return command


class _Untold:
    """Stands in for shortages: what is told of expired lots is not looked at here."""

    def tell(self, *_given: Any, **_named: Any) -> None:
        return None

    def moved(self, _movement: Any) -> None:
        return None


def night(shop: Shop, place: Place) -> Command:
    """What may not be picked any more leaves the books, whoever has reserved it."""
    stock = cast(LotStock, shop.stock)
    expiry = Expiry(stock, shop.catalogue, cast(Shortages, _Untold()), shop.clock, shop.ids)

    def book(written: Written) -> None:
        lots = written.given[0].lots
        assert not any(shop.is_good(place, lot.expires_on) for lot in lots), f"{lots} are good"
        gone = sum(lot.units for lot in lots)
        shop.books.correct(place, on_hand=shop.books.on_hand[place] + gone)

    def judge(answer: Any) -> None:
        assert not isinstance(answer, OrdoError), answer
        lots = shop.raw.lots().get(place, {})
        over = {lot: units for lot, units in lots.items() if units and not shop.is_good(place, lot[0])}
        assert command.others or not over, f"{over} are over, and still there"

    command = Command(
        f"night at {place}",
        run=lambda: expiry.look(*place),
        does=lambda written: _expires(written, place),
        book=book,
        judge=judge,
        corrects=True,
    )
    return command


def _is_picked(written: Written, part: str) -> bool:
    if written.method != "commit" or written.given[0].decision.type != "fulfilment.picked":
        return False
    return bool(written.given[0].decision.data["fulfilment_id"] == part)


def _expires(written: Written, place: Place) -> bool:
    if written.method != "record" or written.given[0].kind is not MovementKind.EXPIRE:
        return False
    return any((each.sku, each.node) == place for each in written.given[0].entries)
