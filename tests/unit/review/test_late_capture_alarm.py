"""The alarm of money that came too late is told by the provider's repeat when the first answer was lost."""

from __future__ import annotations

from ordo.orders.cancellation import cancellation
from ordo.orders.due import settle_due
from ordo.orders.model import Actor
from ordo.payments.model import PaymentKind
from ordo.payments.service import LATE_CAPTURE_UNFULFILLABLE, PaymentReport, Recorded, record_payment
from tests.support.orders import ORDER, STAFF, World, shop

PROVIDER = Actor(type="provider", id="alipay")


def capture(world: World, reference: str = "r1", amount: int = 40_000) -> Recorded:
    report = PaymentReport(PaymentKind.CAPTURED, amount, "CNY", "alipay", reference)
    return record_payment(world.desk, lambda _state, _now: (), ORDER, report, actor=PROVIDER)


def test_a_repeat_of_a_late_capture_alarms_again() -> None:
    world = shop()
    world.place()
    world.wait(minutes=31)
    settle_due(world.desk, ORDER)
    capture(world, amount=100)  # its answer, and so its alarm, is lost
    again = capture(world, amount=100)
    assert not again.first
    assert again.metrics == (LATE_CAPTURE_UNFULFILLABLE,)


def test_a_repeat_of_a_capture_from_before_the_cancellation_does_not_alarm() -> None:
    world = shop()
    world.place()
    capture(world)
    world.wait(minutes=1)
    world.desk.change(ORDER, lambda state, now: cancellation(state, now, code="staff", reason="test"), actor=STAFF)
    assert capture(world).metrics == ()


def test_a_repeat_of_a_late_capture_that_was_refunded_does_not_alarm() -> None:
    world = shop()
    world.place()
    world.wait(minutes=31)
    settle_due(world.desk, ORDER)
    capture(world, amount=100)
    refund = PaymentReport(PaymentKind.REFUNDED, 100, "CNY", "alipay", "r1")
    record_payment(world.desk, lambda _state, _now: (), ORDER, refund, actor=PROVIDER)
    assert capture(world, amount=100).metrics == ()
