"""Every event of real lives fits the schema that consumers were given, and arrives at a webhook in order."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no stubs

from ordo.complaints.links import page_token
from ordo.complaints.resolving import AllRemedies
from ordo.inventory.setting_repository import DynamoStockSettings
from ordo.inventory.settings import StockSettings
from ordo.inventory.shortage_repository import DynamoShortages
from ordo.inventory.shortages import Shortages
from ordo.kernel.clock import system_clock
from ordo.kernel.errors import NotAllowedNow
from ordo.notifications.events import EVENT_TYPES
from ordo.notifications.events import Message as EventMessage
from ordo.notifications.model import Endpoint, Outcome
from ordo.orders.model import shipment_id
from ordo.runtime.secrets import signing_keys
from tests.support.api import Client
from tests.support.blueprint import queue_url
from tests.support.browser import visit
from tests.support.events import SCHEDULED
from tests.support.label_server import label_account
from tests.support.returned import SHOP_ADDRESS, asked_back, inspected, return_policy
from tests.support.shop import cancel, dispatch, fulfilments, must, order_body, pay, place, receive, sell, tell
from tests.support.stripe_server import DECLINED
from tests.support.till import CARD, tendered, till, told
from tests.support.tracked import track
from tests.support.uploads import packing_photo, proof, refusal, signature
from tests.support.world import World

SCHEMAS = Path(__file__).parents[2] / "events" / "schemas"
STEPS = ("accept", "pick", "pack")


def post(world: World, path: str, body: Any = None, key: str | None = None) -> dict[str, Any]:
    answered: dict[str, Any] = must(world.call("POST", f"/v1/{path}", body, key=key)) or {}
    return answered


def delivered_life(world: World) -> None:
    """Held, let go, worked step by step, late, shipped, delivered, received, part refunded."""
    order = place(world)
    path = f"orders/{order['order_id']}"
    hold = post(world, f"{path}/holds", {"kind": "fraud", "reason": "Looks odd"}, key="h1")
    post(world, f"{path}/holds/{hold['hold_id']}/release", {"reason": "Known customer"})
    must(pay(world, order, kind="failed", reference="r0"))
    must(pay(world, order, kind="authorised"))
    must(pay(world, order, reference="r2"))
    (fulfilment,) = fulfilments(order)
    for step in STEPS:
        post(world, f"fulfilments/{fulfilment}/{step}")
    world.clock.advance(hours=200)
    world.tick()
    must(dispatch(world, fulfilment, "GEN1"))
    for status in ("picked_up", "delivered"):
        must(tell(world, "GEN1", status))
    post(world, f"{path}/receipt-confirmation")
    must(pay(world, order, kind="refunded", amount=1, reference="r3"))


def changed_life(world: World) -> None:
    """A proposal dropped, an address changed, then cancelled."""
    order = place(world)
    path = f"orders/{order['order_id']}/changes"
    address = {"ship_to": {"country": "CN", "city": "杭州市", "line1": "文三路 2 号", "postal_code": "310000"}}
    asked = {"kind": "address", "reason": "Moved", "requested_by": "customer", **address}
    first = post(world, path, asked, key="a1")
    must(world.call("DELETE", f"/v1/{path}/{first['change_id']}"))
    second = post(world, path, asked, key="a2")
    post(world, f"{path}/{second['change_id']}/apply")
    must(cancel(world, order["order_id"])[1])


def short_life(world: World) -> None:
    """Stock falls below its reorder point, is bought, comes in; an order is refused for want of it."""
    low_life(world)
    must(world.call("POST", "/v1/orders", order_body(("POSTER", 50, {})), key="too-many"), 409)
    receive(world, "POSTER", "hangzhou", 100)


def low_life(world: World) -> None:
    """An order takes the last unit above the reorder point."""
    sell(world, "POSTER", {"hangzhou": 10})
    must(world.call("PUT", "/v1/stock/POSTER/nodes/hangzhou", {"reorder_point": 9, "reorder_to": 20}))
    must(world.call("POST", "/v1/orders", order_body(("POSTER", 2, {})), key="posters"))


def spoiled_life(world: World) -> None:
    """Orders are picked by lot, one is sent and one cancelled; then what is left is over."""
    product = {"name": {"en": "Milk"}, "prices": {"cny-retail": 100}, "lots": {"min_days": 1}}
    must(world.call("PUT", "/v1/products/MILK", product))
    world.clock.advance(minutes=1)
    movement = {"movement_id": "m-milk", "kind": "receive", "sku": "MILK", "node_id": "hangzhou", "quantity": 5}
    post(world, "stock/movements", {**movement, "reason": "test", "lot": "L1", "expires_on": "2026-04-01"})
    sent, ended, given_up = (place(world, order_body(("MILK", 1, {}))) for _ in range(3))
    for number, order in enumerate((sent, ended, given_up)):
        must(pay(world, order, reference=f"milk-{number}"))
        post(world, f"fulfilments/{fulfilments(order)[0]}/pick")
    must(dispatch(world, fulfilments(sent)[0], "MILK1"))
    post(world, f"fulfilments/{fulfilments(given_up)[0]}/reject", {"reason": "closed"})
    must(cancel(world, ended["order_id"], key="c-milk", requested_by="staff")[1])
    world.clock.advance(days=40)
    world.invoke("verify_stock", SCHEDULED)


def refused_life(world: World) -> None:
    """Its node picks short and another rejects: nobody gives the rest until staff look for it again."""
    sell(world, "FRAME", {"hangzhou": 3})
    order = place(world, order_body(("FRAME", 3, {})))
    must(pay(world, order, reference="frame"))
    (first,) = fulfilments(order)
    post(world, f"fulfilments/{first}/pick", {"short": [{"line_id": "1", "quantity": 1}], "reason": "damaged"})
    post(world, f"fulfilments/{first}/reject", {"reason": "closed"})
    (incident,) = must(world.call("GET", f"/v1/orders/{order['order_id']}"))["incidents"]
    receive(world, "FRAME", "shenzhen", 9)
    post(world, f"incidents/{incident['incident_id']}/sourcing")


def proven_life(world: World) -> None:
    """Photographed when it was packed, refused at the door, delivered a day later with damage, which is settled."""
    order = place(world)
    must(pay(world, order, reference="proven"))
    (work,) = fulfilments(order)
    post(world, f"fulfilments/{work}/pack")
    post(world, f"fulfilments/{work}/packing-photos", {"photos": [packing_photo(world, work)]})
    must(dispatch(world, work, "PROVEN1"))
    shipment = shipment_id(order["order_id"], 1)
    post(world, f"shipments/{shipment}/proof", refusal(), key="d1")
    world.clock.advance(days=1)
    body = proof(signature={"image": signature(world, shipment)}, damaged=[{"line_id": "1", "quantity": 1}])
    post(world, f"shipments/{shipment}/proof", body, key="d2")
    for incident in must(world.call("GET", f"/v1/orders/{order['order_id']}"))["incidents"]:
        if incident["state"] == "open":
            post(world, f"incidents/{incident['incident_id']}/resolution", {"resolution": "settled"})


def waiting_life(world: World) -> None:
    """An order waits for goods, which are late, and gets them."""
    policy = {"availability": {"mode": "backorder", "lead_days": 2}}
    must(world.call("PUT", "/v1/products/DRILL", {"name": {"en": "D"}, "prices": {"cny-retail": 100}, **policy}))
    world.clock.advance(minutes=1)
    order = place(world, order_body(("DRILL", 2, {})))
    must(pay(world, order, reference="drill"))
    world.clock.advance(days=4)
    world.tick()
    receive(world, "DRILL", order["plan"]["fulfilments"][0]["node_id"], 2)


def paying_life(world: World) -> None:
    """A deposit and a balance by card, each at its time; one is declined, another card is given; all of it comes back,
    after a refund that failed. Another order's authorisation is let go.
    """
    with till(world) as stripe:
        parts = [{"due": "placement", "percent": "30"}, {"due": "date", "due_at": "2027-01-01T00:00:00Z"}]
        order = place(world, order_body(tenders=[CARD | {"method": DECLINED}], payment_schedule=parts))
        path = f"orders/{order['order_id']}"
        world.pump()
        post(world, f"{path}/tenders", {"tenders": [CARD]}, key="other-card")
        world.pump()
        world.clock.set(datetime(2027, 1, 1, 1, tzinfo=UTC))
        world.tick()
        world.pump()
        stripe.moods.append("late")
        must(cancel(world, order["order_id"], key="paid-back", requested_by="staff")[1])
        world.pump()
        (refund, *_) = (each for each in stripe.refunds.values() if each["status"] == "pending")
        told(world, stripe, "refund.failed", stripe.finish(refund["id"], well=False))
        held = tendered(world, CARD | {"capture": "on_dispatch"})
        world.pump()
        must(cancel(world, held["order_id"], key="let-go", requested_by="staff")[1])
        taken = place(world)
        must(pay(world, taken, reference="storefront"))
        must(cancel(world, taken["order_id"], key="abroad", requested_by="staff")[1])
        world.pump()


def cash_life(world: World) -> None:
    """Paid at the door: collected by the carrier, and handed on."""
    order = place(world, order_body(tenders=[{"provider": "cash_on_delivery"}]))
    must(dispatch(world, fulfilments(order)[0], "CASH1"))
    shipment = shipment_id(order["order_id"], 1)
    must(tell(world, "CASH1", "delivered"))
    total = order["totals"]["total"]
    cash = {"kind": "captured", "amount": total, "provider": "cash_on_delivery", "reference": shipment}
    post(world, f"orders/{order['order_id']}/payments", cash)
    post(world, f"shipments/{shipment}/remittance", {"amount": total})


def troubled_life(world: World) -> None:
    """Of five parcels one is lost, looked into and sent again; the carrier pays for one in parts, refuses one and never
    hears of one in time; the last comes damaged, which its customer reports.
    """
    sell(world, "VASE", {"hangzhou": 9})
    parcels = [{"tracking_number": f"V{number}", "lines": [{"line_id": "1", "quantity": 1}]} for number in range(5)]
    order = place(world, order_body(("VASE", 5, {})))
    must(pay(world, order, reference="vases"))
    post(world, f"fulfilments/{fulfilments(order)[0]}/dispatch", {"carrier": "generic", "parcels": parcels})
    must(tell(world, "V0", "lost"))
    (case,) = must(world.call("GET", f"/v1/orders/{order['order_id']}"))["incidents"]
    post(world, f"incidents/{case['incident_id']}/resolution", {"resolution": "contact_customer"})
    world.clock.advance(hours=25)
    world.tick()
    post(world, f"incidents/{case['incident_id']}/resolution", {"resolution": "reship"})
    claimed_life(world, order)
    must(tell(world, "V4", "delivered"))
    visit(world, f"{track(world, order)}/damage", {"key": "rpf_1", "units.1": "1", "note": "broken"})


def claimed_life(world: World, order: dict[str, Any]) -> None:
    """Three claims end in three ways."""
    half, rest = ({"amount": {"amount": amount, "currency": "CNY"}} for amount in (40, 10))
    paid, refused, late = (
        post(
            world,
            f"shipments/{shipment_id(order['order_id'], 1)}/claims",
            {"tracking_number": number, "reason": "lost"},
            key=number,
        )["claim_id"]
        for number in ("V1", "V2", "V3")
    )
    for claim in (paid, refused):
        post(world, f"claims/{claim}/filing", {"reference": "case"})
    post(world, f"claims/{paid}/acceptance", half)
    post(world, f"claims/{paid}/recovery", rest, key="p1")
    post(world, f"claims/{paid}/recovery", {**rest, "final": True}, key="p2")
    post(world, f"claims/{refused}/refusal", {"reason": "late"})
    for days in (28, 3):  # it is said three days before
        world.clock.advance(days=days)
        for _ in range(6):  # one thing of each order at a time
            world.tick()
    (shown,) = (
        each["state"]
        for each in must(world.call("GET", f"/v1/orders/{order['order_id']}"))["claims"]
        if each["claim_id"] == late
    )
    assert shown == "expired"


def complained_life(world: World) -> None:
    """Said, answered, passed on, refused and made good, asked about, reopened, rated, forgotten."""
    promotion = {"name": {"en": "Sorry"}, "requires_coupon": True, "reward": {"type": "percent", "percent": "10"}}
    must(world.call("PUT", "/v1/promotions/sorry", promotion))
    said = post(world, "complaints", {"channel": "web", "subject": "Dirty", "text": "The room is dirty."}, key="cp-1")
    world.pump()
    path = f"complaints/{said['complaint_id']}"
    post(world, f"{path}/messages", {"role": "staff", "text": "We come."}, key="cp-2")
    world.clock.advance(hours=30)
    world.tick()
    coupon = {"outcome": "coupon", "promotion_id": "sorry", "reason": "Sorry"}
    remedies = AllRemedies.carry_out
    with pytest.MonkeyPatch.context() as patch:  # the promotion ends between the decision and the coupon
        patch.setattr(AllRemedies, "carry_out", _refused)
        assert world.call("POST", f"/v1/{path}/resolution", coupon, key="cp-3").status == 409
    assert AllRemedies.carry_out is remedies
    post(world, f"{path}/resolution", coupon, key="cp-4")
    world.clock.advance(hours=25)
    world.tick()
    post(world, f"{path}/reopening", {"text": "Still dirty."}, key="cp-5")
    post(world, f"{path}/resolution", {"outcome": "apology", "reason": "Sorry"}, key="cp-6")
    token = page_token(said["complaint_id"], system_clock(), signing_keys("LinkSecret"))
    assert visit(world, f"/complaints/{token}/rate", {"score": "4", "text": "Fine"}).status == 303
    must(world.call("DELETE", f"/v1/{path}/personal-data"))


def _refused(*_: Any) -> Any:
    raise NotAllowedNow("It has ended meanwhile.")


def returned_life(world: World) -> None:
    """Of four orders that came something is sent back: with a label, with none, never, and too late for an answer."""
    policy = {"automatic": {"CNY": 5_000}, "label_account": "easypost", "address": SHOP_ADDRESS, "advance": True}
    return_policy(world, policy)
    sell(world, "LAMP", {"hangzhou": 40})
    with label_account() as carrier:
        labelled = asked_back(world, "LAMP-1", way="label")
        carrier.mode = "refuse"
        asked_back(world, "LAMP-2", way="label")
    posted = asked_back(world, "LAMP-3")
    post(world, f"returns/{posted}/tracking", {"carrier": "generic", "tracking_number": "BACK-3"})
    must(tell(world, "BACK-3", "in_transit"))
    receipt = {"node_id": "hangzhou", "units": [inspected()]}
    post(world, f"returns/{labelled}/receipt", receipt, key="back-1")
    post(world, f"returns/{posted}/receipt", receipt, key="back-3")
    refused = asked_back(world, "LAMP-4", quantity=6)
    post(world, f"returns/{refused}/decision", {"decision": "refuse"})
    asked_back(world, "LAMP-5", quantity=6)
    for days in (3, 14):
        world.clock.advance(days=days)
        for _ in range(6):
            world.tick()


def unpaid_life(world: World) -> None:
    """Cancelled for want of money, which then comes after all."""
    order = place(world)
    world.clock.advance(hours=48)
    world.tick()
    must(pay(world, order))


def test_every_type_is_published_and_each_fits_its_schema(world: World) -> None:
    for life in (
        delivered_life,
        changed_life,
        unpaid_life,
        short_life,
        spoiled_life,
        refused_life,
        proven_life,
        waiting_life,
        troubled_life,
        complained_life,
        returned_life,
        cash_life,
        paying_life,
    ):
        life(world)
        world.pump()
    checks = {path.stem: Draft202012Validator(json.loads(path.read_text())) for path in SCHEMAS.glob("*.json")}
    wrong = {
        event["detail-type"]: [error.message for error in checks[event["detail-type"]].iter_errors(event["detail"])]
        for event in world.bus
    }
    assert {type_: errors for type_, errors in wrong.items() if errors} == {}
    assert set(wrong) == set(EVENT_TYPES)


def test_the_webhooks_queue_gets_what_an_endpoint_wants_and_nothing_before_there_is_one(world: World) -> None:
    def arrived() -> list[tuple[str, str]]:
        world.publish()
        waiting = [json.loads(message.body) for message in world.queues.pop(queue_url("Webhooks"), [])]
        return [(each["detail"]["order_id"], each["detail-type"]) for each in waiting]

    place(world)
    assert arrived() == []
    endpoint = {"url": "https://shop.example/ordo", "event_types": ["payment.captured"], "channels": ["web"]}
    must(world.call("PUT", "/v1/webhook-endpoints/shop", endpoint))
    must(world.call("PUT", "/v1/webhook-endpoints/shop", {**endpoint, "state": "disabled"}))
    order = place(world)
    must(pay(world, order))
    assert arrived() == [(order["order_id"], "payment.captured")]


def test_no_event_holds_personal_data(world: World) -> None:
    delivered_life(world)
    changed_life(world)
    world.pump()
    text = json.dumps(world.bus, ensure_ascii=False)
    for personal in ("示例", "13800000000", "@example.com", "文三路"):
        assert personal not in text


def test_stock_events_arrive_at_an_endpoint_of_every_channel_in_order_and_at_no_other(world: World) -> None:
    taken: list[tuple[str, str, int]] = []

    def receiver(endpoint: Endpoint, message: EventMessage) -> Outcome:
        taken.append((endpoint.endpoint_id, message.type, message.seq))
        return Outcome(delivered=True)

    world.receive = receiver
    for name, channels in (("purchasing", ["*"]), ("web", ["web"])):
        endpoint = {"url": "https://shop.example/ordo", "event_types": ["*"], "channels": channels}
        must(world.call("PUT", f"/v1/webhook-endpoints/{name}", endpoint, client=Client(channels=("*",))))
    world.clock.advance(seconds=1)
    low_life(world)
    world.pump()
    stock = [(name, type_, seq) for name, type_, seq in taken if type_.startswith(("stock.", "purchase."))]
    assert stock == [("purchasing", "stock.low", 1), ("purchasing", "purchase.required", 2)]
    assert ("web", "order.placed", 1) in taken


def test_a_refused_order_writes_no_order_and_tells_purchasing_once_however_often_it_is_sent(world: World) -> None:
    sell(world, "POSTER", {"hangzhou": 3})
    before = world.aws.scan(TableName="OrdersTable")["Count"]
    for _ in range(2):
        answer = world.call("POST", "/v1/orders", order_body(("POSTER", 50, {})), key="too-many")
        assert (answer.status, answer.code) == (409, "out_of_stock")
    assert world.aws.scan(TableName="OrdersTable")["Count"] == before
    (found,) = must(world.call("GET", "/v1/purchase-requirements?node=hangzhou"))["requirements"]
    assert (found["sku"], found["quantity"]) == ("POSTER", 47)
    world.pump()
    assert [event["detail-type"] for event in world.bus] == ["stock.short", "purchase.required"]


def test_an_order_that_stays_above_the_point_reads_and_writes_nothing_more(world: World) -> None:
    sell(world, "POSTER", {"hangzhou": 10})
    must(world.call("PUT", "/v1/stock/POSTER/nodes/hangzhou", {"reorder_point": 5, "reorder_to": 20}))
    with world.record() as calls:
        must(world.call("POST", "/v1/orders", order_body(("POSTER", 5, {})), key="posters"))
    assert [call.operation for call in calls if call.function == "commit_order"].count("TransactWriteItems") == 1
    assert not any("stockevent#" in json.dumps(call.request, default=str) for call in calls)


def test_what_cannot_be_told_does_not_change_the_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no table")

    monkeypatch.setattr(DynamoShortages, "watched", broken)
    must(world.call("PUT", "/v1/products/POSTER", {"name": {"en": "POSTER"}, "prices": {"cny-retail": 1000}}))
    monkeypatch.setattr(Shortages, "moved", lambda *_: None)
    receive(world, "POSTER", "hangzhou", 10)
    DynamoStockSettings("SupplyTable").put("POSTER", "hangzhou", StockSettings(reorder_point=9, reorder_to=20))
    must(world.call("POST", "/v1/orders", order_body(("POSTER", 2, {})), key="posters"))
    answer = world.call("POST", "/v1/orders", order_body(("POSTER", 50, {})), key="too-many")
    assert (answer.status, answer.code) == (409, "out_of_stock")
