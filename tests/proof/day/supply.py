"""Stock, lots, reservations, backorders, and orders of more counters than a transaction holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from ordo.kernel.clock import system_clock
from ordo.orders.model import fulfilment_id
from tests.proof.day.faults import NoCommit, SoldMeanwhile
from tests.support.events import SCHEDULED
from tests.support.reservations import order_with, reserve
from tests.support.shop import (
    cancel,
    dispatch,
    fulfilments,
    must,
    order_body,
    pay,
    place,
    promise_body,
    receive,
    sell,
    simple,
    tell,
)
from tests.support.world import World


def supply(world: World) -> None:
    """A hot SKU runs low and out, purchasing is told, goods come, and the books are compared."""
    must(world.call("POST", "/v1/promises", promise_body()))
    sell(world, "HOT", {"hangzhou": 20})
    path = "/v1/stock/HOT/nodes/hangzhou"
    must(world.call("PUT", path, {"buckets": 4, "reorder_point": 15, "reorder_to": 40}))
    place(world, order_body(("HOT", 12, {})))
    refused = world.call("POST", "/v1/orders", order_body(("HOT", 50, {})), key="too-much")
    assert refused.code == "out_of_stock"
    assert must(world.call("GET", "/v1/purchase-requirements"))["requirements"]
    page = must(world.call("GET", "/v1/stock/movements?sku=HOT&node=hangzhou&limit=1"))
    must(world.call("GET", f"/v1/stock/movements?sku=HOT&node=hangzhou&limit=1&cursor={quote(page['next_cursor'])}"))
    receive(world, "HOT", "hangzhou", 90)
    must(world.call("PUT", path, {"reorder_point": 120, "reorder_to": 130}))
    for point in ("3", "500"):  # nobody has told of either, so the nightly run closes what is open, and opens it again
        world.aws.update_item(
            TableName="SupplyTable",
            Key={"pk": {"S": "stock#HOT#hangzhou#0"}, "sk": {"S": "counter"}},
            UpdateExpression="SET reorder_point = :point, reorder_to = :point",
            ExpressionAttributeValues={":point": {"N": point}},
        )
        world.invoke("verify_stock", SCHEDULED)


def lots(world: World) -> None:
    """A lot is picked, another is over and leaves the books at night."""
    product = {"name": {"en": "Milk"}, "prices": {"cny-retail": 100}, "lots": {"min_days": 1}}
    must(world.call("PUT", "/v1/products/MILK", product))
    world.clock.advance(minutes=1)
    for number, expires_on in enumerate(("2026-02-01", "2031-01-01")):
        movement = {"movement_id": f"m-lot-{number}", "kind": "receive", "sku": "MILK", "node_id": "hangzhou"}
        lot = {"quantity": 5, "lot": f"L{number}", "expires_on": expires_on, "reason": "test"}
        must(world.call("POST", "/v1/stock/movements", {**movement, **lot}))
    order = place(world, order_body(("MILK", 2, {})))
    must(pay(world, order, reference="milk"))
    must(world.call("POST", f"/v1/fulfilments/{fulfilments(order)[0]}/pick"))
    must(world.call("POST", f"/v1/fulfilments/{fulfilments(order)[0]}/reject", {"reason": "closed"}))
    for _ in range(2):
        world.invoke("verify_stock", SCHEDULED)
    assert [each["lot"] for each in must(world.call("GET", "/v1/stock/MILK"))["nodes"][0]["lots"]] == ["L1"]


def reservations(world: World) -> None:
    """Taken, extended, given back, an order's own; and those who are short of what has expired, each in its turn."""
    sell(world, "LAMP", {"hangzhou": 3})
    made = reserve(world, ("LAMP", 1))
    path = f"/v1/reservations/{made['reservation_id']}"
    world.clock.advance(minutes=5)
    must(world.call("POST", f"{path}/extension", {"minutes": 15}))
    must(world.call("GET", path))
    must(world.call("DELETE", path), 204)
    must(world.call("POST", "/v1/orders", order_with(reserve(world, ("LAMP", 1))), key="reserved"))
    unpaid = place(world, simple("LAMP", 2))
    world.clock.advance(minutes=31)
    world.tick()

    def expired() -> None:
        reserve(world, ("LAMP", 2))
        world.clock.advance(minutes=16)

    expired()
    must(world.call("POST", "/v1/promises", promise_body(("LAMP", 2, {}))))
    must(pay(world, unpaid))
    receive(world, "LAMP", "hangzhou", 2)
    expired()
    place(world, simple("LAMP", 2))
    receive(world, "LAMP", "hangzhou", 2)
    expired()
    again = reserve(world, ("LAMP", 2))
    world.clock.advance(minutes=16)
    broken = {"movement_id": "m-lamp", "kind": "damage", "sku": "LAMP", "node_id": "hangzhou", "quantity": 1}
    must(world.call("POST", "/v1/stock/movements", {**broken, "reason": "test"}))
    reserve(world, ("LAMP", 1), customer_id=again["customer_id"])
    world.clock.advance(minutes=16)
    world.tick()


