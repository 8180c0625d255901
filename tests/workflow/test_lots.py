"""Lots with expiry over the API: received, picked first expired first, given back, moved, expired; they add up.

The world's clock begins on 2026-03-01 (UTC), and the sample shop's nodes say no time zone unless a test does.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from ordo.kernel.clock import system_clock
from ordo.orders.repository import DynamoOrderRepository
from tests.support.api import Answer
from tests.support.events import SCHEDULED
from tests.support.shop import cancel, dispatch, fulfilments, must, order_body, pay, place, read, simple
from tests.support.world import World

NODE = "hangzhou"
_numbers = count(1)


def day(days: int) -> str:
    """An ISO date so many days from now."""
    return (system_clock().date() + timedelta(days=days)).isoformat()


def sold_by_lot(world: World, min_days: int = 0, sku: str = "MILK") -> None:
    product = {"name": {"en": sku}, "prices": {"cny-retail": 1000}, "lots": {"min_days": min_days}}
    must(world.call("PUT", f"/v1/products/{sku}", product))
    world.clock.advance(minutes=1)


def move(world: World, kind: str, quantity: int, *, sku: str = "MILK", node: str = NODE, **fields: Any) -> Answer:
    body = {"movement_id": f"lot-{next(_numbers)}", "kind": kind, "sku": sku, "node_id": node, "quantity": quantity}
    return world.call("POST", "/v1/stock/movements", {"reason": "test", **body, **fields})


def receive_lot(world: World, quantity: int, lot: str, expires_on: str | None, **fields: Any) -> None:
    dated = {"expires_on": expires_on} if expires_on else {}
    must(move(world, "receive", quantity, lot=lot, **dated, **fields))


def lots(world: World, sku: str = "MILK", node: str = NODE) -> list[tuple[str, str | None, int]]:
    nodes = must(world.call("GET", f"/v1/stock/{sku}"))["nodes"]
    there = [lot for each in nodes if each["node_id"] == node for lot in each["lots"]]
    return [(lot["lot"], lot["expires_on"], lot["units"]) for lot in there]


def counter(world: World, sku: str = "MILK", node: str = NODE) -> tuple[int, int, int]:
    """(on hand, reserved, available)."""
    nodes = {each["node_id"]: each for each in must(world.call("GET", f"/v1/stock/{sku}"))["nodes"]}
    return nodes[node]["on_hand"], nodes[node]["reserved"], nodes[node]["available"]


def ordered(world: World, quantity: int, sku: str = "MILK") -> str:
    """A paid order's fulfilment."""
    order = place(world, simple(sku, quantity))
    must(pay(world, order, reference=f"paid-{next(_numbers)}"))
    (fulfilment,) = fulfilments(order)
    return fulfilment


def pick(world: World, fulfilment: str, body: Any = None) -> Answer:
    return world.call("POST", f"/v1/fulfilments/{fulfilment}/pick", body)


def picked(answer: Answer) -> list[tuple[str, str | None, int]]:
    return [(lot["lot"], lot["expires_on"], lot["quantity"]) for lot in must(answer)["lots"]]


def differences(world: World) -> list[tuple[str, int, int]]:
    report = world.invoke("verify_stock", SCHEDULED)
    assert report["finished"]
    return [(each["what"], each["counters"], each["expected"]) for each in report["differences"]]


@pytest.fixture
def milk(world: World) -> World:
    """Ten units in each of three lots, received in another order than they expire."""
    sold_by_lot(world)
    for lot, days in (("B", 20), ("A", 10), ("C", 30)):
        receive_lot(world, 10, lot, day(days))
    return world


def test_what_expires_first_is_picked_first(milk: World) -> None:
    fulfilment = ordered(milk, 13)
    assert lots(milk) == [("A", day(10), 10), ("B", day(20), 10), ("C", day(30), 10)]
    assert picked(pick(milk, fulfilment)) == [("A", day(10), 10), ("B", day(20), 3)]
    assert lots(milk) == [("B", day(20), 7), ("C", day(30), 10)]
    assert counter(milk) == (30, 13, 17)
    assert differences(milk) == []
    must(dispatch(milk, fulfilment, "GEN1"))
    assert lots(milk) == [("B", day(20), 7), ("C", day(30), 10)]
    assert counter(milk) == (17, 0, 17)
    assert differences(milk) == []


