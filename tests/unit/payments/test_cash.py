"""Cash on delivery: on the shipment, collected, handed on, refused at the door; and refunds as store credit."""

from __future__ import annotations

from typing import Any

import pytest

from ordo.kernel.errors import NotAllowedNow
from ordo.orders.cancellation import cancellation
from ordo.orders.due import settle_due
from ordo.orders.model import SYSTEM
from ordo.orders.proposals import usual_policies
from ordo.payments.cash import to_collect
from ordo.payments.collecting import remitted
from ordo.payments.model import PaymentKind, PaymentStatus
from ordo.payments.payout import as_store_credit
from ordo.shipments.model import FulfilmentState, Parcel, Shipment, TrackingStatus
from tests.support.orders import ORDER
from tests.unit.payments.test_moving import CARD, TOTAL, Till

COD = {"tender_id": "tnd_1", "provider": "cash_on_delivery"}
SHIPMENT = "shp_01KJM1TD80QF4RNX9Z5TTWJ1H7_1"


def test_each_shipment_collects_its_goods_and_the_last_one_the_rest() -> None:
    till = Till({**CARD, "amount": 5_000}, {**COD, "tender_id": "tnd_2"})
    till.move()
    state = till.world.state()
    first, second = state.fulfilments.values()
    collect = to_collect(state, first.lines, last=False)
    assert collect == 20_000
    sent = _sent(till, collect)
    assert to_collect(sent, second.lines, last=True) == TOTAL - 5_000 - 20_000


def test_an_order_that_is_paid_otherwise_collects_nothing() -> None:
    till = Till(CARD)
    assert to_collect(till.world.state(), (), last=True) is None


def _sent(till: Till, collect: int | None, number: int = 1) -> Any:
    shipment = Shipment(
        shipment_id=f"shp_{ORDER[4:]}_{number}",
        order_id=ORDER,
        fulfilment_id="f",
        carrier="generic",
        dispatched_at="2026-03-01T12:00:00.000Z",
        parcels=(Parcel(tracking_number="T1", lines=(), status=TrackingStatus.DELIVERED),),
        collect=collect,
    )
    till.world.repository.records[ORDER][f"shipment#{shipment.shipment_id}"] = shipment
    return till.world.state()


def delivered(till: Till) -> None:
    _sent(till, TOTAL)
    till.world.work(FulfilmentState.DISPATCHED)
    till.world.deliver()


def test_cash_that_was_not_collected_is_told_a_day_after_the_delivery() -> None:
    till = Till(COD)
    delivered(till)
    till.world.wait(hours=25)
    assert till.watch() == "asked"
    event = till.world.repository.timeline(ORDER)[-1].read()
    assert (event["type"], event["data"]["left"]) == ("payment.due", TOTAL)


def test_what_was_collected_pays_the_order_and_must_be_handed_on() -> None:
    till = Till(COD)
    delivered(till)
    till.report(PaymentKind.CAPTURED, TOTAL, "cash_on_delivery", SHIPMENT)
    assert till.world.header().payment_status is PaymentStatus.PAID
    till.world.wait(days=14)
    while till.watch() == "completed":
        pass
    (incident,) = till.world.state().incidents.values()
    assert (incident.kind, incident.reason, incident.is_open) == ("payment", "cash_not_remitted", True)
    for _ in range(2):
        till.world.desk.change(
            ORDER, lambda state, now: remitted(state, now, SHIPMENT, TOTAL, usual_policies), actor=SYSTEM
        )
    assert not next(iter(till.world.state().incidents.values())).is_open
    with pytest.raises(NotAllowedNow):
        till.world.desk.change(ORDER, lambda s, n: remitted(s, n, SHIPMENT, 1, usual_policies), actor=SYSTEM)


def test_less_than_was_collected_is_an_incident() -> None:
    till = Till(COD)
    delivered(till)
    till.report(PaymentKind.CAPTURED, TOTAL, "cash_on_delivery", SHIPMENT)
    till.world.desk.change(ORDER, lambda s, n: remitted(s, n, SHIPMENT, TOTAL - 1, usual_policies), actor=SYSTEM)
    (incident,) = till.world.state().incidents.values()
    assert incident.reason == "remittance_differs"


def test_what_is_refused_at_the_door_has_nothing_to_refund() -> None:
    till = Till(COD)
    _sent(till, TOTAL)
    till.world.desk.change(
        ORDER, lambda state, now: cancellation(state, now, code="staff", reason="refused at the door"), actor=SYSTEM
    )
    assert (till.told(), till.funds.refund_due) == ([], 0)
    till.world.wait(days=30)
    assert settle_due(till.world.desk, ORDER).outcome == "rearmed"


def test_a_refund_can_be_paid_out_as_store_credit_whatever_was_paid_with() -> None:
    till = Till(CARD)
    till.move()

    def as_credit(state: Any, now: Any) -> Any:
        from dataclasses import replace

        ended = cancellation(state, now, code="staff", reason="test")
        return replace(ended, header=as_store_credit(state.header, ended.header))

    till.world.desk.change(ORDER, as_credit, actor=SYSTEM)
    assert [(each.provider, each.amount, each.of) for each in till.instructions[1:]] == [("store_credit", TOTAL, None)]
    credit = till.instructions[1].model_copy()
    from ordo.payments.provider import Answer

    till.mover.record(ORDER, credit.instruction_id, Answer("done", credit.key, TOTAL))
    assert till.world.header().payment_status is PaymentStatus.REFUNDED
    assert (till.world.header().paying.credit_due, len(till.instructions)) == (0, 2)
