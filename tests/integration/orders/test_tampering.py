"""What somebody does to the tables behind Ordo's back is named: by the header, by files, by the daily anchor."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.clock import system_clock
from ordo.orders.anchor_repository import ObjectAnchors
from ordo.orders.anchors import latest_anchor, verify_anchors
from ordo.orders.model import shipment_id
from tests.support.events import SCHEDULED
from tests.support.lambdas import running
from tests.support.shop import dispatch, fulfilments, must, pay, place
from tests.support.uploads import ANCHORS, photo, proof
from tests.support.world import World

Item = dict[str, Any]


@pytest.fixture
def order(world: World) -> str:
    """Placed, paid, sent, proven with a photo: four events; published and anchored."""
    placed = place(world)
    must(pay(world, placed))
    must(dispatch(world, fulfilments(placed)[0], "P1"))
    shipment = shipment_id(placed["order_id"], 1)
    must(world.call("POST", f"/v1/shipments/{shipment}/proof", proof(photos=[photo(world, shipment)]), key="p"))
    world.publish()
    order_id: str = placed["order_id"]
    return order_id


def anchored(world: World) -> dict[str, Any]:
    run: dict[str, Any] = world.invoke("anchor_timelines", SCHEDULED)
    assert run["finished"]
    return run


def found(world: World, order_id: str) -> list[tuple[str, int | None]]:
    told = must(world.call("GET", f"/v1/orders/{order_id}/timeline?verify=true"))
    assert told["verified"] == (not told["findings"])
    return [(each["kind"], each["seq"]) for each in told["findings"]]


def stored(world: World, order_id: str, sk: str) -> Item:
    item: Item = world.aws.get_item(TableName="OrdersTable", Key={"pk": {"S": order_id}, "sk": {"S": sk}})["Item"]
    return item


def put(world: World, item: Item, **changes: str) -> None:
    world.aws.put_item(TableName="OrdersTable", Item={**item, **{name: {"S": text} for name, text in changes.items()}})


def event(world: World, order_id: str, seq: int) -> Item:
    return stored(world, order_id, f"event#{seq:06d}")


def changed(world: World, order_id: str) -> None:
    item = event(world, order_id, 2)
    body = item["body"]["S"].replace('"captured"', '"refunded"')
    put(world, item, body=body, hash=sha256_hex(body))


def removed(world: World, order_id: str) -> None:
    world.aws.delete_item(TableName="OrdersTable", Key={"pk": {"S": order_id}, "sk": {"S": "event#000003"}})


def swapped(world: World, order_id: str) -> None:
    one, other = event(world, order_id, 2), event(world, order_id, 3)
    put(world, one, body=other["body"]["S"], hash=other["hash"]["S"])
    put(world, other, body=one["body"]["S"], hash=one["hash"]["S"])


def appended(world: World, order_id: str) -> None:
    last = event(world, order_id, 4)
    fields = json.loads(last["body"]["S"]) | {"seq": 5, "prev_hash": last["hash"]["S"]}
    body = canonical_json(fields)
    put(world, last, sk="event#000005", body=body, hash=sha256_hex(body))


def truncated(world: World, order_id: str) -> None:
    world.aws.delete_item(TableName="OrdersTable", Key={"pk": {"S": order_id}, "sk": {"S": "event#000004"}})


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (changed, {("changed", 2)}),
        (removed, {("removed", 3)}),
        (swapped, {("swapped", 2), ("swapped", 3)}),
        (appended, {("appended", 5)}),
        (truncated, {("truncated", 4)}),
    ],
)
def test_each_is_named_with_its_number(
    world: World, order: str, tamper: Callable[[World, str], None], expected: set[tuple[str, int]]
) -> None:
    assert found(world, order) == []
    tamper(world, order)
    assert set(found(world, order)) - {("file_missing", 5)} == expected


def rewrite(world: World, order_id: str, upto: int) -> None:
    """Write the first `upto` events anew, each linked to the one before, and the header with them."""
    previous = "0" * 64
    for seq in range(1, upto + 1):
        item = event(world, order_id, seq)
        fields = json.loads(item["body"]["S"]) | {"prev_hash": previous, "reason": "forged"}
        body = canonical_json(fields)
        previous = sha256_hex(body)
        put(world, item, body=body, hash=previous)
    for seq in range(upto + 1, 5):
        world.aws.delete_item(TableName="OrdersTable", Key={"pk": {"S": order_id}, "sk": {"S": f"event#{seq:06d}"}})
    header = stored(world, order_id, "order")
    put(world, {**header, "seq": {"N": str(upto)}}, head_hash=previous)


def test_a_chain_that_is_written_anew_with_its_header_shows_only_by_the_anchor(world: World, order: str) -> None:
    go_back = world.checkpoint()
    rewrite(world, order, 4)
    assert found(world, order) == []
    go_back()
    run = anchored(world)
    assert run["orders"] == 1
    assert found(world, order) == []
    rewrite(world, order, 4)
    assert found(world, order) == [("rewritten", 4)]
    rewrite(world, order, 3)
    assert ("truncated", 4) in found(world, order)


def test_a_day_on_only_what_changed_is_anchored_and_the_roots_follow_each_other(world: World, order: str) -> None:
    for _ in range(2):  # the second time what was published in the hour before the first
        first = anchored(world)
        world.clock.advance(hours=2)
    assert anchored(world)["root"] is None
    other = place(world)
    world.publish()
    world.clock.advance(days=1)
    second = anchored(world)
    assert (second["orders"], first["root"] < second["root"]) == (1, True)
    with running("anchor_timelines"):
        store = ObjectAnchors(ANCHORS)
        assert verify_anchors(store) == []
        last = [latest_anchor(store, each) for each in (order, other["order_id"], "ord_none")]
        assert [each and each.seq for each in last] == [4, 1, None]
        (kept, *_) = [key for key in world.edge.objects.kept if key[1].startswith("heads/")]
        world.edge.objects.kept[kept] = b"{}"
        assert verify_anchors(store) == [f"{kept[1]} was replaced"]
        del world.edge.objects.kept[ANCHORS, second["root"]], world.edge.objects.kept[kept]
        assert verify_anchors(store) == [f"{kept[1]} is missing"]


def test_a_run_that_broke_off_is_made_up_for_by_the_next(world: World, order: str) -> None:
    anchored(world)
    roots = [key for key in world.edge.objects.kept if key[1].startswith("roots/")]
    for key in roots:
        del world.edge.objects.kept[key]
    world.clock.set(system_clock() + timedelta(days=1))
    assert anchored(world)["orders"] == 1


def test_an_event_that_came_after_the_anchor_is_no_finding(world: World, order: str) -> None:
    anchored(world)
    must(world.call("POST", f"/v1/orders/{order}/receipt-confirmation"))
    told = must(world.call("GET", f"/v1/orders/{order}/timeline?verify=true"))
    assert (told["findings"], told["head_seq"], told["anchor"]["seq"]) == ([], 5, 4)
