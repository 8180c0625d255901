"""Least privilege both ways: the functions use nothing that their roles lack, and the roles hold nothing unused.

One long day of a shop, in process, with every AWS call of every handler recorded.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from ordo.kernel.clock import system_clock
from ordo.orders.model import fulfilment_id, shipment_id
from tests.support import lambdas
from tests.support.blueprint import queue_url
from tests.support.browser import visit
from tests.support.events import SCHEDULED, Message, sqs_record
from tests.support.label_server import label_account
from tests.support.pushes import signed
from tests.support.receiver import Receiver, receiver
from tests.support.reservations import order_with, reserve
from tests.support.returned import SHOP_ADDRESS, ask, came, inspected, received, return_policy
from tests.support.shop import (
    cancel,
    dispatch,
    fulfilments,
    must,
    order_body,
    pay,
    place,
    promise_body,
    quote_body,
    receive,
    sell,
    shop_world,
    simple,
    tell,
)
from tests.support.signed import sign_path
from tests.support.stripe_server import DECLINED
from tests.support.till import CARD, granted, money, movements, tendered, till, told
from tests.support.tracked import track
from tests.support.uploads import JPEG, packing_photo, photo, proof, refusal, upload
from tests.support.wire import Answer as WireAnswer
from tests.support.wire import Call, NoFault
from tests.support.world import Client, World
from tools.checks.estate import read_estate
from tools.checks.grants import Grant, grants

pytestmark = pytest.mark.timeout(900)
"""The day is long, and runs before the first test."""
EVERYONE = Client(channels=("*",))

WITHOUT_A_CALL = {
    "logs:CreateLogStream": "Lambda itself writes the logs",
    "logs:PutLogEvents": "Lambda itself writes the logs",
    "xray:PutTraceSegments": "Lambda itself sends the traces",
    "xray:PutTelemetryRecords": "Lambda itself sends the traces",
    "dynamodb:DescribeStream": "Lambda itself reads the stream",
    "dynamodb:GetRecords": "Lambda itself reads the stream",
    "dynamodb:GetShardIterator": "Lambda itself reads the stream",
    "dynamodb:ListStreams": "Lambda itself reads the stream",
    "sqs:ReceiveMessage": "Lambda itself reads the queue",
    "sqs:DeleteMessage": "Lambda itself reads the queue",
    "sqs:GetQueueAttributes": "Lambda itself reads the queue",
}
"""Grants that no call of a handler can use."""
DESTINATIONS = {
    Grant(name, "sqs:SendMessage", "ScheduleDlq")
    for name in (
        "watch_deadlines",
        "publish_events",
        "verify_stock",
        "anchor_timelines",
        "measure_transit",
        "move_money",
        "signal_case",
    )
}
"""Where Lambda itself tells of a failed asynchronous call, with the function's role."""
SIGNED = {
    Grant("prove_delivery", "s3:PutObject", "FilesBucket/uploads/*"),
    Grant("prove_delivery", "s3:GetObject", "FilesBucket/files/*"),
    Grant("sign_delivery", "s3:PutObject", "FilesBucket/uploads/*"),
    Grant("show_tracking", "s3:PutObject", "FilesBucket/uploads/*"),
    Grant("return_order", "s3:PutObject", "FilesBucket/uploads/*"),
    Grant("return_order", "s3:GetObject", "FilesBucket/files/*"),
}
"""What others do with a form or a link that a function has signed: S3 asks what the signer may."""
_MEMBERS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


