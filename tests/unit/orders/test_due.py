"""What a due deadline does, and how an order completes."""

from __future__ import annotations

import pytest

from ordo.kernel.errors import Code, OrdoError
from ordo.orders.completion import confirm_receipt
from ordo.orders.deadlines import deadlines_of
from ordo.orders.due import OVERDUE_ORDERS, settle_due
from ordo.orders.holds import PlaceHold, decide_hold, release_hold
from ordo.orders.keys import CommandKey
from ordo.orders.model import OrderStatus
from ordo.payments.model import PaymentKind
from ordo.payments.service import PaymentReport, record_payment
from ordo.shipments.model import FulfilmentState
from tests.support.orders import ORDER, STAFF, World, shop


def pay(world: World) -> None:
    report = PaymentReport(PaymentKind.CAPTURED, 40_000, "CNY", "alipay", "r1")
    record_payment(world.desk, lambda _s, _n: (), ORDER, report, actor=STAFF)


def paid() -> World:
    world = shop()
    world.place()
    pay(world)
    return world


def shipped() -> World:
    world = paid()
    world.work(FulfilmentState.DISPATCHED)
    return world


def confirm(world: World) -> bool:
    return world.desk.change(ORDER, confirm_receipt, actor=STAFF).event is not None


def test_an_unpaid_order_is_cancelled_when_its_time_is_up_and_not_before() -> None:
    world = shop()
    world.place()
    world.wait(minutes=29)
    assert settle_due(world.desk, ORDER).outcome == "rearmed"
    world.wait(minutes=1)
    assert settle_due(world.desk, ORDER).outcome == "cancelled"
    header = world.header()
    assert (header.status, header.cancel_reason, header.funds.refund_due) == (OrderStatus.CANCELLED, "unpaid", 0)
    assert (world.reserved(), header.deadline_at) == ({}, None)
    assert world.repository.timeline(ORDER)[-1].read()["actor"] == {"type": "system", "id": "ordo"}


def test_an_order_paid_in_part_is_cancelled_and_its_money_is_due_back() -> None:
    world = shop()
    world.place()
    report = PaymentReport(PaymentKind.CAPTURED, 1, "CNY", "alipay", "r1")
    record_payment(world.desk, lambda _s, _n: (), ORDER, report, actor=STAFF)
    world.wait(hours=1)
    settle_due(world.desk, ORDER)
    assert (world.header().status, world.header().funds.refund_due) == (OrderStatus.CANCELLED, 1)


def test_an_order_that_is_payable_later_is_not_cancelled() -> None:
    world = shop()
    world.place(payable_later=True)
    assert (world.header().status, world.header().payment_status) == (OrderStatus.RELEASED, "payable_later")
    world.wait(hours=1)
    assert settle_due(world.desk, ORDER).outcome == "rearmed"


def test_settling_twice_settles_once() -> None:
    world = shop()
    world.place()
    world.wait(hours=1)
    settle_due(world.desk, ORDER)
    assert settle_due(world.desk, ORDER).outcome == "rearmed"
    assert world.types().count("order.cancelled") == 1


def test_a_late_dispatch_is_said_and_said_again_a_day_later() -> None:
    world = paid()
    world.wait(hours=48)
    settlement = settle_due(world.desk, ORDER)
    assert (settlement.outcome, settlement.metrics) == ("reminded", (OVERDUE_ORDERS,))
    assert world.repository.timeline(ORDER)[-1].read()["data"]["what"] == ["dispatch"]
    assert settle_due(world.desk, ORDER).outcome == "rearmed"
    world.wait(hours=23)
    assert settle_due(world.desk, ORDER).outcome == "rearmed"
    world.wait(hours=1)
    assert settle_due(world.desk, ORDER).outcome == "reminded"
    assert world.header().status is OrderStatus.RELEASED


def test_a_hold_that_nobody_looks_at_is_said() -> None:
    world = shop()
    world.place(payable_later=True)
    key = CommandKey("desk", "h", ORDER, "h")
    world.desk.change(ORDER, lambda s, n: decide_hold(s, n, PlaceHold("hld_1", "fraud", "x"), key), actor=STAFF)
    world.wait(hours=24)
    settle_due(world.desk, ORDER)
    assert world.repository.timeline(ORDER)[-1].read()["data"]["what"] == ["hold"]


