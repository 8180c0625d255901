"""Recording what payment providers report: each report once, its effect on the order in the same commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ordo.capacity.model import NodeFull
from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import CurrencyMismatch
from ordo.orders.cancellation import UNPAID, cost_if_back, reinstatement
from ordo.orders.decision import Decision, NoChange
from ordo.orders.desk import OrderDesk
from ordo.orders.errors import ClaimTaken, CouponShort, StockShort
from ordo.orders.model import Actor, OrderHeader, OrderState, OrderStatus
from ordo.orders.posting import Posting, posted, with_postings
from ordo.payments.effects import Effect, effect_of, known_already, require_known
from ordo.payments.errors import PaymentReused, RefundAboveCaptured
from ordo.payments.instruction import PaymentInstruction
from ordo.payments.model import Funds, Payment, PaymentKind
from ordo.payments.ways import SAME_WAY, Resource, Way, Ways

EVENTS = {
    PaymentKind.AUTHORISED: "payment.authorised",
    PaymentKind.CAPTURED: "payment.captured",
    PaymentKind.FAILED: "payment.failed",
    PaymentKind.REFUNDED: "refund.issued",
    PaymentKind.VOIDED: "payment.voided",
    PaymentKind.REFUND_FAILED: "refund.failed",
}
LATE_CAPTURE_UNFULFILLABLE = "LateCaptureUnfulfillable"


@dataclass(frozen=True, slots=True)
class PaymentReport:
    """What a provider reports; `amount` in minor units."""

    kind: PaymentKind
    amount: int
    currency: str
    provider: str
    reference: str
    tender_id: str | None = None
    of: str | None = None
    instruction_id: str | None = None

    @property
    def payment_id(self) -> str:
        """One id for each provider, reference and kind, so that a report that comes twice meets itself."""
        return "pay_" + sha256_hex(canonical_json([self.provider, self.reference, self.kind]))[:32]


@dataclass(frozen=True, slots=True)
class Recorded:
    """The report as kept and the order after it. `first` is False when it had been recorded before."""

    payment: Payment
    header: OrderHeader
    first: bool
    metrics: tuple[str, ...] = ()


def record_payment(
    desk: OrderDesk,
    resource: Resource,
    order_id: str,
    report: PaymentReport,
    *,
    actor: Actor,
    visible: Callable[[OrderHeader], bool] | None = None,
) -> Recorded:
    """Record a report; an unpaid order that was cancelled comes back when its money covers it and stock is there.

    Stock is looked for where it was, then anywhere; uses of coupons likewise. When others take them each time, or none
    is left, the money is due to be refunded.
    """
    ways = Ways(desk, resource, order_id)
    while True:
        try:
            return _recorded(desk, order_id, report, ways.way, actor, visible)
        except (StockShort, NodeFull, CouponShort, ClaimTaken) as refusal:
            ways.look_elsewhere(refusal)


def decide_payment(
    state: OrderState,
    now: datetime,
    report: PaymentReport,
    way: Way = SAME_WAY,
    *,
    failed: PaymentInstruction | None = None,
) -> Decision | NoChange:
    """What a report does to the order and its instructions; `failed` is the one that the provider declined.

    Raises `PaymentReused`, `CurrencyMismatch`, `RefundAboveCaptured` or `NothingToUndo`.
    """
    header = state.header
    if report.currency != header.currency:
        raise CurrencyMismatch(header.currency, report.currency, "/amount/currency")
    known = state.payments.get(report.payment_id)
    if known is not None:
        if known.amount != report.amount:
            raise PaymentReused(known.payment_id, known.amount, report.amount)
        return known_already(state, report, now)
    require_known(state, report)
    payment = _payment(header.order_id, report, now)
    effect = effect_of(state, report, payment, now, failed)
    funded = effect.on(header.model_copy(update={"funds": funds_after(header.funds, report)}))
    if header.status is not OrderStatus.CANCELLED:
        graces = _grace(state, report, payment)
        funded = with_postings(funded, graces) if graces else funded
        data = {**_facts(payment, funded), **effect.trouble.told()}
        return Decision(
            EVENTS[report.kind], funded, data, effect.trouble.implies, records=(payment, *graces, *effect.records)
        )
    return _with(_on_cancelled(state, now, funded, payment, way), effect)


def _with(decision: Decision, effect: Effect) -> Decision:
    """A decision with what it does to instructions."""
    header = effect.back_at_once(decision.header)
    due = {"refund_due": header.funds.refund_due} if header is not decision.header else {}
    return replace(
        decision,
        header=header,
        data={**decision.data, **due, **effect.trouble.told()},
        implies=(*decision.implies, *effect.trouble.implies),
        records=(*decision.records, *effect.records),
    )


def funds_after(funds: Funds, report: PaymentReport) -> Funds:
    """The sums with the report in them; raises `RefundAboveCaptured`."""
    amount, failed = report.amount, report.kind is PaymentKind.FAILED
    update: dict[str, int | bool] = {"last_failed": failed}
    if report.kind is PaymentKind.AUTHORISED:
        update["authorised"] = funds.authorised + amount
    elif report.kind is PaymentKind.CAPTURED:
        update["captured"] = funds.captured + amount
    elif report.kind is PaymentKind.REFUNDED:
        if amount > funds.kept:
            raise RefundAboveCaptured(funds.captured, funds.refunded, amount)
        due = max(0, funds.refund_due - amount)
        update |= {"refunded": funds.refunded + amount, "last_failed": funds.last_failed, "refund_due": due}
        if amount == funds.kept:
            update["void_authorised"] = funds.authorised
    elif report.kind is PaymentKind.VOIDED:
        update |= {"authorised": max(0, funds.authorised - amount), "last_failed": funds.last_failed}
    elif report.kind is PaymentKind.REFUND_FAILED:
        back = min(amount, funds.refunded)
        update |= {"refunded": funds.refunded - back, "refund_due": funds.refund_due + back}
        update["last_failed"] = funds.last_failed
    return funds.model_copy(update=update)


def _grace(state: OrderState, report: PaymentReport, payment: Payment) -> tuple[Posting, ...]:
    """A refund in part of what was not paid too much is the merchant's grace: the order costs that less.

    One of everything is none: what was ordered is not paid any more.
    """
    header = state.header
    if report.kind is not PaymentKind.REFUNDED or report.amount >= header.funds.kept:
        return ()
    above = max(0, header.funds.kept - header.owed)
    given = min(report.amount - above, header.owed)
    if given <= 0:
        return ()
    return (posted(state, "grace", -given, payment.reported_at, source=payment.payment_id),)


def _on_cancelled(state: OrderState, now: datetime, funded: OrderHeader, payment: Payment, way: Way) -> Decision:
    """Money for a cancelled order: it brings an unpaid one back to life, or all that is kept must go back."""
    captured = payment.kind is PaymentKind.CAPTURED
    wanted = captured and funded.cancel_reason == UNPAID and funded.funds.kept >= cost_if_back(state)
    found = way.parts(state) if wanted else ()
    if found:
        back = reinstatement(state, funded, found, now, buckets=way.buckets, first_order=way.first_order)
        return Decision(
            EVENTS[payment.kind],
            back.header,
            {**_facts(payment, back.header), "reinstated": True},
            implies=("order.reinstated",),
            records=(payment, *back.records),
            claims=back.claims,
            coupons=back.coupons,
            stock=back.stock,
            loads=back.loads,
            queue=back.queue,
            presales=back.presales,
        )
    funds = funded.funds.model_copy(update={"refund_due": max(0, funded.funds.kept - funded.owed)})
    header = funded.model_copy(update={"funds": funds})
    metrics = (LATE_CAPTURE_UNFULFILLABLE,) if captured else ()
    return Decision(EVENTS[payment.kind], header, _facts(payment, header), records=(payment,), metrics=metrics)


def _recorded(
    desk: OrderDesk,
    order_id: str,
    report: PaymentReport,
    way: Way,
    actor: Actor,
    visible: Callable[[OrderHeader], bool] | None,
) -> Recorded:
    changed = desk.change(
        order_id, lambda state, now: decide_payment(state, now, report, way), actor=actor, visible=visible
    )
    if changed.event is None or changed.decision is None:
        known = changed.state.payments[report.payment_id]
        return Recorded(known, changed.header, first=False, metrics=_alarm_of(known, changed.header))
    payment = next(each for each in changed.decision.records if isinstance(each, Payment))
    return Recorded(payment, changed.header, True, changed.decision.metrics)


def _alarm_of(known: Payment, header: OrderHeader) -> tuple[str, ...]:
    """The alarm of a late capture, again: whoever reports it once more may never have heard the first answer."""
    late = known.kind is PaymentKind.CAPTURED and known.reported_at >= (header.cancelled_at or "~")
    return (LATE_CAPTURE_UNFULFILLABLE,) if late and header.funds.refund_due else ()


def _payment(order_id: str, report: PaymentReport, now: datetime) -> Payment:
    return Payment(
        payment_id=report.payment_id,
        order_id=order_id,
        kind=report.kind,
        amount=report.amount,
        provider=report.provider,
        reference=report.reference,
        reported_at=to_iso(now),
        tender_id=report.tender_id,
        of=report.of,
        instruction_id=report.instruction_id,
    )


def _facts(payment: Payment, header: OrderHeader) -> dict[str, object]:
    funds = header.funds
    return {
        "payment_id": payment.payment_id,
        "kind": payment.kind,
        "amount": payment.amount,
        "currency": header.currency,
        "provider": payment.provider,
        "reference": payment.reference,
        "captured": funds.captured,
        "refunded": funds.refunded,
        "refund_due": funds.refund_due,
        **({"instruction_id": payment.instruction_id} if payment.instruction_id else {}),
    }