def used(call: Call) -> Iterator[Grant]:
    """What IAM asks for a call: a transaction is asked for item by item."""
    request = call.request
    if call.service == "dynamodb":
        for action, resource in _of_dynamodb(call.operation, request):
            yield Grant(call.function, f"dynamodb:{action}", resource)
    elif call.service == "stepfunctions":
        yield Grant(call.function, f"states:{call.operation}", _of_machines(call.function, request))
    elif call.service == "events":
        yield Grant(call.function, "events:PutEvents", request["Entries"][0]["EventBusName"])
    elif call.service == "sqs":
        yield Grant(call.function, "sqs:SendMessage", request["QueueUrl"].rpartition("/")[2])
    elif call.service == "sesv2":
        yield Grant(call.function, "ses:SendEmail", "*")
    elif call.service == "sns":
        yield Grant(call.function, "sns:Publish", "*")
    elif call.service == "secretsmanager":
        yield Grant(call.function, "secretsmanager:GetSecretValue", request["SecretId"])
    elif call.service == "s3":
        yield from _of_s3(call)
    else:
        raise AssertionError(f"no rule for {call.service}.{call.operation}")


def _of_machines(function: str, request: dict[str, Any]) -> str:
    """A machine by its name, also of a token, which one machine gives; its executions as the template names them."""
    if "stateMachineArn" in request:
        return str(request["stateMachineArn"].rpartition(":")[2])
    named = request.get("taskToken") or request["executionArn"]  # a case's id is in both
    machine = next((machine for case, machine in MACHINES.items() if case in named), MACHINES["inc_"])
    return machine if "taskToken" in request else executions(machine)


MACHINES = {"cmp_": "ResolveComplaintMachine", "ret_": "ReturnOrderMachine", "inc_": "ResolveIncidentMachine"}
"""What carries cases, by how their ids begin."""


def executions(machine: str) -> str:
    """As the template names them."""
    arn = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:"
    return str({"Fn::Sub": f"{arn}${{{machine}.Name}}:*"})


def _of_s3(call: Call) -> Iterator[Grant]:
    """Objects by the first folder of their key. Who may not list is told that a missing object is forbidden."""
    bucket, _, key = call.request["path"].lstrip("/").partition("/")
    if call.operation != "PutObject":
        yield Grant(call.function, "s3:ListBucket", bucket)
    if key:
        folder = f"{key.partition('/')[0]}/" if "/" in key else ""
        yield Grant(call.function, f"s3:{call.operation}", f"{bucket}/{folder}*")


