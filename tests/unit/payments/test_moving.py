"""Money moves because the order's account says so: instructions come with the commit that makes them necessary."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from ordo.kernel.clock import to_iso
from ordo.kernel.errors import OrdoError
from ordo.orders.cancellation import cancellation
from ordo.orders.decision import Decision
from ordo.orders.due import settle_due
from ordo.orders.model import OrderState, OrderStatus
from ordo.orders.posting import posted, with_postings
from ordo.payments.instruction import InstructionState, Movement, PaymentInstruction
from ordo.payments.model import PaymentKind, PaymentStatus
from ordo.payments.moving import Mover
from ordo.payments.provider import ProviderUnavailable
from ordo.payments.service import PaymentReport, record_payment
from ordo.shipments.model import FulfilmentState
from tests.support.money import MemoryProvider, Mood
from tests.support.orders import ORDER, STAFF, shop

TOTAL = 40_000
S, M = InstructionState, Movement
CARD = {"tender_id": "tnd_1", "provider": "stripe", "method": "pm_card", "payer": "cus_1"}
LATE_CARD = {**CARD, "capture": "on_dispatch"}


class Till:
    """A shop whose orders are paid through a provider in memory."""

    def __init__(
        self, *tenders: dict[str, Any], parts: tuple[dict[str, Any], ...] = (), moods: tuple[Mood, ...] = ()
    ) -> None:
        self.world = shop()
        self.provider = MemoryProvider(lambda: self.world.now)
        self.provider.moods.extend(moods)
        self.mover = Mover(self.world.desk, lambda _name: self.provider, lambda _state, _now: ())
        paying = {"tenders": list(tenders), "parts": list(parts)}
        self.world.place(paying=paying if tenders or parts else None)

    def move(self, *, every: bool = False) -> None:
        named = [each.instruction_id for each in self.instructions if every or each.state is not S.SENT]
        self.mover.move(ORDER, named)

    def cancel(self) -> None:
        decide = lambda state, now: cancellation(state, now, code="staff", reason="test")  # noqa: E731
        self.world.desk.change(ORDER, decide, actor=STAFF)

    def report(
        self, kind: PaymentKind, amount: int, provider: str = "alipay", reference: str = "r1", **more: Any
    ) -> None:
        report = PaymentReport(kind, amount, "CNY", provider, reference, **more)
        record_payment(self.world.desk, lambda _state, _now: (), ORDER, report, actor=STAFF)

    def watch(self) -> str:
        return settle_due(self.world.desk, ORDER).outcome

    @property
    def instructions(self) -> list[PaymentInstruction]:
        return list(self.world.state().instructions.values())

    def told(self) -> list[tuple[str, str, int]]:
        return [(each.movement, each.state, each.amount) for each in self.instructions]

    @property
    def funds(self) -> Any:
        return self.world.header().funds


def test_an_order_without_tenders_asks_for_nothing_when_it_is_placed() -> None:
    till = Till()
    assert till.told() == []
    assert till.world.types() == ["order.placed"]


def test_a_stored_card_is_charged_from_the_placement_and_the_order_is_released() -> None:
    till = Till(CARD)
    assert till.told() == [("charge", "requested", TOTAL)]
    assert till.world.types() == ["order.placed", "payment.requested"]
    till.move()
    assert till.told() == [("charge", "done", TOTAL)]
    assert (till.funds.captured, till.world.header().status) == (TOTAL, OrderStatus.RELEASED)
    assert till.world.header().payment_status is PaymentStatus.PAID


def test_a_declined_card_is_told_and_is_not_charged_again_by_itself() -> None:
    till = Till(CARD, moods=("decline",))
    till.move()
    assert till.told() == [("charge", "failed", TOTAL)]
    assert till.world.header().payment_status is PaymentStatus.FAILED
    till.move()
    assert len(till.provider.calls) == 1
    till.world.wait(minutes=31)
    till.watch()
    assert till.world.header().cancel_reason == "unpaid"
    assert till.told() == [("charge", "dropped", TOTAL)]


def test_an_answer_that_was_lost_is_asked_for_again_by_the_same_key() -> None:
    till = Till(CARD, moods=("lost",))
    till.move()
    assert till.told() == [("charge", "unknown", TOTAL)]
    till.world.wait(minutes=6)
    assert till.watch() == "asked"
    till.move()
    assert till.told() == [("charge", "done", TOTAL)]
    assert len(till.provider.payments) == 1


def test_a_provider_that_did_not_hear_is_asked_again_by_the_same_key() -> None:
    till = Till(CARD, moods=("deaf", "deaf"))
    for _ in range(3):
        till.move()
        till.world.wait(minutes=11)
        till.watch()
    assert {key for _, key in till.provider.calls} == {till.instructions[0].key}
    assert till.funds.captured == TOTAL


def test_a_late_word_settles_what_was_sent_and_the_same_word_again_changes_nothing() -> None:
    till = Till(CARD, moods=("late",))
    till.move()
    assert till.told() == [("charge", "sent", TOTAL)]
    (instruction,) = till.instructions
    answer = till.provider.finish(instruction.key)
    for _ in range(2):
        till.mover.record(ORDER, instruction.instruction_id, answer)
    assert (till.told(), till.funds.captured) == ([("charge", "done", TOTAL)], TOTAL)


def test_an_authorisation_is_captured_when_the_first_parcel_leaves() -> None:
    till = Till(LATE_CARD)
    till.move()
    assert till.world.header().payment_status is PaymentStatus.AUTHORISED
    till.world.work(FulfilmentState.DISPATCHED, only=1)
    till.move()
    assert till.told() == [("authorise", "done", TOTAL), ("capture", "done", TOTAL)]
    assert (till.funds.captured, till.funds.promised) == (TOTAL, 0)


def test_a_cancelled_order_lets_go_of_its_authorisation() -> None:
    till = Till(LATE_CARD)
    till.move()
    till.cancel()
    till.move()
    assert till.told() == [("authorise", "done", TOTAL), ("void", "done", TOTAL)]
    assert (till.funds.authorised, till.funds.promised, till.funds.captured) == (0, 0, 0)


def test_a_cancelled_order_gives_the_money_back_and_is_refunded_only_on_the_providers_word() -> None:
    till = Till(CARD)
    till.move()
    till.cancel()
    assert till.told()[1:] == [("refund", "requested", TOTAL)]
    assert till.world.header().payment_status is PaymentStatus.PAID
    assert "payment.requested" in till.world.types()
    till.move()
    assert till.world.header().payment_status is PaymentStatus.REFUNDED
    assert (till.funds.refund_due, till.funds.kept) == (0, 0)


def test_a_refund_is_tried_again_by_the_stated_rule_and_then_somebodys_work_until_it_is_done() -> None:
    till = Till(CARD)
    till.move()
    till.provider.moods.extend(["decline"] * 4)
    till.cancel()
    for hours in (1, 6, 24):
        till.move()
        assert till.told()[1:] == [("refund", "failed", TOTAL)]
        till.world.wait(hours=hours)
        assert till.watch() == "asked"
    till.move()
    (incident,) = till.world.state().incidents.values()
    assert (incident.kind, incident.owner, incident.is_open) == ("payment", "finance", True)
    assert {key for _, key in till.provider.calls[1:]} == {
        f"{till.instructions[1].instruction_id}.{n}" for n in (1, 2, 3, 4)
    }
    till.report(PaymentKind.REFUNDED, TOTAL, "stripe", "by hand")
    assert till.told()[1:] == [("refund", "done", TOTAL)]
    assert not next(iter(till.world.state().incidents.values())).is_open
    assert till.world.header().deadlines == {}


def test_the_storefront_is_told_to_refund_what_it_took_and_reports_it() -> None:
    till = Till()
    till.report(PaymentKind.CAPTURED, TOTAL)
    till.cancel()
    assert [(each.provider, each.of, each.state) for each in till.instructions] == [("alipay", "r1", "requested")]
    assert till.world.types()[-2:] == ["payment.requested", "refund.requested"]
    till.move()
    assert till.provider.calls == []
    till.world.wait(hours=73)
    assert till.watch() == "asked"
    assert till.world.types()[-2:] == ["payment.requested", "refund.requested"]
    till.report(PaymentKind.REFUNDED, TOTAL, reference="r2")
    assert till.told() == [("refund", "done", TOTAL)]
    assert till.world.header().deadlines == {}


def test_a_part_of_a_refund_that_the_storefront_reports_leaves_the_rest_asked_for() -> None:
    till = Till()
    till.report(PaymentKind.CAPTURED, TOTAL)
    till.cancel()
    till.report(PaymentKind.REFUNDED, 15_000, reference="r2")
    assert [(each.state, each.left) for each in till.instructions] == [("requested", 25_000)]
    till.report(PaymentKind.REFUNDED, 25_000, reference="r3")
    assert till.told() == [("refund", "done", TOTAL)]


def test_each_tender_gets_its_own_back_the_customers_money_before_store_credit() -> None:
    credit = {"tender_id": "tnd_1", "provider": "store_credit", "amount": 10_000}
    till = Till(credit, {**CARD, "tender_id": "tnd_2"})
    till.move()
    assert till.told() == [("charge", "done", 10_000), ("charge", "done", 30_000)]
    till.cancel()
    refunds = [(each.tender_id, each.provider, each.amount) for each in till.instructions[2:]]
    assert refunds == [("tnd_2", "stripe", 30_000), ("tnd_1", "store_credit", 10_000)]
    till.move()
    assert till.world.header().payment_status is PaymentStatus.REFUNDED


def test_a_refund_that_came_back_after_it_was_reported_is_due_again() -> None:
    till = Till(CARD)
    till.move()
    till.cancel()
    till.move()
    refund = till.instructions[1]
    till.report(PaymentKind.REFUND_FAILED, TOTAL, "stripe", str(refund.reference), instruction_id=refund.instruction_id)
    assert (till.funds.refunded, till.funds.refund_due) == (0, TOTAL)
    till.world.wait(minutes=2)
    assert till.watch() == "asked"
    till.provider.payments[str(refund.of)].refunded = 0
    till.move()
    assert (till.funds.refunded, till.funds.refund_due) == (TOTAL, 0)
    assert till.instructions[1].round == 2


def test_without_an_account_nothing_is_lost_and_it_becomes_somebodys_work_after_a_day() -> None:
    till = Till({**CARD, "method": None})

    def no_account(_name: str) -> MemoryProvider:
        raise ProviderUnavailable("no_account")

    till.report(PaymentKind.CAPTURED, TOTAL, "stripe", "pi_1", tender_id="tnd_1")
    till.cancel()
    till.mover = Mover(till.world.desk, no_account, lambda _state, _now: ())
    for _ in range(20):
        till.move()
        till.world.wait(hours=3)
        till.watch()
    assert till.told() == [("refund", "unknown", TOTAL)]
    assert [each.kind for each in till.world.state().incidents.values()] == ["payment"]


def test_a_schedule_releases_on_the_deposit_and_holds_dispatch_until_the_balance_is_paid() -> None:
    parts = ({"due": "placement", "amount": 12_000}, {"due": "before_dispatch"})
    till = Till(CARD, parts=parts)
    assert till.told() == [("charge", "requested", 12_000)]
    till.move()
    assert till.world.header().status is OrderStatus.RELEASED
    assert not till.world.header().is_covered("2026-03-01T12:00:00.000Z", "before_dispatch")
    till.world.work(FulfilmentState.PACKED)
    assert till.told()[1:] == [("charge", "requested", 28_000)]
    till.move()
    assert till.world.header().payment_status is PaymentStatus.PAID


def test_a_dated_part_is_charged_when_its_day_has_come() -> None:
    day = "2026-03-11T12:00:00.000Z"
    till = Till(CARD, parts=({"due": "placement", "amount": 12_000}, {"due": "date", "due_at": day}))
    till.move()
    assert till.world.header().deadlines["money"] == day
    till.world.wait(days=10)
    assert till.watch() == "asked"
    assert till.told()[1:] == [("charge", "requested", 28_000)]
    assert till.world.types()[-3:] == ["payment.due", "payment.requested", "promise.changed"]


def test_cash_on_delivery_is_released_without_money_and_nothing_is_due_back_when_it_is_refused() -> None:
    till = Till({"tender_id": "tnd_1", "provider": "cash_on_delivery"})
    assert till.world.header().status is OrderStatus.RELEASED
    assert till.told() == []
    till.cancel()
    assert (till.told(), till.funds.refund_due) == ([], 0)


def test_money_of_a_charge_that_was_overtaken_by_a_cancel_goes_back() -> None:
    till = Till(CARD, moods=("late",))
    till.move()
    (charge,) = till.instructions
    till.cancel()
    till.mover.record(ORDER, charge.instruction_id, till.provider.finish(charge.key))
    assert till.told() == [("charge", "done", TOTAL), ("refund", "requested", TOTAL)]
    till.move()
    assert till.funds.kept == 0


def test_a_refund_that_nobody_wants_any_more_is_not_carried_out() -> None:
    till = Till(CARD)
    till.move()
    till.cancel()
    till.report(PaymentKind.REFUNDED, TOTAL, "stripe", "by hand")
    till.move()
    assert till.told()[1:] == [("refund", "dropped", TOTAL)]
    assert till.provider.refunds == {}


def test_a_report_above_what_is_kept_is_refused() -> None:
    till = Till(CARD)
    till.move()
    with pytest.raises(OrdoError):
        till.report(PaymentKind.REFUNDED, TOTAL + 1, "stripe", "too much")


def less(till: Till, amount: int) -> None:
    """The order costs so much less from now on."""

    def decide(state: OrderState, now: datetime) -> Decision:
        posting = posted(state, "goodwill", -amount, to_iso(now))
        return Decision("order.changed", with_postings(state.header, (posting,)), records=(posting,))

    till.world.desk.change(ORDER, decide, actor=STAFF)


def test_what_was_charged_above_what_the_order_costs_by_then_goes_back_at_once() -> None:
    """The charge was under way, and its answer lost, when the order became cheaper."""
    till = Till(CARD, moods=("lost",))
    till.move()
    less(till, 1_300)
    till.world.wait(minutes=6)
    assert till.watch() == "asked"
    till.move()
    assert (till.funds.captured, till.funds.refund_due) == (TOTAL, 1_300)
    till.move()
    assert (till.funds.refunded, till.funds.refund_due) == (1_300, 0)


def test_so_it_does_when_the_charge_brings_a_cancelled_order_back() -> None:
    till = Till(CARD, moods=("lost",))
    till.move()
    less(till, 1_300)
    till.world.wait(minutes=31)
    till.watch()
    assert till.world.header().cancel_reason == "unpaid"
    for _ in range(4):
        till.move(every=True)
    assert till.world.header().status is OrderStatus.RELEASED
    assert (till.funds.captured, till.funds.refunded, till.funds.refund_due) == (TOTAL, 1_300, 0)


def test_what_a_customer_pays_too_much_by_themselves_is_told_and_left_to_people() -> None:
    till = Till()
    till.report(PaymentKind.CAPTURED, TOTAL + 500)
    assert (till.funds.captured, till.funds.refund_due) == (TOTAL + 500, 0)
