"""The machine that carries returns, deployed: approved, refused, late, in parts, damaged, exchanged and refunded.

Everything is asked for and told through the API; executions are looked at as Step Functions knows them. What takes days
is taken as gone by, and the watcher looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest

from ordo.kernel.clock import system_clock, to_iso
from tests.support.cloud import Cloud
from tests.support.events import SCHEDULED
from tests.support.polling import eventually
from tests.support.shop import must
from tests.support.stage import on_the_cloud
from tests.support.stripe_server import StripeServer
from tests.support.till import CARD, EVENTS
from tests.support.verbs import Json, Shop
from tools.outbox import invoke

pytestmark = pytest.mark.cloud
WITHIN_S = 60
CHANNEL = "e2e-returns"
POLICY = {
    "automatic": {"CNY": 50_000},
    "automatic_faults": {"CNY": 50_000},
    "excluded_categories": ["outlet"],
    "deductions": {"damaged": "40"},
    "unanswered": "refuse",
    "advance": True,
}


@dataclass
class Desk:
    """What customers, staff and nodes do with returns on the cloud, and what is seen there."""

    cloud: Cloud
    shop: Shop
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def came(self, sku: str, quantity: int = 1, **body: Any) -> Json:
        """A paid order of it, at 10.00 each, that its customer has."""
        asked = self.shop.asks_for((sku, quantity, {}), external_id=f"{sku}-{next(self._numbers)}")
        order = self.shop.places({**asked, **body})
        if not body.get("tenders"):
            self.shop.pays(order)
        status = partial(self.shop.order, order["order_id"])
        eventually(status, lambda now: now["status"] == "released", deadline_s=WITHIN_S)
        work = self.shop.works("hangzhou", order)
        self.shop.carrier_says(self.leaves(work["fulfilment_id"]), "delivered")
        return order

    def leaves(self, fulfilment_id: str) -> str:
        """It leaves its node; under which number."""
        number = f"BACK{next(self._numbers)}"
        parcel = {"carrier": "generic", "tracking_number": f"{self.shop.stage.run}-{number}"}
        self.shop.does("POST", f"/v1/fulfilments/{fulfilment_id}/dispatch", parcel)
        return number

    def ask(self, order: Json, quantity: int = 1, **fields: Any) -> str:
        """The customer asks; the return's id."""
        lines = [{"line_id": "1", "quantity": quantity}]
        body = {"lines": lines, "reason": "too_small", **fields}
        return str(self._keyed(f"/v1/orders/{order['order_id']}/returns", body)["return_id"])

    def count(self, name: str, quantity: int = 1, *, complete: bool = False, **unit: Any) -> Json:
        """A node counts what came."""
        told = {"line_id": "1", "quantity": quantity, "condition": "as_new", "disposition": "restock", **unit}
        return self._keyed(
            f"/v1/returns/{name}/receipt", {"node_id": "hangzhou", "units": [told], "complete": complete}
        )

    def decide(self, name: str, decision: str) -> Json:
        """Staff decide."""
        return self.shop.does("POST", f"/v1/returns/{name}/decision", {"decision": decision})

    def read(self, name: str) -> Json:
        """The return as the API shows it."""
        return self.shop.does("GET", f"/v1/returns/{name}")

    def becomes(self, name: str, state: str) -> Json:
        """The return, once the machine (or whoever) has brought it there."""
        return eventually(partial(self.read, name), lambda found: found["state"] == state, deadline_s=WITHIN_S)

    def execution(self, name: str) -> str | None:
        """How its execution stands, as Step Functions knows it."""
        machines = self.cloud.aws.stepfunctions.list_state_machines()["stateMachines"]
        (machine,) = (each["stateMachineArn"] for each in machines if "ReturnOrder" in each["name"])
        listed = self.cloud.aws.stepfunctions.list_executions(stateMachineArn=machine)["executions"]
        return next((str(each["status"]) for each in listed if each["name"] == name), None)

    def ends(self, name: str) -> None:
        """Its execution succeeds."""
        eventually(partial(self.execution, name), lambda status: status == "SUCCEEDED", deadline_s=WITHIN_S)

    def overdue(self, order: Json, name: str) -> None:
        """Its deadline has passed, and the watcher looks."""
        past, order_id = {":past": {"S": to_iso(system_clock() - timedelta(minutes=1))}}, {"S": order["order_id"]}
        table = self.cloud.target.name("OrdersTable")
        self.cloud.aws.dynamodb.update_item(
            TableName=table,
            Key={"pk": order_id, "sk": {"S": f"return#{name}"}},
            UpdateExpression="SET deadline = :past",
            ExpressionAttributeValues=past,
        )
        self.cloud.aws.dynamodb.update_item(
            TableName=table,
            Key={"pk": order_id, "sk": {"S": "order"}},
            UpdateExpression="SET open_returns.#name = :past, deadlines.#kind = :past, deadline_at = :past",
            ExpressionAttributeNames={"#name": name, "#kind": "return"},
            ExpressionAttributeValues=past,
        )
        invoke(self.cloud.target, "WatchDeadlinesFunction", SCHEDULED)

    def balance(self, order: Json) -> dict[str, int]:
        """What the order costs now, and what is to be paid or paid back."""
        shown = self.shop.order(order["order_id"])["balance"]
        return {name: shown[name]["amount"] for name in ("owed", "due", "refund_due")}

    def _keyed(self, path: str, body: Json) -> Json:
        key = f"{self.shop.stage.run}-return-{next(self._numbers)}"
        answered: Json = must(self.shop.stage.call("POST", path, body, key=key))
        return answered