def test_the_lots_are_told_with_the_order_its_events_and_the_ledger(milk: World) -> None:
    fulfilment = ordered(milk, 11)
    must(pick(milk, fulfilment))
    must(dispatch(milk, fulfilment, "GEN1"))
    told = [
        {"sku": "MILK", "lot": "A", "expires_on": day(10), "quantity": 10},
        {"sku": "MILK", "lot": "B", "expires_on": day(20), "quantity": 1},
    ]
    order = "ord_" + fulfilment.split("_")[1]
    assert read(milk, order)["fulfilments"][0]["lots"] == told
    history = must(milk.call("GET", f"/v1/orders/{order}/timeline"))["events"]
    events = {each["event"]["type"]: each["event"]["data"] for each in history}
    assert events["fulfilment.picked"]["lots"] == events["shipment.dispatched"]["lots"] == told
    rows = must(milk.call("GET", f"/v1/stock/movements?sku=MILK&node={NODE}"))["movements"]
    assert [(lot["lot"], lot["units"]) for lot in rows[-1]["lots"]] == [("A", -10), ("B", -1)]
    assert [(lot["lot"], lot["units"]) for lot in rows[0]["lots"]] == [("B", 10)]


@pytest.mark.parametrize("step", ["pack", "dispatch"])
def test_who_skips_picking_picks_with_the_next_step(milk: World, step: str) -> None:
    fulfilment = ordered(milk, 4)
    if step == "pack":
        assert picked(milk.call("POST", f"/v1/fulfilments/{fulfilment}/pack")) == [("A", day(10), 4)]
    assert picked(dispatch(milk, fulfilment, "GEN1")) == [("A", day(10), 4)]
    assert lots(milk)[0] == ("A", day(10), 6)
    assert counter(milk) == (26, 0, 26)
    assert differences(milk) == []


def test_a_repeated_pick_takes_nothing_more(milk: World) -> None:
    fulfilment = ordered(milk, 4)
    first = picked(pick(milk, fulfilment))
    assert picked(pick(milk, fulfilment)) == first
    assert lots(milk)[0] == ("A", day(10), 6)


def test_a_node_may_name_the_lots_that_it_took(milk: World) -> None:
    fulfilment = ordered(milk, 4)
    named = [
        {"sku": "MILK", "lot": "C", "expires_on": day(30), "quantity": 3},
        {"sku": "MILK", "lot": "A", "expires_on": day(10), "quantity": 1},
    ]
    assert sorted(picked(pick(milk, fulfilment, {"lots": named}))) == [("A", day(10), 1), ("C", day(30), 3)]
    assert picked(pick(milk, fulfilment, {"lots": named}))
    other = pick(milk, fulfilment, {"lots": [{"sku": "MILK", "lot": "B", "expires_on": day(20), "quantity": 4}]})
    assert (other.status, other.code) == (409, "not_allowed_now")
    assert differences(milk) == []


@pytest.mark.parametrize(
    ("named", "code", "pointer"),
    [
        ([{"sku": "MILK", "lot": "A", "quantity": 4}], "lots_short", "/lots"),
        ([{"sku": "MILK", "lot": "A", "expires_on": "2026-13-01", "quantity": 4}], "invalid_request", None),
        ([{"sku": "MILK", "lot": "A", "quantity": 3}], "invalid_request", "/lots"),
        ([{"sku": "OTHER", "lot": "A", "quantity": 4}], "invalid_request", "/lots/0/sku"),
        ([{"sku": "MILK", "lot": "A", "quantity": 2}] * 2, "invalid_request", ""),
    ],
)
def test_named_lots_that_do_not_fit_are_refused_and_nothing_is_picked(
    milk: World, named: list[dict[str, Any]], code: str, pointer: str | None
) -> None:
    fulfilment = ordered(milk, 4)
    refused = pick(milk, fulfilment, {"lots": named})
    assert refused.code == code
    assert pointer is None or refused.body["pointer"] == pointer
    assert [units for _, _, units in lots(milk)] == [10, 10, 10]


