"""Histories that the stock machine found with random examples, and in which the books were once wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ordo.catalog.availability import IN_STOCK, Availability, AvailabilityMode
from ordo.inventory.movements import MovementKind
from tests.proof.stock_buyers import paying, settling
from tests.proof.stock_machine import StockMachine
from tests.proof.stock_wide import WideMachine, on_tables
from tests.support.quick_tables import quick_tables

ON_DEMAND = Availability(AvailabilityMode.BACKORDER, max_units=7, lead_days=2)


def paid_late_beside_a_queue(state: StockMachine) -> None:
    """An order that was cancelled took its unit again from another bucket, though it was of one who waited."""
    state.stock_up(units=[0, 0, 8, 0], buckets=2, capacity=None, sold={"tee": IN_STOCK, "cap": ON_DEMAND})
    shop = state.shop
    while "1" not in {bucket for order_id in shop.wanted for bucket in shop.stored_parts(order_id)[1]}:
        state.buy(channel="web", pays=False, wanted={"cap": 1})
    late = max(shop.wanted)
    shop.wait(31)
    state.begin(settling(shop, late))
    state.buy(channel="web", pays=False, wanted={"cap": shop.open_to("cap", "web") + 1})
    state.begin(paying(shop, late))
    state.finish(number=0)
    state.finish(number=0)
    assert set(shop.stored_waits(late)), "it came back with what it gave back, though others wait for that"


def counted_while_it_was_spread(state: StockMachine) -> None:
    """The one bucket that a count saw had as many units again, and the rest was in another one."""
    state.stock_up(units=[0, 5, 0, 0], buckets=1, capacity=None, sold={"tee": IN_STOCK, "cap": IN_STOCK})
    place = ("tee", "sh")
    state.correct(place=place, how=(MovementKind.COUNT, 11), slow=False)
    state.move(place=place, units=3, kind=MovementKind.RECEIVE, fills=False, slow=False)
    state.finish(number=1)
    state.arrange(place=place, buckets=2, kept=None, slow=False)
    state.finish(number=1)
    state.move(place=place, units=1, kind=MovementKind.RECEIVE, fills=False, slow=False)
    state.finish(number=1)
    state.finish(number=0)


def cancelled_before_it_left(state: StockMachine) -> None:
    """Its units were not there any more, and the node was told to count them: the order had been cancelled."""
    state.stock_up(units=[4, 0, 0, 0], buckets=1, capacity=None, sold={"tee": IN_STOCK, "cap": IN_STOCK})
    state.buy(channel="web", pays=True, wanted={"tee": 4})
    state.dispatch(number=0, slow=True)
    state.go_on(number=0, calls=1)
    state.cancel(number=0, slow=False)
    state.finish(number=1)
    state.finish(number=0)


HISTORIES = [paid_late_beside_a_queue, counted_while_it_was_spread]


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.__name__)
def test_the_books_are_right_in_what_was_once_wrong(history: Callable[[StockMachine], None]) -> None:
    state = StockMachine()
    try:
        history(state)
        state.agree()
    finally:
        state.teardown()


@pytest.mark.parametrize("history", [cancelled_before_it_left], ids=lambda history: history.__name__)
def test_the_books_are_right_in_what_was_once_wrong_with_large_orders(history: Callable[[StockMachine], None]) -> None:
    with quick_tables() as tables:
        state = on_tables(WideMachine, tables, at_length=True)()
        assert isinstance(state, WideMachine)
        try:
            state.commits_hold(most=0)
            history(state)
            state.agree()
        finally:
            state.teardown()