@pytest.fixture(scope="module")
def desk(cloud: Cloud) -> Iterator[Desk]:
    policy = {"price_lists": {"CNY": "cny-retail"}, "payment_deadline_minutes": 30, "completion_days": 1}
    tax = {"mode": "inclusive", "rate_percent": "13"}
    channel = {**policy, "tax": tax, "required_contact": ["name", "phone"], "returns": {"policy": POLICY}}
    cloud.api.put(f"/v1/channels/{CHANNEL}", channel)
    with on_the_cloud(cloud, CHANNEL) as stage:
        yield Desk(cloud, Shop(stage, CHANNEL))


@pytest.fixture
def sold(desk: Desk, sku: str) -> str:
    """Nine of them at Hangzhou, for 10.00."""
    return desk.shop.sells(sku, {"hangzhou": 9})


def test_it_is_approved_by_the_policy_comes_back_in_parts_and_is_refunded(desk: Desk, sold: str) -> None:
    order = desk.came(sold, 3)
    name = desk.ask(order, 3)
    found = desk.becomes(name, "approved")
    assert (found["verdict"], found["decided_by"], desk.execution(name)) == ("automatic", "policy", "RUNNING")
    found = desk.count(name, 2)
    assert (found["state"], found["refunded"]["amount"], desk.balance(order)["refund_due"]) == (
        "part_received",
        2_000,
        2_000,
    )
    assert desk.shop.shelf(sold)["hangzhou"] == (8, 0)
    found = desk.count(name)
    assert (found["state"], found["refunded"]["amount"]) == ("settled", 3_000)
    assert (desk.shop.shelf(sold)["hangzhou"], desk.balance(order)["refund_due"]) == ((9, 0), 3_000)
    desk.ends(name)


def test_what_is_damaged_is_worth_less_and_moves_no_stock(desk: Desk, sold: str) -> None:
    order = desk.came(sold, 2)
    name = desk.ask(order, 2)
    desk.becomes(name, "approved")
    found = desk.count(name, 1, complete=True, condition="damaged", disposition="scrap")
    assert (found["state"], found["refunded"]["amount"], found["deducted"]["amount"]) == ("settled", 600, 400)
    assert found["differences"] == [{"line": "1", "announced": 2, "received": 1}]
    assert (desk.shop.shelf(sold)["hangzhou"], desk.balance(order)["refund_due"]) == ((7, 0), 600)
    desk.ends(name)


