"""Orders beyond what is there: backorders and pre-orders in a whole Ordo, from the shop's question to the shelf."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ordo.inventory.books import DynamoBooks
from ordo.inventory.verification import verify
from ordo.kernel.clock import system_clock
from ordo.orders.reserving import reserved_units
from tests.support.audit import audit, ledger
from tests.support.shop import (
    cancel,
    dispatch,
    must,
    pay,
    place,
    promise_body,
    read,
    receive,
    sell,
    simple,
)
from tests.support.world import Answer, World

pytestmark = pytest.mark.moto

BY_LEAD_TIME = {"mode": "backorder", "lead_days": 10}
WHEN_DUE = {"mode": "backorder", "only_when_due": True}


@pytest.fixture(autouse=True)
def _all_is_well_in_the_end(world: World) -> Any:
    yield
    assert audit() == []


def offer(world: World, sku: str, stock: dict[str, int], availability: dict[str, Any] | None) -> None:
    """A product with a policy, known to everyone."""
    sell(world, sku, stock)
    body = {"name": {"en": sku}, "prices": {"cny-retail": 1000}, "availability": availability}
    must(world.call("PUT", f"/v1/products/{sku}", body))
    world.clock.advance(minutes=1)


def due(world: World, supply_id: str, sku: str, quantity: int, day: str, node: str = "hangzhou") -> Answer:
    body = {"sku": sku, "node_id": node, "quantity": quantity, "due_on": day}
    return world.call("PUT", f"/v1/supply/{supply_id}", body)


def states(world: World, order: dict[str, Any]) -> list[str]:
    return [each["state"] for each in read(world, order["order_id"])["fulfilments"]]


def stock(world: World, sku: str, node: str = "hangzhou") -> tuple[int, int, int]:
    """On hand, available and backordered at a node."""
    nodes = {each["node_id"]: each for each in must(world.call("GET", f"/v1/stock/{sku}"))["nodes"]}
    each = nodes[node]
    return each["on_hand"], each["available"], each["backordered"]


def refused(world: World, body: dict[str, Any]) -> Answer:
    answer = world.call("POST", "/v1/orders", body, key=f"refused-{system_clock().isoformat()}")
    assert answer.status == 409, answer.body
    return answer


def types(world: World, order: dict[str, Any]) -> list[str]:
    return ledger().types(order["order_id"])


# ---------------------------------------------------------------------- when more is due
def test_a_refusal_says_when_more_is_due_and_so_does_a_promise(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 1})
    must(due(world, "po-2", "LAMP", 9, "2026-04-20"))
    must(due(world, "po-1", "LAMP", 5, "2026-04-10"))
    must(due(world, "po-3", "LAMP", 5, "2026-04-01", node="shenzhen"))
    more = [
        {"node_id": "shenzhen", "due_on": "2026-04-01", "quantity": 5},
        {"node_id": "hangzhou", "due_on": "2026-04-10", "quantity": 5},
        {"node_id": "hangzhou", "due_on": "2026-04-20", "quantity": 9},
    ]
    (line,) = refused(world, simple("LAMP", 3)).body["facts"]["lines"]
    assert (line["available"], line["more_due"]) == (1, more)
    promised = must(world.call("POST", "/v1/promises", promise_body(("LAMP", 3, {}))))
    assert (promised["outcome"], promised["lines"][0]["more_due"]) == ("short", more)


def test_what_orders_wait_for_already_is_not_due_for_others(world: World) -> None:
    offer(world, "LAMP", {"hangzhou": 1}, WHEN_DUE)
    must(due(world, "po-1", "LAMP", 5, "2026-04-10"))
    place(world, simple("LAMP", 4))
    (line,) = refused(world, simple("LAMP", 3)).body["facts"]["lines"]
    assert line["more_due"] == [{"node_id": "hangzhou", "due_on": "2026-04-10", "quantity": 2}]


# ---------------------------------------------------------------------- backorders
def test_a_backorder_is_promised_by_what_is_due_and_waits_for_it(world: World) -> None:
    offer(world, "DRILL", {"hangzhou": 2}, BY_LEAD_TIME)
    must(due(world, "po-1", "DRILL", 5, "2026-04-10"))
    asked = must(world.call("POST", "/v1/promises", promise_body(("DRILL", 4, {}))))
    order = place(world, simple("DRILL", 4))
    assert asked["promise"] == order["promise"]
    there, waits = order["plan"]["fulfilments"]
    assert (there["lines"][0]["quantity"], "backorder" in there) == (2, False)
    assert (waits["node_id"], waits["lines"][0]["quantity"]) == ("hangzhou", 2)
    assert (waits["backorder"]["due_at"], waits["backorder"]["why"]) == ("2026-04-10T00:00:00.000Z", "supply_due")
    assert order["promise"]["ready_by"] == "2026-04-11T00:00:00.000Z"
    assert "waits for 2 of DRILL" in order["promise"]["reason"]
    assert states(world, order) == ["planned", "waiting"]
    assert stock(world, "DRILL") == (2, -2, 2)


def test_without_a_date_the_lead_time_promises(world: World) -> None:
    offer(world, "DRILL", {"hangzhou": 1}, BY_LEAD_TIME)
    order = place(world, simple("DRILL", 3))
    waits = order["plan"]["fulfilments"][1]["backorder"]
    assert (waits["why"], waits["due_at"][:10]) == ("lead_days", "2026-03-12")


def test_an_order_of_which_everything_waits_is_placed_until_goods_come_even_when_it_is_paid(world: World) -> None:
    offer(world, "DRILL", {"hangzhou": 1}, BY_LEAD_TIME)
    place(world, simple("DRILL", 1))
    order = place(world, simple("DRILL", 2))
    must(pay(world, order))
    assert (read(world, order["order_id"])["status"], states(world, order)) == ("placed", ["waiting"])
    (waiting,) = read(world, order["order_id"])["fulfilments"]
    assert world.call("POST", f"/v1/fulfilments/{waiting['fulfilment_id']}/accept").code == "not_allowed_now"
    receive(world, "DRILL", waiting["node_id"], 2)
    assert (read(world, order["order_id"])["status"], states(world, order)) == ("released", ["open"])
    assert types(world, order)[-1] == "fulfilment.filled"
    must(dispatch(world, waiting["fulfilment_id"], "T1"))
    assert read(world, order["order_id"])["status"] == "shipped"


def test_a_part_that_is_there_ships_while_another_waits(world: World) -> None:
    offer(world, "DRILL", {"hangzhou": 2}, BY_LEAD_TIME)
    order = place(world, simple("DRILL", 3))
    must(pay(world, order))
    there, waits = read(world, order["order_id"])["fulfilments"]
    must(dispatch(world, there["fulfilment_id"], "T1"))
    assert read(world, order["order_id"])["status"] == "partially_shipped"
    receive(world, "DRILL", waits["node_id"], 1)
    must(dispatch(world, waits["fulfilment_id"], "T2"))
    assert read(world, order["order_id"])["status"] == "shipped"


def test_goods_that_come_in_go_to_the_queue_in_its_order_and_a_newcomer_gets_none_of_them(world: World) -> None:
    offer(world, "DRILL", {"hangzhou": 1}, WHEN_DUE)
    must(due(world, "po-1", "DRILL", 6, "2026-04-10"))
    place(world, simple("DRILL", 1))
    first, second, third = (place(world, simple("DRILL", 2)) for _ in range(3))
    for order in (first, second, third):
        must(pay(world, order, reference=order["order_id"]))
    movement = {"movement_id": "r1", "kind": "receive", "sku": "DRILL", "node_id": "hangzhou", "quantity": 3}
    must(world.call("POST", "/v1/stock/movements", {**movement, "reason": "half", "supply_id": "po-1"}))
    assert [states(world, each) for each in (first, second, third)] == [["open"], ["waiting"], ["waiting"]]
    assert stock(world, "DRILL") == (4, -3, 4)
    refused(world, simple("DRILL", 1))
    receive(world, "DRILL", "hangzhou", 3)
    assert [states(world, each) for each in (first, second, third)] == [["open"]] * 3
    receive(world, "DRILL", "hangzhou", 1)
    assert states(world, place(world, simple("DRILL", 1))) == ["planned"]


def test_an_earlier_promise_is_first_in_the_queue(world: World) -> None:
    offer(world, "DRILL", {"hangzhou": 1}, BY_LEAD_TIME)
    place(world, simple("DRILL", 1))
    must(due(world, "po-1", "DRILL", 2, "2026-05-01"))
    later = place(world, simple("DRILL", 2))
    must(due(world, "po-2", "DRILL", 4, "2026-04-01"))
    sooner = place(world, simple("DRILL", 2))
    assert sooner["promise"]["ready_by"] < later["promise"]["ready_by"]
    receive(world, "DRILL", "hangzhou", 2)
    assert (states(world, sooner), states(world, later)) == (["planned"], ["waiting"])


def test_at_most_so_many_units_wait_at_a_node(world: World) -> None:
    offer(world, "DRILL", {"hangzhou": 1}, {**BY_LEAD_TIME, "max_units": 3})
    nodes = [each["node_id"] for each in must(world.call("POST", "/v1/promises", promise_body()))["plan"]["candidates"]]
    place(world, simple("DRILL", 1))
    for _ in nodes:
        place(world, simple("DRILL", 3))
    assert refused(world, simple("DRILL", 1)).code == "out_of_stock"


def test_no_more_is_sold_than_is_due_where_the_policy_says_so(world: World) -> None:
    offer(world, "DRILL", {"hangzhou": 1}, WHEN_DUE)
    must(due(world, "po-1", "DRILL", 4, "2026-04-10"))
    place(world, simple("DRILL", 1))
    place(world, simple("DRILL", 3))
    refused(world, simple("DRILL", 2))
    place(world, simple("DRILL", 1))


def test_cancelling_leaves_the_queue_and_the_next_one_moves_up(world: World) -> None:
    offer(world, "DRILL", {"hangzhou": 1}, BY_LEAD_TIME)
    must(due(world, "po-1", "DRILL", 9, "2026-04-10"))
    place(world, simple("DRILL", 1))
    first, second = place(world, simple("DRILL", 5)), place(world, simple("DRILL", 2))
    receive(world, "DRILL", "hangzhou", 2)
    assert states(world, second) == ["waiting"]
    must(cancel(world, first["order_id"])[1])
    assert stock(world, "DRILL") == (3, 0, 2)
    world.tick(system_clock() + timedelta(minutes=11))
    assert (states(world, first), states(world, second)) == (["cancelled"], ["planned"])
    assert stock(world, "DRILL") == (3, 0, 0)


def test_a_backorder_that_is_not_paid_leaves_the_queue_and_comes_back_by_a_new_plan(world: World) -> None:
    offer(world, "DRILL", {"hangzhou": 1}, BY_LEAD_TIME)
    must(pay(world, place(world, simple("DRILL", 1)), reference="other"))
    order = place(world, simple("DRILL", 2))
    world.tick(system_clock() + timedelta(minutes=31))
    assert states(world, order) == ["cancelled"]
    must(pay(world, order))
    assert (read(world, order["order_id"])["status"], states(world, order)) == ("placed", ["cancelled", "waiting"])


def test_goods_that_never_came_are_noticed_at_the_promise_and_again_a_day_later(world: World) -> None:
    offer(world, "DRILL", {"hangzhou": 1}, BY_LEAD_TIME)
    place(world, simple("DRILL", 1))
    order = place(world, simple("DRILL", 2))
    must(pay(world, order))
    promised = read(world, order["order_id"])["deadlines"]["supply"]
    world.tick(system_clock() + timedelta(days=12))
    last = ledger().events(order["order_id"])[-1]
    assert (last["type"], last["data"]["what"], promised[:10]) == ("order.overdue", ["supply"], "2026-03-13")
    world.tick(system_clock() + timedelta(days=1, minutes=1))
    assert types(world, order).count("order.overdue") == 2


def test_a_hold_stops_a_part_that_got_its_goods(world: World) -> None:
    offer(world, "DRILL", {"hangzhou": 1}, BY_LEAD_TIME)
    place(world, simple("DRILL", 1))
    order = place(world, simple("DRILL", 2))
    must(pay(world, order))
    hold = {"kind": "fraud", "reason": "Look"}
    must(world.call("POST", f"/v1/orders/{order['order_id']}/holds", hold, key="h"))
    node = read(world, order["order_id"])["fulfilments"][0]["node_id"]
    receive(world, "DRILL", node, 2)
    assert (read(world, order["order_id"])["status"], states(world, order)) == ("placed", ["planned"])


# ---------------------------------------------------------------------- hot SKUs and channels
def test_units_that_come_back_to_another_bucket_are_for_the_queue(world: World) -> None:
    offer(world, "HOT", {"hangzhou": 40}, WHEN_DUE)
    must(world.call("PUT", "/v1/stock/HOT/nodes/hangzhou", {"buckets": 4}))
    must(due(world, "po-1", "HOT", 50, "2026-04-10"))
    sold = [place(world, simple("HOT", 10)) for _ in range(4)]
    waits = place(world, simple("HOT", 6))
    for order in sold[:2]:
        must(cancel(world, order["order_id"], key=order["order_id"])[1])
    assert stock(world, "HOT") == (40, 14, 6)
    newcomer = place(world, simple("HOT", 14))
    assert states(world, newcomer) == ["planned"]
    world.tick(system_clock() + timedelta(minutes=11))
    assert states(world, waits) == ["planned"]
    assert stock(world, "HOT") == (40, 0, 0)


def test_a_channels_share_of_goods_that_come_in_is_only_of_what_nobody_waits_for(world: World) -> None:
    offer(world, "HOT", {"hangzhou": 1}, BY_LEAD_TIME)
    fences = {"fences": {"pos": {"share_percent": 50}}}
    must(due(world, "po-1", "HOT", 20, "2026-04-10"))
    must(world.call("PUT", "/v1/stock/HOT/nodes/hangzhou", fences))
    waits = place(world, simple("HOT", 8))
    receive(world, "HOT", "hangzhou", 10)
    assert "waiting" not in states(world, waits)
    nodes = must(world.call("GET", "/v1/stock/HOT"))["nodes"]
    assert next(each["kept"] for each in nodes if each["node_id"] == "hangzhou")["pos"] <= 2


# ---------------------------------------------------------------------- pre-orders
LAUNCH = {"mode": "pre_order", "launch_on": "2026-03-20", "cap": 10}


def test_a_pre_order_waits_for_the_launch_even_when_goods_are_there(world: World) -> None:
    offer(world, "CONSOLE", {"hangzhou": 5}, LAUNCH)
    order = place(world, simple("CONSOLE", 2))
    must(pay(world, order))
    (part,) = order["plan"]["fulfilments"]
    assert (part["node_id"], part["backorder"]["why"]) == ("hangzhou", "launch")
    assert order["promise"]["ready_by"] == "2026-03-21T00:00:00.000Z"
    world.tick(system_clock() + timedelta(days=3))
    receive(world, "CONSOLE", "hangzhou", 3)
    assert (read(world, order["order_id"])["status"], states(world, order)) == ("placed", ["waiting"])
    world.clock.advance(days=14)
    world.tick()
    world.clock.advance(days=1)
    world.tick()
    assert (read(world, order["order_id"])["status"], states(world, order)) == ("released", ["open"])


def test_at_the_launch_pre_orders_are_served_first_come_first_served_as_far_as_goods_are_there(world: World) -> None:
    offer(world, "CONSOLE", {"hangzhou": 3}, LAUNCH)
    orders = [place(world, simple("CONSOLE", 2)) for _ in range(3)]
    for order in orders:
        must(pay(world, order, reference=order["order_id"]))
    world.tick(system_clock() + timedelta(days=18))
    assert [states(world, each) for each in orders] == [["open"], ["waiting"], ["waiting"]]
    refused(world, simple("CONSOLE", 1))
    receive(world, "CONSOLE", "hangzhou", 3)
    assert [states(world, each) for each in orders] == [["open"], ["open"], ["open"]]


def test_before_the_launch_only_so_many_are_sold_and_what_is_given_back_is_sold_again(world: World) -> None:
    offer(world, "CONSOLE", {"hangzhou": 20}, LAUNCH)
    order = place(world, simple("CONSOLE", 9))
    assert refused(world, simple("CONSOLE", 2)).code == "out_of_stock"
    place(world, simple("CONSOLE", 1))
    must(cancel(world, order["order_id"])[1])
    place(world, simple("CONSOLE", 8))
    assert ledger().presold["CONSOLE"] == 9
    (wanted,) = must(world.call("GET", "/v1/purchase-requirements"))["requirements"]
    assert [each["cause"][:4] for each in wanted["reasons"]] == ["day:"], "what was sold is there; a refusal is not"


def test_after_the_launch_it_is_sold_from_stock(world: World) -> None:
    offer(world, "CONSOLE", {"hangzhou": 4}, LAUNCH)
    world.clock.advance(days=30)
    assert states(world, place(world, simple("CONSOLE", 4))) == ["planned"]
    refused(world, simple("CONSOLE", 1))


# ---------------------------------------------------------------------- purchasing and books
def test_purchasing_hears_of_a_backorder_and_supply_closes_what_is_to_be_bought(world: World) -> None:
    offer(world, "DRILL", {"hangzhou": 1}, BY_LEAD_TIME)
    place(world, simple("DRILL", 1))
    order = place(world, simple("DRILL", 4))
    node = order["plan"]["fulfilments"][0]["node_id"]
    (wanted,) = must(world.call("GET", "/v1/purchase-requirements"))["requirements"]
    assert (wanted["node_id"], wanted["quantity"]) == (node, 4)
    assert wanted["reasons"] == [{"cause": f"order:{order['order_id']}", "units": 4, "needed_by": wanted["needed_by"]}]
    must(due(world, "po-1", "DRILL", 3, "2026-04-10", node))
    assert must(world.call("GET", "/v1/purchase-requirements"))["requirements"][0]["quantity"] == 1
    must(due(world, "po-1", "DRILL", 6, "2026-04-10", node))
    assert must(world.call("GET", "/v1/purchase-requirements"))["requirements"] == []
    must(world.call("DELETE", "/v1/supply/po-1"))
    assert must(world.call("GET", "/v1/purchase-requirements"))["requirements"][0]["quantity"] == 4
    must(cancel(world, order["order_id"])[1])


def test_the_books_agree_while_orders_wait_and_a_lost_place_in_the_queue_is_found(world: World) -> None:
    offer(world, "DRILL", {"hangzhou": 1}, BY_LEAD_TIME)
    place(world, simple("DRILL", 3))
    books = DynamoBooks("SupplyTable", lambda: reserved_units("OrdersTable"))
    assert verify(books).differences == ()
    ((place_, (entry,)),) = ((key, queue) for key, queue in ledger().queues.items() if queue)
    back = world.checkpoint()
    world.aws.delete_item(TableName="SupplyTable", Key={"pk": {"S": entry["pk"]}, "sk": {"S": entry["sk"]}})
    (found,) = verify(books).differences
    assert ((found.sku, found.node), found.what, found.counters, found.expected) == (place_, "backordered", 2, 0)
    back()