def test_lots_that_are_too_near_are_not_picked_and_the_refusal_says_what_lacks(world: World) -> None:
    sold_by_lot(world, min_days=7)
    receive_lot(world, 5, "NEAR", day(6))
    receive_lot(world, 3, "FAR", day(7))
    fulfilment = ordered(world, 4)
    refused = pick(world, fulfilment)
    assert (refused.status, refused.code) == (409, "lots_short")
    assert refused.body["facts"] == {"lots": [{"sku": "MILK", "node_id": NODE, "wanted": 4, "there": 3}]}
    assert dispatch(world, fulfilment, "GEN1").code == "lots_short"
    receive_lot(world, 1, "FAR", None)
    assert picked(pick(world, fulfilment)) == [("FAR", day(7), 4)]


def test_cancelling_a_picked_order_puts_its_units_back_to_their_lots(milk: World) -> None:
    fulfilment = ordered(milk, 12)
    must(pick(milk, fulfilment))
    order = "ord_" + fulfilment.split("_")[1]
    must(cancel(milk, order, requested_by="staff")[1])
    assert lots(milk) == [("A", day(10), 10), ("B", day(20), 10), ("C", day(30), 10)]
    assert counter(milk) == (30, 0, 30)
    assert read(milk, order)["fulfilments"][0]["lots"] == []
    assert differences(milk) == []


def test_stock_from_before_there_were_lots_is_the_lot_without_a_name(world: World) -> None:
    must(world.call("PUT", "/v1/products/MILK", {"name": {"en": "Milk"}, "prices": {"cny-retail": 1000}}))
    must(move(world, "receive", 6))
    world.clock.advance(minutes=1)
    before = ordered(world, 2)
    must(pick(world, before))
    receive_lot(world, 4, "A", day(10))
    assert lots(world) == [("A", day(10), 4), ("", None, 6)]
    assert differences(world) == []
    assert picked(dispatch(world, before, "GEN1")) == [("A", day(10), 2)]
    assert counter(world) == (8, 0, 8)
    assert differences(world) == []


def test_a_lot_product_keeps_lots_even_when_nobody_names_one(world: World) -> None:
    sold_by_lot(world)
    must(move(world, "receive", 5))
    assert lots(world) == [("", None, 5)]


def test_stock_without_lots_is_as_ever(world: World) -> None:
    must(world.call("PUT", "/v1/products/MUG", {"name": {"en": "Mug"}, "prices": {"cny-retail": 1000}}))
    must(move(world, "receive", 5, sku="MUG"))
    world.clock.advance(minutes=1)
    fulfilment = ordered(world, 2, "MUG")
    assert picked(pick(world, fulfilment)) == []
    must(dispatch(world, fulfilment, "GEN1"))
    assert lots(world, "MUG") == []


def test_movements_take_what_expires_first_or_the_lot_that_they_name(milk: World) -> None:
    must(move(milk, "damage", 12))
    assert lots(milk) == [("B", day(20), 8), ("C", day(30), 10)]
    must(move(milk, "damage", 4, lot="C"))
    must(move(milk, "adjust", -1, lot="C"))
    must(move(milk, "adjust", 2, lot="C"))
    assert lots(milk) == [("B", day(20), 8), ("C", day(30), 7)]
    must(move(milk, "count", 5, lot="C"))
    assert counter(milk) == (13, 0, 13)
    must(move(milk, "count", 12))
    assert lots(milk) == [("B", day(20), 7), ("C", day(30), 5)]
    must(move(milk, "return", 1, lot="B"))
    must(move(milk, "return", 1))
    assert lots(milk) == [("B", day(20), 8), ("C", day(30), 5), ("", None, 1)]
    assert differences(milk) == []


def test_a_transfer_carries_its_lots_over(milk: World) -> None:
    must(move(milk, "transfer", 12, to_node_id="shenzhen"))
    assert lots(milk) == [("B", day(20), 8), ("C", day(30), 10)]
    assert lots(milk, node="shenzhen") == [("A", day(10), 10), ("B", day(20), 2)]
    must(move(milk, "transfer", 1, to_node_id="shenzhen", lot="C"))
    assert lots(milk, node="shenzhen")[-1] == ("C", day(30), 1)
    assert differences(milk) == []