def test_what_the_policy_excludes_is_refused_by_the_machine(desk: Desk, sku: str) -> None:
    product = {"name": {"en": sku}, "prices": {"cny-retail": 1000}, "categories": ["outlet"]}
    desk.shop.does("PUT", f"/v1/products/{sku}", product)
    desk.shop.counts(sku, "hangzhou", 2)
    name = desk.ask(desk.came(sku))
    found = desk.becomes(name, "refused")
    assert [each["rule"] for each in found["findings"] if each["verdict"] == "refused"] == ["excluded_category"]
    desk.ends(name)


def test_what_is_dear_waits_for_people_who_may_refuse_it(desk: Desk, sku: str) -> None:
    desk.shop.sells(sku, {"hangzhou": 2}, price=60_000)
    order = desk.came(sku)
    name = desk.ask(order)
    eventually(partial(desk.execution, name), lambda status: status == "RUNNING", deadline_s=WITHIN_S)
    assert (desk.read(name)["state"], desk.read(name)["verdict"]) == ("requested", "by_hand")
    assert desk.decide(name, "refuse")["state"] == "refused"
    desk.ends(name)
    assert desk.balance(order)["refund_due"] == 0


def test_what_nobody_answers_is_refused_as_the_policy_says(desk: Desk, sku: str) -> None:
    desk.shop.sells(sku, {"hangzhou": 2}, price=60_000)
    order = desk.came(sku)
    name = desk.ask(order)
    eventually(partial(desk.execution, name), lambda status: status == "RUNNING", deadline_s=WITHIN_S)
    desk.overdue(order, name)
    assert desk.becomes(name, "refused")["ending"] == "unanswered"
    desk.ends(name)


def test_goods_that_never_come_end_it(desk: Desk, sold: str) -> None:
    order = desk.came(sold)
    name = desk.ask(order)
    desk.becomes(name, "approved")
    desk.overdue(order, name)
    assert desk.becomes(name, "ended")["ending"] == "timed_out"
    desk.ends(name)
    assert (desk.balance(order)["refund_due"], desk.shop.shelf(sold)["hangzhou"]) == (0, (8, 0))


def exchanged(desk: Desk, order: Json, sku: str, *, advance: bool = False) -> tuple[str, Json]:
    """Asked for and approved by the machine: its id, and the return then."""
    wanted = {"lines": [{"sku": sku, "quantity": 1}], "advance": advance}
    name = desk.ask(order, outcome="exchange", exchange=wanted)
    return name, desk.becomes(name, "approved")


def other(desk: Desk, sku: str, price: int) -> str:
    return desk.shop.sells(f"{sku}-{price}", {"hangzhou": 5}, price=price)


def test_an_even_exchange_costs_nothing_and_leaves_when_the_old_is_back(desk: Desk, sold: str) -> None:
    order, new = desk.came(sold), other(desk, sold, 1_000)
    name, found = exchanged(desk, order, new)
    assert (desk.shop.shelf(new)["hangzhou"], desk.balance(order)["due"]) == ((5, 1), 0)
    (work,) = found["exchange"]["fulfilment_ids"]
    early = {"carrier": "generic", "tracking_number": f"{sold}-early"}
    assert desk.shop.stage.call("POST", f"/v1/fulfilments/{work}/dispatch", early).status == 409
    assert desk.count(name)["state"] == "settled"
    desk.leaves(work)
    assert (desk.shop.shelf(new)["hangzhou"], desk.shop.shelf(sold)["hangzhou"]) == ((4, 0), (9, 0))
    assert desk.balance(order) == {"owed": 1_000, "due": 0, "refund_due": 0}
    desk.ends(name)


