"""Large orders, turn by turn: every place at which one stops is met by every place of another, not some by chance.

A history is three or four numbers: how far each actor goes before the next one does. The books are looked at after each
step, and when all have ended nothing may be left that nobody would give back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

import pytest

from ordo.catalog.availability import IN_STOCK
from ordo.inventory.movements import MovementKind
from tests.proof.stock_actors import Command, movement
from tests.proof.stock_buyers import cancelling, placing
from tests.proof.stock_large import settling_job
from tests.proof.stock_wide import WideMachine, on_tables
from tests.support.quick_tables import QuickTables, quick_tables

FULL = os.environ.get("ORDO_PROOF") == "full"
WANTED = {"tee": 3, "cap": 3}
"""Of four counters with two units each: four parts, each a transaction."""


@pytest.fixture(scope="module")
def tables() -> Iterator[QuickTables]:
    with quick_tables() as found:
        yield found


@contextmanager
def shop(tables: QuickTables, units: int = 2) -> Iterator[WideMachine]:
    """So many of two goods at two nodes; each commit is large. At the end everybody ends, and the books are right."""
    state = on_tables(WideMachine, tables, at_length=False)()
    assert isinstance(state, WideMachine)
    try:
        sold = {"tee": IN_STOCK, "cap": IN_STOCK}
        state.stock_up(units=[units] * 4, buckets=1, capacity=None, sold=sold)
        state.commits_hold(most=0)
        yield state
        while state.underway:
            state.finish(number=-1)
        state.look_after_all()
        state.agree()
    finally:
        state.teardown()


def watcher(state: WideMachine) -> Command | None:
    """Whoever looks after what is left, when there is something."""
    state.shop.wait(2)
    jobs = state.shop.raw.jobs()
    return settling_job(state.shop, jobs[0]) if jobs else None


@pytest.mark.parametrize("dies", [False, True], ids=["goes-on", "dies"])
def test_the_watcher_comes_while_parts_are_taken(tables: QuickTables, dies: bool) -> None:
    met = 0
    for taken, given_back, more in product(range(1, 8), range(10 if FULL else 5), range(6 if FULL else 3)):
        with shop(tables) as state:
            taker = state.begin(placing(state.shop, "web", WANTED))
            state.step(taker, taken)
            looking = watcher(state)
            if looking is None:
                continue
            met += 1
            state.step(state.begin(looking, careful=True), given_back)
            state.step(taker, more)
            if dies:
                state.end(taker)
    assert met, "nobody met anybody: the test shows nothing"


def test_the_same_request_comes_again_while_parts_are_taken(tables: QuickTables) -> None:
    for first, second, more in product(range(1, 8), range(1, 12, 1 if FULL else 3), range(4 if FULL else 2)):
        with shop(tables) as state:
            state.ask_twice(wanted=WANTED, calls=first, more=second, back=more, slow=FULL)


def test_a_watcher_that_is_late_meets_what_the_next_try_took_instead(tables: QuickTables) -> None:
    """Goods came nearer meanwhile: the next try takes other parts under the same header."""
    for seen, taken, late in product(range(1, 5), range(12 if FULL else 9), range(4 if FULL else 1)):
        with shop(tables) as state:
            command = placing(state.shop, "web", WANTED)
            dead = state.begin(command)
            state.step(dead, 4)
            looking = watcher(state)
            assert looking is not None
            slow = state.begin(looking, careful=True)
            state.step(slow, seen)
            state.end(dead)
            for sku in WANTED:
                state.at_once(movement(state.shop, MovementKind.RECEIVE, (sku, "hz"), 5))
            again = state.begin(command)
            state.step(again, taken)
            state.step(slow, late + 1)


def test_two_make_the_moves_that_a_commit_has_left(tables: QuickTables) -> None:
    met = 0
    for done, seen, more in product(range(1, 10 if FULL else 8), range(10 if FULL else 5), range(6 if FULL else 3)):
        with shop(tables, units=6) as state:
            for _ in "12":  # what is made twice would be of the other one, which has units at the same counters
                state.buy(channel="web", pays=True, wanted=WANTED)
            first = state.begin(cancelling(state.shop, next(iter(state.shop.wanted))), careful=True)
            state.step(first, done)
            looking = watcher(state)
            if looking is None:
                continue
            met += 1
            state.step(state.begin(looking, careful=True), seen)
            state.step(first, more)
    assert met, "nobody met anybody: the test shows nothing"