@pytest.mark.parametrize(
    ("kind", "quantity", "fields", "code", "pointer"),
    [
        ("damage", 11, {"lot": "A"}, "lots_short", "/lot"),
        ("damage", 1, {"lot": "NONE"}, "lots_short", "/lot"),
        ("damage", 31, {}, "lots_short", "/quantity"),
        ("receive", 1, {"lot": "A", "expires_on": "2031-01-01"}, "stock_movement_refused", "/expires_on"),
        ("receive", 1, {"lot": "X", "expires_on": "2026-02-30"}, "invalid_request", "/expires_on"),
        ("receive", 1, {"lot": "#1"}, "invalid_request", "/lot"),
        ("safety", 1, {"lot": "A"}, "invalid_request", ""),
    ],
)
def test_a_movement_that_does_not_fit_its_lot_is_refused_and_changes_nothing(
    milk: World, kind: str, quantity: int, fields: dict[str, Any], code: str, pointer: str
) -> None:
    refused = move(milk, kind, quantity, **fields)
    assert (refused.code, refused.body["pointer"]) == (code, pointer)
    assert [units for _, _, units in lots(milk)] == [10, 10, 10]
    assert counter(milk) == (30, 0, 30)


def test_what_is_picked_is_in_no_lot_that_could_break(milk: World) -> None:
    must(pick(milk, ordered(milk, 25)))
    refused = move(milk, "adjust", -6)
    assert (refused.code, refused.body["facts"]["lots"][0]["there"]) == ("lots_short", 5)


def test_a_movement_of_a_lot_counts_once_and_its_id_is_of_that_lot(milk: World) -> None:
    body = {"movement_id": "once", "kind": "damage", "sku": "MILK", "node_id": NODE, "quantity": 10, "reason": "test"}
    for _ in range(2):
        must(milk.call("POST", "/v1/stock/movements", {**body, "lot": "A"}))
    assert milk.call("POST", "/v1/stock/movements", {**body, "lot": "B"}).code == "movement_reused"
    assert [units for _, _, units in lots(milk)] == [10, 10]


def test_what_may_not_be_picked_any_more_leaves_the_books_at_night_and_is_told_once(milk: World) -> None:
    sold_by_lot(milk, min_days=5)
    ordered(milk, 25)
    milk.clock.advance(days=6)
    assert differences(milk) == []
    assert lots(milk) == [("B", day(14), 10), ("C", day(24), 10)]
    assert counter(milk) == (20, 25, -5)
    row = must(milk.call("GET", f"/v1/stock/movements?sku=MILK&node={NODE}"))["movements"][-1]
    assert (row["kind"], row["reason"], row["on_hand_delta"], row["actor"]) == ("expire", "expired", -10, "ordo")
    assert row["lots"] == [{"sku": "MILK", "node_id": NODE, "lot": "A", "expires_on": day(4), "units": -10}]
    for _ in range(2):
        assert differences(milk) == []
    milk.pump()
    told = [each["detail"] for each in milk.bus if each["detail-type"] == "stock.expired"]
    assert [each["data"] for each in told] == [{"lot": "A", "expires_on": day(4), "units": 10, "days_left": 4}]
    refused = milk.call("POST", "/v1/orders", order_body(("MILK", 1, {})), key="too-late")
    assert refused.code == "out_of_stock"


def test_units_that_come_back_to_a_lot_that_is_over_leave_the_night_after(milk: World) -> None:
    fulfilment = ordered(milk, 10)
    must(pick(milk, fulfilment))
    milk.clock.advance(days=11)
    assert differences(milk) == []
    assert counter(milk) == (30, 10, 20)
    must(cancel(milk, "ord_" + fulfilment.split("_")[1], requested_by="staff")[1])
    assert lots(milk)[0] == ("A", day(-1), 10)
    assert differences(milk) == []
    assert counter(milk) == (20, 0, 20)


