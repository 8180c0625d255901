"""What the page says of an order, at each stage of its life."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ordo.orders.completion import confirm_receipt
from ordo.orders.decision import Decision
from ordo.orders.holds import PlaceHold, place_hold
from ordo.orders.keys import CommandKey
from ordo.orders.model import Actor
from ordo.payments.model import PaymentKind
from ordo.payments.service import PaymentReport, decide_payment
from ordo.shipments.model import FulfilmentState, Parcel, Shipment, TrackingEvent, TrackingStatus
from ordo.tracking.view import Page, page_of, speech_for
from ordo.tracking.words import LANGUAGES, Language
from tests.support.orders import CONTACT, NOON, ORDER, SHIP_TO, STAFF, World, shop

PERSON: dict[str, Any] = {**CONTACT, "ship_to": SHIP_TO}


def page(world: World, language: Language = "en", contact: dict[str, Any] | None = PERSON) -> Page:
    """The page as it is now."""
    state, events = world.state(), world.repository.timeline(ORDER)
    return page_of(state, events, contact, speech_for(language, contact), world.now, means=world.means)


def steps(shown: Page) -> str:
    return "".join(step.state[0] for step, _ in shown.steps)


@pytest.fixture
def world() -> World:
    world = shop()
    world.place(payable_later=True)
    return world


def test_an_unpaid_order_waits_for_money_and_says_until_when() -> None:
    world = shop()
    world.place()
    shown = page(world)
    assert (shown.status, steps(shown)) == ("Waiting for your payment", "ntttt")
    assert shown.arrival.why[0].endswith("kept for you until Sun 1 March, 20:30.")
    assert (shown.offers.receipt, shown.offers.address, shown.offers.refund) == (False, True, 0)


def test_a_confirmed_order_says_when_it_is_ready_and_how_long_the_road_is(world: World) -> None:
    shown = page(world)
    assert (shown.status, steps(shown)) == ("Confirmed", "dnttt")
    assert shown.arrival.when == "Expected by Wed 4 March"
    assert shown.arrival.why == (
        "It is ready by Mon 2 March, and then about 2 days on the road.",
        "It comes in 2 parts; the day is that of the last one.",
    )


def test_a_hold_is_told_as_a_check_and_never_by_its_kind(world: World) -> None:
    key = CommandKey("s", "h", ORDER, "h")
    place_hold(world.desk, ORDER, PlaceHold("hld_1", "fraud", "Two cards"), key, actor=STAFF)
    shown = page(world)
    assert shown.status == "We are checking your order"
    assert "fraud" not in repr(shown).lower()
    assert "Two cards" not in repr(shown)


def test_what_is_packed_can_neither_be_cancelled_nor_sent_elsewhere(world: World) -> None:
    world.work(FulfilmentState.PICKED)
    picked = page(world).offers
    assert (picked.address, picked.refund) == (True, None)
    world.work(FulfilmentState.PACKED)
    packed = page(world)
    assert (packed.offers.any, packed.status) == (False, "Being prepared")


def test_a_late_order_says_so_and_what_is_done(world: World) -> None:
    world.wait(days=4)
    shown = page(world, "zh")
    assert shown.arrival.late
    assert (shown.arrival.when, shown.arrival.why) == (
        "原定 3月4日 周三 前送达",
        ("订单尚未发出。非常抱歉，我们正在处理。",),
    )


def test_a_parcel_on_the_road_is_not_said_to_be_out_for_delivery(world: World) -> None:
    world.work(FulfilmentState.DISPATCHED)
    assert [(step.name, step.state) for step, _ in page(world).steps][2:4] == [
        ("dispatched", "now"),
        ("out_for_delivery", "todo"),
    ]


def test_a_customer_who_confirmed_sees_that_it_came(world: World) -> None:
    world.work(FulfilmentState.DISPATCHED)
    assert page(world).offers.receipt
    world.desk.change(ORDER, confirm_receipt, actor=Actor(type="customer", id="x"))
    shown = page(world)
    assert (shown.status, steps(shown), shown.offers.any) == ("Completed", "ddddd", False)
    assert shown.entries[0].text == "You confirmed that it has come"
    assert shown.arrival.when == "Delivered Sun 1 March, 20:00"


def test_money_is_told_with_its_amount_and_the_newest_stands_first(world: World) -> None:
    report = PaymentReport(PaymentKind.CAPTURED, 40_000, "CNY", "alipay", "r1")
    world.desk.change(ORDER, lambda state, now: decide_payment(state, now, report), actor=STAFF)
    texts = [entry.text for entry in page(world).entries]
    assert texts == ["We received your payment of ¥400.00", "The order is confirmed", "You placed the order"]


def test_the_page_shows_the_city_and_the_end_of_the_phone_and_nothing_more(world: World) -> None:
    shown = page(world)
    assert (shown.place, shown.phone) == ("杭州市", "0000")
    for secret in (CONTACT["name"], CONTACT["phone"], CONTACT["email"], SHIP_TO["line1"], SHIP_TO["postal_code"]):
        assert secret not in repr(shown)


def test_of_a_person_who_was_erased_the_page_knows_nothing(world: World) -> None:
    shown = page(world, contact=None)
    assert (shown.place, shown.phone, shown.offers.address, shown.zone) == ("", "", False, "UTC")
    assert shown.placed == "Placed Sun 1 March, 12:00"


def test_a_page_has_the_same_parts_in_both_languages(world: World) -> None:
    one, other = page(world, "en"), page(world, "zh")
    assert [len(one.entries), len(one.items), len(one.steps)] == [
        len(other.entries),
        len(other.items),
        len(other.steps),
    ]
    assert other.status == "已确认"
    assert world.now == NOON


def test_a_later_word_on_the_day_is_what_is_expected_and_the_first_one_is_not_hidden(world: World) -> None:
    later = {"promise": {"state": "jeopardy", "deliver_by": "2026-03-09T10:00:00.000Z", "reason": "carrier"}}
    world.desk.change(ORDER, lambda state, _now: Decision("promise.changed", state.header, later), actor=STAFF)
    shown = page(world)
    assert shown.arrival.when == "Expected by Mon 9 March"
    assert shown.arrival.why[0] == "First it was promised by Wed 4 March; we are sorry."
    world.wait(days=5)
    assert not page(world).arrival.late


@pytest.mark.parametrize(
    ("status", "cause", "texts"),
    [
        ("exception", None, ("Held up on the way", "运输途中受阻")),
        ("exception", "damaged", ("The carrier reports damage", "承运商报告包裹破损")),
        ("delivery_attempt_failed", "refused", ("The parcel was not accepted", "包裹被拒收")),
        ("in_transit", "customs", ("On the way: Held by customs", "运输中，原因：海关清关受阻")),
        ("exception", "of tomorrow", ("Held up on the way", "运输途中受阻")),
    ],
)
def test_a_scan_says_why_where_the_carrier_does(status: str, cause: str | None, texts: tuple[str, str]) -> None:
    for language, text in zip(LANGUAGES, texts, strict=True):
        (entry,) = scanned(TrackingStatus(status), cause, language).entries
        assert entry.text == text


def test_a_scan_is_told_with_its_city_and_its_time() -> None:
    shown = scanned(TrackingStatus.IN_TRANSIT, None, "zh")
    assert [(each.text, each.place, each.when) for each in shown.entries] == [("运输中", "苏州市", "3月1日 周日 18:30")]
    assert "示例顾客" not in repr(shown)  # what a carrier writes beside it may name people


def scanned(status: TrackingStatus, cause: str | None, language: Language) -> Page:
    """The page of a parcel with one scan."""
    order = shop()
    order.place(payable_later=True)
    scan = TrackingEvent(
        identity="s1",
        status=status,
        occurred_at="2026-03-01T10:30:00.000Z",
        received_at="2026-03-01T10:31:00.000Z",
        description="Held for 示例顾客",
        place="苏州市",
        cause=cause,
    )
    parcel = Parcel(tracking_number="SF1", lines=(), status=scan.status, history=(scan,))
    shipment = Shipment(
        shipment_id="shp_1",
        order_id=ORDER,
        fulfilment_id="ful_1",
        carrier="sf",
        dispatched_at="2026-03-01T09:00:00.000Z",
        parcels=(parcel,),
    )
    state = replace(order.state(), shipments={"shp_1": shipment})
    return page_of(state, (), PERSON, speech_for(language, PERSON), order.now, means=order.means)
