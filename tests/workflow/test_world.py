"""An order's life in process, through the real handlers: what the proofs stand on works, and so does the product."""

from __future__ import annotations

import os
from typing import Any

from tests.support.blueprint import queue_url
from tests.support.shop import (
    cancel,
    dispatch,
    fulfilments,
    must,
    order_body,
    pay,
    place,
    read,
    receive,
    sell,
    simple,
    tell,
)
from tests.support.world import Client, World


def types(world: World) -> list[str]:
    return [event["detail-type"] for event in world.bus]


def test_an_order_goes_from_the_call_to_completed(world: World) -> None:
    order = place(world)
    must(pay(world, order))
    (fulfilment,) = fulfilments(order)
    must(dispatch(world, fulfilment, "GEN1"))
    for status in ("picked_up", "in_transit", "delivered"):
        must(tell(world, "GEN1", status))
    assert read(world, order["order_id"])["status"] == "delivered"
    must(world.call("POST", f"/v1/orders/{order['order_id']}/receipt-confirmation"))
    world.pump()
    assert read(world, order["order_id"])["status"] == "completed"
    assert types(world)[0] == "order.placed"
    assert {"payment.captured", "order.released", "shipment.dispatched", "order.completed"} <= set(types(world))
    timeline = must(world.call("GET", f"/v1/orders/{order['order_id']}/timeline?verify=true"))
    assert timeline["verified"] is True


def test_three_tees_pay_250_and_take_one_hangzhou_shelf(world: World) -> None:
    order = place(world)
    assert order["totals"]["total"] == {"amount": 25000, "currency": "CNY"}
    assert world.executions[0].path[-1] == "Answer"
    (hangzhou,) = [node for node in stock(world, "TEE-WHITE-M") if node["node_id"] == "hangzhou"]
    assert (hangzhou["on_hand"], hangzhou["reserved"]) == (100, 3)


def stock(world: World, sku: str) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = must(world.call("GET", f"/v1/stock/{sku}"))["nodes"]
    return nodes


def test_an_unpaid_order_is_cancelled_when_its_time_is_over_and_gives_its_stock_back(world: World) -> None:
    order = place(world)
    world.clock.advance(minutes=31)
    assert world.tick()["settled"] == 1
    assert read(world, order["order_id"])["status"] == "cancelled"
    assert {node["reserved"] for node in stock(world, "TEE-WHITE-M")} == {0}


def test_a_cancelled_order_gives_its_stock_back(world: World) -> None:
    order = place(world)
    must(cancel(world, order["order_id"])[1])
    assert read(world, order["order_id"])["status"] == "cancelled"
    assert {node["reserved"] for node in stock(world, "TEE-WHITE-M")} == {0}


def test_the_last_unit_is_sold_once_and_then_again_when_more_came_in(world: World) -> None:
    sell(world, "LAST", {"hangzhou": 1})
    place(world, simple("LAST", 1))
    refused = world.call("POST", "/v1/orders", simple("LAST", 1), key="late")
    assert (refused.status, refused.code) == (409, "out_of_stock")
    receive(world, "LAST", "hangzhou", 1)
    assert world.call("POST", "/v1/orders", simple("LAST", 1), key="late").status == 201


def test_an_event_of_a_parcel_that_is_not_sent_yet_waits_and_is_tried_again(world: World) -> None:
    order = place(world)
    must(pay(world, order))
    assert tell(world, "EARLY1", "picked_up").status == 202
    must(dispatch(world, fulfilments(order)[0], "EARLY1"))
    world.clock.advance(hours=1)
    world.tick()
    assert read(world, order["order_id"])["shipments"][0]["parcels"][0]["status"] == "picked_up"


def test_a_real_key_is_authorized_and_a_wrong_one_is_not(world: World) -> None:
    key = world.new_key(scopes=("orders:read",))
    assert world.call("GET", "/v1/orders?status=placed", client=key).status == 200
    assert world.call("POST", "/v1/orders", order_body(), key="k", client=key).code == "missing_scope"
    wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
    assert world.call("GET", "/v1/orders?status=placed", client=wrong).status == 401


def test_another_channels_client_does_not_see_the_order(world: World) -> None:
    order = place(world)
    other = Client("other", ("retail",))
    assert world.call("GET", f"/v1/orders/{order['order_id']}", client=other).status == 404
    assert world.call("POST", "/v1/orders", order_body(), key="k", client=other).code == "channel_not_allowed"


def test_a_function_sees_its_own_environment_and_no_other(world: World) -> None:
    with world.container("move_stock"):
        assert os.environ["SUPPLY_TABLE"] == "SupplyTable"
        assert "CUSTOMERS_TABLE" not in os.environ
        assert os.environ["AWS_REGION"] == "us-east-1"
    assert os.environ.get("SUPPLY_TABLE") != "SupplyTable"


def test_a_recording_has_every_call_with_what_it_cost(world: World) -> None:
    with world.record() as calls:
        place(world)
    commits = [call for call in calls if call.operation == "TransactWriteItems"]
    assert [call.function for call in commits] == ["commit_order"]
    assert commits[0].units.wru >= 2 * len(commits[0].request["TransactItems"])
    assert [call.function for call in calls if call.is_workflow] == [
        "price_order",
        "check_stock",
        "allocate_order",
        "commit_order",
    ]
    assert all(call.attempts == 1 and call.error is None for call in calls)


def test_a_webhook_that_is_not_signed_is_refused_and_leaves_nothing(world: World) -> None:
    assert world.call("POST", "/v1/carriers/generic/events", b"{}").code == "signature_invalid"
    assert world.queues[queue_url("CarrierEvents")] == []
