"""From events to what customers get: once, in their language, not at night, and each in the order's record."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest

from ordo.kernel.clock import to_iso
from ordo.messages.deciding import Happened, kind_of
from ordo.notifications.events import EVENT_TYPES
from ordo.notifications.model import Endpoint, Outcome
from tests.support import lambdas
from tests.support.blueprint import ROOT, blueprint, queue_url
from tests.support.browser import visit
from tests.support.events import Message
from tests.support.shop import cancel, dispatch, fulfilments, must, order_body, pay, place, read, tell
from tests.support.timing import START
from tests.support.tracked import NUMBER, paid, placed, sent
from tests.support.wire import Answer as Wired
from tests.support.wire import Call, NoFault
from tests.support.world import Client, World

pytestmark = pytest.mark.moto
KINDS = [
    "placed",
    "paid",
    "dispatched",
    "out_for_delivery",
    "delivered",
    "delayed",
    "incident",
    "solved",
    "cancelled",
    "refund",
]
POLICY = {
    "email": KINDS,
    "sms": ["out_for_delivery", "delivered", "incident"],
    "time_zone": "Asia/Shanghai",
    "sender_name": {"en": "Aurora", "zh": "极光"},
}


@pytest.fixture
def world(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A shop that writes to its customers, on a stack that may send mails and SMS. It is 16:00 in Hangzhou."""
    environment = world.blueprint.environments["notify_customer"]
    for name, value in {"MAIL_FROM": "shop@example.com", "SMS": "true", "PUBLIC_URL": "https://api.test/live"}.items():
        monkeypatch.setitem(environment, name, value)
    monkeypatch.setattr(lambdas, "_idle", defaultdict(list))  # no container that began without these settings
    set_policy(world, POLICY)
    return world


def set_policy(world: World, policy: dict[str, Any]) -> None:
    channel = must(world.call("GET", "/v1/channels/web"))
    channel.pop("warnings", None)
    must(world.call("PUT", "/v1/channels/web", channel | {"messages": policy}))


def titles(world: World) -> list[str]:
    return [mail["Content"]["Simple"]["Subject"]["Data"] for mail in world.edge.mails]


