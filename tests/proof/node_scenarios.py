"""Nodes that say no, and orders larger than one transaction, as scenarios for crash points."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.proof.scenarios import Order, Scenario
from tests.support.audit import Ledger
from tests.support.shop import dispatch, fulfilments, must, order_body, pay, place, sell, simple
from tests.support.world import Answer, World

HOT = ("NUT", "BOLT")
"""Each spread over 64 counters with 4 units in each: an order of all of them takes from 128."""
UNITS = 64 * 4


def node_scenarios() -> list[Scenario]:
    """All of them."""
    large = partial(Scenario, wait=_minutes)
    return [
        Scenario("rejection", _released, _reject, partial(_elsewhere, "fulfilment.rejected")),
        Scenario("short pick", _released, _pick_short, partial(_elsewhere, "fulfilment.short_picked")),
        Scenario("rejection that nobody makes up for", _released_alone, _reject, _is_incident),
        Scenario("incident sourced again", _incident, _source_again, _solved),
        large("large placement", _hot, _place_large, _placed_large),
        large("large cancel", _large, _cancel_large, _cancelled_large),
        large("large dispatch", _large_paid, _dispatch_large, _dispatched_large),
    ]


# ---------------------------------------------------------------------- what was before
def _released(world: World) -> Order:
    return _sold(world, {"hangzhou": 3, "shenzhen": 3})


def _released_alone(world: World) -> Order:
    return _sold(world, {"hangzhou": 3})


def _sold(world: World, stock: dict[str, int]) -> Order:
    present = must(world.call("GET", "/v1/nodes/hangzhou"))
    must(world.call("PUT", "/v1/nodes/hangzhou", present | {"capacity": {"units": 900}}))
    world.clock.advance(minutes=1)
    sell(world, "LAMP", stock)
    order = place(world, simple("LAMP", 2))
    must(pay(world, order))
    return order


def _incident(world: World) -> dict[str, str]:
    order = _released_alone(world)
    found = must(_reject(world, order))
    return {"order_id": order["order_id"], "incident_id": found["incident"]}


def _hot(world: World) -> None:
    for sku in HOT:
        sell(world, sku, {"hangzhou": UNITS})
        must(world.call("PUT", f"/v1/stock/{sku}/nodes/hangzhou", {"buckets": 64}))


def _body() -> dict[str, Any]:
    return order_body(*((sku, UNITS, {}) for sku in HOT))


def _large(world: World) -> Order:
    _hot(world)
    return place(world, _body())


def _large_paid(world: World) -> Order:
    order = _large(world)
    must(pay(world, order))
    return order


# ---------------------------------------------------------------------- what is done
def _reject(world: World, order: Order) -> Answer:
    return world.call("POST", f"/v1/fulfilments/{fulfilments(order)[0]}/reject", {"reason": "closed"})


def _pick_short(world: World, order: Order) -> Answer:
    body = {"short": [{"line_id": "1", "quantity": 1}], "reason": "missing"}
    return world.call("POST", f"/v1/fulfilments/{fulfilments(order)[0]}/pick", body)


def _source_again(world: World, made: dict[str, str]) -> Answer:
    return world.call("POST", f"/v1/incidents/{made['incident_id']}/sourcing")


def _place_large(world: World, _: Any) -> Answer:
    return world.call("POST", "/v1/orders", _body(), key="the-key")


def _cancel_large(world: World, order: Order) -> Answer:
    path = f"/v1/orders/{order['order_id']}/changes"
    proposed = world.call("POST", path, {"kind": "cancel", "reason": "Twice", "requested_by": "customer"}, key="c")
    return proposed if proposed.status != 201 else world.call("POST", f"{path}/{proposed.body['change_id']}/apply")


def _dispatch_large(world: World, order: Order) -> Answer:
    return dispatch(world, fulfilments(order)[0], "T1")


# ---------------------------------------------------------------------- what time does
def _minutes(world: World) -> None:
    for _ in range(2):
        world.clock.advance(minutes=2)
        world.tick()


# ---------------------------------------------------------------------- what must be true
def _elsewhere(type_: str, order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"]) == ["order.placed", "payment.captured", type_]
    assert len(found.parts(order["order_id"], "fulfilment")) == 2
    assert found.parts(order["order_id"], "incident") == []


def _is_incident(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"])[2:] == ["fulfilment.rejected"]
    (incident,) = found.parts(order["order_id"], "incident")
    assert incident["state"] == "open"


def _solved(made: dict[str, str], found: Ledger) -> None:
    assert found.types(made["order_id"])[3:] == ["order.resourced"]
    (incident,) = found.parts(made["order_id"], "incident")
    assert (incident["state"], incident["resolution"]) == ("resolved", "sourced")


def _placed_large(_: Any, found: Ledger) -> None:
    (order_id,) = found.orders
    assert found.types(order_id) == ["order.placed"]
    _nothing_left(found, reserved=UNITS)


def _cancelled_large(order: Order, found: Ledger) -> None:
    assert found.header(order["order_id"])["status"] == "cancelled"
    _nothing_left(found, reserved=0)


def _dispatched_large(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"])[2:] == ["shipment.dispatched"]
    _nothing_left(found, reserved=0)


def _nothing_left(found: Ledger, *, reserved: int) -> None:
    assert (found.parts_taken, found.jobs_of_moves) == ([], [])
    assert {found.counters[sku, "hangzhou"]["reserved"] for sku in HOT} == {reserved}
