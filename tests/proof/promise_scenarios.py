"""Promises and measured ways as scenarios for crash points: a day that moves, jeopardy, a night's figures."""

from __future__ import annotations

from typing import Any

from ordo.shipments.transit_repository import DynamoTransit
from tests.proof.scenarios import Order, Scenario
from tests.support.audit import Ledger
from tests.support.events import SCHEDULED
from tests.support.lambdas import Killed
from tests.support.shop import dispatch, fulfilments, must, pay, place, tell
from tests.support.world import Answer, World

TABLE = {"rows": [{"country": "CN", "median_hours": 90, "p90_hours": 99}]}


def promise_scenarios() -> list[Scenario]:
    """All of them."""
    return [
        Scenario("dispatch on a slow way", _slow, _dispatch, _moved_once),
        Scenario("jeopardy", _overdue, _watch, _told_once, wait=_minutes, answers_again=False),
        Scenario("night of deliveries", _delivered, _measure, _measured_once, wait=_night, answers_again=False),
    ]


def _slow(world: World) -> Order:
    must(world.call("PUT", "/v1/transit-tables/generic", TABLE))
    order = place(world)
    must(pay(world, order))
    return order


def _overdue(world: World) -> Order:
    order = place(world)
    must(pay(world, order))
    world.clock.advance(hours=25)
    return order


def _delivered(world: World) -> Order:
    order = place(world)
    must(pay(world, order))
    must(dispatch(world, fulfilments(order)[0], "T1"))
    world.clock.advance(hours=5)
    must(tell(world, "T1", "delivered"))
    world.publish()
    world.clock.advance(hours=2)
    return order


def _dispatch(world: World, order: Order) -> Answer:
    return dispatch(world, fulfilments(order)[0], "T1")


def _watch(world: World, _: Order) -> Answer:
    return _guarded(lambda: world.tick())


def _measure(world: World, _: Order) -> Answer:
    return _guarded(lambda: world.invoke("measure_transit", SCHEDULED))


def _guarded(call: Any) -> Answer:
    try:
        report = call()
    except (Exception, Killed) as error:
        return Answer(502, {"code": "crashed", "error": repr(error)}, {})
    return Answer(500 if report.get("failed") else 200, report, {})


def _minutes(world: World) -> None:
    for _ in range(2):
        world.clock.advance(minutes=2)
        _watch(world, {})


def _night(world: World) -> None:
    _measure(world, {})


def _moved_once(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"]) == ["order.placed", "payment.captured", "shipment.dispatched"]
    header = found.header(order["order_id"])
    assert [each["reason"] for each in header["repromised"]] == ["slow_way"]
    assert header["standing_key"].startswith("jeopardy#")


def _told_once(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"]) == ["order.placed", "payment.captured", "promise.changed"]
    assert found.header(order["order_id"])["standing"] == "jeopardy"


def _measured_once(_order: Order, _found: Ledger) -> None:
    transit = DynamoTransit("CatalogTable")
    figures = transit.figures("generic")
    assert figures is not None
    assert len(transit.samples("generic")) == 1
    assert figures.lanes["*>CN"]["all"].samples == 1
    assert transit.last().carriers == ("generic",)