def record(world: World, order: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Kind, way, state and reason of each message of the order."""
    shown = must(world.call("GET", f"/v1/orders/{order['order_id']}/messages"))["messages"]
    return [(each["kind"], each["way"], each["state"], each["reason"]) for each in shown]


def again(world: World) -> None:
    """The bus brings every event once more."""
    for event in world.bus:
        world.queues[queue_url("CustomerMessages")].append(Message(json.dumps(event)))
    world.deliver("CustomerMessages")


def morning(world: World) -> None:
    """It is 8:30 in Hangzhou, and the watch runs."""
    world.tick(START.replace(hour=0, minute=30) + timedelta(days=1))
    world.pump()


def test_the_rules_bring_exactly_what_has_a_message() -> None:
    rules = [rule for rule in blueprint().rules if "CustomerMessages" in rule.queues]
    scans = {"tracking_status": "out_for_delivery", "what": ["dispatch"], "promise": {"reason": "carrier"}}
    for type_ in (*EVENT_TYPES, "promise.changed"):
        event = {"source": "ordo", "detail-type": type_, "detail": {"data": scans}}
        wanted = kind_of(Happened("ord", 1, type_, "", scans)) is not None
        assert any(rule.takes(event) for rule in rules) == wanted, type_


def test_the_events_are_what_the_function_takes(world: World) -> None:
    for name in ("customer_event", "customer_message_due", "customer_bounce"):
        event = json.loads((ROOT / f"events/sqs/{name}.json").read_text(encoding="utf-8"))
        assert world.invoke("notify_customer", event) == {"batchItemFailures": []}


def test_a_customer_is_told_of_the_order_and_of_the_money_with_a_link_that_works(world: World) -> None:
    order = paid(world)
    world.pump()
    assert titles(world) == ["Thank you for order WEB-1001", "Payment received for order WEB-1001"]
    mail = world.edge.mails[0]
    assert mail["FromEmailAddress"] == '"Aurora" <shop@example.com>'
    assert mail["Destination"]["ToAddresses"] == ["customer@example.com"]
    text = mail["Content"]["Simple"]["Body"]["Text"]["Data"]
    link = text[text.index("https://api.test/live") :].split()[0]
    assert visit(world, link.removeprefix("https://api.test/live")).status == 200
    assert record(world, order) == [("placed", "email", "sent", ""), ("paid", "email", "sent", "")]


def test_the_whole_way_is_told_by_mail_and_by_sms(world: World) -> None:
    order = sent(world, "out_for_delivery")
    world.pump()
    must(tell(world, NUMBER, "delivered"))
    world.pump()
    assert titles(world)[2:] == [
        "Order WEB-1001 is on its way",
        "Order WEB-1001 comes today",
        "Order WEB-1001 was delivered",
    ]
    assert [text["PhoneNumber"] for text in world.edge.texts] == ["+8613800000000"] * 2
    assert world.edge.texts[0]["Message"].startswith("[Aurora] Order WEB-1001 is out for delivery")
    assert {each[2] for each in record(world, order)} == {"sent"}


def test_a_later_day_is_told_each_time_that_one_is_said_and_jeopardy_alone_never(world: World) -> None:
    set_policy(world, POLICY | {"email": ["delayed"], "sms": []})
    order = paid(world)
    world.clock.advance(hours=2)
    must(dispatch(world, fulfilments(order)[0], NUMBER))
    for days in (2.1, 5, 5.1, 9):  # within the grace, then later, the same, and later again
        world.clock.advance(minutes=10)
        stated = to_iso(START + timedelta(days=days))
        must(tell(world, NUMBER, "in_transit", expected_at=stated))
        world.pump()
    assert read(world, order["order_id"])["standing"] == "jeopardy"
    assert titles(world) == ["Order WEB-1001 comes later"] * 2
    assert "Expected on Wed 11 March" in world.edge.mails[-1]["Content"]["Simple"]["Body"]["Text"]["Data"]


def test_nothing_is_sent_twice_however_often_the_bus_brings_it(world: World) -> None:
    sent(world, "out_for_delivery")
    world.pump()
    before = len(world.edge.mails), len(world.edge.texts)
    for _ in range(3):
        again(world)
    assert (len(world.edge.mails), len(world.edge.texts)) == before


def test_a_message_is_in_the_language_of_the_order_or_the_profile_or_the_channel(world: World) -> None:
    must(world.call("PUT", "/v1/customers/c-zh", {"language": "zh"}))
    body = order_body()
    body["customer"]["customer_id"] = "c-zh"
    place(world, body)
    body = order_body()
    body["customer"] |= {"customer_id": "c-zh", "language": "en"}
    place(world, body)
    set_policy(world, POLICY | {"language": "zh"})
    body = order_body()
    body["customer"]["customer_id"] = "c-nobody"
    place(world, body)
    world.pump()
    assert [title.startswith("订单") for title in titles(world)] == [True, False, True]


def test_who_said_no_is_left_alone_and_who_was_asked_and_said_yes_is_not(world: World) -> None:
    must(world.call("PUT", "/v1/customers/c-no", {"messages": {"email": False}}))
    body = order_body()
    body["customer"]["customer_id"] = "c-no"
    refused = place(world, body)
    body["customer"]["messages"] = True  # with the order itself, which is newer than the profile
    agreed = place(world, body)
    set_policy(world, POLICY | {"consent": "asked"})
    unasked = place(world, order_body())
    world.pump()
    found = [record(world, order)[0][2:] for order in (refused, agreed, unasked)]
    assert found == [("suppressed", "no_consent"), ("sent", ""), ("suppressed", "no_consent")]


def test_what_comes_at_night_waits_for_the_morning(world: World) -> None:
    order = sent(world)
    world.clock.set(START.replace(hour=14))  # 22:00 in Hangzhou
    must(tell(world, NUMBER, "out_for_delivery"))
    world.pump()
    waiting = [each[:2] for each in record(world, order) if each[2] == "waiting"]
    # It was sent at 18:00, but the bus brought all of it only now.
    assert waiting == [("dispatched", "email"), ("out_for_delivery", "email"), ("out_for_delivery", "sms")]
    before = len(world.edge.mails)
    morning(world)
    assert len(world.edge.mails) > before
    assert {each[2] for each in record(world, order)} == {"sent"}
    assert len(world.edge.texts) == 1


def test_what_was_overtaken_at_night_is_not_told_in_the_morning(world: World) -> None:
    order = sent(world)
    world.clock.set(START.replace(hour=14))
    must(tell(world, NUMBER, "out_for_delivery"))
    world.pump()
    must(tell(world, NUMBER, "delivered"))
    morning(world)
    found = {(each[0], each[2], each[3]) for each in record(world, order) if each[1] == "email"}
    assert ("out_for_delivery", "suppressed", "overtaken") in found
    assert ("delivered", "sent", "") in found


class Refusing(NoFault):
    """A provider answers with an error, so many times, or not at all; or the function dies after it answered."""

    def __init__(self, service: str, code: str = "", times: int = 1, status: int = 400) -> None:
        self.service, self.code, self.times, self.status = service, code, times, status

    def before(self, call: Call) -> Wired | None:
        if call.service != self.service or self.times == 0:
            return None
        self.times -= 1
        if not self.code:
            raise TimeoutError("no answer")
        headers = {"x-amzn-errortype": self.code}
        return self.status, headers, json.dumps({"message": "no"})


def test_a_provider_that_is_busy_is_asked_again_later(world: World) -> None:
    with world.fault(Refusing("sesv2", "TooManyRequestsException", status=429)):
        order = placed(world)
        world.pump()
    assert record(world, order) == [("placed", "email", "waiting", "TooManyRequestsException")]
    world.tick(START + timedelta(minutes=5))
    world.pump()
    assert record(world, order) == [("placed", "email", "sent", "")]
    assert len(world.edge.mails) == 1


def test_what_fails_for_a_day_is_given_up_with_an_alarm(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with world.fault(Refusing("sesv2", "TooManyRequestsException", times=99, status=429)):
        order = placed(world)
        world.pump()
        for minutes in (2, 6, 31, 121, 361, 721):
            world.tick(world.clock.present + timedelta(minutes=minutes))
            world.pump()
    (found,) = (each for each in record(world, order) if each[0] == "placed")
    assert found == ("placed", "email", "failed", "TooManyRequestsException")
    assert capsys.readouterr().out.count("CustomerMessageFailed") > 0


def test_what_a_provider_refuses_for_good_is_not_tried_again(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with world.fault(Refusing("sesv2", "MessageRejected")):
        order = placed(world)
        world.pump()
    assert record(world, order) == [("placed", "email", "failed", "MessageRejected")]
    told = capsys.readouterr().out
    assert "CustomerMessageFailed" in told
    assert "customer@example.com" not in told


def test_without_an_answer_it_is_not_sent_again_and_somebody_is_told(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    class Lost(NoFault):
        def after(self, call: Call) -> None:
            if call.service == "sesv2":
                raise TimeoutError("the answer was lost")

    with world.fault(Lost()):
        order = placed(world)
        world.pump()
    assert len(world.edge.mails) == 1  # and the SDK did not try again either
    again(world)
    world.tick(START + timedelta(minutes=10))
    world.pump()
    assert len(world.edge.mails) == 1
    assert record(world, order)[0][2:] == ("unconfirmed", "no_answer")
    assert "CustomerMessageUnconfirmed" in capsys.readouterr().out


def test_an_attempt_that_dies_between_is_found_and_not_repeated(world: World) -> None:
    class Dying(NoFault):
        """The record is claimed, the mail is sent, and then the function is no more."""

        def __init__(self) -> None:
            self.sent = False

        def before(self, call: Call) -> Wired | None:
            if call.function == "notify_customer" and self.sent:
                raise lambdas.Killed("died")
            self.sent = self.sent or call.service == "sesv2"
            return None

    with world.fault(Dying()):
        order = placed(world)
        world.publish()
        with pytest.raises(lambdas.Killed):
            world.deliver("CustomerMessages")
    world.deliver("CustomerMessages")  # brought again while the claim still holds: nothing happens
    assert record(world, order)[0][2] == "claimed"
    world.tick(START + timedelta(minutes=5))
    world.pump()
    assert record(world, order)[0][2:] == ("unconfirmed", "no_answer")
    assert len(world.edge.mails) == 1


def test_an_address_that_bounced_is_written_to_no_more(world: World) -> None:
    order = placed(world)
    world.pump()
    tags = {each["Name"]: [each["Value"]] for each in world.edge.mails[0]["EmailTags"]}
    bounce = {"ses": "Bounce", "bounce": "Permanent", **tags}
    for _ in range(2):
        world.queues[queue_url("CustomerMessages")].append(Message(json.dumps(bounce)))
        world.deliver("CustomerMessages")
    must(pay(world, order))
    world.pump()
    assert record(world, order) == [
        ("placed", "email", "bounced", "bounce_permanent"),
        ("paid", "email", "suppressed", "undeliverable"),
    ]


def test_a_full_mailbox_is_noted_and_tried_again_with_the_next_message(world: World) -> None:
    order = placed(world)
    world.pump()
    tags = {each["Name"]: [each["Value"]] for each in world.edge.mails[0]["EmailTags"]}
    soft = {"ses": "Bounce", "bounce": "Transient", **tags}
    world.queues[queue_url("CustomerMessages")].append(Message(json.dumps(soft)))
    world.pump()
    must(pay(world, order))
    world.pump()
    assert [each[2] for each in record(world, order)] == ["bounced", "sent"]


def test_a_merchants_own_channel_gets_the_words_by_a_signed_webhook(world: World) -> None:
    got: list[tuple[str, str, dict[str, Any]]] = []

    def receive(endpoint: Endpoint, message: Any) -> Outcome:
        got.append((endpoint.endpoint_id, message.type, message.data))
        return Outcome(len(got) > 1, "http_500" if len(got) == 1 else "delivered")

    endpoint = {"url": "https://shop.example/hook", "channels": ["web"], "event_types": ["incident.opened"]}
    must(world.call("PUT", "/v1/webhook-endpoints/wechat", endpoint))
    set_policy(world, {"webhook": ["placed"], "webhook_endpoint": "wechat", "language": "zh"})
    world.receive = receive
    order = placed(world)
    world.pump()
    assert record(world, order) == [("placed", "webhook", "waiting", "http_500")]
    world.tick(START + timedelta(minutes=5))
    world.pump()
    assert record(world, order) == [("placed", "webhook", "sent", "")]
    assert [each[:2] for each in got] == [("wechat", "customer.message")] * 2
    assert (got[1][2]["kind"], got[1][2]["title"]) == ("placed", "订单 WEB-1001 已收到")


def test_a_cancelled_order_says_what_is_refunded_and_the_refund_is_told(world: World) -> None:
    order = paid(world)
    cancel(world, order["order_id"])
    world.pump()
    must(pay(world, order, kind="refunded", reference="r2"))
    world.pump()
    assert titles(world)[2:] == ["Order WEB-1001 is cancelled", "Refund for order WEB-1001"]
    assert "We refund ¥250.00" in world.edge.mails[2]["Content"]["Simple"]["Body"]["Text"]["Data"]


def test_a_channel_without_messages_sends_nothing_and_keeps_nothing(world: World) -> None:
    set_policy(world, {})
    order = paid(world)
    world.pump()
    assert (world.edge.mails, record(world, order)) == ([], [])


def test_messages_of_other_channels_are_not_shown(world: World) -> None:
    order = placed(world)
    answer = world.call("GET", f"/v1/orders/{order['order_id']}/messages", client=Client(channels=("other",)))
    assert answer.code == "not_found"
    assert read(world, order["order_id"])["order_id"] == order["order_id"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"webhook": ["placed"]}, "/messages/webhook_endpoint"),
        ({"quiet_hours": "night"}, "/messages/quiet_hours"),
        ({"time_zone": "Mars/Base"}, "/messages/time_zone"),
        ({"reply_to": "nobody"}, "/messages/reply_to"),
        ({"email": ["birthday"]}, "/messages/email/0"),
        ({"sender_name": {"en": 'Evil" <a@b>'}}, "/messages/sender_name/en"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(world: World, changes: dict[str, Any], pointer: str) -> None:
    channel = must(world.call("GET", "/v1/channels/web"))
    channel.pop("warnings", None)
    answer = world.call("PUT", "/v1/channels/web", channel | {"messages": changes})
    assert (answer.status, answer.body["pointer"]) == (422, pointer)
