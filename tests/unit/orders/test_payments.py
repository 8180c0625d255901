"""What a payment report does to an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ordo.inventory.model import MAIN, StockCounter, reserve
from ordo.kernel.errors import Code, OrdoError
from ordo.orders.cancellation import NodePart
from ordo.orders.decision import Decision
from ordo.orders.due import settle_due
from ordo.orders.holds import PlaceHold, decide_hold, decide_release
from ordo.orders.keys import CommandKey
from ordo.orders.model import Actor, OrderState, OrderStatus
from ordo.payments.model import PaymentKind, PaymentStatus
from ordo.payments.service import LATE_CAPTURE_UNFULFILLABLE, PaymentReport, Recorded, decide_payment, record_payment
from ordo.shipments.model import FulfilmentState, LineQuantity
from tests.support.orders import ORDER, STAFF, World, shop

TOTAL = 40_000
PROVIDER = Actor(type="provider", id="alipay")


def pay(
    world: World,
    amount: int = TOTAL,
    kind: PaymentKind = PaymentKind.CAPTURED,
    *,
    reference: str = "r1",
    currency: str = "CNY",
    resource: Any = lambda _state, _now: (),
    order_id: str = ORDER,
) -> Recorded:
    report = PaymentReport(kind, amount, currency, "alipay", reference)
    return record_payment(world.desk, resource, order_id, report, actor=PROVIDER)


def cancelled_unpaid() -> World:
    world = shop()
    world.place()
    world.wait(minutes=31)
    settle_due(world.desk, ORDER)
    assert world.header().cancel_reason == "unpaid"
    return world


def test_a_capture_of_the_total_pays_and_releases_the_order() -> None:
    world = shop()
    world.place()
    recorded = pay(world)
    assert recorded.first
    assert (world.header().status, world.header().payment_status) == (OrderStatus.RELEASED, PaymentStatus.PAID)
    assert {each.state for each in world.state().fulfilments.values()} == {FulfilmentState.OPEN}
    assert world.types() == ["order.placed", "payment.captured", "order.released"]


def test_an_authorisation_of_the_total_releases_the_order() -> None:
    world = shop()
    world.place()
    pay(world, kind=PaymentKind.AUTHORISED)
    assert (world.header().status, world.header().payment_status) == (OrderStatus.RELEASED, PaymentStatus.AUTHORISED)


def test_too_little_leaves_the_order_waiting_for_the_rest() -> None:
    world = shop()
    world.place()
    pay(world, TOTAL - 1)
    assert (world.header().status, world.header().payment_status) == (OrderStatus.PLACED, PaymentStatus.PART_PAID)
    pay(world, 1, reference="r2")
    assert world.header().status is OrderStatus.RELEASED


def test_the_same_report_again_changes_nothing() -> None:
    world = shop()
    world.place()
    first = pay(world)
    again = pay(world)
    assert not again.first
    assert again.payment == first.payment
    assert again.header == first.header
    assert world.header().funds.captured == TOTAL


def test_a_reference_with_another_amount_is_refused() -> None:
    world = shop()
    world.place()
    pay(world, 100)
    with pytest.raises(OrdoError) as refused:
        pay(world, 101)
    assert refused.value.code is Code.PAYMENT_REUSED
    assert refused.value.facts["recorded"] == 100
    assert world.header().funds.captured == 100


def test_one_reference_may_be_authorised_and_then_captured() -> None:
    world = shop()
    world.place()
    pay(world, kind=PaymentKind.AUTHORISED)
    pay(world, kind=PaymentKind.CAPTURED)
    assert (world.header().funds.authorised, world.header().funds.captured) == (TOTAL, TOTAL)
    assert world.header().payment_status is PaymentStatus.PAID


def test_one_reference_may_be_reported_for_two_orders() -> None:
    world = shop()
    other = "ord_01KJM1TD80QF4RNX9Z5TTWJ1H8"
    world.place(parts=(("hz", (("1", "TEE", 1),)),))
    world.place(other, parts=(("hz", (("1", "TEE", 1),)),))
    assert pay(world, 10_000).first
    assert pay(world, 10_000, order_id=other).first


def test_another_currency_is_refused_and_names_the_field() -> None:
    world = shop()
    world.place()
    with pytest.raises(OrdoError) as refused:
        pay(world, currency="USD")
    assert (refused.value.code, refused.value.pointer) == (Code.CURRENCY_MISMATCH, "/amount/currency")


def test_a_failure_shows_until_the_next_report() -> None:
    world = shop()
    world.place()
    pay(world, kind=PaymentKind.FAILED)
    assert world.header().payment_status is PaymentStatus.FAILED
    pay(world, kind=PaymentKind.AUTHORISED, reference="r2")
    assert world.header().payment_status is PaymentStatus.AUTHORISED


def test_more_than_was_captured_is_never_refunded() -> None:
    world = shop()
    world.place()
    pay(world)
    pay(world, TOTAL - 1, PaymentKind.REFUNDED)
    with pytest.raises(OrdoError) as refused:
        pay(world, 2, PaymentKind.REFUNDED, reference="r2")
    assert refused.value.code is Code.NOT_ALLOWED_NOW
    assert refused.value.facts == {"captured": TOTAL, "refunded": TOTAL - 1, "amount": 2}
    assert world.header().payment_status is PaymentStatus.PART_REFUNDED


def test_a_held_order_whose_money_went_back_is_not_released_with_its_hold() -> None:
    world = shop()
    world.place()
    key = CommandKey("staff", "k", ORDER, "h")
    world.desk.change(ORDER, lambda s, n: decide_hold(s, n, PlaceHold("hld_1", "fraud", "look"), key), actor=STAFF)
    pay(world)
    pay(world, kind=PaymentKind.REFUNDED)
    world.desk.change(ORDER, lambda s, n: decide_release(s, n, "hld_1"), actor=STAFF)
    assert world.header().status is OrderStatus.PLACED
    world.wait(minutes=31)
    settle_due(world.desk, ORDER)
    assert (world.header().status, world.header().funds.refund_due) == (OrderStatus.CANCELLED, 0)


@pytest.mark.parametrize("authorised", [0, TOTAL])
def test_money_that_went_back_pays_for_nothing_when_a_little_comes_in_again(authorised: int) -> None:
    world = shop()
    world.place()
    key = CommandKey("staff", "k", ORDER, "h")
    world.desk.change(ORDER, lambda s, n: decide_hold(s, n, PlaceHold("hld_1", "fraud", "look"), key), actor=STAFF)
    if authorised:
        pay(world, authorised, PaymentKind.AUTHORISED)
    pay(world)
    pay(world, kind=PaymentKind.REFUNDED, reference="r2")
    pay(world, 1, reference="r3")
    world.desk.change(ORDER, lambda s, n: decide_release(s, n, "hld_1"), actor=STAFF)
    assert world.header().status is OrderStatus.PLACED
    assert "payment" in world.header().deadlines
    pay(world, TOTAL - 1, reference="r4")
    assert world.header().status is OrderStatus.RELEASED


def test_a_late_capture_brings_an_unpaid_order_back_with_its_stock() -> None:
    world = cancelled_unpaid()
    assert world.reserved() == {}
    recorded = pay(world)
    assert recorded.metrics == ()
    assert (world.header().status, world.header().payment_status) == (OrderStatus.RELEASED, PaymentStatus.PAID)
    assert (world.header().cancelled_at, world.header().cancel_reason) == (None, None)
    assert world.reserved() == {("TEE", "hz"): 2, ("TEE", "sh"): 1, ("MUG", "sh"): 1}
    assert world.types()[-3:] == ["payment.captured", "order.reinstated", "order.released"]
    states = {each.fulfilment_id[-1]: each.state for each in world.state().fulfilments.values()}
    assert states == {"1": "cancelled", "2": "cancelled", "3": "open", "4": "open"}


def test_a_late_capture_is_sourced_elsewhere_when_its_nodes_are_short() -> None:
    world = cancelled_unpaid()
    world.repository.counters["MUG", "sh", MAIN] = StockCounter("MUG", "sh", 0)
    whole = [NodePart("hz", (LineQuantity(line_id="1", sku="TEE", quantity=3), _mug()))]
    recorded = pay(world, resource=lambda _state, _now: whole)
    assert recorded.header.status is OrderStatus.RELEASED
    assert world.reserved() == {("TEE", "hz"): 3, ("MUG", "hz"): 1}


def test_a_late_capture_without_stock_is_due_to_be_refunded() -> None:
    world = cancelled_unpaid()
    world.repository.counters["MUG", "sh", MAIN] = StockCounter("MUG", "sh", 0)
    recorded = pay(world)
    assert recorded.metrics == (LATE_CAPTURE_UNFULFILLABLE,)
    assert (recorded.header.status, recorded.header.funds.refund_due) == (OrderStatus.CANCELLED, TOTAL)
    assert world.reserved() == {}
    event = world.repository.timeline(ORDER)[-1].read()
    assert (event["type"], event["data"]["refund_due"]) == ("payment.captured", TOTAL)
    pay(world, kind=PaymentKind.REFUNDED)
    assert world.header().funds.refund_due == 0


def test_a_late_capture_that_others_outrun_each_time_ends_in_a_refund() -> None:
    world = cancelled_unpaid()
    world.repository.counters["MUG", "sh", MAIN] = StockCounter("MUG", "sh", 0)
    asked = []

    def always_wrong(state: OrderState, _now: Any) -> Sequence[NodePart]:
        asked.append(state.header.seq)
        return [NodePart("sh", (_mug(),))]

    recorded = pay(world, resource=always_wrong)
    assert recorded.header.funds.refund_due == TOTAL
    assert len(asked) == 3


def test_a_late_capture_of_too_little_does_not_bring_the_order_back() -> None:
    world = cancelled_unpaid()
    assert pay(world, TOTAL - 1).metrics == (LATE_CAPTURE_UNFULFILLABLE,)
    assert (world.header().status, world.header().funds.refund_due) == (OrderStatus.CANCELLED, TOTAL - 1)
    pay(world, 1, reference="r2")
    assert (world.header().status, world.header().funds.refund_due) == (OrderStatus.RELEASED, 0)


def test_a_late_capture_of_an_order_that_its_customer_cancelled_is_only_refunded() -> None:
    world = cancelled_unpaid()
    header = world.header().model_copy(update={"cancel_reason": "customer"})
    world.repository.headers[ORDER] = header
    assert pay(world).header.funds.refund_due == TOTAL
    assert world.header().status is OrderStatus.CANCELLED


def test_an_order_that_came_back_twice_takes_only_its_last_places() -> None:
    world = cancelled_unpaid()
    pay(world, TOTAL)
    # A second unpaid cancellation needs an order that was not released: take the release away by hand.
    world.repository.headers[ORDER] = world.header().model_copy(update={"released_at": None})
    pay(world, kind=PaymentKind.REFUNDED)
    world.wait(minutes=1)
    settle_due(world.desk, ORDER)
    assert (world.header().status, world.reserved()) == (OrderStatus.CANCELLED, {})
    pay(world, reference="r2")
    assert world.header().status is OrderStatus.RELEASED
    assert world.reserved() == {("TEE", "hz"): 2, ("TEE", "sh"): 1, ("MUG", "sh"): 1}


def test_an_order_that_is_held_comes_back_but_is_not_released() -> None:
    world = shop()
    world.place(location="unknown")
    world.wait(minutes=31)
    settle_due(world.desk, ORDER)
    pay(world)
    assert (world.header().status, world.header().released_at) == (OrderStatus.PLACED, None)
    assert "order.reinstated" in world.types()
    assert "order.released" not in world.types()


def test_stock_taken_by_others_between_decision_and_commit_is_never_taken_twice() -> None:
    world = cancelled_unpaid()
    taker = "ord_01KJM1TD80QF4RNX9Z5TTWJ1H8"
    world.place(taker, parts=(("sh", (("1", "MUG", 5),)),))
    assert pay(world).header.funds.refund_due == TOTAL
    assert world.reserved() == {("MUG", "sh"): 5}


def test_a_plan_over_more_nodes_than_one_commit_takes_is_refunded() -> None:
    world = cancelled_unpaid()
    world.repository.counters["MUG", "sh", MAIN] = StockCounter("MUG", "sh", 0)
    nodes = [f"n{number}" for number in range(90)]
    world.stock(*((sku, node, 9) for node in nodes for sku in ("TEE", "MUG")))
    scattered = [NodePart(node, (_mug(),)) for node in nodes]
    assert pay(world, resource=lambda _state, _now: scattered).header.funds.refund_due == TOTAL
    assert world.reserved() == {}


def _mug() -> LineQuantity:
    return LineQuantity(line_id="2", sku="MUG", quantity=1)


def test_the_taken_moves_are_those_of_the_parts() -> None:
    world = cancelled_unpaid()
    report = PaymentReport(PaymentKind.CAPTURED, TOTAL, "CNY", "alipay", "r9")
    decision = decide_payment(world.state(), world.now, report)
    assert isinstance(decision, Decision)
    assert set(decision.stock) == {reserve("TEE", "hz", 2), reserve("TEE", "sh", 1), reserve("MUG", "sh", 1)}
