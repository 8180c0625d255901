"""Reads that are not consistent may be seconds old: what the laws rest on does not use them."""

from __future__ import annotations

import pytest

from tests.proof.scenarios import Scenario, scenarios
from tests.support.audit import audit, ledger
from tests.support.faults import StaleIndex, StaleReads
from tests.support.shop import dispatch, fulfilments, must, order_body, pay, place, receive, sell, simple, tell
from tests.support.world import World

ALL = scenarios()


@pytest.mark.parametrize("scenario", ALL, ids=[each.name.replace(" ", "-") for each in ALL])
def test_an_operation_and_its_repeat_end_well_on_stale_reads(world: World, scenario: Scenario) -> None:
    stale = StaleReads()
    prepared = scenario.prepare(world)
    with world.fault(stale):
        first = scenario.act(world, prepared)
        assert first.status < 300
        if scenario.answers_again:
            assert scenario.act(world, prepared).body == first.body
        scenario.wait(world)
    assert audit() == []
    scenario.check(prepared, ledger())


def test_a_repeat_is_answered_at_once_as_the_first_was(world: World) -> None:
    stale = StaleReads()
    first = place(world, order_body(name="phone-earphones-tees"), key="again")
    with world.fault(stale):
        assert place(world, order_body(name="phone-earphones-tees"), key="again") == first


def test_stock_that_just_came_in_is_not_refused(world: World) -> None:
    sell(world, "NEW", {"hangzhou": 1})
    place(world, simple("NEW", 1))
    stale = StaleReads()
    receive(world, "NEW", "hangzhou", 1)
    with world.fault(stale):
        assert world.call("POST", "/v1/orders", simple("NEW", 1), key="fresh").status == 201
    assert stale.answered > 0


def test_stock_that_was_just_sold_is_not_sold_again(world: World) -> None:
    sell(world, "GONE", {"hangzhou": 1})
    stale = StaleReads()
    place(world, simple("GONE", 1))
    with world.fault(stale):
        assert world.call("POST", "/v1/orders", simple("GONE", 1), key="late").code == "out_of_stock"
    assert stale.answered > 0


def test_the_watcher_does_nothing_twice_while_its_index_lags_behind(world: World) -> None:
    unpaid, paid = place(world), place(world)
    world.clock.advance(minutes=31)
    lagging = StaleIndex("by_deadline")
    go_back = world.checkpoint()
    with world.fault(lagging):
        world.tick()
    go_back()
    must(pay(world, paid))
    with world.fault(lagging):
        world.tick()
        world.tick()
    assert lagging.repeated > 0
    assert ledger().types(unpaid["order_id"]) == ["order.placed", "order.cancelled"]
    assert ledger().types(paid["order_id"]) == ["order.placed", "payment.captured"]
    assert audit() == []


def test_the_watcher_completes_once_and_wakes_no_closed_order_while_its_index_lags_behind(world: World) -> None:
    order = place(world)
    must(pay(world, order))
    must(dispatch(world, fulfilments(order)[0], "L1"))
    must(tell(world, "L1", "delivered"))
    world.clock.advance(days=8)
    lagging = StaleIndex("by_deadline")
    with world.fault(lagging):
        for _ in range(3):
            assert world.tick()["failed"] == 0
    assert lagging.repeated > 0
    assert ledger().types(order["order_id"]).count("order.completed") == 1
    assert audit() == []
