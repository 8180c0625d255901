"""Orders that wait for goods, as scenarios for crash points: joining a queue, being filled, leaving it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ordo.kernel.clock import system_clock
from tests.proof.scenarios import Scenario, _cancel, _cancelled_once, _minutes, _tick
from tests.support.audit import Ledger, audit, ledger
from tests.support.shop import cancel, must, pay, place, receive, sell, simple
from tests.support.world import Answer, World

SKU, NODE = "DRILL", "hangzhou"
GOODS = {"movement_id": "goods", "kind": "receive", "sku": SKU, "node_id": NODE, "quantity": 5, "reason": "PO 1"}


def queue_scenarios() -> list[Scenario]:
    """All of them."""
    return [
        Scenario("backorder", _offered, lambda world, _: _backorder(world), _waits_once),
        Scenario("receipt that fills a queue", _two_wait, _goods, _both_filled_once, wait=_minutes),
        Scenario("queue that is due", _given_back, _tick, _first_filled_once, wait=_minutes, answers_again=False),
        Scenario("cancel of a backorder", lambda world: _waiting(world)[1], _cancel, _left_once),
    ]


def _offered(world: World) -> None:
    sell(world, SKU, {NODE: 1})
    policy = {"availability": {"mode": "backorder", "only_when_due": True}}
    must(world.call("PUT", f"/v1/products/{SKU}", {"name": {"en": SKU}, "prices": {"cny-retail": 1000}, **policy}))
    due = {"sku": SKU, "node_id": NODE, "quantity": 9, "due_on": "2026-04-10"}
    must(world.call("PUT", "/v1/supply/po-1", due))
    world.clock.advance(minutes=1)


def _waiting(world: World) -> list[dict[str, Any]]:
    """One order that has what there is, and two that wait for two units each."""
    _offered(world)
    orders = [place(world, simple(SKU, units)) for units in (1, 2, 2)]
    for order in orders[1:]:
        must(pay(world, order, reference=order["order_id"]))
    assert audit() == []
    return orders


def _two_wait(world: World) -> list[dict[str, Any]]:
    return _waiting(world)


def _given_back(world: World) -> list[dict[str, Any]]:
    """Another order gave its unit back, and one more came: the first who waits can have both, at the next look."""
    orders = _waiting(world)
    receive(world, SKU, NODE, 1)
    must(cancel(world, orders[0]["order_id"])[1])
    world.clock.set(system_clock() + timedelta(minutes=11))
    return orders


def _backorder(world: World) -> Answer:
    return world.call("POST", "/v1/orders", simple(SKU, 3), key="backorder")


def _goods(world: World, _: object) -> Answer:
    return world.call("POST", "/v1/stock/movements", {**GOODS, "supply_id": "po-1"})


def _waits_once(_: object, found: Ledger) -> None:
    (order_id,) = found.orders
    assert found.types(order_id) == ["order.placed"]
    assert [each["state"] for each in found.parts(order_id, "fulfilment")] == ["planned", "waiting"]
    (entry,) = found.queues[SKU, NODE]
    assert (entry["order_id"], entry["units"]) == (order_id, 2)


def _both_filled_once(orders: list[dict[str, Any]], found: Ledger) -> None:
    for order in orders[1:]:
        assert found.types(order["order_id"])[2:] == ["fulfilment.filled"]
        assert found.header(order["order_id"])["status"] == "released"
    assert found.queues[SKU, NODE] == []
    assert found.counters[SKU, NODE]["on_hand"] == 6


def _first_filled_once(orders: list[dict[str, Any]], found: Ledger) -> None:
    first, second = (found.types(order["order_id"])[2:] for order in orders[1:])
    assert (first, second) == (["fulfilment.filled"], [])


def _left_once(order: dict[str, Any], found: Ledger) -> None:
    _cancelled_once(order, ledger())
    assert [each["order_id"] for each in found.queues[SKU, NODE]].count(order["order_id"]) == 0
