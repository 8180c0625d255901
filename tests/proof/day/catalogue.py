"""Master data, prices, what customers are told, and what goes wrong with the merchant's endpoint."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from ordo.kernel.clock import system_clock
from tests.proof.day.faults import NoMail
from tests.support.browser import visit
from tests.support.events import SCHEDULED, Message, sqs_record
from tests.support.receiver import Receiver
from tests.support.shop import (
    cancel,
    dispatch,
    fulfilments,
    must,
    order_body,
    pay,
    place,
    quote_body,
    sell,
)
from tests.support.tracked import track
from tests.support.world import Client, World

EVERYONE = Client(channels=("*",))


def master_data(world: World, url: str) -> None:
    must(world.call("PUT", "/v1/webhook-endpoints/purchasing", {"url": url, "channels": ["*"]}, client=EVERYONE))
    endpoint = {"url": url, "channels": ["web"]}
    must(world.call("PUT", "/v1/webhook-endpoints/shop", endpoint))
    must(world.call("PUT", "/v1/webhook-endpoints/shop", endpoint))
    must(world.call("GET", "/v1/webhook-endpoints/shop"))
    must(world.call("PUT", "/v1/products/NEW", {"name": {"en": "New"}, "prices": {"cny-retail": 100}}))
    must(world.call("GET", "/v1/products/NEW"))
    must(world.call("PUT", "/v1/customers/c-9", {"name": "示例顾客"}))
    must(world.call("GET", "/v1/customers/c-9"))
    for _ in range(2):
        movement = {"movement_id": "m-once", "kind": "receive", "sku": "NEW", "node_id": "hangzhou", "quantity": 9}
        world.call("POST", "/v1/stock/movements", {**movement, "reason": "test"})
    count = {"movement_id": "m-count", "kind": "count", "sku": "NEW", "node_id": "hangzhou", "quantity": 8}
    world.call("POST", "/v1/stock/movements", {**count, "reason": "test"})
    must(world.call("GET", "/v1/stock/NEW"))


def prices(world: World, order: dict[str, Any]) -> None:
    """A first order with a gift is quoted and placed, a promotion is tried, refunds of orders are previewed."""
    sell(world, "MUG", {"hangzhou": 9})
    name = {"en": "Welcome", "zh": "新客礼"}
    welcome = {"name": name, "reward": {"type": "gift", "sku": "MUG"}, "first_order_only": True}
    must(world.call("PUT", "/v1/promotions/welcome", welcome))
    world.clock.advance(minutes=1)
    for customer in ("c-new", "c-77", "c-1001"):
        body = quote_body(customer={"customer_id": customer})
        must(world.call("POST", "/v1/quotes", body))
        must(world.call("POST", "/v1/promotions/welcome/simulate", {"carts": [body]}))
    must(world.call("POST", "/v1/quotes", quote_body(("AURORA-BUDS", 1, {"colour": "blue"}), coupons=["AUDIO10"])))
    large = place(world, order_body(*[("TEE-WHITE", 1, {"size": "M"})] * 60))
    back = {"lines": [{"line_id": "1", "quantity": 1}]}
    for each in (order, large):
        must(world.call("POST", f"/v1/orders/{each['order_id']}/refunds/preview", back))


def coupons(world: World) -> None:
    """One use for many: taken, refused, given back by the customer and by the watcher, and taken again too late."""
    tenth = {"name": {"en": "A tenth off"}, "reward": {"type": "percent", "percent": "10"}}
    must(world.call("PUT", "/v1/promotions/tenth", {**tenth, "requires_coupon": True}))
    must(world.call("PUT", "/v1/promotions/welcome", {**tenth, "first_order_only": True}))
    must(world.call("PUT", "/v1/promotions/gold", {**tenth, "segments": ["gold"]}))
    must(world.call("PUT", "/v1/coupons/ONCE", {"promotion_id": "tenth", "total_limit": 1}))
    must(world.call("POST", "/v1/promotions/tenth/coupons", {"count": 2, "total_limit": 1}, key="many"))
    body = order_body(coupons=["ONCE"])
    body["customer"] = {**body["customer"], "customer_id": "c-new"}
    cancel(world, place(world, body)["order_id"], key="c-coupon")
    late = place(world, body)
    world.tick(system_clock() + timedelta(minutes=31))
    place(world, body)
    must(world.call("POST", "/v1/orders", body, key="refused"), 409)
    assert must(pay(world, late, reference="late-coupon"))["status"] == "cancelled"


def messages(world: World) -> None:
    """Customers are told by every way; a mail bounces, and one waits for the watch."""
    kinds = ["placed", "paid", "dispatched", "delivered"]
    ways = {"email": kinds, "sms": kinds, "webhook": kinds, "webhook_endpoint": "shop", "quiet_hours": None}
    channel = must(world.call("GET", "/v1/channels/web"))
    must(world.call("PUT", "/v1/channels/web", channel | {"messages": ways}))
    with world.fault(NoMail()):
        order = place(world)
        world.pump()
    world.tick(system_clock() + timedelta(minutes=2))
    world.pump()
    link = track(world, order)
    for want in ("off", "on"):
        assert visit(world, f"{link}/messages", {"want": want}).status == 303
        assert "about progress" in visit(world, link).html
    must(world.call("GET", f"/v1/orders/{order['order_id']}/messages"))
    bounce = {"ses": "Bounce", "bounce": "Permanent", "order": [order["order_id"]], "message": ["000001-placed-email"]}
    world.invoke("notify_customer", {"Records": [sqs_record(Message(json.dumps(bounce)), "CustomerMessages")]})


def what_goes_wrong(world: World, merchant: Receiver) -> None:
    """A record lost, one out of order, one that is none, an endpoint that is down and then gone."""
    order = place(world)
    world.clock.advance(hours=8)
    assert world.invoke("publish_events", SCHEDULED) == {"published": 1}
    must(pay(world, order))
    world.invoke("publish_events", {"Records": [world._record(order["order_id"], "event#000002")]})
    world.invoke("publish_events", {"Records": [{"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1"}}]})
    merchant.status = 500
    world.pump()
    for hours in (1, 7):
        world.tick(system_clock() + timedelta(hours=hours))
        world.pump()
    must(world.call("DELETE", "/v1/webhook-endpoints/shop"), 204)
    world.tick(system_clock() + timedelta(days=2))
    world.pump()


def nights(world: World) -> None:
    """Deliveries are measured, and forgotten a season later."""
    world.clock.advance(hours=2)
    world.invoke("measure_transit", SCHEDULED)
    world.clock.advance(days=100)
    world.invoke("measure_transit", SCHEDULED)


def silence(world: World) -> None:
    """Nothing is heard of a parcel: its incident is opened by the channel's policy."""
    order = place(world)
    must(pay(world, order, reference="silent"))
    must(dispatch(world, fulfilments(order)[0], "SILENT1"))
    for days in (3, 9, 30):
        world.tick(system_clock() + timedelta(days=days))
    assert must(world.call("GET", f"/v1/orders/{order['order_id']}"))["incidents"]