def backorders(world: World) -> None:
    """Orders wait: one gets goods that come in, one what another gives back to another bucket, one leaves unpaid and
    comes back, one is cancelled; a redriven queue and one where nobody waits are looked at.
    """
    sell(world, "DRILL", {"hangzhou": 9})
    policy = {"availability": {"mode": "backorder", "lead_days": 10}}
    must(world.call("PUT", "/v1/products/DRILL", {"name": {"en": "D"}, "prices": {"cny-retail": 100}, **policy}))
    must(world.call("PUT", "/v1/stock/DRILL/nodes/hangzhou", {"buckets": 2}))
    due = {"sku": "DRILL", "node_id": "hangzhou", "quantity": 12, "due_on": "2026-04-10"}
    must(world.call("PUT", "/v1/supply/po-1", due))
    must(world.call("GET", "/v1/supply?sku=DRILL"))
    world.clock.advance(minutes=1)
    must(world.call("POST", "/v1/promises", promise_body(("DRILL", 20, {}))))
    sold = [place(world, simple("DRILL", units)) for units in (4, 5, 6, 3, 3)]
    for order in sold[2:4]:
        must(pay(world, order, reference=order["order_id"]))
    late = sold[4]
    world.tick(system_clock() + timedelta(minutes=31))
    must(pay(world, late, reference="late-drill"))
    movement = {"movement_id": "m-drill", "kind": "receive", "sku": "DRILL", "node_id": "hangzhou", "quantity": 3}
    must(world.call("POST", "/v1/stock/movements", {**movement, "reason": "PO 1", "supply_id": "po-1"}))
    order = place(world, simple("DRILL", 30))
    cancel(world, order["order_id"], key="c-drill-2")
    world.tick(system_clock() + timedelta(minutes=11))
    must(world.call("DELETE", "/v1/supply/po-1"))
    world.invoke("watch_deadlines", {"redrive": 5})


