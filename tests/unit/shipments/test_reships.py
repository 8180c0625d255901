"""A lost parcel is sent again free of charge, or refunded; when it turns up, somebody is asked and nobody charged."""

from __future__ import annotations

from typing import Any

import pytest

from ordo.kernel.errors import Code, OrdoError
from ordo.orders.changes import ProposeChange, apply_change, propose_change
from ordo.orders.keys import CommandKey
from ordo.orders.model import OrderChange, OrderStatus
from ordo.orders.progress import progress_of
from ordo.payments.model import PaymentKind
from ordo.payments.service import PaymentReport, record_payment
from ordo.shipments.answers import Reply
from ordo.shipments.model import FulfilmentState
from ordo.shipments.service import answer_fulfilment, nowhere
from tests.support.orders import ORDER, STAFF
from tests.support.troubles import Journey

MONEY = ("captured", "refunded", "refund_due")


@pytest.fixture
def way() -> Journey:
    return Journey().sent()


def lost(way: Journey) -> Journey:
    way.tell("in_transit")
    way.wait(hours=1)
    way.tell("lost")
    return way


def money(way: Journey) -> dict[str, Any]:
    return {"total": way.header.totals.total, **{name: getattr(way.header.funds, name) for name in MONEY}}


def test_a_lost_parcel_is_sent_again_from_the_best_node_free_of_charge(way: Journey) -> None:
    lost(way)
    paid, on_hand = money(way), way.on_hand()
    ended = way.decide("reship")
    assert (ended.resolution, way.header.open_incidents) == ("reshipped", {})
    work = way.state.fulfilments[way.fulfilment(3)]
    assert (work.node_id, work.units, work.state, work.replaces) == ("hz", 2, "open", ended.incident_id)
    assert money(way) == paid
    assert way.on_hand() == on_hand | {("TEE", "hz"): (on_hand["TEE", "hz"][0], 2)}
    event = way.events()[-1]
    assert (event["type"], event["implies"]) == ("order.reshipped", ["incident.resolved"])
    assert event["data"]["sourced"] == [{"fulfilment_id": work.fulfilment_id, "node_id": "hz", "units": 2}]
    assert (event["data"]["tracking_number"], event["data"]["units"]) == ("HZ1", 2)
    change = way.repository.records[ORDER][f"change#{event['data']['change_id']}"]
    assert isinstance(change, OrderChange)
    assert (change.kind, change.state, change.incident_id) == ("reship", "applied", ended.incident_id)


def test_units_are_owed_once_while_they_are_on_their_way_again(way: Journey) -> None:
    lost(way)
    assert way.header.status is OrderStatus.SHIPPED
    way.decide("reship")
    assert (way.header.status, way.counts()) == (
        OrderStatus.PARTIALLY_SHIPPED,
        {"total": 4, "started": 2, "dispatched": 2, "lost": 2},
    )
    tee = progress_of(way.state)[0]
    assert (tee.quantity, tee.dispatched, tee.delivered) == (3, 1, 0)
    way.tell("delivered", "SH1")
    way.send(3, "HZ2")
    assert (way.header.status, way.counts()["dispatched"]) == (OrderStatus.SHIPPED, 4)
    way.tell("delivered", "HZ2")
    assert (way.header.status, way.counts()["delivered"]) == (OrderStatus.DELIVERED, 4)
    way.wait(days=8)
    assert way.sweep().outcome == "completed"


def test_the_node_of_a_reship_has_its_time_from_then_on(way: Journey) -> None:
    lost(way)
    way.wait(days=10)
    way.decide("reship")
    assert way.header.deadlines["dispatch"] > way.header.changed_at  # type: ignore[operator]


def test_a_reship_is_decided_once(way: Journey) -> None:
    lost(way)
    first = way.decide("reship")
    assert way.decide("reship", first) == first
    with pytest.raises(OrdoError):
        way.decide("refund", first)
    assert len(way.state.fulfilments) == 3