def _of_dynamodb(operation: str, request: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if operation == "TransactWriteItems":
        for write in request["TransactItems"]:
            ((member, wanted),) = write.items()
            yield _MEMBERS[member], wanted["TableName"]
    elif operation == "BatchGetItem":
        yield from ((operation, table) for table in request["RequestItems"])
    else:
        index = f"/index/{request['IndexName']}" if "IndexName" in request else ""
        yield operation, request["TableName"] + index


class NoCommit(NoFault):
    """DynamoDB takes no transaction of one function, or only the first ones."""

    def __init__(self, function: str, after: int = 0) -> None:
        self.function, self.left = function, after

    def before(self, call: Call) -> WireAnswer | None:
        if call.function == self.function and call.operation in {"TransactWriteItems", "PutItem"}:
            self.left -= 1
            if self.left >= 0:
                return None
            raise ConnectionError("out of reach")
        return None


class SoldMeanwhile(NoFault):
    """Just before the first transaction of a function's commit a unit of the last product breaks."""

    def __init__(self, world: World, sku: str, function: str = "commit_order") -> None:
        self.world, self.sku, self.function, self.done = world, sku, function, False

    def before(self, call: Call) -> WireAnswer | None:
        if call.function == self.function and call.operation == "TransactWriteItems" and not self.done:
            self.done = True
            name = f"m-broken-{self.function}"
            broken = {"movement_id": name, "kind": "damage", "sku": self.sku, "node_id": "hangzhou"}
            must(self.world.call("POST", "/v1/stock/movements", {**broken, "quantity": 1, "reason": "test"}))
        return None


class CommitUnheard(NoFault):
    """The answer of the first commit of a placement is lost, however often it is asked for."""

    def __init__(self) -> None:
        self.first: Call | None = None

    def after(self, call: Call) -> None:
        if call.function == "commit_order" and call.operation == "TransactWriteItems":
            self.first = self.first or call
            if call is self.first:
                raise ConnectionError("lost on the way back")


def a_day(world: World, key: str) -> None:
    """Everything that the roles are for, at least once."""
    with receiver() as merchant:
        _master_data(world, merchant.url)
        _messages(world)
        order = _place_and_find(world, key)
        _prices(world, order)
        _supply(world)
        _lots(world)
        _changes_and_holds(world)
        _work(world, order)
        _refusals(world)
        _incidents(world)
        _complaints(world)
        _returns(world)
        _stuck(world)
        _large(world)
        _late_money(world)
        _coupons(world)
        _late_cards(world)
        _reservations(world)
        _backorders(world)
        _on_the_page(world)
        _deliveries(world)
        _signing(world)
        _money(world)
        world.pump()
        world.invoke("signal_case", SCHEDULED)
        for _ in range(2):
            world.invoke("anchor_timelines", SCHEDULED)
        must(world.call("GET", f"/v1/orders/{order['order_id']}/timeline?verify=true"))
        must(world.call("GET", "/v1/orders?standing=late"))
        _what_goes_wrong(world, merchant)
        _nights(world)
        _silence(world)


def _money(world: World) -> None:
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


def _late_cards(world: World) -> None:
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


def _silence(world: World) -> None:
    """Nothing is heard of a parcel: its incident is opened by the channel's policy."""
    order = place(world)
    must(pay(world, order, reference="silent"))
    must(dispatch(world, fulfilments(order)[0], "SILENT1"))
    for days in (3, 9, 30):
        world.tick(system_clock() + timedelta(days=days))
    assert must(world.call("GET", f"/v1/orders/{order['order_id']}"))["incidents"]


def _nights(world: World) -> None:
    """Deliveries are measured, and forgotten a season later."""
    world.clock.advance(hours=2)
    world.invoke("measure_transit", SCHEDULED)
    world.clock.advance(days=100)
    world.invoke("measure_transit", SCHEDULED)


def _master_data(world: World, url: str) -> None:
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


def _place_and_find(world: World, key: str) -> dict[str, Any]:
    body = order_body(external_id="WEB-7")
    order = place(world, body, key="one")
    must(world.call("POST", "/v1/orders", body, key="one"))
    phone, email = (quote(body["customer"][name]) for name in ("phone", "email"))
    known = (f"phone={phone}", f"email={email}")
    for query in ("status=placed", "customer_id=c-77", "external_id=WEB-7&channel=web", *known):
        must(world.call("GET", f"/v1/orders?{query}", client=key))
    must(world.call("GET", f"/v1/orders/{order['order_id']}"))
    must(world.call("GET", f"/v1/orders/{order['order_id']}/timeline"))
    with world.fault(CommitUnheard()):
        place(world)
    return order


def _prices(world: World, order: dict[str, Any]) -> None:
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


def _supply(world: World) -> None:
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


def _lots(world: World) -> None:
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


def _reservations(world: World) -> None:
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


def _backorders(world: World) -> None:
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


def _changes_and_holds(world: World) -> None:
    order_id = place(world)["order_id"]
    moved = {"country": "CN", "city": "杭州市", "line1": "文三路 2 号", "postal_code": "310000"}
    body = {
        "kind": "address",
        "reason": "Moved",
        "requested_by": "customer",
        "ship_to": moved,
        "phone": "+8613800000001",
    }
    for key, what in (("a1", "apply"), ("a2", "drop")):
        change = must(world.call("POST", f"/v1/orders/{order_id}/changes", body, key=key))["change_id"]
        path = f"/v1/orders/{order_id}/changes/{change}"
        must(world.call("POST", f"{path}/apply") if what == "apply" else world.call("DELETE", path))
    for _ in range(2):
        hold = must(world.call("POST", f"/v1/orders/{order_id}/holds", {"kind": "fraud", "reason": "Look"}, key="h1"))
    must(world.call("POST", f"/v1/orders/{order_id}/holds/{hold['hold_id']}/release"))
    cancel(world, order_id)
    must(world.call("POST", f"/v1/orders/{order_id}/holds", {"kind": "fraud", "reason": "Late"}, key="h2"), 409)


def _work(world: World, order: dict[str, Any]) -> None:
    must(pay(world, order))
    node = order["plan"]["fulfilments"][0]["node_id"]
    must(world.call("GET", f"/v1/fulfilments?node={node}&state=open"))
    tell(world, "EARLY1", "picked_up")
    tell(world, "NEVER1", "picked_up")
    world.tick(system_clock() + timedelta(hours=1))
    for fulfilment in fulfilments(order):
        must(dispatch(world, fulfilment, "EARLY1"))
    world.tick(system_clock() + timedelta(minutes=2))
    with world.fault(NoCommit("receive_carrier_event")):
        tell(world, "EARLY1", "in_transit")
    world.pump()
    must(tell(world, "EARLY1", "delivered"))
    strange = signed("easypost", b"[]", system_clock())
    must(world.call("POST", "/v1/carriers/easypost/events", strange.body, dict(strange.headers)), 200)
    (kept,) = must(world.call("GET", "/v1/carrier-pushes"))["pushes"]
    must(world.call("GET", f"/v1/carrier-pushes/{kept['push_id']}"))
    confirmation = {"confirmed_by": "customer"}
    must(world.call("POST", f"/v1/orders/{order['order_id']}/receipt-confirmation", confirmation))


def _deliveries(world: World) -> str:
    """Photographed when it was packed, refused, delivered later with files, judged, verified; the order's id."""
    order = place(world)
    must(pay(world, order, reference=order["order_id"]))
    (work,) = fulfilments(order)
    must(world.call("POST", f"/v1/fulfilments/{work}/pack"))
    must(world.call("POST", f"/v1/fulfilments/{work}/packing-photos", {"photos": [packing_photo(world, work)]}))
    must(dispatch(world, work, f"D{order['order_id']}"))
    shipment = shipment_id(order["order_id"], 1)
    path = f"/v1/shipments/{shipment}/proof"
    must(world.call("POST", path, refusal(), key=f"refused-{shipment}"))
    must(world.call("POST", path, proof(photos=[photo(world, shipment)]), key=f"proven-{shipment}"))
    must(world.call("POST", path, refusal(), key=f"late-{shipment}"), 409)
    must(world.call("GET", path))
    must(world.call("GET", f"/v1/orders/{order['order_id']}/liability?line_id=1"))
    must(world.call("GET", f"/v1/orders/{order['order_id']}/timeline?verify=true"))
    order_id: str = order["order_id"]
    return order_id


def _signing(world: World) -> None:
    """A courier has a parcel signed for, twice with the same key."""
    order = place(world)
    must(pay(world, order, reference="signed"))
    must(dispatch(world, fulfilments(order)[0], "TRK-S"))
    link = sign_path(world, order)
    assert visit(world, link).status == 200
    headers = {"content-type": "application/json", "idempotency-key": "device-9.0"}
    wanted = json.dumps({"kind": "photo", "content_type": "image/jpeg"}).encode()
    for _ in range(2):
        picture = upload(world, json.loads(visit(world, f"{link}/uploads", wanted, headers).html), JPEG)
        damaged = [{"line_id": "1", "quantity": 1}]
        body = json.dumps(proof(tracking_number="TRK-S", photos=[picture], damaged=damaged)).encode()
        assert visit(world, f"{link}/proof", body, headers).status == 201
    _on_the_page_afterwards(world, order)


def _on_the_page_afterwards(world: World, order: dict[str, Any]) -> None:
    """The customer reports damage with a photo, twice with the same form, and has had enough of messages."""
    link = track(world, order)
    assert visit(world, f"{link}/damage").status == 200
    headers = {"content-type": "application/json"}
    wanted = json.dumps({"kind": "photo", "content_type": "image/jpeg"}).encode()
    form = {"key": "rpf_1", "units.1": "1", "note": "broken"}
    for _ in range(2):
        picture = upload(world, json.loads(visit(world, f"{link}/damage-upload", wanted, headers).html), JPEG)
        assert visit(world, f"{link}/damage", {**form, "photos": picture}).status == 303
    must(world.call("GET", f"/v1/orders/{order['order_id']}/damage-reports"))


def _incidents(world: World) -> None:
    """Parcels are lost: sent again, refunded, claimed for, found; their executions begin, end, and are replaced."""
    sell(world, "VASE", {"hangzhou": 1, "shenzhen": 3})
    buds = order_body(("AURORA-BUDS", 1, {"colour": "blue"}), coupons=["AUDIO10"])
    lost = [place(world, body) for body in (simple("VASE", 1), simple("VASE", 1), buds)]
    for number, order in enumerate(lost):
        must(pay(world, order, reference=f"vase-{number}"))
        must(dispatch(world, fulfilments(order)[0], f"V{number}"))
        tell(world, f"V{number}", "lost", minutes=30)
    world.pump()
    page = must(world.call("GET", "/v1/incidents?owner=operations&limit=1"))
    must(world.call("GET", f"/v1/incidents?owner=operations&cursor={quote(page['next_cursor'])}"))
    cases = [
        must(world.call("GET", f"/v1/orders/{order['order_id']}"))["incidents"][0]["incident_id"] for order in lost
    ]
    must(world.call("GET", f"/v1/incidents/{cases[0]}"))
    reserve(world, ("VASE", 2))
    world.clock.advance(minutes=16)  # what has expired is given back for the reship
    must(world.call("POST", f"/v1/incidents/{cases[0]}/resolution", {"resolution": "reship"}))
    reship = {"kind": "reship", "reason": "Lost", "requested_by": "staff", "incident_id": cases[1]}
    path = f"/v1/orders/{lost[1]['order_id']}/changes"
    change = must(world.call("POST", path, reship, key="reship"))["change_id"]
    must(world.call("POST", f"{path}/{change}/apply"))
    must(world.call("POST", f"/v1/incidents/{cases[2]}/resolution", {"resolution": "claim"}))
    world.clock.advance(hours=25)
    world.tick()
    world.pump()
    must(world.call("POST", f"/v1/incidents/{cases[2]}/resolution", {"resolution": "refund"}))
    late = {"step": "await", "incident_id": cases[2], "run": 9, "execution": "arn:gone", "token": "gone"}
    world.invoke("resolve_incident", late)
    world.pump()


def _complaints(world: World) -> None:
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


def _returns(world: World) -> None:
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


def _stuck(world: World) -> None:
    """Executions of returns have died: the hourly look begins them anew."""
    for name, each in world.edge.carried.items():
        if name.startswith("ret_") and each.status == "RUNNING":
            each.status, each.token = "FAILED", None
    world.clock.advance(minutes=20)
    assert world.invoke("signal_case", SCHEDULED)["resumed"]
    world.pump()


def _refusals(world: World) -> None:
    """A node with a capacity picks short; what it has not is sourced again, and at last an incident."""
    present = must(world.call("GET", "/v1/nodes/hangzhou"))
    must(world.call("PUT", "/v1/nodes/hangzhou", present | {"capacity": {"units": 900}}))
    world.clock.advance(minutes=1)
    sell(world, "RARE", {"hangzhou": 3, "shenzhen": 1})
    order = place(world, simple("RARE", 3))
    must(pay(world, order, reference="rare"))
    (first,) = fulfilments(order)
    short = {"short": [{"line_id": "1", "quantity": 1}], "reason": "missing"}
    must(world.call("POST", f"/v1/fulfilments/{first}/pick", short))
    incident = must(world.call("POST", f"/v1/fulfilments/{first}/reject", {"reason": "closed"}))["incident"]
    must(world.call("POST", f"/v1/incidents/{incident}/sourcing"))
    sell(world, "SCARCE", {"hangzhou": 1, "shenzhen": 2})
    order = place(world, simple("SCARCE", 1))
    must(pay(world, order, reference="scarce"))
    reserve(world, ("SCARCE", 2))
    world.clock.advance(minutes=16)  # what has expired is given back for the node that takes over
    assert not must(world.call("POST", f"/v1/fulfilments/{fulfilments(order)[0]}/reject", {"reason": "closed"})).get(
        "incident"
    )


def _large(world: World) -> None:
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


def _late_money(world: World) -> None:
    """Paid after it was cancelled and its stock was sold elsewhere: another node has what it needs."""
    sell(world, "LAST", {"hangzhou": 2})
    order = place(world, simple("LAST", 2))
    world.tick(system_clock() + timedelta(days=3))
    assert must(world.call("GET", f"/v1/orders/{order['order_id']}"))["status"] == "cancelled"
    place(world, simple("LAST", 2))
    receive(world, "LAST", "shenzhen", 2)
    assert must(pay(world, order, reference="late"))["status"] == "released"


def _coupons(world: World) -> None:
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


def _on_the_page(world: World) -> None:
    """A customer looks, changes the address, and cancels whatever may be cancelled: large, with coupons, waiting."""
    must(world.call("PUT", "/v1/coupons/PAGE", {"promotion_id": "tenth", "total_limit": 9}))
    with_coupon = order_body(coupons=["PAGE"])
    with_coupon["customer"] = {**with_coupon["customer"], "customer_id": "c-page"}
    for sku in ("PIN", "CLIP"):
        sell(world, sku, {"shenzhen": 128})
        must(world.call("PUT", f"/v1/stock/{sku}/nodes/shenzhen", {"buckets": 64}))
    large = order_body(*((sku, 128, {}) for sku in ("PIN", "CLIP")))
    waiting = simple("DRILL", 2)
    for body in (with_coupon, large, waiting):
        order = place(world, body)
        link = track(world, order)
        for form in ({"city": "上海市", "line1": "南京路 1 号"}, None):
            version = str(must(world.call("GET", f"/v1/orders/{order['order_id']}"))["version"])
            action = "cancel" if form is None else "address"
            for _ in range(2):
                assert visit(world, f"{link}/{action}", {**(form or {}), "version": version}).status == 303
        assert must(world.call("GET", f"/v1/orders/{order['order_id']}"))["status"] == "cancelled"


def _messages(world: World) -> None:
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


class NoMail(NoFault):
    """SES is busy."""

    def before(self, call: Call) -> WireAnswer | None:
        if call.service == "sesv2":
            return 429, {"x-amzn-errortype": "TooManyRequestsException"}, "{}"
        return None


def _what_goes_wrong(world: World, merchant: Receiver) -> None:
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


@pytest.fixture(scope="module")
def calls() -> Iterator[list[Call]]:
    with pytest.MonkeyPatch.context() as patch, shop_world() as world:
        patch.setattr(lambdas, "_idle", defaultdict(list))  # no container that began without this setting
        patch.setitem(world.blueprint.environments["notify_customer"], "MAIL_FROM", "shop@example.com")
        patch.setitem(world.blueprint.environments["notify_customer"], "SMS", "true")
        for function in ("manage_catalog", "deliver_webhook", "notify_customer"):
            patch.setitem(world.blueprint.environments[function], "ALLOW_PRIVATE_WEBHOOKS", "true")
        key = world.new_key()
        with world.record() as recorded:
            a_day(world, key)
        yield [call for call in recorded if not call.is_workflow]


def test_no_call_needs_what_its_role_lacks(calls: list[Call]) -> None:
    missing = {grant for call in calls for grant in used(call)} - grants(read_estate())
    assert "\n".join(str(grant) for grant in sorted(missing)) == ""


def test_no_role_holds_what_no_call_uses(calls: list[Call]) -> None:
    granted = {grant for grant in grants(read_estate()) if grant.action not in WITHOUT_A_CALL}
    unused = granted - {grant for call in calls for grant in used(call)} - DESTINATIONS - SIGNED
    assert "\n".join(str(grant) for grant in sorted(unused)) == ""