def test_a_dearer_exchange_is_paid_before_it_leaves(desk: Desk, sold: str) -> None:
    order, new = desk.came(sold), other(desk, sold, 1_500)
    name, found = exchanged(desk, order, new)
    (work,) = found["exchange"]["fulfilment_ids"]
    assert desk.balance(order)["due"] == 500
    desk.count(name)
    early = {"carrier": "generic", "tracking_number": f"{sold}-early"}
    refused = desk.shop.stage.call("POST", f"/v1/fulfilments/{work}/dispatch", early)
    assert (refused.status, refused.body["code"]) == (409, "not_allowed_now")
    report = {"kind": "captured", "provider": "alipay", "reference": f"{sold}-more"}
    more = {"amount": {"amount": 500, "currency": "CNY"}}
    desk.shop.does("POST", f"/v1/orders/{order['order_id']}/payments", {**report, **more})
    desk.leaves(work)
    assert desk.balance(order) == {"owed": 1_500, "due": 0, "refund_due": 0}
    desk.ends(name)


def test_of_a_cheaper_exchange_the_difference_is_refunded_when_the_old_is_back(desk: Desk, sold: str) -> None:
    order, new = desk.came(sold), other(desk, sold, 400)
    name, _ = exchanged(desk, order, new)
    assert desk.balance(order)["refund_due"] == 0
    desk.count(name)
    assert desk.balance(order) == {"owed": 400, "due": 0, "refund_due": 600}
    desk.ends(name)


def test_what_was_sent_in_advance_is_charged_when_the_old_never_comes(desk: Desk, sold: str) -> None:
    order, new = desk.came(sold), other(desk, sold, 1_000)
    name, found = exchanged(desk, order, new, advance=True)
    (work,) = found["exchange"]["fulfilment_ids"]
    desk.leaves(work)
    assert desk.balance(order)["due"] == 0
    desk.overdue(order, name)
    assert desk.becomes(name, "ended")["ending"] == "timed_out"
    assert desk.balance(order) == {"owed": 2_000, "due": 1_000, "refund_due": 0}
    assert (desk.shop.shelf(sold)["hangzhou"], desk.shop.shelf(new)["hangzhou"]) == ((8, 0), (4, 0))
    desk.ends(name)


def test_a_refund_that_the_provider_fails_is_seen_and_tried_again(desk: Desk, sold: str, stripe: StripeServer) -> None:
    order = desk.came(sold, tenders=[CARD])
    name = desk.ask(order)
    desk.becomes(name, "approved")
    stripe.moods.append("late")
    assert desk.count(name)["state"] == "settled"

    def refund() -> Json:
        shown = desk.shop.does("GET", f"/v1/orders/{order['order_id']}/payments")["instructions"]
        return next((each for each in shown if each["movement"] == "refund"), {"state": "none"})

    sent: Json = eventually(refund, lambda each: each["state"] == "sent", deadline_s=90, every_s=0.5)
    pending = next(each for each in stripe.refunds.values() if each["status"] == "pending")
    body, signature = stripe.event("refund.failed", stripe.finish(pending["id"], well=False))
    must(desk.shop.stage.call("POST", EVENTS, body, {"Stripe-Signature": signature}))
    assert (refund()["state"], desk.balance(order)["refund_due"]) == ("failed", 1_000)
    desk.shop.does("POST", f"/v1/payment-instructions/{sent['instruction_id']}/retry")
    status = partial(desk.shop.order, order["order_id"])
    eventually(status, lambda now: now["payment_status"] == "refunded", deadline_s=90, every_s=0.5)
    assert desk.balance(order)["refund_due"] == 0
    of = pending["payment_intent"]
    back = [each for each in stripe.refunds.values() if each["payment_intent"] == of]
    assert [(each["amount"], each["status"]) for each in back] == [(1_000, "failed"), (1_000, "succeeded")]
    desk.ends(name)