def test_short_of_one_unit_nothing_is_sent_and_what_there_is_is_said() -> None:
    way = Journey(stock=3).sent()
    way.tell("lost", "SH1")
    for node in ("hz", "sh"):
        way.world.stock(("MUG", node, 0))
    before = way.state
    with pytest.raises(OrdoError) as refused:
        way.decide("reship")
    assert refused.value.code is Code.OUT_OF_STOCK
    assert refused.value.facts["lines"] == [{"line_id": "2", "sku": "MUG", "requested": 1, "available": 0}]
    assert way.state == before


def test_other_incidents_of_the_parcel_end_with_it(way: Journey) -> None:
    way.tell("exception", cause="address")
    way.tell("lost")
    assert [each.is_open for each in way.incidents] == [True, True]
    way.decide("reship")
    assert way.told() == [("address", "resolved", "reshipped"), ("lost", "resolved", "reshipped")]


def test_what_was_decided_on_an_older_incident_of_the_parcel_is_what_replaces_it(way: Journey) -> None:
    way.tell("exception", cause="address")
    way.wait(hours=1)
    way.tell("lost")
    address, lost_too = way.incidents
    way.decide("reship", address)
    assert way.state.incidents[lost_too.incident_id].ended_with == address.incident_id
    way.wait(hours=1)
    way.tell("delivered")
    assert (way.last.causes, way.last.facts.replaced_by) == ((address.incident_id,), (way.fulfilment(3),))


def test_a_parcel_with_two_incidents_is_refunded_once(way: Journey) -> None:
    way.tell("exception", cause="address")
    way.tell("lost")
    way.decide("refund")
    way.tell("lost", "SH1")
    way.decide("refund")
    assert way.header.funds.refund_due == 40_000
    assert [each.refund for each in way.incidents] == [None, 20_000, 20_000]


def propose(way: Journey, key: str = "k") -> OrderChange:
    command = ProposeChange(way.desk.new_id("chg"), "reship", "staff", "Lost", incident_id=way.last.incident_id)
    claim = CommandKey("shop", key, ORDER, "h")
    return propose_change(way.desk, ORDER, command, claim, way.means, actor=STAFF)


def test_a_reship_may_be_previewed_and_then_does_exactly_that(way: Journey) -> None:
    lost(way)
    before = way.counts(), way.on_hand()
    change = propose(way)
    assert change.preview["stock_taken"] == [{"sku": "TEE", "node_id": "hz", "quantity": 2}]
    assert change.preview["refund"] == {"amount": 0, "currency": "CNY"}
    assert (way.counts(), way.on_hand()) == before
    applied, header = apply_change(way.desk, ORDER, change.change_id, way.means, actor=STAFF)
    assert (applied.state, applied.preview, header.units.lost) == ("applied", change.preview, 2)
    assert apply_change(way.desk, ORDER, change.change_id, way.means, actor=STAFF)[0] == applied
    assert (len(way.state.fulfilments), way.last.resolution) == (3, "reshipped")


def test_a_preview_that_would_come_out_otherwise_now_is_refused(way: Journey) -> None:
    lost(way)
    change = propose(way)
    way.world.stock(("TEE", "hz", 0))
    with pytest.raises(OrdoError) as refused:
        apply_change(way.desk, ORDER, change.change_id, way.means, actor=STAFF)
    assert refused.value.code is Code.VERSION_CONFLICT
    assert way.last.is_open


def test_a_reship_of_what_has_been_found_meanwhile_is_refused(way: Journey) -> None:
    lost(way)
    change = propose(way)
    way.tell("in_transit")
    with pytest.raises(OrdoError) as refused:
        apply_change(way.desk, ORDER, change.change_id, way.means, actor=STAFF)
    assert refused.value.code is Code.NOT_ALLOWED_NOW


