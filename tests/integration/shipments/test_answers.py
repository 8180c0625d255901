"""A node that rejects its work or picks short: the units are sourced again at once, or are an incident of the order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.audit import audit, items
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
from tests.support.world import Answer, World

pytestmark = pytest.mark.moto

CLOSED = {"reason": "closed"}


def paid(world: World, sku: str, quantity: int) -> dict[str, Any]:
    """A released order of one product."""
    order = place(world, simple(sku, quantity))
    must(pay(world, order))
    return order


def reject(world: World, fulfilment: str, **body: Any) -> Answer:
    return world.call("POST", f"/v1/fulfilments/{fulfilment}/reject", {**CLOSED, **body})


def pick_short(world: World, fulfilment: str, quantity: int, reason: str = "missing", line_id: str = "1") -> Answer:
    body = {"short": [{"line_id": line_id, "quantity": quantity}], "reason": reason}
    return world.call("POST", f"/v1/fulfilments/{fulfilment}/pick", body)


def source_again(world: World, incident: str) -> Answer:
    return world.call("POST", f"/v1/incidents/{incident}/sourcing")


def shelf(world: World, sku: str) -> dict[str, tuple[int, int]]:
    nodes = must(world.call("GET", f"/v1/stock/{sku}"))["nodes"]
    return {node["node_id"]: (node["on_hand"], node["reserved"]) for node in nodes}


def parts(order: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [
        (each["node_id"], each["state"], sum(line["quantity"] for line in each["lines"]))
        for each in order["fulfilments"]
    ]


def resourcing(world: World, **policy: Any) -> None:
    present = must(world.call("GET", "/v1/channels/web"))
    must(world.call("PUT", "/v1/channels/web", present | {"resourcing": policy}))
    world.clock.advance(minutes=1)


def load(world: World, node: str) -> int | None:
    found = [item["open_units"] for item in items("SupplyTable") if item["pk"] == f"load#{node}"]
    return found[0] if found else None


def test_what_a_node_rejects_goes_to_another_at_once(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 3, "shenzhen": 3})
    order = paid(world, "LAMP", 2)
    answer = must(reject(world, fulfilments(order)[0], note="Flooded"))
    assert (answer["state"], answer["incident"]) == ("rejected", None)
    shown = read(world, order["order_id"])
    assert parts(shown) == [("hangzhou", "rejected", 2), ("shenzhen", "open", 2)]
    assert shelf(world, "LAMP") == {"hangzhou": (3, 0), "shenzhen": (3, 2)}
    assert (shown["status"], shown["incidents"]) == ("released", [])
    (later,) = shown["later_plans"]
    told = {each["node_id"]: each.get("removed") for each in later["plan"]["candidates"]}
    assert (told["hangzhou"], told["shenzhen"]) == ("rejected", None)
    assert audit() == []


def test_the_same_rejection_again_changes_nothing(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 3, "shenzhen": 3})
    order = paid(world, "LAMP", 2)
    first = must(reject(world, fulfilments(order)[0]))
    assert must(reject(world, fulfilments(order)[0])) == first
    assert shelf(world, "LAMP") == {"hangzhou": (3, 0), "shenzhen": (3, 2)}


def test_what_nobody_gives_is_one_incident_with_owner_and_deadline(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 3, "shenzhen": 1})
    resourcing(world, incident_hours=6, owner="shop-floor")
    order = paid(world, "LAMP", 2)
    answer = must(reject(world, fulfilments(order)[0]))
    shown = read(world, order["order_id"])
    assert parts(shown) == [("hangzhou", "rejected", 2), ("shenzhen", "open", 1)]
    (incident,) = shown["incidents"]
    assert incident["incident_id"] == answer["incident"]
    assert (incident["kind"], incident["state"], incident["owner"]) == ("short", "open", "shop-floor")
    assert [line["quantity"] for line in incident["lines"]] == [1]
    assert shown["deadlines"]["incident"] == incident["deadline"]
    # The other node rejects too: the incident is the same, and larger.
    again = must(reject(world, shown["fulfilments"][1]["fulfilment_id"]))
    assert again["incident"] == incident["incident_id"]
    (larger,) = read(world, order["order_id"])["incidents"]
    assert [line["quantity"] for line in larger["lines"]] == [2]
    assert (larger["deadline"], len(larger["causes"])) == (incident["deadline"], 2)
    assert shelf(world, "LAMP") == {"hangzhou": (3, 0), "shenzhen": (1, 0)}
    assert audit() == []


def test_an_incident_is_escalated_when_its_deadline_has_passed(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 3})
    resourcing(world, incident_hours=6)
    order = paid(world, "LAMP", 2)
    must(reject(world, fulfilments(order)[0]))
    world.clock.advance(hours=7)
    world.tick()
    last = must(world.call("GET", f"/v1/orders/{order['order_id']}/timeline"))["events"][-1]["event"]
    assert (last["type"], last["data"]["former_owner"]) == ("incident.escalated", "operations")
    assert (last["data"]["owner"], last["data"]["level"]) == ("manager", 1)


def test_staff_source_an_incident_again_of_any_node(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 3})
    order = paid(world, "LAMP", 3)
    incident = must(reject(world, fulfilments(order)[0]))["incident"]
    solved = must(source_again(world, incident))  # the node that rejected it is asked again
    assert (solved["state"], solved["resolution"]) == ("resolved", "sourced")
    shown = read(world, order["order_id"])
    assert parts(shown) == [("hangzhou", "rejected", 3), ("hangzhou", "open", 3)]
    assert "incident" not in shown["deadlines"]
    assert must(source_again(world, incident)) == solved
    must(dispatch(world, shown["fulfilments"][1]["fulfilment_id"], "L1"))
    must(tell(world, "L1", "delivered"))
    assert read(world, order["order_id"])["status"] == "delivered"
    assert audit() == []


def test_an_incident_of_which_a_part_comes_stays_open_for_the_rest(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 3})
    order = paid(world, "LAMP", 3)
    incident = must(pick_short(world, fulfilments(order)[0], 2))["incident"]
    refused = source_again(world, incident)
    assert (refused.status, refused.body["code"]) == (409, "out_of_stock")
    receive(world, "LAMP", "shenzhen", 1)
    left = must(source_again(world, incident))
    assert (left["state"], [line["quantity"] for line in left["lines"]]) == ("open", [1])
    receive(world, "LAMP", "shenzhen", 1)
    assert must(source_again(world, incident))["state"] == "resolved"
    assert parts(read(world, order["order_id"])) == [
        ("hangzhou", "picked", 1),
        ("shenzhen", "open", 1),
        ("shenzhen", "open", 1),
    ]
    assert audit() == []


def test_a_short_pick_keeps_what_is_there_and_writes_off_what_is_missing(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 5, "shenzhen": 5})
    order = paid(world, "LAMP", 4)
    answer = must(pick_short(world, fulfilments(order)[0], 1))
    assert (answer["state"], answer["lines"][0]["quantity"], answer["short"][0]["quantity"]) == ("picked", 3, 1)
    assert must(pick_short(world, fulfilments(order)[0], 1)) == answer
    assert shelf(world, "LAMP") == {"hangzhou": (4, 3), "shenzhen": (5, 1)}
    rows = must(world.call("GET", "/v1/stock/movements?sku=LAMP&node=hangzhou"))["movements"]
    assert [(row["kind"], row["on_hand_delta"], row["reserved_delta"]) for row in rows][-1] == ("adjust", -1, -1)
    shown = read(world, order["order_id"])
    assert (shown["status"], shown["units"]["started"]) == ("in_fulfilment", 3)
    first, second = (each["fulfilment_id"] for each in shown["fulfilments"])
    must(dispatch(world, first, "L1"))
    must(dispatch(world, second, "L2"))
    for number in ("L1", "L2"):
        must(tell(world, number, "delivered"))
    assert read(world, order["order_id"])["status"] == "delivered"
    assert audit() == []


@pytest.mark.parametrize(("reason", "on_hand"), [("cannot_make", 5), ("missing", 3), ("damaged", 3)])
def test_only_units_that_are_not_there_leave_the_stock(world: World, reason: str, on_hand: int) -> None:
    sell(world, "LAMP", {"hangzhou": 5, "shenzhen": 5})
    order = paid(world, "LAMP", 2)
    must(pick_short(world, fulfilments(order)[0], 2, reason))
    assert shelf(world, "LAMP") == {"hangzhou": (on_hand, 0), "shenzhen": (5, 2)}
    assert parts(read(world, order["order_id"])) == [("hangzhou", "rejected", 2), ("shenzhen", "open", 2)]
    assert audit() == []


def test_units_that_a_count_has_taken_off_already_are_not_taken_off_twice(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 2, "shenzhen": 5})
    order = paid(world, "LAMP", 2)
    body = {"movement_id": "c1", "kind": "count", "sku": "LAMP", "node_id": "hangzhou", "quantity": 0, "reason": "x"}
    must(world.call("POST", "/v1/stock/movements", body))
    must(pick_short(world, fulfilments(order)[0], 2))
    assert shelf(world, "LAMP") == {"hangzhou": (0, 0), "shenzhen": (5, 2)}
    assert audit() == []


def test_units_of_several_buckets_go_back_to_where_they_were(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 8, "shenzhen": 8})
    must(world.call("PUT", "/v1/stock/LAMP/nodes/hangzhou", {"buckets": 4}))
    order = paid(world, "LAMP", 7)
    must(pick_short(world, fulfilments(order)[0], 3, "other"))
    assert shelf(world, "LAMP") == {"hangzhou": (8, 4), "shenzhen": (8, 3)}
    first = read(world, order["order_id"])["fulfilments"][0]["fulfilment_id"]
    must(dispatch(world, first, "L1"))
    assert shelf(world, "LAMP")["hangzhou"] == (4, 0)
    assert audit() == []


def test_an_order_is_sourced_again_only_as_often_as_its_channel_says(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 3, "shenzhen": 3})
    resourcing(world, max_times=0)
    order = paid(world, "LAMP", 2)
    assert must(reject(world, fulfilments(order)[0]))["incident"] is not None
    assert shelf(world, "LAMP") == {"hangzhou": (3, 0), "shenzhen": (3, 0)}


def test_a_short_pick_of_what_the_fulfilment_has_not_is_refused(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 3})
    order = paid(world, "LAMP", 2)
    fulfilment = fulfilments(order)[0]
    too_many = pick_short(world, fulfilment, 3)
    assert (too_many.status, too_many.body["code"], too_many.body["pointer"]) == (
        422,
        "invalid_quantity",
        "/short/0/quantity",
    )
    unknown = pick_short(world, fulfilment, 1, line_id="9")
    assert (unknown.status, unknown.body["code"], unknown.body["pointer"]) == (422, "unknown_line", "/short/0/line_id")
    assert parts(read(world, order["order_id"])) == [("hangzhou", "open", 2)]


def test_what_has_left_is_neither_rejected_nor_picked_short(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 3, "shenzhen": 3})
    order = paid(world, "LAMP", 2)
    fulfilment = fulfilments(order)[0]
    must(dispatch(world, fulfilment, "L1"))
    for answer in (reject(world, fulfilment), pick_short(world, fulfilment, 1)):
        assert (answer.status, answer.body["code"]) == (409, "not_allowed_now")
    assert parts(read(world, order["order_id"])) == [("hangzhou", "dispatched", 2)]
    assert audit() == []


def test_picked_units_can_be_rejected_but_not_picked_short(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 3, "shenzhen": 3})
    order = paid(world, "LAMP", 2)
    fulfilment = fulfilments(order)[0]
    must(world.call("POST", f"/v1/fulfilments/{fulfilment}/pick"))
    assert pick_short(world, fulfilment, 1).status == 409
    must(reject(world, fulfilment, reason="damaged"))
    shown = read(world, order["order_id"])
    assert (shown["units"]["started"], shown["status"]) == (0, "released")
    assert shelf(world, "LAMP") == {"hangzhou": (1, 0), "shenzhen": (3, 2)}
    assert audit() == []


def test_a_cancelled_order_ends_its_incident(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 3})
    order = paid(world, "LAMP", 2)
    must(reject(world, fulfilments(order)[0]))
    must(cancel(world, order["order_id"])[1])
    shown = read(world, order["order_id"])
    assert [(each["state"], each["resolution"]) for each in shown["incidents"]] == [("resolved", "cancelled")]
    assert (shown["status"], set(shown["deadlines"])) == ("cancelled", {"money"}), "what was paid is still to go back"
    assert audit() == []


def test_the_webhook_of_a_rejection_says_that_an_incident_was_opened(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 3})
    order = paid(world, "LAMP", 2)
    must(reject(world, fulfilments(order)[0]))
    world.pump()
    told = [event["detail-type"] for event in world.bus if event["detail"]["order_id"] == order["order_id"]]
    assert told[-2:] == ["fulfilment.rejected", "incident.opened"]


# ------------------------------------------------------------------ open work of nodes
def limited(world: World, node_id: str, **capacity: Any) -> None:
    present = must(world.call("GET", f"/v1/nodes/{node_id}"))
    must(world.call("PUT", f"/v1/nodes/{node_id}", present | {"capacity": capacity}))
    world.clock.advance(minutes=1)


def test_the_work_of_a_node_with_a_capacity_follows_its_orders(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 20, "shenzhen": 20})
    limited(world, "hangzhou", units=5)
    first = paid(world, "LAMP", 4)
    assert load(world, "hangzhou") == 4
    second = place(world, simple("LAMP", 2))  # only one more unit fits there
    assert [part["node_id"] for part in second["plan"]["fulfilments"]] == ["shenzhen"]
    must(pick_short(world, fulfilments(first)[0], 1, "other"))
    assert load(world, "hangzhou") == 3
    must(dispatch(world, fulfilments(first)[0], "L1"))
    assert load(world, "hangzhou") == 0
    third = place(world, simple("LAMP", 2))
    assert load(world, "hangzhou") == 2
    must(cancel(world, third["order_id"], "c9")[1])
    assert load(world, "hangzhou") == 0
    assert load(world, "shenzhen") is None  # nobody asks how much it has to do
    assert audit() == []


def test_an_order_whose_node_was_filled_meanwhile_is_planned_again(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 20, "shenzhen": 20})
    limited(world, "hangzhou", units=5)
    placed = [place(world, simple("LAMP", 3)) for _ in range(3)]
    nodes = [part["node_id"] for order in placed for part in order["plan"]["fulfilments"]]
    assert nodes == ["hangzhou", "shenzhen", "shenzhen"]
    assert placed[0]["plan"]["fulfilments"][0]["work"] == {"open_units": 0, "limit": 5}
    told = {each["node_id"]: each.get("removed") for each in placed[1]["plan"]["candidates"]}
    assert told["hangzhou"] is None  # it has room for two
    assert load(world, "hangzhou") == 3


def test_an_order_of_many_lines_counts_all_its_units(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 20})
    sell(world, "DESK", {"hangzhou": 20})
    limited(world, "hangzhou", units=50, units_per_day=10)
    place(world, order_body(("LAMP", 2, {}), ("DESK", 3, {})))
    assert load(world, "hangzhou") == 5


def test_what_was_picked_short_and_is_rejected_later_has_two_rows_of_the_ledger(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 3})
    order = paid(world, "LAMP", 3)
    part = fulfilments(order)[0]
    must(pick_short(world, part, 1))
    must(reject(world, part, reason="damaged"))
    rows = must(world.call("GET", "/v1/stock/movements?sku=LAMP&node=hangzhou"))["movements"]
    ids = [row["movement_id"] for row in rows]
    assert len(set(ids)) == len(ids) == 3
    assert shelf(world, "LAMP") == {"hangzhou": (0, 0)}
    assert audit() == []
