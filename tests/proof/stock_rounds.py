"""How the stock machine goes on: actors in turns, and what must be true after each of them.

The rules by which actors begin are in `tests.proof.stock_machine`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ordo.inventory.layout import in_layout
from ordo.inventory.model import StockCounter, StockKey, layouts
from ordo.kernel.errors import OrdoError
from tests.proof.stock_actors import Command
from tests.proof.stock_backorders import filling
from tests.proof.stock_buyers import cancelling
from tests.proof.stock_catalogue import NODES, SKUS
from tests.proof.stock_reservations import giving_back
from tests.proof.stock_shop import Shop
from tests.proof.stock_worlds import MemoryWorld, StockWorld
from tests.support.turns import Dies, Turn, Written

AT_ONCE = 4
"""So many actors are on their way at most."""
ENOUGH = 200
"""Calls within which an actor that is alone must have ended."""
which = st.integers(0, 7)
FIGURES = ("on_hand", "reserved", "safety", "backordered")


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


class StockRounds(RuleBasedStateMachine):
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
        if turn.ended and actor in self.underway:
            self.underway.remove(actor)
        for written in turn.written:
            if command.does(written):
                assert not command.done, f"{command.name}: done twice"
                command.done = True
                command.book(written)
                self.corrected = command.corrects
            else:
                self._book_what_was_filled(written)
        self._book_what_was_released(turn.written)
        if turn.written:
            for other in self.underway:
                other.command.others += other is not actor
        turn.written.clear()
        counters = self.shop.raw.counters()
        for each in (*self.underway, actor):
            each.command.look(counters)
        if turn.ended:
            self._judge(actor)
        elif actor not in self.underway:
            self.underway.append(actor)

    def _book_what_was_filled(self, written: Written) -> None:
        """Those who wait get their units by whoever brings goods, and by the watcher: each in turn."""
        if written.method == "commit" and written.given[0].decision.type == "fulfilment.filled":
            commit = written.given[0]
            self.shop.books.serve(commit.header.order_id, commit.decision.data["fulfilment_id"])

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

    def at_once(self, command: Command) -> None:
        """While the others wait."""
        actor = self.begin(command)
        self._drain(actor)

    # ------------------------------------------------------------------ who goes on
    @precondition(has_actors)
    @rule(number=which, calls=st.integers(1, 3))
    def go_on(self, number: int, calls: int) -> None:
        self.step(self._chosen(number), calls)

    def step(self, actor: Underway, calls: int) -> None:
        """Some calls further, if it does not end before."""
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
            self.end(actor)
            return
        lost = actor.turn.lose_answer()
        self._heed(actor)
        if lost:
            self.begin(actor.command, careful=actor.careful)

    def end(self, actor: Underway) -> None:
        """It dies before its call, unless it has ended."""
        if not actor.turn.ended:
            actor.turn.die()
            self._heed(actor)

    @precondition(lambda self: self.has_actors() and self.may_begin())
    @rule(number=which)
    def lose_patience(self, number: int) -> None:
        """Who waits for an answer asks again, while the first is still on its way."""
        actor = self._chosen(number)
        self.begin(actor.command, careful=actor.careful)

    # ------------------------------------------------------------------ always
    @invariant()
    def agree(self) -> None:
        counters = self.shop.raw.counters()
        books = self.shop.books
        booked, held = self.shop.raw.booked(), self.shop.raw.held()
        for each in counters:
            assert min(each.on_hand, each.reserved) >= 0, f"{each} is below zero"
            there = each.available + each.backordered
            floor = min(0, self.before.get(each.key, 0))
            assert self.corrected or there >= floor, f"{each} has {there}, had {floor}"
            assert held[each.key] == each.reserved, f"{each}: live orders take {held[each.key]}"
        assert set(held) <= {each.key for each in counters}
        self._are_named(counters)
        underway = self.shop.raw.underway()
        for place in books.places() | {(each.sku, each.node) for each in counters}:
            here = [each for each in counters if (each.sku, each.node) == place]
            found = tuple(sum(getattr(each, name) for each in here) for name in FIGURES)
            beside = [units for key, units in underway.items() if key[:2] == place]
            on_hand = books.on_hand[place] + sum(units.on_hand for units in beside)
            reserved = books.reserved(place) + sum(units.reserved for units in beside)
            expected = on_hand, reserved, books.safety[place], books.waiting.units(place)
            assert found == expected, f"{place}: counters {found}, books {expected}"
            assert booked.get(place, (0, 0)) == (expected[0], expected[2]), f"{place}: ledger {booked.get(place)}"
            assert books.there(place) >= 0 or place in books.corrected
        self._orders_agree()
        self.before = {each.key: each.available + each.backordered for each in counters}
        self.corrected = False
        books.lacking.clear()
        books.missing.clear()
        for each in counters:
            books.lacking[each.sku, each.node] += max(0, -each.available)
            books.missing[each.sku, each.node] += max(0, -each.available - each.backordered)

    def _orders_agree(self) -> None:
        """Queues, work and incidents; and of no order anything is lost or had twice."""
        books, raw = self.shop.books, self.shop.raw
        assert raw.queues() == books.waiting.told()
        assert raw.work() == books.work()
        assert raw.unsourced() == {name: units.total() for name, units in books.unsourced.items() if units.total()}
        for order_id, wanted in self.shop.wanted.items():
            if order_id in books.owners:
                assert books.units_of(order_id) == Counter(wanted), f"{order_id} wanted {wanted}"

    @staticmethod
    def _are_named(counters: list[StockCounter]) -> None:
        """Nothing is in a bucket that nobody looks into."""
        laid_out = layouts(counters)
        for each in counters:
            assert each.bucket in in_layout(laid_out.get((each.sku, each.node))), f"{each} is in no layout"

    def look_after_all(self) -> None:
        """The watcher comes to what was left."""

    def teardown(self) -> None:
        """Everybody ends; then every order that can be is cancelled, and nothing must be left of them."""
        try:
            while self.underway:
                self._drain(self.underway[0])
            self.look_after_all()
            for place in [(sku, node) for sku in SKUS for node in NODES]:
                self.at_once(filling(self.shop, place))
            for order_id in sorted(self.shop.wanted):
                if self.shop.books.may_be_cancelled(order_id):
                    self.at_once(cancelling(self.shop, order_id))
            for reservation_id in sorted(self.shop.raw.pending()):
                self.at_once(giving_back(self.shop, reservation_id))
            assert self.shop.raw.jobs() == []
            findings: list[Any] = self.shop.raw.findings()
            assert findings == []
        finally:
            for actor in self.underway:
                if not actor.turn.ended:
                    actor.turn.die()
            self.patch.undo()
