"""What a payment report does beside the sums: instructions that it carries out, incidents that end with it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ordo.orders.decision import Decision, NoChange
from ordo.payments.errors import NothingToUndo
from ordo.payments.instruction import InstructionState, PaymentInstruction
from ordo.payments.ledger import taken
from ordo.payments.model import Payment, PaymentKind
from ordo.payments.settled import carried_out
from ordo.payments.trouble import Trouble, ended_for

if TYPE_CHECKING:
    from ordo.orders.incident import Incident
    from ordo.orders.model import OrderHeader, OrderState
    from ordo.payments.service import PaymentReport

S, K = InstructionState, PaymentKind


@dataclass(frozen=True, slots=True)
class Effect:
    """Instructions as they are after a report, incidents that it ends, and what is authorised and not taken then."""

    instructions: tuple[PaymentInstruction, ...]
    trouble: Trouble
    promised: int
    credit: int = 0
    """What was paid out as store credit by it (negative: came back), in minor units."""
    taken_here: bool = False
    """Ordo took money that it had asked for: what the order costs less meanwhile is due back at once."""

    @property
    def records(self) -> tuple[PaymentInstruction | Incident, ...]:
        """What is written."""
        return (*self.instructions, *self.trouble.records)

    def on(self, header: OrderHeader) -> OrderHeader:
        """The header with it; `header` has its sums already."""
        paying = header.paying
        if self.credit:
            paying = paying.model_copy(update={"credit_due": max(0, paying.credit_due - self.credit)})
        return self.back_at_once(
            header.model_copy(
                update={
                    "funds": header.funds.model_copy(update={"promised": self.promised}),
                    "open_incidents": self.trouble.header.open_incidents,
                    "paying": paying,
                }
            )
        )

    def back_at_once(self, header: OrderHeader) -> OrderHeader:
        """The header with what Ordo took above what the order costs due back, also of an order that came back by it."""
        above = header.funds.kept - header.owed
        if not self.taken_here or above <= header.funds.refund_due:
            return header
        return header.model_copy(update={"funds": header.funds.model_copy(update={"refund_due": above})})


def effect_of(
    state: OrderState,
    report: PaymentReport,
    payment: Payment,
    now: datetime,
    failed: PaymentInstruction | None = None,
) -> Effect:
    """The effect; `failed` is an instruction that the provider declined, in place of one that is carried out."""
    instructions = (failed,) if failed else carried_out(state.instructions, report, now)
    done = [each.instruction_id for each in instructions if each.state is S.DONE]
    trouble = ended_for(state, state.header, done, now)
    after = {**state.instructions, **{each.instruction_id: each for each in instructions}}
    promised = sum(
        each.promised
        for each in taken({**state.payments, payment.payment_id: payment}, after, state.header.paying.tenders)
    )
    paid_out = [each for each in instructions if each.as_credit]
    sign = {K.REFUNDED: 1, K.REFUND_FAILED: -1}.get(report.kind, 0)
    taken_here = report.kind is K.CAPTURED and report.instruction_id is not None
    return Effect(instructions, trouble, promised, sign * report.amount if paid_out else 0, taken_here)


def require_known(state: OrderState, report: PaymentReport) -> None:
    """Raise `NothingToUndo` for a void of what is not set aside, or a refund that came back and was not reported."""
    if report.kind is K.VOIDED:
        entries = taken(state.payments, state.instructions, state.header.paying.tenders)
        known = sum(each.promised for each in entries)
    elif report.kind is K.REFUND_FAILED:
        refunds = (each for each in state.payments.values() if each.kind is K.REFUNDED)
        same = (each for each in refunds if (each.provider, each.reference) == (report.provider, report.reference))
        known = sum(each.amount for each in same)
    else:
        return
    if report.amount > known:
        raise NothingToUndo(report.kind, known, report.amount)


def known_already(state: OrderState, report: PaymentReport, now: datetime) -> Decision | NoChange:
    """A report that was recorded before; the instruction that it names may not have heard of it."""
    named = state.instructions.get(report.instruction_id or "")
    if named is None or named.state is S.DONE or report.kind is K.FAILED:
        return NoChange()
    after = carried_out(state.instructions, report, now)
    if not after:
        return NoChange()
    trouble = ended_for(state, state.header, [each.instruction_id for each in after], now)
    return Decision(
        "payment.moved",
        trouble.header,
        {**after[0].told(), "state": after[0].state, "round": after[0].round, "currency": state.header.currency},
        trouble.implies,
        records=(*after, *trouble.records),
    )
