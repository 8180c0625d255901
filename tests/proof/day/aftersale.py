"""Money that moves, complaints, returns, and what carries them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from ordo.kernel.clock import system_clock
from ordo.orders.model import shipment_id
from tests.support.blueprint import queue_url
from tests.support.browser import visit
from tests.support.events import SCHEDULED, Message
from tests.support.label_server import label_account
from tests.support.reservations import reserve
from tests.support.returned import SHOP_ADDRESS, ask, came, inspected, received, return_policy
from tests.support.shop import (
    cancel,
    dispatch,
    fulfilments,
    must,
    order_body,
    pay,
    place,
    receive,
    sell,
    simple,
    tell,
)
from tests.support.stripe_server import DECLINED
from tests.support.till import CARD, granted, money, movements, tendered, till, told
from tests.support.tracked import track
from tests.support.uploads import JPEG, upload
from tests.support.world import World


def money_moves(world: World) -> None:
    """Paid by card and store credit, both given back; a card is replaced; what failed is asked for again."""
    with till(world) as stripe:
        granted(world, "c-1001", 5_000, "credit")
        must(world.call("GET", "/v1/customers/c-1001/credits?currency=CNY"))
        order = tendered(world, {"provider": "store_credit", "amount": 5_000}, CARD | {"method": DECLINED})
        world.pump()
        again = [each for each in money(world, order)["instructions"] if each["state"] == "failed"]
        must(world.call("POST", f"/v1/payment-instructions/{again[0]['instruction_id']}/retry"))
        world.pump()
        path = f"/v1/orders/{order['order_id']}/tenders"
        for _ in range(2):
            must(world.call("POST", path, {"tenders": [CARD]}, key="other-card"))
        assert world.call("POST", path, {"tenders": [CARD | {"amount": 1}]}, key="short").status == 422
        world.pump()
        (intent,) = (each for each in stripe.intents.values() if each["status"] == "succeeded")
        told(world, stripe, "payment_intent.succeeded", intent)
        cancel(world, order["order_id"], key="money-back", requested_by="staff")
        world.pump()
        assert [each[1] for each in movements(world, order)[-2:]] == ["done", "done"]
        cash = tendered(world, {"provider": "cash_on_delivery"}, external_id="CASH")
        must(dispatch(world, fulfilments(cash)[0], "CASH1"))
        sent = shipment_id(cash["order_id"], 1)
        must(pay(world, cash, reference=sent))
        world.call("POST", f"/v1/shipments/{sent}/remittance", {"amount": cash["totals"]["total"]})
        world.clock.advance(days=1)
        world.invoke("move_money", SCHEDULED)
        late = tendered(world, CARD, external_id="LATE-MONEY")
        for days in (1, 2):
            world.tick(system_clock() + timedelta(days=days))
        world.pump()
        assert movements(world, late)


def late_cards(world: World) -> None:
    """A card was charged, and the answer lost; meanwhile the order was cancelled for not being paid, and it comes back:
    to another node, of more counters than a transaction holds, to its place in a queue, with its use of a coupon or
    without one.
    """
    with till(world) as stripe:
        sell(world, "LATE", {"hangzhou": 2})
        for sku in ("TACK", "STUD"):
            sell(world, sku, {"shenzhen": 128})
            must(world.call("PUT", f"/v1/stock/{sku}/nodes/shenzhen", {"buckets": 64}))
        awl = {
            "name": {"en": "Awl"},
            "prices": {"cny-retail": 100},
            "availability": {"mode": "backorder", "lead_days": 9},
        }
        must(world.call("PUT", "/v1/products/AWL", awl))
        due = {"sku": "AWL", "node_id": "hangzhou", "quantity": 40, "due_on": "2026-06-10"}
        must(world.call("PUT", "/v1/supply/po-9", due))
        must(world.call("PUT", "/v1/coupons/LATE", {"promotion_id": "tenth", "total_limit": 1}))
        world.clock.advance(minutes=1)
        with_coupon = order_body(coupons=["LATE"])
        with_coupon["customer"] = {**with_coupon["customer"], "customer_id": "c-late"}
        bodies = [
            simple("LATE", 2),
            order_body(*((sku, 128, {}) for sku in ("TACK", "STUD"))),
            simple("AWL", 3),
            with_coupon,
        ]
        orders = []
        for body in bodies:
            stripe.moods.append("cut")
            orders.append(place(world, {**body, "tenders": [CARD]}))
            world.pump()
        world.tick(system_clock() + timedelta(minutes=31))
        assert {must(world.call("GET", f"/v1/orders/{each['order_id']}"))["status"] for each in orders} == {"cancelled"}
        place(world, simple("LATE", 2))
        receive(world, "LATE", "shenzhen", 2)
        reserve(world, ("LATE", 2))  # it will have expired, and nobody has given it back
        place(world, with_coupon)
        world.clock.advance(minutes=16)
        for order in orders:  # each is asked for at once, before the watch gives anything back
            detail = {"order_id": order["order_id"], "data": {"instructions": money(world, order)["instructions"]}}
            world.edge.queues[queue_url("Payments")].append(Message(json.dumps({"detail": detail})))
        world.pump()
        assert {each[1] for order in orders for each in movements(world, order)} == {"done"}


def complaints(world: World) -> None:
    """Guests complain by the API and on the pages; they are answered, passed on, made good, reopened, forgotten."""
    promotion = {"name": {"en": "Sorry"}, "requires_coupon": True, "reward": {"type": "percent", "percent": "10"}}
    must(world.call("PUT", "/v1/promotions/sorry", promotion))
    repeated = {"rule_id": "again", "repeats": {"count": 1, "days": 30}, "severity": "high"}
    present = must(world.call("GET", "/v1/channels/web"))
    told = {**present["messages"], "email": ["complaint_received"]}
    policy = {"complaints": {"severity": [repeated]}, "messages": told}
    must(world.call("PUT", "/v1/channels/web", present | policy))
    world.clock.advance(minutes=1)
    order = place(world, order_body(customer={"customer_id": "c-1001", "name": "n", "phone": "+8613800000000"}))
    token = track(world, order).rpartition("/")[2]
    assert visit(world, f"/complain/{token}").status == 200
    form = {"subject": "Late", "text": "It is late", "category": "delivery", "key": "k1"}
    page = visit(world, f"/complain/{token}", form).headers["location"].replace("..", "").partition("?")[0]
    world.pump()
    assert visit(world, page).status == 200
    (first,) = must(world.call("GET", f"/v1/complaints?order_id={order['order_id']}"))["complaints"]
    said = {"channel": "web", "subject": "Dirty", "text": "The room is dirty.", "customer_id": "c-1001"}
    reached = {"contact": {"email": "guest@example.com"}}
    second = must(world.call("POST", "/v1/complaints", {**said, **reached}, key="guest"))
    world.pump()
    visit(world, f"{page}/message", {"text": "When?", "key": "k2"})
    paths = [f"/v1/complaints/{each['complaint_id']}" for each in (first, second)]
    for listed in ("owner=customer_service", "department=customer_service"):
        must(world.call("GET", f"/v1/complaints?{listed}"))
    must(world.call("POST", f"{paths[0]}/messages", {"role": "staff", "text": "Now."}, key="desk-1"))
    world.clock.advance(hours=50)
    world.tick()
    world.pump()
    coupon = {"outcome": "coupon", "promotion_id": "sorry", "reason": "Sorry"}
    must(world.call("POST", f"{paths[0]}/resolution", coupon, key="desk-2"))
    _made_good(world)
    late = {"step": "await", "complaint_id": first["complaint_id"], "run": 9, "execution": "arn:gone", "token": "gone"}
    world.invoke("resolve_complaint", late)
    world.pump()
    visit(world, f"{page}/rate", {"score": "2", "text": ""})
    visit(world, f"{page}/rate", {"score": "2", "text": "Not so good"})
    visit(world, f"{page}/reopen", {"text": "Again", "key": "k3"})
    must(world.call("GET", paths[1]))
    must(world.call("DELETE", f"{paths[1]}/personal-data"))
    world.pump()


def _made_good(world: World) -> None:
    """Complaints that are made good by money of their order, and by a parcel that is sent again."""
    sell(world, "JUG", {"hangzhou": 2, "shenzhen": 3})
    for number, outcome in enumerate(("refund", "redo")):
        order = place(world, simple("JUG", 1))
        must(pay(world, order, reference=f"jug-{number}"))
        must(dispatch(world, fulfilments(order)[0], f"J{number}"))
        tell(world, f"J{number}", "lost", minutes=30)
        (incident,) = must(world.call("GET", f"/v1/orders/{order['order_id']}"))["incidents"]
        said = {"source": "incident", "incident_id": incident["incident_id"], "subject": "Lost", "text": "It is lost"}
        made = must(world.call("POST", "/v1/complaints", said, key=f"jug-{number}"))["complaint_id"]
        world.pump()
        how: dict[str, Any] = {"amount": {"amount": 100, "currency": "CNY"}}
        if outcome == "redo":
            reserve(world, ("JUG", 3))
            world.clock.advance(minutes=16)  # what has expired is given back for what is sent again
            how = {"incident_id": incident["incident_id"]}
        body = {"outcome": outcome, "reason": "Lost", **how}
        must(world.call("POST", f"/v1/complaints/{made}/resolution", body, key=f"jug-{number}-solved"))


def returns(world: World) -> None:
    """Asked for with a photo, a label and a note; sent by others; counted with a photo; claimed; their executions."""
    small = {"automatic": {"CNY": 1_000}, "automatic_faults": {"CNY": 1_000}, "answer_hours": 1}
    return_policy(world, {**small, "label_account": "easypost", "address": SHOP_ADDRESS})
    sell(world, "VASE", {"hangzhou": 9})
    order = came(world, "VASE-P", ("VASE", 5, {}))
    path = f"/v1/orders/{order['order_id']}/returns"
    form = must(world.call("POST", f"{path}/uploads", {"content_type": "image/jpeg"}))
    with label_account() as carrier:
        photos = [upload(world, form, JPEG)]
        asked = ask(world, order, "vase-1", way="label", note="too small", photos=photos)["return_id"]
        world.pump()
        assert carrier.asked
    form = must(world.call("POST", f"{path}/uploads", {"content_type": "image/jpeg"}))
    received(world, asked, "vase-r1", inspected(photos=[upload(world, form, JPEG + b"again")]))
    assert must(world.call("GET", f"/v1/returns/{asked}"))["files"][0]["url"]
    posted = ask(world, order, "vase-2")["return_id"]
    world.pump()
    tell(world, "VASE-B", "picked_up")  # the carrier was quicker than the customer's word
    must(world.call("POST", f"/v1/returns/{posted}/tracking", {"carrier": "generic", "tracking_number": "VASE-B"}))
    reserve(world, ("VASE", 5))
    world.clock.advance(minutes=16)  # what has expired is given back for what is sent again
    ask(world, order, "vase-3", reason="missing", without_goods=True, reship=True)
    world.pump()
    for run in (9, 8):  # an execution takes the place of another, and wakes it at once
        world.invoke(
            "return_order",
            {
                "step": "await",
                "return_id": posted,
                "run": run,
                "execution": f"arn:gone:{posted}-{run}",
                "token": f"gone-{posted}-{run}",
            },
        )
    too_many = {"lines": [{"line_id": "1", "quantity": 99}], "reason": "no_reason", "outcome": "refund"}
    assert world.call("POST", path, too_many, key="vase-many").status == 422
    ask(world, order, "vase-4", ("1", 2))
    world.pump()
    world.clock.advance(hours=1)
    world.tick()
    world.pump()


def stuck(world: World) -> None:
    """Executions of returns have died: the hourly look begins them anew."""
    for name, each in world.edge.carried.items():
        if name.startswith("ret_") and each.status == "RUNNING":
            each.status, each.token = "FAILED", None
    world.clock.advance(minutes=20)
    assert world.invoke("signal_case", SCHEDULED)["resumed"]
    world.pump()
