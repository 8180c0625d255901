"""What carriers say opens incidents once, and ends them; policies, proposals, escalation."""

from __future__ import annotations

import pytest

from ordo.catalog.incident_terms import AloneRule, EscalationStep, IncidentTerms, KindTerms
from ordo.kernel.clock import from_iso
from ordo.kernel.errors import Code, OrdoError
from ordo.orders.due import OVERDUE_ORDERS
from ordo.orders.model import OrderStatus
from tests.support.troubles import Journey

ALONE_LOST = IncidentTerms(alone=(AloneRule("lost", "reship", {"CNY": 20_000}),))


@pytest.fixture
def way() -> Journey:
    return Journey().sent()


def test_a_journey_without_trouble_opens_nothing_and_asks_for_no_policy(way: Journey) -> None:
    for status in ("picked_up", "in_transit", "delivery_attempt_failed", "out_for_delivery", "delivered"):
        way.tell(status)
    assert (way.incidents, way.asked) == ([], 0)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ([("lost", None)], "lost"),
        ([("returned_to_sender", None)], "returned_to_sender"),
        ([("exception", "damaged")], "damaged"),
        ([("exception", "address")], "address"),
        ([("delivery_attempt_failed", "address")], "address"),
        ([("delivery_attempt_failed", None)] * 2, "delivery_failed"),
    ],
)
def test_each_kind_is_opened_once_however_often_it_is_said(
    way: Journey, said: list[tuple[str, str | None]], kind: str
) -> None:
    way.tell("in_transit")
    for status, cause in said:
        way.tell(status, cause=cause)
    assert way.told() == [(kind, "open", None)]
    opened = way.last
    for status, cause in said:  # the carrier says it again, as a new scan
        way.tell(status, cause=cause)
    assert [each.incident_id for each in way.incidents] == [opened.incident_id]
    assert (opened.shipment_id, opened.tracking_number) == ("shp_01KJM1TD80QF4RNX9Z5TTWJ1H7_1", "HZ1")
    assert [(line.sku, line.quantity) for line in opened.lines] == [("TEE", 2)]
    assert way.header.open_incidents == {opened.incident_id: opened.deadline}
    event = next(each for each in way.events() if "incident.opened" in each["implies"])
    assert event["data"]["incidents_opened"] == [opened.incident_id]


@pytest.mark.parametrize(
    ("opened_by", "ended_by", "resolution"),
    [
        (("lost", None), "in_transit", "moved"),
        (("lost", None), "delivered", "delivered"),
        (("lost", None), "returned_to_sender", "returned"),
        (("exception", "address"), "out_for_delivery", "moved"),
        (("exception", "address"), "delivered", "delivered"),
        (("returned_to_sender", None), "delivered", "delivered"),
    ],
)
def test_what_ends_an_incident_is_its_resolution(
    way: Journey, opened_by: tuple[str, str | None], ended_by: str, resolution: str
) -> None:
    way.tell(opened_by[0], cause=opened_by[1])
    first = way.last
    way.tell(ended_by)
    ended = way.state.incidents[first.incident_id]
    assert (ended.state, ended.resolution) == ("resolved", resolution)
    assert first.incident_id not in way.header.open_incidents
    assert "incident.resolved" in way.types()


def test_a_second_failed_attempt_is_an_incident_that_a_delivery_ends_and_another_try_does_not(way: Journey) -> None:
    way.tell("delivery_attempt_failed")
    assert way.incidents == []
    way.tell("out_for_delivery")
    way.tell("delivery_attempt_failed")
    assert (way.last.kind, way.last.facts.attempts) == ("delivery_failed", 2)
    way.tell("out_for_delivery")
    assert way.last.is_open
    way.tell("delivered")
    assert way.told() == [("delivery_failed", "resolved", "delivered")]


def test_scans_from_before_the_trouble_that_come_late_do_not_end_it(way: Journey) -> None:
    way.tell("lost")
    way.tell("in_transit", hours_ago=2)
    assert way.told() == [("lost", "open", None)]


def test_a_return_is_two_cases_when_the_address_was_wrong_first(way: Journey) -> None:
    way.tell("exception", cause="address")
    way.tell("returned_to_sender")
    assert way.told() == [("address", "resolved", "returned"), ("returned_to_sender", "open", None)]


def test_parcels_have_their_own_incidents(way: Journey) -> None:
    way.tell("lost", "HZ1")
    way.tell("lost", "SH1")
    assert [(each.kind, each.tracking_number) for each in way.incidents] == [("lost", "HZ1"), ("lost", "SH1")]