def test_the_day_is_that_of_the_node(world: World) -> None:
    sold_by_lot(world)
    node = must(world.call("GET", f"/v1/nodes/{NODE}"))
    hours = {"time_zone": "Asia/Shanghai", "weekly": {"mon": ["00:00-24:00"]}}
    body = {name: value for name, value in node.items() if name not in ("node_id", "version", "warnings")}
    must(world.call("PUT", f"/v1/nodes/{NODE}", {**body, "hours": hours}))
    world.clock.set(world.clock.present.replace(hour=17))  # 01:00 of the next day there
    receive_lot(world, 1, "TODAY", day(0))
    receive_lot(world, 1, "TOMORROW", day(1))
    assert differences(world) == []
    assert lots(world) == [("TOMORROW", day(1), 1)]


def test_a_variant_is_kept_by_lot_as_its_product_says(world: World) -> None:
    product = {
        "name": {"en": "Yoghurt"},
        "options": [{"axis": "size", "values": ["S", "L"]}],
        "variants": [{"sku": "YOG-S", "options": {"size": "S"}}, {"sku": "YOG-L", "options": {"size": "L"}}],
        "prices": {"cny-retail": 1000},
        "lots": {"min_days": 3},
    }
    must(world.call("PUT", "/v1/products/YOG", product))
    world.clock.advance(minutes=1)
    must(move(world, "receive", 4, sku="YOG-S"))
    must(move(world, "receive", 4, sku="YOG-S", lot="NEAR", expires_on=day(2)))
    must(move(world, "receive", 4, sku="YOG-S", lot="GOOD", expires_on=day(3)))
    order = place(world, order_body(("YOG", 5, {"size": "S"})))
    must(pay(world, order))
    assert picked(pick(world, fulfilments(order)[0])) == [("GOOD", day(3), 4), ("", None, 1)]
    assert differences(world) == []
    assert lots(world, "YOG-S") == [("", None, 3)]


@pytest.mark.parametrize("change", ["ADD #units :one", "ADD #units :less"])
def test_a_lot_that_does_not_add_up_is_found(milk: World, change: str) -> None:
    milk.aws.update_item(
        TableName="SupplyTable",
        Key={"pk": {"S": f"lots#MILK#{NODE}"}, "sk": {"S": f"lot#{day(10)}#A"}},
        UpdateExpression=change,
        ExpressionAttributeNames={"#units": "units"},
        ExpressionAttributeValues={":one": {"N": "1"}} if "one" in change else {":less": {"N": "-1"}},
    )
    assert differences(milk) == [("lots", 31 if "one" in change else 29, 30)]


def test_a_lot_that_is_taken_between_reading_and_writing_is_chosen_again(
    milk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fulfilment = ordered(milk, 4)
    commit = DynamoOrderRepository.commit
    moved: list[Any] = []

    def overtaken(self: DynamoOrderRepository, written: Any) -> None:
        if not moved:
            moved.append(must(move(milk, "damage", 8, lot="A")))
        commit(self, written)

    monkeypatch.setattr(DynamoOrderRepository, "commit", overtaken)
    assert picked(pick(milk, fulfilment)) == [("A", day(10), 2), ("B", day(20), 2)]
    assert differences(milk) == []


def test_a_dispatch_that_lots_begin_under_takes_of_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    must(world.call("PUT", "/v1/products/MILK", {"name": {"en": "Milk"}, "prices": {"cny-retail": 1000}}))
    must(move(world, "receive", 6))
    world.clock.advance(minutes=1)
    fulfilment = ordered(world, 2)
    commit = DynamoOrderRepository.commit
    begun: list[str] = []

    def overtaken(self: DynamoOrderRepository, written: Any) -> None:
        if not begun:
            begun.append("A")
            receive_lot(world, 1, "A", day(3))
        commit(self, written)

    monkeypatch.setattr(DynamoOrderRepository, "commit", overtaken)
    assert picked(dispatch(world, fulfilment, "GEN1")) == [("A", day(3), 1), ("", None, 1)]
    assert lots(world) == [("", None, 5)]
    assert differences(world) == []