def large(world: World) -> None:
    """Orders of more counters than a transaction holds: sent off; cancelled; unpaid, then paid late; and one that dies
    half way and is tried again.
    """
    for sku in ("NUT", "BOLT"):
        sell(world, sku, {"hangzhou": 256})
        must(world.call("PUT", f"/v1/stock/{sku}/nodes/hangzhou", {"buckets": 64}))
    body = order_body(*((sku, 256, {}) for sku in ("NUT", "BOLT")))
    with world.fault(NoCommit("commit_order", after=2)):
        world.call("POST", "/v1/orders", body, key="large")
    large = place(world, body, key="large")
    world.tick(system_clock() + timedelta(minutes=31))
    must(pay(world, large, reference="large"))
    again_open = fulfilment_id(large["order_id"], 2)
    must(world.call("POST", f"/v1/fulfilments/{again_open}/reject", {"reason": "other"}))
    cancel(world, place(world, body)["order_id"], key="c-large")
    again = place(world, body)
    must(pay(world, again, reference="again"))
    must(dispatch(world, fulfilments(again)[0], "LARGE1"))
    with world.fault(NoCommit("commit_order", after=1)):
        for sku in ("NUT", "BOLT"):
            receive(world, sku, "hangzhou", 256)
            must(world.call("PUT", f"/v1/stock/{sku}/nodes/hangzhou", {"buckets": 63}))
            must(world.call("PUT", f"/v1/stock/{sku}/nodes/hangzhou", {"buckets": 64}))
        world.call("POST", "/v1/orders", body, key="dies")
    world.tick(system_clock() + timedelta(minutes=2))
    with world.fault(SoldMeanwhile(world, "NUT")):
        must(world.call("POST", "/v1/orders", body, key="short"), 409)
    for sku in ("NUT", "BOLT"):
        receive(world, sku, "hangzhou", 20)
        must(world.call("PUT", f"/v1/stock/{sku}/nodes/hangzhou", {"buckets": 63}))
        must(world.call("PUT", f"/v1/stock/{sku}/nodes/hangzhou", {"buckets": 64}))
    _refused_large_edit(world)
    tell(world, "LARGE1", "lost")
    case = must(world.call("GET", f"/v1/orders/{again['order_id']}"))["incidents"][0]["incident_id"]
    must(world.call("POST", f"/v1/incidents/{case}/resolution", {"resolution": "reship"}))
    _large_made_good(world, body)


def _large_made_good(world: World, body: dict[str, Any]) -> None:
    """A parcel of more counters than a transaction holds is lost, complained about, and sent again."""
    _spread(world)
    order = place(world, body)
    must(pay(world, order, reference="large-lost"))
    must(dispatch(world, fulfilments(order)[0], "LARGE2"))
    tell(world, "LARGE2", "lost")
    (incident,) = must(world.call("GET", f"/v1/orders/{order['order_id']}"))["incidents"]
    said = {"source": "incident", "incident_id": incident["incident_id"], "subject": "Lost", "text": "All of it"}
    made = must(world.call("POST", "/v1/complaints", said, key="large-lost"))["complaint_id"]
    world.pump()
    _spread(world)
    again = {"outcome": "redo", "reason": "Lost", "incident_id": incident["incident_id"]}
    must(world.call("POST", f"/v1/complaints/{made}/resolution", again, key="large-lost-again"))


def _refused_large_edit(world: World) -> None:
    """More is added than a transaction holds; a unit breaks meanwhile, and what was taken is given back at once."""
    sell(world, "SHIM", {"hangzhou": 1})
    order = place(world, simple("SHIM", 1))
    must(pay(world, order, reference="shim"))
    more = [{"op": "add_line", "sku": sku, "quantity": left} for sku, left in _spread(world).items()]
    path = f"/v1/orders/{order['order_id']}/changes"
    edit = {"kind": "edit", "reason": "More", "requested_by": "staff", "operations": more}
    proposed = must(world.call("POST", path, edit, key="more"))
    with world.fault(SoldMeanwhile(world, "NUT", "change_order")):
        must(world.call("POST", f"{path}/{proposed['change_id']}/apply"), 409)


def _spread(world: World) -> dict[str, int]:
    """At least 256 NUT and BOLT, evenly in 64 counters each; how many."""
    found = {}
    for sku in ("NUT", "BOLT"):
        shelf = must(world.call("GET", f"/v1/stock/{sku}"))["nodes"][0]
        receive(world, sku, "hangzhou", max(1, 256 - shelf["on_hand"] + shelf["reserved"]))
        for buckets in (63, 64):
            must(world.call("PUT", f"/v1/stock/{sku}/nodes/hangzhou", {"buckets": buckets}))
        shelf = must(world.call("GET", f"/v1/stock/{sku}"))["nodes"][0]
        found[sku] = shelf["on_hand"] - shelf["reserved"]
    return found
