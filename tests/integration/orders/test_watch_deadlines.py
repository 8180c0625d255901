"""The watcher over real tables: orders, lanes and carrier events, and what cannot be settled."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from ordo.kernel.clock import to_iso
from ordo.orders.due_repository import DynamoDueIndex
from ordo.orders.layout import deadline_keys
from ordo.orders.watcher import MAX_TRIES
from ordo.runtime import dynamo
from tests.support.blueprint import queue_url
from tests.support.shop import dispatch, fulfilments, pay, place, read, tell
from tests.support.timing import START
from tests.support.world import World

pytestmark = pytest.mark.moto


def put(pk: str, sk: str, kind: str, **fields: Any) -> None:
    """An entry of the index that is due at the world's start."""
    keys = deadline_keys(pk, to_iso(START), kind)
    dynamo.write(dynamo.Put("OrdersTable", {"pk": pk, "sk": sk, **keys, **fields}))


def stored(pk: str, sk: str) -> dict[str, Any]:
    return dynamo.get_item("OrdersTable", pk, sk, consistent=True) or {}


def test_unpaid_orders_of_every_shard_are_cancelled_in_one_run(world: World) -> None:
    orders = [place(world) for _ in range(5)]
    paid = place(world)
    pay(world, paid)
    world.clock.advance(days=1, minutes=1)
    assert world.tick() == {"settled": 6, "failed": 0, "parked": 0, "finished": True}
    assert {read(world, order["order_id"])["cancel_reason"] for order in orders} == {"unpaid"}
    others = read(world, paid["order_id"])
    assert (others["status"], others["standing"]) == ("released", "jeopardy")  # it should have left by now
    assert world.tick()["settled"] == 0


def test_a_delivered_order_completes_after_its_days(world: World) -> None:
    order = place(world)
    pay(world, order)
    dispatch(world, fulfilments(order)[0], "T-1")
    tell(world, "T-1", "delivered")
    world.clock.advance(days=8)
    world.tick()
    assert read(world, order["order_id"])["status"] == "completed"


def test_an_overdue_dispatch_is_counted_once_a_day(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    order = place(world)
    pay(world, order)
    world.clock.advance(days=4)
    capsys.readouterr()
    for _ in range(3):
        world.tick()
    assert capsys.readouterr().out.count("OverdueOrders") >= 1
    events = world.call("GET", f"/v1/orders/{order['order_id']}/timeline").body["events"]
    assert [each["event"]["type"] for each in events].count("order.overdue") == 1
    assert stored(order["order_id"], "order")["deadline_at"] > to_iso(START + timedelta(days=4, hours=23))


def test_a_due_lane_is_told_to_the_deliverer_once_and_again_minutes_later(world: World) -> None:
    put("lane#ep-1", "ord_1", "lane")
    for minutes in (1, 2, 7):
        world.tick(START + timedelta(minutes=minutes))
    told = [json.loads(message.body) for message in world.queues[queue_url("Webhooks")]]
    assert told == [{"endpoint_id": "ep-1", "order_id": "ord_1"}] * 2


def test_a_carrier_event_that_waited_reaches_its_shipment(world: World) -> None:
    order = place(world)
    pay(world, order)
    assert tell(world, "T-1", "picked_up").status < 300
    dispatch(world, fulfilments(order)[0], "T-1")
    world.clock.advance(hours=1)
    world.tick()
    parcel = read(world, order["order_id"])["shipments"][0]["parcels"][0]
    assert parcel["status"] == "picked_up"


def test_a_broken_entry_stops_nobody_and_is_parked_at_last(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    put("ord_of_nobody", "order", "order", secret="文三路")
    order = place(world)
    world.clock.advance(days=1, minutes=1)
    assert world.tick() == {"settled": 1, "failed": 1, "parked": 0, "finished": True}
    assert read(world, order["order_id"])["status"] == "cancelled"
    for _ in range(MAX_TRIES - 1):
        assert stored("ord_of_nobody", "order")["deadline_shard"].startswith("due#")
        world.clock.advance(hours=1, minutes=1)
        report = world.tick()
    assert report["parked"] == 1
    found = stored("ord_of_nobody", "order")
    assert (found["deadline_shard"], found["due_tries"], found["secret"]) == ("parked", MAX_TRIES, "文三路")
    assert found["parked"]
    told = capsys.readouterr()
    assert "OrderParked" in told.out
    assert "文三路" not in told.out + told.err
    world.clock.advance(days=3)
    assert world.tick()["failed"] == 0


def test_what_was_parked_is_redriven(world: World) -> None:
    put("ord_of_nobody", "order", "order")
    index = DynamoDueIndex("OrdersTable")
    item = next(item for shard in range(8) for item in index.due(shard, to_iso(START), 9))
    assert index.park(item, to_iso(START), MAX_TRIES)
    assert world.invoke("watch_deadlines", {"redrive": 10}) == {"redriven": [["ord_of_nobody", "order"]]}
    found = stored("ord_of_nobody", "order")
    assert "parked" not in found
    assert "due_tries" not in found
    assert world.tick()["failed"] == 1


def test_an_order_that_moves_on_its_own_is_unparked_by_that(world: World) -> None:
    order = place(world)
    index = DynamoDueIndex("OrdersTable")
    item = next(item for shard in range(8) for item in index.due(shard, "~", 9))
    index.park(item, to_iso(START), MAX_TRIES)
    assert read(world, order["order_id"])["parked"] == to_iso(START)
    pay(world, order)
    assert read(world, order["order_id"])["parked"] is None
    found = stored(order["order_id"], "order")
    assert found["deadline_shard"].startswith("due#")
    assert "due_tries" not in found


def test_an_entry_that_was_moved_meanwhile_is_neither_pushed_nor_parked(world: World) -> None:
    put("lane#ep-1", "ord_1", "lane")
    index = DynamoDueIndex("OrdersTable")
    item = next(item for shard in range(8) for item in index.due(shard, to_iso(START), 9))
    later = to_iso(START + timedelta(days=1))
    assert index.push(item, later)
    assert not index.push(item, to_iso(START))
    assert not index.park(item, to_iso(START), 1)
    assert stored("lane#ep-1", "ord_1")["deadline_at"] == later
