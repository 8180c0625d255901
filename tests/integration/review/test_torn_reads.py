"""DynamoDB's queries are read committed, item by item: while a transaction is being applied, one may see its header
and not yet its other items. What such a read decides must not be written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ordo.runtime import dynamo
from tests.support.shop import dispatch, fulfilments, must, order_body, pay, place, read, sell, simple, tell
from tests.support.world import World

pytestmark = pytest.mark.moto


def items_of(world: World, order_id: str) -> list[dict[str, Any]]:
    wanted = {":pk": {"S": order_id}}
    found = world.aws.query(
        TableName="OrdersTable", KeyConditionExpression="pk = :pk", ExpressionAttributeValues=wanted
    )
    return [dynamo.to_item(item) for item in found["Items"]]


@contextmanager
def one_torn_read(patch: pytest.MonkeyPatch, old: list[dict[str, Any]], prefix: str) -> Iterator[Callable[[], int]]:
    """The next read of an order sees items of `prefix` as in `old`, and the rest as it is now."""
    stale = {item["sk"]: item for item in old if item["sk"].startswith(prefix)}
    honest, torn = dynamo.query_all, list[int]()

    def query_all(table: str, pk: str, **options: Any) -> list[dict[str, Any]]:
        items = honest(table, pk, **options)
        if torn or not any(item["sk"] in stale for item in items):
            return items
        torn.append(1)
        return [stale.get(item["sk"], item) for item in items]

    with patch.context() as during:
        during.setattr(dynamo, "query_all", query_all)
        yield lambda: len(torn)


def shipped(world: World) -> dict[str, Any]:
    order = place(world, order_body(name="three-tees"))
    must(pay(world, order))
    must(dispatch(world, fulfilments(order)[0], "TORN1"))
    return order


def test_a_carrier_event_read_half_way_through_another_loses_neither(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = shipped(world)
    before = items_of(world, order["order_id"])
    must(tell(world, "TORN1", "picked_up", minutes=1))
    with one_torn_read(monkeypatch, before, "shipment#") as torn:
        must(tell(world, "TORN1", "in_transit", minutes=2))
        assert torn() == 1
    (shipment,) = read(world, order["order_id"])["shipments"]
    told = sorted(event["status"] for event in shipment["parcels"][0]["history"])
    assert told == ["in_transit", "picked_up"]


def test_units_delivered_in_another_parcel_are_not_forgotten_by_a_read_half_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell(world, "PART", {"hangzhou": 1, "shenzhen": 1})
    order = place(world, simple("PART", 2))
    must(pay(world, order))
    for number, fulfilment in enumerate(fulfilments(order)):
        must(dispatch(world, fulfilment, f"PART{number}"))
    before = items_of(world, order["order_id"])
    must(tell(world, "PART0", "delivered"))
    with one_torn_read(monkeypatch, before, "shipment#"):
        must(tell(world, "PART1", "delivered"))
    assert read(world, order["order_id"])["status"] == "delivered"


def test_an_order_that_is_never_read_whole_is_busy_not_wrong(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order = shipped(world)
    old = {item["sk"]: item for item in items_of(world, order["order_id"]) if item["sk"].startswith("shipment#")}
    must(tell(world, "TORN1", "picked_up"))
    honest = dynamo.query_all

    def torn(table: str, pk: str, **options: Any) -> list[dict[str, Any]]:
        return [old.get(item["sk"], item) for item in honest(table, pk, **options)]

    with monkeypatch.context() as during:
        during.setattr(dynamo, "query_all", torn)
        answer = world.call("GET", f"/v1/orders/{order['order_id']}")
    assert (answer.status, answer.code) == (503, "unavailable")


def test_work_read_half_way_through_a_step_is_counted_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order = place(world)
    must(pay(world, order))
    (fulfilment,) = fulfilments(order)
    before = items_of(world, order["order_id"])
    must(world.call("POST", f"/v1/fulfilments/{fulfilment}/accept"))
    with one_torn_read(monkeypatch, before, "fulfilment#"):
        must(world.call("POST", f"/v1/fulfilments/{fulfilment}/pick"))
    assert read(world, order["order_id"])["units"]["started"] == 3


def test_a_payment_read_half_way_through_its_first_report_is_booked_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = place(world)
    must(pay(world, order))
    with monkeypatch.context() as during:
        honest, torn = dynamo.query_all, list[int]()

        def without_payment(table: str, pk: str, **options: Any) -> list[dict[str, Any]]:
            items = honest(table, pk, **options)
            if torn:
                return items
            torn.append(1)
            return [item for item in items if not item["sk"].startswith("payment#")]

        during.setattr(dynamo, "query_all", without_payment)
        assert pay(world, order).status == 200
    assert read(world, order["order_id"])["balance"]["captured"]["amount"] == 25_000


def test_a_change_read_half_way_through_its_apply_is_not_applied_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = place(world)["order_id"]
    ship_to = {"country": "CN", "city": "杭州市", "line1": "文三路 2 号", "location": {"lat": 30.2, "lon": 120.1}}
    body = {"kind": "address", "reason": "Moved", "requested_by": "customer", "ship_to": ship_to}
    change = must(world.call("POST", f"/v1/orders/{order_id}/changes", body, key="a"))["change_id"]
    path = f"/v1/orders/{order_id}/changes/{change}"
    sk = f"change#{change}"
    before = next(item for item in items_of(world, order_id) if item["sk"] == sk)
    must(world.call("POST", f"{path}/apply"))
    with monkeypatch.context() as during:
        honest, torn = dynamo.get_item, list[int]()

        def get_item(table: str, pk: str, at: str, **options: Any) -> dict[str, Any] | None:
            if at == sk and not torn:
                torn.append(1)
                return before
            return honest(table, pk, at, **options)

        during.setattr(dynamo, "get_item", get_item)
        must(world.call("DELETE", path), 409)
    assert must(world.call("POST", f"{path}/apply"))["state"] == "applied"