def test_a_silent_carrier_is_said_until_it_speaks() -> None:
    world = shipped()
    world.wait(hours=168)
    settle_due(world.desk, ORDER)
    assert world.repository.timeline(ORDER)[-1].read()["data"]["what"] == ["silence"]
    world.deliver()
    assert set(world.header().deadlines) == {"completion"}


def test_what_was_said_of_one_thing_is_remembered_when_another_is_said() -> None:
    world = paid()
    world.wait(hours=1)
    world.work(FulfilmentState.DISPATCHED, only=1)
    world.wait(hours=167)
    assert settle_due(world.desk, ORDER).outcome == "reminded"
    world.wait(hours=1)
    settle_due(world.desk, ORDER)
    assert world.repository.timeline(ORDER)[-1].read()["data"] == {"what": ["silence"]}
    assert world.header().deadlines == {"dispatch": "2026-03-09T12:00:00.000Z", "silence": "2026-03-09T13:00:00.000Z"}


def test_a_delivered_order_completes_by_itself_after_the_channels_days() -> None:
    world = shipped()
    world.deliver()
    world.wait(days=7, seconds=-1)
    assert settle_due(world.desk, ORDER).outcome == "rearmed"
    world.wait(seconds=1)
    assert settle_due(world.desk, ORDER).outcome == "completed"
    assert world.header().status is OrderStatus.COMPLETED
    assert world.repository.timeline(ORDER)[-1].read()["data"]["by"] == "deadline"
    assert world.header().deadline_at is None


def test_a_held_order_does_not_complete_by_itself_until_it_is_let_go() -> None:
    world = shipped()
    world.deliver()
    key = CommandKey("desk", "h", ORDER, "h")
    world.desk.change(ORDER, lambda s, n: decide_hold(s, n, PlaceHold("hld_1", "fraud", "x"), key), actor=STAFF)
    world.wait(hours=24 * 30)
    settle_due(world.desk, ORDER)
    assert world.repository.timeline(ORDER)[-1].read()["data"] == {"what": ["hold"]}
    assert world.header().status == "delivered"
    release_hold(world.desk, ORDER, "hld_1", actor=STAFF)
    settle_due(world.desk, ORDER)
    assert world.header().status == "completed"


def test_the_customers_word_completes_a_delivered_order() -> None:
    world = shipped()
    world.deliver()
    delivered_at = world.header().delivered_at
    world.wait(hours=1)
    assert confirm(world)
    assert world.header().status is OrderStatus.COMPLETED
    assert world.header().delivered_at == delivered_at
    assert not confirm(world)
    assert world.types().count("order.completed") == 1


def test_the_customers_word_counts_even_when_the_carrier_said_nothing() -> None:
    world = shipped()
    assert confirm(world)
    assert (world.header().status, world.header().delivered_at) == ("completed", "2026-03-01T12:00:00.000Z")


def test_an_order_of_which_parts_have_not_left_is_not_confirmed() -> None:
    world = paid()
    world.work(FulfilmentState.DISPATCHED, only=1)
    with pytest.raises(OrdoError) as refused:
        confirm(world)
    assert refused.value.code is Code.NOT_ALLOWED_NOW
    assert refused.value.facts == {"status": "partially_shipped", "dispatched": 2, "active": 4}


def test_a_cancelled_order_is_not_confirmed() -> None:
    world = shop()
    world.place()
    world.wait(hours=1)
    settle_due(world.desk, ORDER)
    with pytest.raises(OrdoError) as refused:
        confirm(world)
    assert refused.value.facts["status"] == "cancelled"


def test_every_order_waits_for_something_until_it_is_closed() -> None:
    world = shop()
    world.place(location="unknown")
    seen = [set(world.header().deadlines)]
    pay(world)
    seen.append(set(world.header().deadlines))
    release_hold(world.desk, ORDER, world.header().holds[0].hold_id, actor=STAFF)
    seen.append(set(world.header().deadlines))
    world.work(FulfilmentState.DISPATCHED, only=1)
    seen.append(set(world.header().deadlines))
    world.work(FulfilmentState.DISPATCHED, only=2)
    seen.append(set(world.header().deadlines))
    world.deliver()
    seen.append(set(world.header().deadlines))
    confirm(world)
    seen.append(set(world.header().deadlines))
    assert seen == [
        {"payment", "hold"},
        {"hold", "promise"},
        {"dispatch", "promise"},
        {"dispatch", "silence", "promise"},
        {"silence", "promise"},
        {"completion"},
        set(),
    ]
    assert world.header().deadlines == deadlines_of(world.header())