@pytest.mark.parametrize("sign", ["in_transit", "out_for_delivery", "delivered"])
def test_a_lost_parcel_that_turns_up_is_asked_about_once_and_never_charged(way: Journey, sign: str) -> None:
    lost(way)
    way.decide("reship")
    paid, counts = money(way), way.counts()
    way.tell(sign)
    way.tell("delivered")
    assert way.told()[-1] == ("turned_up", "open", None)
    assert [each[0] for each in way.told()].count("turned_up") == 1
    assert [each.action for each in way.last.proposals] == ["intercept", "keep", "return", "contact_customer"]
    assert way.last.facts.replaced_by == (way.fulfilment(3),)
    assert (money(way), way.counts()) == (paid, counts)


def test_what_replaces_a_found_parcel_can_be_intercepted_while_it_has_not_left(way: Journey) -> None:
    lost(way)
    on_hand = way.on_hand()
    way.decide("reship")
    way.accept(3)
    way.tell("delivered")
    ended = way.decide("intercept")
    assert (ended.resolution, way.on_hand()) == ("intercepted", on_hand)
    assert way.state.fulfilments[way.fulfilment(3)].state is FulfilmentState.CANCELLED
    assert way.counts() == {"total": 4, "started": 4, "dispatched": 4, "delivered": 2}
    assert way.parcel().written_off == ()
    way.tell("delivered", "SH1")
    assert way.header.status is OrderStatus.DELIVERED


def test_what_has_left_is_no_longer_intercepted(way: Journey) -> None:
    lost(way)
    way.decide("reship")
    way.send(3, "HZ2")
    way.tell("in_transit")
    assert [each.action for each in way.last.proposals] == ["keep", "return", "contact_customer"]
    with pytest.raises(OrdoError) as refused:
        way.decide("intercept")
    assert refused.value.code is Code.NOT_ALLOWED_NOW
    assert way.decide("keep").resolution == "kept"
    way.tell("delivered")
    way.tell("delivered", "HZ2")
    way.tell("delivered", "SH1")
    assert (way.counts()["delivered"], way.header.status) == (4, OrderStatus.DELIVERED)


def test_a_found_parcel_that_goes_back_ends_the_question(way: Journey) -> None:
    lost(way)
    way.decide("reship")
    way.tell("in_transit")
    asked = way.decide("return")
    assert asked.is_open
    way.tell("returned_to_sender")
    assert way.told()[-1] == ("turned_up", "resolved", "returned")
    assert [each[0] for each in way.told()].count("returned_to_sender") == 0


def test_a_parcel_that_is_lost_again_after_it_was_found_is_asked_about_again(way: Journey) -> None:
    lost(way)
    way.decide("reship")
    way.tell("in_transit")
    way.decide("intercept")
    lost(way)
    way.decide("reship")
    way.tell("in_transit")
    assert [each for each, _, _ in way.told()] == ["lost", "turned_up", "lost", "turned_up"]
    assert way.counts() == {"total": 4, "started": 2, "dispatched": 2, "lost": 2}


def test_it_turns_up_after_the_order_has_ended_and_is_still_asked_about(way: Journey) -> None:
    lost(way)
    way.decide("reship")
    way.send(3, "HZ2")
    for number in ("HZ2", "SH1"):
        way.tell("delivered", number)
    way.wait(days=8)
    assert way.sweep().outcome == "completed"
    way.tell("delivered")
    assert (way.last.kind, way.header.status) == ("turned_up", OrderStatus.COMPLETED)
    assert way.header.deadlines == {"incident": way.last.deadline}
    way.wait(days=3)
    assert way.sweep().outcome == "escalated"
    way.decide("keep")
    assert way.header.deadlines == {}


def test_a_returned_parcel_that_was_sent_again_is_not_found_by_its_way_back(way: Journey) -> None:
    way.tell("returned_to_sender")
    way.decide("reship")
    way.tell("in_transit")
    assert way.told() == [("returned_to_sender", "resolved", "reshipped")]


