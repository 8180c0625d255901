"""Complaints through the handlers: said, judged, routed, answered, made good, reopened, rated, forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Client
from tests.support.audit import audit
from tests.support.lambdas import Killed
from tests.support.metering import backend
from tests.support.shop import dispatch, fulfilments, must, pay, place, sell, simple, tell
from tests.support.wire import Call, NoFault
from tests.support.world import Answer, World

pytestmark = pytest.mark.moto
EVENTS = Path(__file__).parents[3] / "events"
SAID = "卫生间有异味，孩子手被玻璃划伤 bleeding"
HOUSEKEEPING = {
    "name": {"en": "Housekeeping", "zh": "客房部"},
    "people": ["hk-lead"],
    "hours": {
        "time_zone": "Asia/Shanghai",
        "weekly": {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
    },
    "sla_minutes": {"normal": 120, "critical": 30},
    "escalation": [{"owner": "duty-manager", "minutes": 60}, {"owner": "general-manager", "minutes": 240}],
}
POLICY = {
    "severity": [
        {"rule_id": "hurt", "words": ["划伤", "bleed*"], "severity": "critical"},
        {"rule_id": "dear", "amount": {"CNY": 10_000_000}, "severity": "high"},
        {"rule_id": "again", "repeats": {"count": 1, "days": 30}, "severity": "high"},
    ],
    "routes": [{"rule_id": "rooms", "categories": ["room"], "department": "housekeeping"}],
    "coupon_promotion": "sorry",
}


@pytest.fixture(autouse=True)
def policy(world: World) -> None:
    must(world.call("PUT", "/v1/departments/housekeeping", HOUSEKEEPING))
    present = must(world.call("GET", "/v1/channels/web"))
    must(world.call("PUT", "/v1/channels/web", present | {"complaints": POLICY}))
    world.clock.advance(minutes=1)


def complain(world: World, key: str = "c1", **fields: Any) -> str:
    body = {"channel": "web", "subject": "房间", "text": "没有打扫", "category": "room", **fields}
    complaint_id: str = must(world.call("POST", "/v1/complaints", body, key=key))["complaint_id"]
    world.pump()
    return complaint_id


def read(world: World, complaint_id: str) -> dict[str, Any]:
    found: dict[str, Any] = must(world.call("GET", f"/v1/complaints/{complaint_id}"))
    return found


def act(world: World, complaint_id: str, what: str, body: dict[str, Any], key: str) -> Answer:
    return world.call("POST", f"/v1/complaints/{complaint_id}/{what}", body, key=key)


def types(world: World) -> list[str]:
    return [event["detail-type"] for event in world.bus if event["detail-type"].startswith("complaint.")]


def test_a_complaint_is_judged_routed_and_carried(world: World) -> None:
    complaint_id = complain(world, text=SAID, customer_id="guest-1")
    found = read(world, complaint_id)
    assert (found["state"], found["severity"], found["stated"]) == ("open", "critical", "normal")
    assert [(each["rule_id"], each["fired"]) for each in found["judged"]] == [
        ("hurt", True),
        ("dear", False),
        ("again", False),
    ]
    assert found["judged"][0]["because"][0]["found"] == "划伤, bleed*"
    assert (found["department"], found["owner"]) == ("housekeeping", "hk-lead")
    assert world.edge.carried[complaint_id].status == "RUNNING"
    listed = must(world.call("GET", "/v1/complaints?owner=hk-lead"))["complaints"]
    assert [each["complaint_id"] for each in listed] == [complaint_id]
    of_department = must(world.call("GET", "/v1/complaints?department=housekeeping&state=open"))["complaints"]
    assert of_department == listed
    assert read(world, complain(world, "c2", customer_id="guest-1"))["severity"] == "high"  # the second in a month


def test_an_order_is_as_dear_as_what_is_left_of_it(world: World) -> None:
    """The amount that rules ask for is what the order costs when it is complained about, not what it once did."""
    present = must(world.call("GET", "/v1/channels/web"))
    dear = {"rule_id": "dear", "amount": {"CNY": 3_000}, "severity": "high"}
    must(world.call("PUT", "/v1/channels/web", present | {"complaints": {**POLICY, "severity": [dear]}}))
    world.clock.advance(minutes=1)
    sell(world, "LAMP", {"hangzhou": 9})
    order = place(world, simple("LAMP", 4))
    must(pay(world, order))
    about = {"channel": None, "category": "other", "order_id": order["order_id"]}
    path = f"/v1/orders/{order['order_id']}/changes"
    severities = []
    for number in range(3):
        severities.append(read(world, complain(world, f"left-{number}", **about))["severity"])
        fewer = {"kind": "cancel_units", "lines": [{"line_id": "1", "quantity": 1}], "reason": "x"}
        proposed = must(world.call("POST", path, {**fewer, "requested_by": "staff"}, key=f"fewer-{number}"))
        must(world.call("POST", f"{path}/{proposed['change_id']}/apply"))
    assert severities == ["high", "high", "normal"]


def test_the_same_key_is_the_same_complaint_and_another_body_is_refused(world: World) -> None:
    first = complain(world)
    assert complain(world) == first
    body = {"channel": "web", "subject": "x", "text": "y"}
    assert world.call("POST", "/v1/complaints", body, key="c1").code == "idempotency_key_reused"
    assert types(world).count("complaint.opened") == 1


def test_it_can_be_read_before_it_is_opened(world: World) -> None:
    body = {"channel": "web", "subject": "a", "text": "b"}
    complaint_id = must(world.call("POST", "/v1/complaints", body, key="k"))["complaint_id"]
    assert read(world, complaint_id)["state"] == "received"


def test_a_complaint_belongs_to_its_orders_channel_and_customer(world: World) -> None:
    order = place(world)
    complaint_id = complain(world, channel=None, order_id=order["order_id"])
    found = read(world, complaint_id)
    assert (found["channel"], found["order_id"]) == ("web", order["order_id"])
    listed = must(world.call("GET", f"/v1/complaints?order_id={order['order_id']}"))["complaints"]
    assert [each["complaint_id"] for each in listed] == [complaint_id]
    assert audit() == []


def test_staff_and_customer_speak_and_notes_are_for_staff(world: World) -> None:
    complaint_id = complain(world)
    must(act(world, complaint_id, "messages", {"role": "staff", "text": "马上来"}, "m1"), 201)
    again = must(act(world, complaint_id, "messages", {"role": "staff", "text": "马上来"}, "m1"), 201)
    assert [each["text"] for each in again["messages"]] == ["马上来"]
    noted = must(act(world, complaint_id, "messages", {"role": "note", "text": "VIP"}, "m2"), 201)
    assert [each["role"] for each in noted["messages"]] == ["staff", "note"]
    worse = must(act(world, complaint_id, "messages", {"role": "customer", "text": "It is bleeding"}, "m3"), 201)
    assert (worse["severity"], worse["judged"][0]["fired"]) == ("critical", True)
    assert worse["deadline"] < noted["deadline"]


def test_an_apology_solves_it_and_ends_its_execution(world: World) -> None:
    complaint_id = complain(world)
    body = {"outcome": "apology", "reason": "Said sorry"}
    solved = must(act(world, complaint_id, "resolution", body, "r1"))
    assert must(act(world, complaint_id, "resolution", body, "r1")) == solved
    assert (solved["state"], solved["resolution"]["outcome"]) == ("resolved", "apology")
    assert act(world, complaint_id, "resolution", body, "r2").code == "not_allowed_now"
    world.pump()
    assert world.edge.carried[complaint_id].status == "SUCCEEDED"
    assert types(world) == ["complaint.opened", "complaint.resolved"]


def test_a_coupon_is_made_once_for_one_use(world: World) -> None:
    promotion = {
        "name": {"en": "Sorry"},
        "requires_coupon": True,
        "reward": {"type": "percent", "percent": "10"},
    }
    must(world.call("PUT", "/v1/promotions/sorry", promotion))
    world.clock.advance(minutes=1)
    complaint_id = complain(world)
    body = {"outcome": "coupon", "reason": "Sorry"}
    solved = must(act(world, complaint_id, "resolution", body, "r1"))
    assert must(act(world, complaint_id, "resolution", body, "r1")) == solved
    coupon = must(world.call("GET", f"/v1/coupons/{solved['resolution']['coupon']}"))
    assert (coupon["promotion_id"], coupon["total_limit"]) == ("sorry", 1)
    world.pump()
    told = json.dumps(world.bus, ensure_ascii=False)
    assert solved["resolution"]["coupon"] not in told
    assert types(world) == ["complaint.opened", "complaint.decided", "complaint.resolved"]


def test_what_cannot_be_done_decides_nothing(world: World) -> None:
    complaint_id = complain(world)
    before = read(world, complaint_id)
    refund = {"outcome": "refund", "reason": "x", "amount": {"amount": 5, "currency": "CNY"}}
    assert act(world, complaint_id, "resolution", refund, "r1").code == "not_allowed_now"  # it has no order
    assert act(world, complaint_id, "resolution", {"outcome": "coupon", "reason": "x"}, "r2").code == "not_found"
    assert read(world, complaint_id) == before


def test_past_its_deadline_it_goes_up_two_levels_and_then_reminds(world: World) -> None:
    complaint_id = complain(world)
    owners = []
    for _ in range(3):
        world.clock.advance(days=4)  # over any week-end
        world.tick()
        world.pump()
        found = read(world, complaint_id)
        owners.append((found["owner"], found["level"]))
    assert owners == [("duty-manager", 1), ("general-manager", 2), ("general-manager", 2)]
    assert types(world).count("complaint.escalated") == 3


def test_reopened_it_is_the_next_ones_with_an_execution_of_its_own(world: World) -> None:
    complaint_id = complain(world)
    must(act(world, complaint_id, "resolution", {"outcome": "apology", "reason": "x"}, "r1"))
    world.pump()
    opened = must(act(world, complaint_id, "reopening", {"text": "又有味道"}, "o1"))
    assert must(act(world, complaint_id, "reopening", {"text": "又有味道"}, "o1")) == opened
    assert (opened["state"], opened["owner"], opened["level"], opened["reopened"]) == ("open", "duty-manager", 1, 1)
    assert opened["messages"][-1]["text"] == "又有味道"
    world.pump()
    names = [name for name, each in world.edge.carried.items() if each.status == "RUNNING"]
    assert names == [f"{complaint_id}-{opened['version']}"]
    must(act(world, complaint_id, "resolution", {"outcome": "apology", "reason": "x"}, "r2"))
    world.pump()
    world.clock.advance(days=15)
    assert act(world, complaint_id, "reopening", {}, "o2").code == "not_allowed_now"
    assert all(each.status == "SUCCEEDED" for each in world.edge.carried.values())


def test_the_customer_is_asked_a_day_later_once(world: World) -> None:
    complaint_id = complain(world)
    must(act(world, complaint_id, "resolution", {"outcome": "apology", "reason": "x"}, "r1"))
    for _ in range(3):
        world.clock.advance(hours=25)
        world.tick()
        world.pump()
    assert types(world).count("complaint.satisfaction_asked") == 1


def test_what_is_personal_is_in_one_table_and_can_be_erased(world: World) -> None:
    complaint_id = complain(world, text=SAID, contact={"email": "guest@example.com", "name": "示例顾客"})
    must(act(world, complaint_id, "messages", {"role": "customer", "text": "秘密的话"}, "m1"), 201)
    world.pump()
    rest = repr(
        [part for name, table in backend().tables.items() if name != "CustomersTable" for part in table.items.values()]
    )
    for personal in (SAID, "秘密的话", "guest@example.com", "示例顾客"):
        assert personal not in rest
        assert personal not in json.dumps(world.bus, ensure_ascii=False)
    must(world.call("DELETE", f"/v1/complaints/{complaint_id}/personal-data"), 204)
    must(world.call("DELETE", f"/v1/complaints/{complaint_id}/personal-data"), 204)
    found = read(world, complaint_id)
    assert (found["subject"], found["text"], found["contact"], found["messages"][0]["text"]) == (None, None, {}, None)
    assert found["state"] == "open"


def test_complaints_of_other_channels_do_not_exist(world: World) -> None:
    path, stranger = f"/v1/complaints/{complain(world)}", Client(channels=("shop",))
    assert world.call("GET", path, client=stranger).code == "not_found"
    for what, body in (
        ("messages", {"role": "staff", "text": "x"}),
        ("resolution", {"outcome": "apology", "reason": "x"}),
        ("reopening", {}),
    ):
        assert world.call("POST", f"{path}/{what}", body, key="k", client=stranger).code == "not_found"
    assert world.call("DELETE", f"{path}/personal-data", client=stranger).code == "not_found"
    assert must(world.call("GET", "/v1/complaints?owner=hk-lead", client=stranger))["complaints"] == []
    body = {"channel": "web", "subject": "x", "text": "y"}
    assert world.call("POST", "/v1/complaints", body, key="s", client=stranger).code == "channel_not_allowed"
    assert world.call("GET", path, client=Client(scopes=())).code == "missing_scope"


@pytest.mark.parametrize(
    "body",
    [
        {"subject": "x", "text": "y"},
        {"channel": "web", "subject": " ", "text": "y"},
        {"channel": "web", "subject": "x", "text": "y", "severity": "awful"},
        {"channel": "web", "subject": "x", "text": "y", "source": "incident"},
        {"channel": "web", "subject": "x", "text": "y", "contact": {"phone": "123"}},
    ],
)
def test_what_is_not_a_complaint_is_refused(world: World, body: dict[str, Any]) -> None:
    assert world.call("POST", "/v1/complaints", body, key="bad").code == "invalid_request"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("complain", 202),
        ("list_complaints", 200),
        ("read_complaint", 404),
        ("answer_complaint", 404),
        ("resolve_complaint", 404),
        ("reopen_complaint", 404),
        ("forget_complaint", 404),
    ],
)
def test_recorded_events_are_taken(world: World, name: str, status: int) -> None:
    answer = world.invoke("resolve_complaint", json.loads((EVENTS / f"api/{name}.json").read_text()))
    assert answer["statusCode"] == status, answer["body"]


def test_recorded_messages_and_steps_are_taken(world: World) -> None:
    step = json.loads((EVENTS / "steps/resolve_complaint.json").read_text())
    assert world.invoke("resolve_complaint", step) == {"outcome": "ended"}
    accepted = json.loads((EVENTS / "sqs/complaint_accepted.json").read_text())
    assert world.invoke("process_complaint", accepted) == {"batchItemFailures": []}  # what was said is gone


def test_one_that_cannot_be_opened_holds_up_those_of_its_order_only(world: World) -> None:
    record = json.loads((EVENTS / "sqs/complaint_accepted.json").read_text())["Records"][0]
    broken, same, other = (
        {**record, "messageId": name, "attributes": {"MessageGroupId": group}, "body": body}
        for name, group, body in (("a", "o1", "{}"), ("b", "o1", record["body"]), ("c", "o2", record["body"]))
    )
    failures = world.invoke("process_complaint", {"Records": [broken, same, other]})["batchItemFailures"]
    assert [each["itemIdentifier"] for each in failures] == ["a", "b"]


def test_a_refund_is_a_change_of_the_order_once_and_never_more_than_was_paid(world: World) -> None:
    order = place(world)
    must(pay(world, order))
    complaint_id = complain(world, channel=None, order_id=order["order_id"])
    total = order["totals"]["total"]["amount"]
    body = {"outcome": "refund", "reason": "Stained", "amount": {"amount": 500, "currency": "CNY"}}
    too_much = {**body, "amount": {"amount": total + 1, "currency": "CNY"}}
    assert act(world, complaint_id, "resolution", too_much, "r0").status == 409
    foreign = {**body, "amount": {"amount": 1, "currency": "USD"}}
    assert act(world, complaint_id, "resolution", foreign, "r00").code == "currency_mismatch"
    solved = must(act(world, complaint_id, "resolution", body, "r1"))
    assert must(act(world, complaint_id, "resolution", body, "r1")) == solved
    assert solved["resolution"]["change_id"].startswith("chg_")
    shown = must(world.call("GET", f"/v1/orders/{order['order_id']}"))
    assert shown["balance"]["refund_due"]["amount"] == 500
    history = must(world.call("GET", f"/v1/orders/{order['order_id']}/timeline"))["events"]
    assert [each["event"]["reason"] for each in history].count("Stained") == 1
    assert audit() == []


def test_units_of_an_incident_are_sent_again_by_a_change(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 4, "shenzhen": 4})
    order = place(world, simple("LAMP", 1))
    must(pay(world, order))
    must(dispatch(world, fulfilments(order)[0], "L1"))
    tell(world, "L1", "lost")
    (incident,) = must(world.call("GET", f"/v1/orders/{order['order_id']}"))["incidents"]
    complaint_id = complain(world, channel=None, source="incident", incident_id=incident["incident_id"])
    assert read(world, complaint_id)["order_id"] == order["order_id"]
    body = {"outcome": "redo", "reason": "Lost", "incident_id": incident["incident_id"]}
    solved = must(act(world, complaint_id, "resolution", body, "r1"))
    assert solved["resolution"]["change_id"].startswith("chg_")
    shown = must(world.call("GET", f"/v1/orders/{order['order_id']}"))
    assert shown["incidents"][-1]["resolution"] == "reshipped"
    assert audit() == []


def test_what_was_decided_is_done_by_the_machine_when_whoever_decided_it_died(world: World) -> None:
    order = place(world)
    must(pay(world, order))
    complaint_id = complain(world, channel=None, order_id=order["order_id"])
    body = {"outcome": "refund", "reason": "Stained", "amount": {"amount": 500, "currency": "CNY"}}
    with world.fault(DiesAfterDeciding()):
        act(world, complaint_id, "resolution", body, "r1")
    assert read(world, complaint_id)["pending"]["outcome"] == "refund"
    world.pump()
    assert read(world, complaint_id)["resolution"]["amount"]["amount"] == 500
    assert world.edge.carried[complaint_id].status == "SUCCEEDED"
    assert must(act(world, complaint_id, "resolution", body, "r1"))["state"] == "resolved"
    assert must(world.call("GET", f"/v1/orders/{order['order_id']}"))["balance"]["refund_due"]["amount"] == 500


class DiesAfterDeciding(NoFault):
    """The function dies before it changes the order."""

    def __init__(self) -> None:
        self.writes = 0

    def before(self, call: Call) -> None:
        if call.function == "resolve_complaint" and call.operation == "TransactWriteItems":
            self.writes += 1
            if self.writes > 1:
                raise Killed("died")
