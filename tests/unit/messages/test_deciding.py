"""Which message an event means, by which way, when and when not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.catalog.incident_terms import IncidentKind, IncidentTerms
from ordo.catalog.message_terms import MessageKind, MessageTerms, QuietHours, Way
from ordo.kernel.clock import to_iso
from ordo.messages.deciding import Happened, Person, Planned, decide, kind_of
from ordo.messages.quiet import quiet_until
from ordo.orders.incident import new_incident
from ordo.orders.model import OrderState, Repromise
from ordo.shipments.model import FulfilmentState
from tests.support.orders import NOON, ORDER, World, shop

EVERYTHING = {Way.EMAIL: frozenset(MessageKind), Way.SMS: frozenset(MessageKind)}
TERMS = MessageTerms(kinds=EVERYTHING, quiet=QuietHours())
PERSON = Person({Way.EMAIL: "a@example.com", Way.SMS: "+8613800000000"}, {}, "UTC")
NIGHT = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)


def happened(type_: str = "order.placed", at: datetime = NOON, seq: int = 1, **data: Any) -> Happened:
    return Happened(ORDER, seq, type_, to_iso(at), data)


def told(planned: list[Planned]) -> list[tuple[str, str, str]]:
    return [(str(each.key.way), each.action, each.reason) for each in planned]


@pytest.fixture
def world() -> World:
    world = shop()
    world.place(payable_later=True)
    return world


@pytest.fixture
def state(world: World) -> OrderState:
    return world.state()


def test_one_message_for_each_way_that_the_channel_names(state: OrderState) -> None:
    assert told(decide(happened(), state, TERMS, PERSON, NOON)) == [("email", "send", ""), ("sms", "send", "")]
    some = replace(TERMS, kinds={Way.SMS: frozenset({MessageKind.DELIVERED})})
    assert decide(happened(), state, some, PERSON, NOON) == []


@pytest.mark.parametrize(
    ("type_", "data", "kind"),
    [
        ("order.placed", {}, "placed"),
        ("payment.captured", {}, "paid"),
        ("shipment.dispatched", {}, "dispatched"),
        ("shipment.tracking_updated", {"tracking_status": "out_for_delivery"}, "out_for_delivery"),
        ("shipment.tracking_updated", {"tracking_status": "in_transit"}, None),
        ("shipment.delivered", {}, "delivered"),
        ("promise.changed", {"promise": {"state": "late", "deliver_by": "2026-03-09", "reason": "carrier"}}, "delayed"),
        ("promise.changed", {"promise": {"state": "jeopardy", "deliver_by": None, "reason": None}}, None),
        ("order.overdue", {"what": ["dispatch"]}, "delayed"),
        ("order.overdue", {"what": ["hold"]}, None),
        ("incident.opened", {}, "incident"),
        ("incident.resolved", {}, "solved"),
        ("order.cancelled", {}, "cancelled"),
        ("refund.issued", {}, "refund"),
        ("order.held", {}, None),
        ("fulfilment.picked", {}, None),
    ],
)
def test_what_an_event_means_to_a_customer(type_: str, data: dict[str, Any], kind: str | None) -> None:
    assert kind_of(happened(type_, **data)) == kind


@pytest.mark.parametrize(
    ("wish", "asked", "reason"),
    [(None, False, ""), (True, False, ""), (False, False, "no_consent"), (None, True, "no_consent"), (True, True, "")],
)
def test_nobody_who_said_no_is_written_to(state: OrderState, wish: bool | None, asked: bool, reason: str) -> None:
    wishes = {} if wish is None else {Way.EMAIL: wish}
    planned = decide(happened(), state, replace(TERMS, asked=asked), replace(PERSON, wishes=wishes), NOON)
    assert planned[0].reason == reason


def test_without_an_address_or_with_a_dead_one_nothing_is_sent(state: OrderState) -> None:
    person = Person({Way.EMAIL: "a@example.com"}, {}, "UTC", frozenset({Way.EMAIL}))
    planned = decide(happened(), state, TERMS, person, NOON)
    assert told(planned) == [("email", "suppress", "undeliverable"), ("sms", "suppress", "no_address")]


def test_at_night_only_the_answer_to_what_a_customer_does_goes_out(state: OrderState) -> None:
    night = happened(at=NIGHT)
    assert told(decide(night, state, TERMS, PERSON, NIGHT)) == [("email", "send", ""), ("sms", "wait", "quiet_hours")]
    email, sms = decide(happened("incident.resolved", NIGHT), state, TERMS, PERSON, NIGHT)
    assert (email.action, email.until) == ("wait", datetime(2026, 3, 2, 8, tzinfo=UTC))
    assert sms.until == email.until
    assert told(decide(night, state, replace(TERMS, quiet=None), PERSON, NIGHT))[1] == ("sms", "send", "")


def test_it_is_night_where_the_customer_is(state: OrderState) -> None:
    there = replace(PERSON, zone="Asia/Shanghai")  # noon in UTC is eight in the evening there
    assert [each.action for each in decide(happened(), state, TERMS, there, NOON)] == ["send", "send"]
    later = NOON + timedelta(hours=2)
    assert [each.action for each in decide(happened(), state, TERMS, there, later)] == ["send", "wait"]


def test_news_of_days_ago_are_no_news(state: OrderState) -> None:
    planned = decide(happened(at=NOON - timedelta(days=4)), state, TERMS, PERSON, NOON)
    assert {each.reason for each in planned} == {"too_old"}


def test_what_was_overtaken_while_it_waited_is_not_told(world: World) -> None:
    world.work(FulfilmentState.DISPATCHED)
    out = happened("shipment.tracking_updated", tracking_status="out_for_delivery", shipment_id="shp_1")
    assert decide(out, world.state(), TERMS, PERSON, NOON)[0].action == "send"
    world.deliver()
    for event in (out, happened("promise.changed", promise={"reason": "carrier"}), happened("incident.opened")):
        assert decide(event, world.state(), TERMS, PERSON, NOON)[0].reason == "overtaken"
    assert decide(happened("shipment.delivered"), world.state(), TERMS, PERSON, NOON)[0].action == "send"


def in_trouble(order: OrderState, kind: IncidentKind, **changes: Any) -> tuple[OrderState, str]:
    """The order with an incident of this kind, and its id."""
    terms = IncidentTerms().of_kind(kind)
    found = new_incident((), ORDER, kind, (), cause="scan", reason="late", terms=terms, now=NOON)
    found = found.model_copy(update=changes)
    header = order.header.model_copy(update={"open_incidents": {found.incident_id: found.deadline}})
    return replace(order, header=header, incidents={found.incident_id: found}), found.incident_id


@pytest.mark.parametrize(
    ("kind", "days", "told_once"), [("delayed", 3, True), ("delayed", -1, False), ("stalled", 3, False)]
)
def test_that_a_parcel_is_late_is_told_with_its_new_day_and_not_again(
    state: OrderState, kind: IncidentKind, days: int, told_once: bool
) -> None:
    troubled, name = in_trouble(state, kind)
    opened = happened("incident.opened", incidents_opened=[name])
    assert told(decide(opened, troubled, TERMS, PERSON, NOON))[0] == ("email", "send", "")  # nobody knows a new day
    later = Repromise(deliver_by=to_iso(NOON + timedelta(days=days)), said_at=to_iso(NOON), reason="carrier")
    header = troubled.header.model_copy(update={"repromised": (later,)})
    expected = ("email", "suppress", "said_otherwise") if told_once else ("email", "send", "")
    assert told(decide(opened, replace(troubled, header=header), TERMS, PERSON, NOON))[0] == expected


def test_what_was_solved_by_the_delivery_is_told_by_the_delivery_where_that_is_told(state: OrderState) -> None:
    for how, expected in (("delivered", ("suppress", "said_otherwise")), ("refunded", ("send", ""))):
        troubled, name = in_trouble(state, "delayed", state="resolved", resolution=how)
        solved = happened("incident.resolved", incidents_resolved=[name])
        assert told(decide(solved, troubled, TERMS, PERSON, NOON))[0][1:] == expected
        only = replace(TERMS, kinds={Way.EMAIL: frozenset({MessageKind.SOLVED})})
        assert told(decide(solved, troubled, only, PERSON, NOON)) == [("email", "send", "")]


def test_an_order_that_is_overdue_is_told_of_once_and_only_when_its_promise_has_passed(state: OrderState) -> None:
    overdue = [happened("order.overdue", seq=seq, what=["dispatch"]) for seq in (5, 9)]
    assert decide(overdue[0], state, TERMS, PERSON, NOON) == []
    late = NOON + timedelta(days=3, hours=1)
    keys = {decide(replace(each, occurred_at=to_iso(late)), state, TERMS, PERSON, late)[0].key.text for each in overdue}
    assert keys == {"000000.delayed.email"}


@given(
    begin=st.integers(0, 1439),
    length=st.integers(1, 1439),
    minute=st.integers(0, 525_600),
    zone=st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York", "Asia/Kolkata"]),
)
def test_quiet_hours_end_where_they_say_and_never_later_than_a_day(
    begin: int, length: int, minute: int, zone: str
) -> None:
    quiet = QuietHours(begin, (begin + length) % 1440)
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    until = quiet_until(quiet, zone, now)
    if until is not None:
        assert now < until <= now + timedelta(hours=25)
        assert quiet_until(quiet, zone, until) is None


@pytest.mark.parametrize("text", ["21:00", "21-8", "25:00-08:00", "08:00-08:00", ""])
def test_quiet_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        QuietHours.of(text)


@pytest.mark.parametrize("kind", [each for each in MessageKind if not each.startswith("complaint_")])
def test_who_has_stopped_what_is_not_necessary_still_gets_what_is(state: OrderState, kind: MessageKind) -> None:
    events = {
        "placed": happened(),
        "paid": happened("payment.captured"),
        "dispatched": happened("shipment.dispatched"),
        "out_for_delivery": happened("shipment.tracking_updated", tracking_status="out_for_delivery"),
        "delivered": happened("shipment.delivered"),
        "delayed": happened("promise.changed", promise={"reason": "carrier"}),
        "incident": happened("incident.opened"),
        "solved": happened("incident.resolved"),
        "return": happened("return.approved", return_id="ret_x"),
        "cancelled": happened("order.cancelled"),
        "refund": happened("refund.issued"),
    }
    person = replace(PERSON, stopped=frozenset({Way.EMAIL}))
    reasons = {each.key.way: each.reason for each in decide(events[kind], state, TERMS, person, NOON)}
    necessary = kind in ("placed", "delayed", "incident", "cancelled", "refund", "return")
    assert (reasons[Way.EMAIL] == "unsubscribed") is not necessary
    assert reasons[Way.SMS] != "unsubscribed"