def test_what_replaces_a_parcel_may_be_lost_too(way: Journey) -> None:
    lost(way)
    way.decide("reship")
    way.send(3, "HZ2")
    way.tell("lost", "HZ2")
    way.decide("reship")
    assert way.counts() == {"total": 4, "started": 2, "dispatched": 2, "lost": 4}
    assert way.state.fulfilments[way.fulfilment(4)].units == 2


def test_a_reship_that_its_node_rejects_is_sourced_again_and_can_still_be_intercepted(way: Journey) -> None:
    lost(way)
    way.decide("reship")
    answer_fulfilment(way.desk, way.elsewhere, Reply(way.fulfilment(3), "closed", "wms"), lambda _: True)
    assert way.state.fulfilments[way.fulfilment(4)].replaces == way.incidents[0].incident_id
    way.tell("in_transit")
    assert way.decide("intercept").resolution == "intercepted"
    assert way.counts() == {"total": 4, "started": 4, "dispatched": 4}


def test_refunded_units_are_owed_no_more_and_due_back_by_the_price_rules(way: Journey) -> None:
    lost(way)
    ended = way.decide("refund")
    assert (ended.resolution, ended.refund) == ("refunded", 20_000)
    assert money(way) == {"total": 40_000, "captured": 40_000, "refunded": 0, "refund_due": 20_000}
    assert way.counts() == {"total": 4, "cancelled": 2, "started": 2, "dispatched": 2, "lost": 2}
    way.tell("delivered", "SH1")
    assert way.header.status is OrderStatus.DELIVERED
    assert way.decide("refund", ended) == ended


def test_what_is_reported_as_refunded_is_due_no_more(way: Journey) -> None:
    lost(way)
    way.decide("refund")
    report = PaymentReport(PaymentKind.REFUNDED, 15_000, "CNY", "alipay", "r2")
    record_payment(way.desk, lambda _s, _n: (), ORDER, report, actor=STAFF)
    assert way.header.funds.refund_due == 5_000


def test_when_everything_was_refunded_the_order_is_cancelled_and_all_of_its_money_due(way: Journey) -> None:
    for number in ("HZ1", "SH1"):
        way.tell("lost", number)
        way.decide("refund")
    assert (way.header.status, way.header.cancel_reason) == (OrderStatus.CANCELLED, "incident")
    assert way.header.funds.refund_due == 40_000
    way.tell("delivered", "HZ1")  # it turns up: asked, not charged
    assert [each.action for each in way.last.proposals] == ["keep", "return", "contact_customer"]
    assert way.header.funds.refund_due == 40_000


def test_units_that_no_node_gives_are_refunded_or_given_up() -> None:
    for decided, due in (("refund", 10_000), ("dismiss", 0)):
        way = Journey()
        reply = Reply(way.fulfilment(2), "missing", "wms", short=(("2", 1),))
        answer_fulfilment(way.desk, nowhere(way.elsewhere), reply, lambda _: True)
        assert way.last.kind == "short"
        way.decide(decided, reason="The customer knows")
        assert (way.header.units.cancelled, way.header.funds.refund_due) == (1, due)
        way.send(1, "HZ1")
        way.send(2, "SH1")
        assert way.header.status is OrderStatus.SHIPPED


def test_damaged_units_of_a_delivered_parcel_are_sent_again_and_the_rest_counts() -> None:
    way = Journey().sent()
    way.tell("exception", "SH1", cause="damaged")
    way.tell("delivered", "SH1")
    way.tell("delivered", "HZ1")
    assert way.header.status is OrderStatus.DELIVERED
    way.decide("reship")
    assert (way.counts()["delivered"], way.header.delivered_at) == (2, None)
    way.tell("delivered", "SH1")  # the carrier says again what it has said
    assert [kind for kind, _, _ in way.told()] == ["damaged"]
