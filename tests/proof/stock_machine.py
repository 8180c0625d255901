"""The stateful proof of stock: whoever takes, gives, counts or arranges, in any interleaving of reads and writes.

An actor is begun by one rule and goes on by others: it reads, stops before its write, and meanwhile others do what they
do. It may die there, or its answer may be lost, and then it is sent again. After every step the books
(`tests.proof.stock_books`: what came, what left, who has a right to what) must agree with what is stored.

A kind of actor that is new is a function in `tests.proof.stock_actors` and a rule here:

    @rule(place=places, units=quantities)
    def reserve(self, place: Place, units: int) -> None:
        self.begin(reserving(self.shop, place, units))

and whatever it stores that has a right to units is added to `StockWorld.held`. Queues (backorders) are judged by their
command's `book`: the owner that is served must be the first that waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ordo.inventory.layout import Fence
from ordo.inventory.model import StockKey
from ordo.inventory.movements import MovementKind
from ordo.inventory.reservations import Reservation
from ordo.kernel.errors import OrdoError
from tests.proof.stock_actors import (
    Command,
    arranging,
    cancelling,
    dispatching,
    movement,
    paying,
    placing,
    settling,
)
from tests.proof.stock_books import Place
from tests.proof.stock_reservations import expiring, extending, giving_back, reserving
from tests.proof.stock_shop import CHANNELS, NODES, SKUS, SOFT, Shop
from tests.proof.stock_worlds import MemoryWorld, StockWorld
from tests.support.turns import Dies, Turn, Written

AT_ONCE = 4
"""So many actors are on their way at most."""
ENOUGH = 200
"""Calls within which an actor that is alone must have ended."""

K = MovementKind
places = st.tuples(st.sampled_from(SKUS), st.sampled_from(NODES))
quantities = st.integers(1, 8)
fences = st.dictionaries(
    st.sampled_from(CHANNELS),
    st.builds(Fence, quantity=st.integers(1, 6)) | st.builds(Fence, share=st.sampled_from([10, 50])),
    max_size=2,
)
orders = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 6), min_size=1)
customers = st.sampled_from(["c-1", "c-2"])
corrections = st.one_of(
    st.tuples(st.just(K.ADJUST), st.integers(-5, 5).filter(bool)),
    st.tuples(st.just(K.COUNT), st.integers(0, 20)),
    st.tuples(st.just(K.SAFETY), st.integers(0, 6)),
)
which = st.integers(0, 7)
careful = st.sampled_from([False, False, True])
"""Whether an actor stops before each of its reads too."""


@dataclass
class Underway:
    """An actor between two calls."""

    command: Command
    turn: Turn
    careful: bool


class _NoTime:
    """Stands in for the module `time` where the product waits for others: here they come when it is their turn."""

    @staticmethod
    def sleep(_seconds: float) -> None:
        return None


class StockMachine(RuleBasedStateMachine):
    """In memory; others say where else by `make_world`."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("ordo.runtime.retry.time", _NoTime)
        self.shop = Shop(self.make_world())
        self.underway: list[Underway] = []
        self.before: dict[StockKey, int] = {}
        self.corrected = False

    def make_world(self) -> StockWorld:
        """Where it plays."""
        return MemoryWorld()

    # ------------------------------------------------------------------ turns
    def begin(self, command: Command, *, careful: bool = False) -> Underway:
        """Put an actor on its way, up to its first stop."""
        command.look(self.shop.raw.counters())
        actor = Underway(command, self.shop.turns.begin(command.run, stops_at_reads=careful), careful)
        self._heed(actor)
        return actor

    def _heed(self, actor: Underway) -> None:
        """Book what an actor did in its turn, judge its answer, and let all others look."""
        command, turn = actor.command, actor.turn
        for written in turn.written:
            if command.does(written):
                assert not command.done, f"{command.name}: done twice"
                command.done = True
                command.book(written)
                self.corrected = command.corrects
        self._book_what_was_released(turn.written)
        if turn.written:
            for other in self.underway:
                other.command.others += other is not actor
        turn.written.clear()
        counters = self.shop.raw.counters()
        for each in (*self.underway, actor):
            each.command.look(counters)
        if turn.ended:
            if actor in self.underway:
                self.underway.remove(actor)
            self._judge(actor)
        elif actor not in self.underway:
            self.underway.append(actor)

    def _book_what_was_released(self, written: Iterable[Written]) -> None:
        """Reservations are given back by whoever is short, too: each once, and only by who won."""
        for each in written:
            owner = each.given[0].reservation_id if each.method == "release" else ""
            if owner in self.shop.books.owners and owner not in self.shop.raw.pending():
                self.shop.books.give_back(owner)

    @staticmethod
    def _judge(actor: Underway) -> None:
        turn = actor.turn
        if isinstance(turn.error, Dies):
            return
        if turn.error is not None and not isinstance(turn.error, OrdoError):
            raise turn.error
        actor.command.judge(turn.error or turn.answer)

    def _chosen(self, number: int) -> Underway:
        return self.underway[number % len(self.underway)]

    def _drain(self, actor: Underway) -> None:
        for _ in range(ENOUGH):
            if actor.turn.ended:
                return
            actor.turn.go_on()
            self._heed(actor)
            self.agree()
        raise AssertionError(f"{actor.command.name} does not end")

    def may_begin(self) -> bool:
        """Whether another may come."""
        return len(self.underway) < AT_ONCE

    def has_actors(self) -> bool:
        """Whether somebody is on the way."""
        return bool(self.underway)

    @initialize(units=st.lists(st.integers(0, 12), min_size=4, max_size=4), buckets=st.sampled_from([1, 1, 3]))
    def stock_up(self, units: list[int], buckets: int) -> None:
        for place, count in zip([(sku, node) for sku in SKUS for node in NODES], units, strict=True):
            if count:
                self._at_once(movement(self.shop, K.RECEIVE, place, count))
            if buckets > 1:
                self._at_once(arranging(self.shop, place, buckets, None))

    def _at_once(self, command: Command) -> None:
        """While the others wait."""
        actor = self.begin(command)
        self._drain(actor)

    # ------------------------------------------------------------------ who goes on
    @precondition(has_actors)
    @rule(number=which, calls=st.integers(1, 3))
    def go_on(self, number: int, calls: int) -> None:
        actor = self._chosen(number)
        for _ in range(calls):
            if not actor.turn.ended:
                actor.turn.go_on()
                self._heed(actor)
                self.agree()

    @precondition(has_actors)
    @rule(number=which)
    def finish(self, number: int) -> None:
        self._drain(self._chosen(number))

    @precondition(has_actors)
    @rule(number=which, before=st.booleans())
    def break_down(self, number: int, before: bool) -> None:
        """It dies before its call, as if it had never been; or its answer is lost, and it asks again."""
        actor = self._chosen(number)
        if before:
            actor.turn.die()
            self._heed(actor)
            return
        lost = actor.turn.lose_answer()
        self._heed(actor)
        if lost:
            self.begin(actor.command, careful=actor.careful)

    # ------------------------------------------------------------------ goods
    @precondition(may_begin)
    @rule(
        place=places, units=quantities, kind=st.sampled_from([K.RECEIVE, K.RETURN, K.DAMAGE, K.TRANSFER]), slow=careful
    )
    def move(self, place: Place, units: int, kind: MovementKind, slow: bool) -> None:
        other = next(node for node in NODES if node != place[1])
        to_node = other if kind is K.TRANSFER else None
        self.begin(movement(self.shop, kind, place, units, to_node), careful=slow)

    @precondition(may_begin)
    @rule(place=places, how=corrections, slow=careful)
    def correct(self, place: Place, how: tuple[MovementKind, int], slow: bool) -> None:
        self.begin(movement(self.shop, how[0], place, how[1]), careful=slow)

    @precondition(may_begin)
    @rule(place=places, buckets=st.none() | st.integers(1, 4), kept=st.none() | fences, slow=careful)
    def arrange(self, place: Place, buckets: int | None, kept: dict[str, Fence] | None, slow: bool) -> None:
        self.begin(arranging(self.shop, place, buckets, kept), careful=slow)

    # ------------------------------------------------------------------ orders
    @precondition(may_begin)
    @rule(channel=st.sampled_from([*CHANNELS, SOFT]), wanted=orders, slow=careful)
    def place(self, channel: str, wanted: dict[str, int], slow: bool) -> None:
        self.begin(placing(self.shop, channel, wanted), careful=slow)

    @precondition(may_begin)
    @rule(channel=st.sampled_from(CHANNELS), wanted=orders, pays=st.booleans())
    def buy(self, channel: str, wanted: dict[str, int], pays: bool) -> None:
        """An order from end to end while the others wait."""
        known = set(self.shop.wanted)
        self._at_once(placing(self.shop, channel, wanted))
        for order_id in set(self.shop.wanted) - known if pays else ():
            self._at_once(paying(self.shop, order_id))

    @precondition(lambda self: self.chosen_order("unpaid") is not None)
    @rule(number=which, slow=careful)
    def pay(self, number: int, slow: bool) -> None:
        self.begin(paying(self.shop, self._order("unpaid", number)), careful=slow)

    @precondition(lambda self: self.chosen_order("cancelled") is not None)
    @rule(number=which, slow=careful)
    def pay_late(self, number: int, slow: bool) -> None:
        self.begin(paying(self.shop, self._order("cancelled", number)), careful=slow)

    @precondition(lambda self: self.chosen_order("any") is not None)
    @rule(number=which, slow=careful)
    def cancel(self, number: int, slow: bool) -> None:
        self.begin(cancelling(self.shop, self._order("any", number)), careful=slow)

    @precondition(lambda self: self.chosen_order("unpaid") is not None)
    @rule(number=which, minutes=st.sampled_from([0, 31]), slow=careful)
    def fall_due(self, number: int, minutes: int, slow: bool) -> None:
        self.shop.wait(minutes)
        self.begin(settling(self.shop, self._order("unpaid", number)), careful=slow)

    @precondition(lambda self: self.chosen_order("paid") is not None)
    @rule(number=which, slow=careful)
    def dispatch(self, number: int, slow: bool) -> None:
        order_id = self._order("paid", number)
        parts = self.shop.parts_of(order_id)
        self.begin(dispatching(self.shop, order_id, parts[-1 - number % len(parts)]), careful=slow)

    def chosen_order(self, kind: str, number: int = 0) -> str | None:
        """One of the orders that are so now (others may change that before it comes to the write)."""
        books = self.shop.books
        kinds = {
            "any": set(self.shop.wanted),
            "unpaid": set(books.owners) & set(self.shop.wanted) - books.paid,
            "paid": {owner for owner in books.paid if books.owners.get(owner)},
            "cancelled": books.ended & set(self.shop.wanted) - books.paid,
        }
        known = sorted(kinds[kind])
        return known[number % len(known)] if known and self.may_begin() else None

    def _order(self, kind: str, number: int) -> str:
        found = self.chosen_order(kind, number)
        assert found is not None
        return found

    # ------------------------------------------------------------------ reservations before the order
    @precondition(may_begin)
    @rule(channel=st.sampled_from(CHANNELS), customer=customers, wanted=orders, slow=careful)
    def reserve(self, channel: str, customer: str, wanted: dict[str, int], slow: bool) -> None:
        self.begin(reserving(self.shop, channel, customer, wanted), careful=slow)

    @precondition(lambda self: self.may_begin() and self.known_reservations())
    @rule(number=which, wanted=st.none() | orders, slow=careful)
    def place_reserved(self, number: int, wanted: dict[str, int] | None, slow: bool) -> None:
        """Of what was reserved, or of something else."""
        found = self._reservation(number)
        self.begin(
            placing(self.shop, found.channel, wanted or found.pending.by_sku(), found.reservation_id), careful=slow
        )

    @precondition(lambda self: self.may_begin() and self.known_reservations())
    @rule(number=which, slow=careful)
    def give_back(self, number: int, slow: bool) -> None:
        self.begin(giving_back(self.shop, self._reservation(number).reservation_id), careful=slow)

    @precondition(lambda self: self.may_begin() and self.known_reservations())
    @rule(number=which, minutes=st.sampled_from([1, 20, 60]), slow=careful)
    def extend(self, number: int, minutes: int, slow: bool) -> None:
        self.begin(extending(self.shop, self._reservation(number).reservation_id, minutes), careful=slow)

    @precondition(lambda self: self.may_begin() and self.known_reservations())
    @rule(number=which, minutes=st.sampled_from([0, 16]), slow=careful)
    def expire(self, number: int, minutes: int, slow: bool) -> None:
        self.shop.wait(minutes)
        self.begin(expiring(self.shop, self._reservation(number).reservation_id), careful=slow)

    @precondition(lambda self: bool(self.known_reservations()))
    @rule()
    def time_goes_by(self) -> None:
        self.shop.wait(16)

    def known_reservations(self) -> list[str]:
        """All there ever were: whoever comes may come too late."""
        books = self.shop.books
        return sorted(name for name in {*books.owners, *books.ended} if name.startswith("res_"))

    def _reservation(self, number: int) -> Reservation:
        known = self.known_reservations()
        found = self.shop.raw.reservations.find(known[number % len(known)])
        assert found is not None
        return found

    # ------------------------------------------------------------------ always
    @invariant()
    def agree(self) -> None:
        counters = self.shop.raw.counters()
        books = self.shop.books
        booked, held = self.shop.raw.booked(), self.shop.raw.held()
        for each in counters:
            assert min(each.on_hand, each.reserved) >= 0, f"{each} is below zero"
            floor = min(0, self.before.get(each.key, 0))
            assert self.corrected or each.available >= floor, f"{each} has {each.available}, had {floor}"
            assert held[each.key] == each.reserved, f"{each}: live orders take {held[each.key]}"
        assert set(held) <= {each.key for each in counters}
        for place in books.places() | {(each.sku, each.node) for each in counters}:
            here = [each for each in counters if (each.sku, each.node) == place]
            found = tuple(
                sum(values) for values in zip(*((e.on_hand, e.reserved, e.safety) for e in here), strict=True)
            )
            expected = books.on_hand[place], books.reserved(place), books.safety[place]
            assert (found or (0, 0, 0)) == expected, f"{place}: counters {found}, books {expected}"
            assert booked.get(place, (0, 0)) == (expected[0], expected[2]), f"{place}: ledger {booked.get(place)}"
            assert books.available(place) >= 0 or place in books.corrected
        self.before = {each.key: each.available for each in counters}
        self.corrected = False
        books.lacking.clear()
        for each in counters:
            books.lacking[each.sku, each.node] += max(0, -each.available)

    def teardown(self) -> None:
        """Everybody ends; then every order that can be is cancelled, and nothing must be left of them."""
        try:
            while self.underway:
                self._drain(self.underway[0])
            for order_id in sorted(self.shop.wanted):
                if self.shop.books.may_be_cancelled(order_id):
                    self._at_once(cancelling(self.shop, order_id))
            for reservation_id in sorted(self.shop.raw.pending()):
                self._at_once(giving_back(self.shop, reservation_id))
            findings: list[Any] = self.shop.raw.findings()
            assert findings == []
        finally:
            for actor in self.underway:
                if not actor.turn.ended:
                    actor.turn.die()
            self.patch.undo()
