"""Which money must move because of a commit: called for every commit of every order, before it is written. Pure.

It compares what the order's money is to come to (what is due back, what is due by now, what is authorised) with what
was reported and what is under way already, and asks for the difference. So no decision asks for a movement itself:
whatever changes the order's account moves money in the same commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ordo.kernel.clock import from_iso, to_iso
from ordo.payments.cash import remit_by
from ordo.payments.instruction import TAKING, InstructionState, Movement, PaymentInstruction, instruction_id
from ordo.payments.ledger import Taken, in_order_of_refund, taken
from ordo.payments.model import Payment
from ordo.payments.paying import MOVED_HERE, STORE_CREDIT, Due, Tender, at_the_door, next_date, shares, wanted
from ordo.shipments.model import Fulfilment, FulfilmentState

if TYPE_CHECKING:
    from ordo.orders.model import OrderHeader, OrderState, Record

ASKED, REFUND_ASKED = "payment.requested", "refund.requested"
AGAIN = timedelta(minutes=10)
"""What a queue should have carried out by then is asked for again."""
STOREFRONT = timedelta(hours=72)
"""What the storefront moves should have been reported by then; afterwards it is told again daily."""
REMINDER = timedelta(hours=24)
_READY = (FulfilmentState.PICKED, FulfilmentState.PACKED)
"""Work whose goods will leave soon: what is due before that is taken now."""
S, M = InstructionState, Movement


@dataclass(frozen=True, slots=True)
class Asked:
    """The header with what is looked at next, the instructions that are new or changed, and what the event says."""

    header: OrderHeader
    records: tuple[PaymentInstruction, ...] = ()
    implies: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


def asked(before: OrderState | None, header: OrderHeader, records: tuple[Record, ...], now: datetime) -> Asked:
    """What the commit that leads to this header and these records asks for. Most orders ask for nothing, at no cost."""
    known = dict(before.instructions) if before else {}
    if not known and not header.paying.tenders and not header.funds.refund_due and not header.paying.parts:
        return Asked(header)
    written = {each.instruction_id: each for each in records if isinstance(each, PaymentInstruction)}
    payments = dict(before.payments) if before else {}
    payments |= {each.payment_id: each for each in records if isinstance(each, Payment)}
    header = _reached(before, header, records)
    plan = _Plan(header, payments, known | written, to_iso(now), now)
    plan.make()
    fresh = {name: each for name, each in plan.instructions.items() if each is not (known | written).get(name)}
    header = _looked_at(before, header, plan, now)
    told = [each for each in fresh.values() if each.state is S.REQUESTED]
    return Asked(
        header, tuple(fresh.values()), implied(told), {"instructions": [each.told() for each in told]} if told else {}
    )


def implied(instructions: Iterable[PaymentInstruction]) -> tuple[str, ...]:
    """What asking for them means; the storefront hears by itself of refunds that it is to carry out."""
    instructions = list(instructions)
    abroad = any(each.movement is M.REFUND and each.provider not in MOVED_HERE for each in instructions)
    return (*((ASKED,) if instructions else ()), *((REFUND_ASKED,) if abroad else ()))


def _reached(before: OrderState | None, header: OrderHeader, records: Iterable[Record]) -> OrderHeader:
    """The header with the events of its schedule that have come with this commit."""
    if not header.paying.parts:
        return header
    parts = dict(before.fulfilments) if before else {}
    parts |= {each.fulfilment_id: each for each in records if isinstance(each, Fulfilment)}
    packed = header.units.dispatched > 0 or any(each.state in _READY for each in parts.values())
    come: list[Due] = [*header.paying.reached]
    if packed and "before_dispatch" not in come:
        come.append("before_dispatch")
    if (header.delivered_at or header.completed_at) and "acceptance" not in come:
        come.append("acceptance")
    return _with(header, reached=tuple(come)) if len(come) > len(header.paying.reached) else header


def _with(header: OrderHeader, **changes: Any) -> OrderHeader:
    return header.model_copy(update={"paying": header.paying.model_copy(update=changes)})


class _Plan:
    """Instructions as they are to be, one rule after the other."""

    def __init__(
        self,
        header: OrderHeader,
        payments: Mapping[str, Payment],
        instructions: Mapping[str, PaymentInstruction],
        moment: str,
        now: datetime,
    ) -> None:
        self.header, self.moment, self._now = header, moment, now
        self.instructions = dict(instructions)
        self.tenders = header.paying.tenders
        self.over = header.units.total == header.units.cancelled
        self.payments = payments

    def make(self) -> None:
        """All that must move, and what need not move any more."""
        self._drop_refunds()
        self._drop_takings()
        self._refund_credit()
        self._refund()
        self._end_authorisations()
        self._capture()
        self._take()

    def taken(self) -> list[Taken]:
        return taken(self.payments, self.instructions, self.tenders)

    def asked_for(self, *movements: Movement, as_credit: bool | None = None) -> int:
        """What stands asked for and was not done yet."""
        return sum(
            each.left
            for each in self.instructions.values()
            if each.counts and each.movement in movements and as_credit in (None, each.as_credit)
        )

    def still_due(self) -> int:
        """What is due by now and neither kept, authorised nor asked for."""
        if self.over:
            return 0
        funds = self.header.funds
        promised = sum(each.promised for each in self.taken())
        have = funds.kept + promised + self.asked_for(*TAKING)
        return max(0, wanted(self.header.paying, self.header.owed, self.moment) - have)

    def still_due_now(self) -> int:
        """What should have been paid by now and was not: of a schedule, and at the door once the goods are there."""
        due = self.still_due() if self.header.paying.parts else 0
        if not self.header.delivered_at:
            return due
        door = at_the_door(self.header.paying, self.header.owed)
        return max(due, min(door, self.header.owed - self.header.funds.kept))

    def _drop_refunds(self) -> None:
        """More is asked back than is due: what has failed, or the storefront has not begun, goes first, the latest
        first. What Ordo asks for itself may be under way this moment: whoever carries it out finds it not wanted.
        """
        over = self.asked_for(M.REFUND) - self.header.funds.refund_due
        for each in sorted(
            self.instructions.values(),
            key=lambda one: (one.state is S.FAILED, one.requested_at, one.instruction_id),
            reverse=True,
        ):
            abroad = each.state is S.REQUESTED and each.provider not in MOVED_HERE and not each.settled
            if over > 0 and each.movement is M.REFUND and each.counts and (abroad or each.state is S.FAILED):
                over -= each.left
                self._drop(each)

    def _drop_takings(self) -> None:
        """What was declined of an order that is cancelled is not wanted any more."""
        for each in list(self.instructions.values()):
            if self.over and each.movement in TAKING and each.state is S.FAILED:
                self._drop(each)

    def _drop(self, each: PaymentInstruction) -> None:
        changes = {"state": S.DROPPED, "due_at": None, "changed_at": self.moment}
        self.instructions[each.instruction_id] = each.model_copy(update=changes)

    def _refund_credit(self) -> None:
        due = min(self.header.paying.credit_due, self.header.funds.refund_due)
        amount = due - self.asked_for(M.REFUND, as_credit=True)
        if amount > 0:
            self._ask(M.REFUND, amount, STORE_CREDIT, STORE_CREDIT, as_credit=True)

    def _refund(self) -> None:
        credit = min(self.header.paying.credit_due, self.header.funds.refund_due)
        left = self.header.funds.refund_due - credit - self.asked_for(M.REFUND, as_credit=False)
        for each in in_order_of_refund(self.taken(), self.tenders):
            amount = min(left, each.refundable)
            if amount > 0:
                self._ask(M.REFUND, amount, each.tender_id, each.provider, of=each.reference)
                left -= amount

    def _end_authorisations(self) -> None:
        for each in self._declared():
            if self.over and each.promised and not each.ending:
                self._ask(M.VOID, each.promised, each.tender_id, each.provider, of=each.reference)

    def _capture(self) -> None:
        """What left is captured, as much as the order costs by now; what then is left of an authorisation ends."""
        if self.over or not self.header.units.dispatched:
            return
        late = {each.tender_id for each in self.tenders if each.capture == "on_dispatch"}
        left = self.header.owed - self.header.funds.kept - self.asked_for(M.CAPTURE, M.CHARGE)
        for each in self._declared():
            if each.tender_id not in late or not each.promised or each.ending:
                continue
            amount = min(left, each.promised)
            movement = M.CAPTURE if amount > 0 else M.VOID
            self._ask(movement, amount or each.promised, each.tender_id, each.provider, of=each.reference)
            left -= max(0, amount)

    def _declared(self) -> Iterator[Taken]:
        """Payments of tenders that the order was given: of others nobody but the storefront knows enough."""
        mine = {each.tender_id for each in self.tenders}
        return (each for each in self.taken() if each.tender_id in mine)

    def _take(self) -> None:
        """What is due by now, from the tenders that are charged here, in their order."""
        left = self.still_due()
        if not left:
            return
        parts, entries = shares(self.tenders, self.header.owed), self.taken()
        for tender in self.tenders:
            amount = min(left, parts.get(tender.tender_id, 0) - self._had(tender, entries))
            if amount > 0 and tender.charged_here and not self._declined(tender):
                sent = self.header.units.dispatched > 0
                movement = M.AUTHORISE if tender.capture == "on_dispatch" and not sent else M.CHARGE
                self._ask(movement, amount, tender.tender_id, tender.provider)
                left -= amount

    def _had(self, tender: Tender, entries: Iterable[Taken]) -> int:
        had = sum(
            each.promised + each.captured - each.refunded for each in entries if each.tender_id == tender.tender_id
        )
        mine = (each for each in self.instructions.values() if each.tender_id == tender.tender_id)
        return had + sum(each.left for each in mine if each.movement in TAKING and each.counts)

    def _declined(self, tender: Tender) -> bool:
        """It was refused and nobody has said what to do: the same is not asked again by itself."""
        mine = (each for each in self.instructions.values() if each.tender_id == tender.tender_id)
        return any(each.movement in TAKING and each.state is S.FAILED for each in mine)

    def _ask(
        self,
        movement: Movement,
        amount: int,
        tender_id: str,
        provider: str,
        *,
        of: str | None = None,
        as_credit: bool = False,
    ) -> None:
        new = PaymentInstruction(
            instruction_id=instruction_id(self.header.order_id, len(self.instructions) + 1),
            order_id=self.header.order_id,
            movement=movement,
            state=S.REQUESTED,
            amount=amount,
            tender_id=tender_id,
            provider=provider,
            requested_at=self.moment,
            changed_at=self.moment,
            asked_at=self.moment,
            due_at=to_iso(self._now + (AGAIN if provider in MOVED_HERE else STOREFRONT)),
            of=of,
            as_credit=as_credit,
        )
        self.instructions[new.instruction_id] = new


def _looked_at(before: OrderState | None, header: OrderHeader, plan: _Plan, now: datetime) -> OrderHeader:
    """When its payments are looked at next: an instruction's time, a dated part, or what is due and was not paid."""
    looks = [each.due_at for each in plan.instructions.values() if each.due_at and each.counts]
    date = next_date(header.paying, plan.moment)
    if date and not plan.over:
        looks.append(date)
    if before is not None and header.funds.captured:
        looks.append(remit_by(_with_payments(before, plan)) or "~")
    if header.released_at and not plan.over and (plan.still_due_now()):
        old = before.header.paying.look_at if before else None
        looks.append(old if old and old > plan.moment else to_iso(now + REMINDER))
    look_at = min((each for each in looks if each != "~"), default=None)
    return header if look_at == header.paying.look_at else _with(header, look_at=look_at)


def _with_payments(before: OrderState, plan: _Plan) -> OrderState:
    return replace(before, payments=plan.payments)


def moved_on(each: PaymentInstruction, now: datetime) -> PaymentInstruction:
    """An instruction that is asked for again, because nothing was heard of it, or because its next round is due."""
    longer = min(AGAIN * 2 ** min(each.attempts, 6), timedelta(hours=6))
    pause = longer if each.provider in MOVED_HERE else REMINDER
    changes: dict[str, Any] = {"due_at": to_iso(now + pause), "changed_at": to_iso(now)}
    if each.state is S.FAILED:
        changes |= {"state": S.REQUESTED, "round": each.round + 1, "asked_at": to_iso(now), "error": None}
    return each.model_copy(update=changes)


def is_old(each: PaymentInstruction, now: datetime) -> bool:
    """Whether it waits for longer than anybody should: somebody must look at it."""
    return now - from_iso(each.requested_at) >= (REMINDER if each.provider in MOVED_HERE else STOREFRONT + REMINDER)