def test_what_is_lost_is_told_with_what_it_costs_and_what_the_policy_does_alone() -> None:
    way = Journey(ALONE_LOST).sent()
    way.tell("lost")
    assert [(each.action, each.cost) for each in way.last.proposals] == [
        ("reship", 20_000),
        ("refund", 20_000),
        ("claim", 0),
        ("contact_customer", 0),
    ]
    assert way.last.alone == "reship"
    dearer = Journey(IncidentTerms(alone=(AloneRule("lost", "reship", {"CNY": 19_999, "EUR": 99_999}),))).sent()
    dearer.tell("lost")
    assert dearer.last.alone is None


def test_an_incident_goes_up_its_chain_at_each_deadline_and_its_last_owner_is_reminded_daily() -> None:
    chain = (EscalationStep("manager", 12), EscalationStep("director", 6))
    way = Journey(IncidentTerms({**IncidentTerms().kinds, "lost": KindTerms("night_shift", 2, chain)})).sent()
    way.tell("lost")
    owners = [way.last.owner]
    way.wait(hours=1)
    assert way.sweep().outcome == "rearmed"
    for hours in (2, 12, 6, 24):
        way.wait(hours=hours)
        swept = way.sweep()
        assert (swept.outcome, swept.metrics) == ("escalated", (OVERDUE_ORDERS,))
        assert way.sweep().outcome == "rearmed"  # the same deadline once
        owners.append(way.last.owner)
        assert from_iso(way.last.deadline) > way.world.now
        assert way.header.deadlines["incident"] == way.last.deadline
    assert owners == ["night_shift", "manager", "director", "director", "director"]
    told = [each["data"] for each in way.events() if each["type"] == "incident.escalated"]
    assert [(each["owner"], each["former_owner"], each["level"], each["reminder"]) for each in told] == [
        ("manager", "night_shift", 1, False),
        ("director", "manager", 2, False),
        ("director", "director", 2, True),
        ("director", "director", 2, True),
    ]


def test_two_incidents_are_each_escalated_at_their_own_deadline(way: Journey) -> None:
    way.tell("lost", "HZ1")
    way.tell("exception", "SH1", cause="address")
    way.wait(hours=25)
    assert [way.sweep().outcome for _ in range(3)] == ["escalated", "escalated", "rearmed"]
    assert [each.level for each in way.incidents] == [1, 1]


def test_staff_may_put_the_deadline_off_once(way: Journey) -> None:
    way.tell("lost")
    due = from_iso(way.last.deadline)
    put_off = way.decide("wait", hours=10)
    assert (from_iso(put_off.deadline) - due).total_seconds() == 10 * 3600
    assert way.header.open_incidents[put_off.incident_id] == put_off.deadline
    with pytest.raises(OrdoError) as refused:
        way.decide("wait", hours=10)
    assert refused.value.code is Code.NOT_ALLOWED_NOW
    assert "wait" not in refused.value.facts["may"]


def test_what_was_done_is_kept_once_and_the_incident_stays_open(way: Journey) -> None:
    way.tell("lost")
    first = way.decide("contact_customer")
    again = way.decide("contact_customer")
    assert first == again
    assert [(act.action, act.by) for act in again.done] == [("contact_customer", "ana")]
    assert way.last.is_open
    assert way.types().count("incident.acted") == 1


def test_dismissing_keeps_the_reason_and_lets_the_order_go_on(way: Journey) -> None:
    way.tell("lost")
    before = way.counts()
    dismissed = way.decide("dismiss", reason="Seen at the depot")
    assert (dismissed.resolution, way.header.open_incidents, way.counts()) == ("dismissed", {}, before)
    assert way.events()[-1]["reason"] == "Seen at the depot"
    assert way.decide("dismiss") == dismissed
    with pytest.raises(OrdoError):
        way.decide("reship")


def test_a_decision_on_an_older_version_is_refused(way: Journey) -> None:
    way.tell("lost")
    seen = way.header.version
    way.tell("in_transit", "SH1")
    with pytest.raises(OrdoError) as refused:
        way.decide("dismiss", version=seen)
    assert refused.value.code is Code.VERSION_CONFLICT
    assert way.last.is_open


def test_what_its_kind_does_not_allow_is_refused_with_what_it_does(way: Journey) -> None:
    way.tell("lost")
    for not_for_it in ("keep", "intercept", "returned", "settled", "unfounded", "return"):
        with pytest.raises(OrdoError) as refused:
            way.decide(not_for_it)
        assert refused.value.facts["may"] == ["reship", "refund", "claim", "contact_customer", "dismiss", "wait"]


def test_an_order_waits_for_its_incidents_and_completes_after_them(way: Journey) -> None:
    way.tell("exception", "HZ1", cause="damaged")
    for number in ("HZ1", "SH1"):
        way.tell("delivered", number)
    assert (way.header.status, way.last.is_open) == (OrderStatus.DELIVERED, True)
    assert "completion" not in way.header.deadlines
    way.decide("settled")
    way.wait(days=8)
    assert way.sweep().outcome == "completed"
