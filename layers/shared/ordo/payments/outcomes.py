"""What a provider said to an instruction, as a decision of its order. Pure.

What has happened is a report like any other (`service.decide_payment`), kept once whoever tells of it first: the
worker that asked, or the provider's own webhook.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ordo.kernel.clock import to_iso
from ordo.orders.decision import Decision, NoChange
from ordo.orders.model import OrderHeader, OrderState
from ordo.orders.proposals import Policies
from ordo.payments.instruction import TAKING, InstructionState, Movement, PaymentInstruction
from ordo.payments.model import PaymentKind
from ordo.payments.planning import REMINDER, is_old
from ordo.payments.provider import Answer
from ordo.payments.service import PaymentReport, decide_payment
from ordo.payments.trouble import Trouble, opened_for
from ordo.payments.ways import SAME_WAY, Way

S, M = InstructionState, Movement
KINDS = {
    M.AUTHORISE: PaymentKind.AUTHORISED,
    M.CAPTURE: PaymentKind.CAPTURED,
    M.CHARGE: PaymentKind.CAPTURED,
    M.REFUND: PaymentKind.REFUNDED,
    M.VOID: PaymentKind.VOIDED,
}
PAUSES = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
"""After each round that was declined the next one is asked for that much later; then somebody must decide."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=6)
"""What nobody knows is asked again, by the same key, after this time, twice as long each time."""


def answered(
    state: OrderState,
    now: datetime,
    instruction_id: str,
    answer: Answer | None,
    policies: Policies,
    way: Way = SAME_WAY,
) -> Decision | NoChange:
    """What the provider's word does to the order; None: it gave none."""
    instruction = state.instructions[instruction_id]
    if instruction.state is S.DONE:
        return NoChange()
    if answer is None:
        return _unknown(state, instruction, policies, now)
    if answer.state == "done":
        return decide_payment(state, now, report_of(instruction, answer, state.header), way)
    if answer.state == "pending":
        return _pending(state, instruction, answer, now)
    return _declined(state, instruction, answer, policies, now)


def report_of(instruction: PaymentInstruction, answer: Answer, header: OrderHeader) -> PaymentReport:
    """The payment report of what was done."""
    of = instruction.of if instruction.movement in (M.REFUND, M.VOID) else None
    reference = answer.reference or instruction.key
    if instruction.movement is M.CAPTURE and instruction.of:
        reference = instruction.of  # a capture is of the authorisation's own payment
    return PaymentReport(
        KINDS[instruction.movement],
        answer.amount or instruction.left,
        header.currency,
        instruction.provider,
        reference,
        tender_id=instruction.tender_id,
        of=of,
        instruction_id=instruction.instruction_id,
    )


def dropped(state: OrderState, instruction_id: str, now: datetime) -> Decision | NoChange:
    """It is not wanted any more, and the provider knows nothing of it."""
    instruction = state.instructions[instruction_id]
    if instruction.state not in (S.REQUESTED, S.UNKNOWN):
        return NoChange()
    return _moved(state.header, _as(instruction, now, state=S.DROPPED, due_at=None))


def _unknown(state: OrderState, instruction: PaymentInstruction, policies: Policies, now: datetime) -> Decision:
    pause = min(FIRST_PAUSE * 2 ** min(instruction.attempts, 10), LONGEST_PAUSE)
    changes = {"state": S.UNKNOWN, "attempts": instruction.attempts + 1, "due_at": to_iso(now + pause)}
    trouble = Trouble(state.header)
    if is_old(instruction, now):
        reason = f"payment_{instruction.movement}_waits"
        trouble = opened_for(state, state.header, instruction.instruction_id, reason, policies, now)
    return _moved(trouble.header, _as(instruction, now, **changes), trouble)


def _pending(state: OrderState, instruction: PaymentInstruction, answer: Answer, now: datetime) -> Decision | NoChange:
    if instruction.state is S.SENT and instruction.reference == answer.reference:
        return NoChange()
    after = _as(
        instruction,
        now,
        state=S.SENT,
        reference=answer.reference,
        attempts=instruction.attempts + 1,
        due_at=to_iso(now + REMINDER),
    )
    return _moved(state.header, after)


def _declined(
    state: OrderState, instruction: PaymentInstruction, answer: Answer, policies: Policies, now: datetime
) -> Decision | NoChange:
    """Refunds, captures and voids are tried again by a stated rule, then an incident; a charge is the customer's to
    mend: the order hears that it failed.
    """
    if instruction.state is S.FAILED:
        return NoChange()
    changes: dict[str, Any] = {
        "state": S.FAILED,
        "error": answer.error,
        "reference": answer.reference or instruction.reference,
        "attempts": instruction.attempts + 1,
        "due_at": None,
    }
    if instruction.movement in TAKING:
        failed = _as(instruction, now, **changes)
        report = PaymentReport(
            PaymentKind.FAILED,
            instruction.left,
            state.header.currency,
            instruction.provider,
            instruction.key,
            tender_id=instruction.tender_id,
            instruction_id=instruction.instruction_id,
        )
        return decide_payment(state, now, report, failed=failed)
    again = not answer.for_good and instruction.round <= len(PAUSES)
    if again:
        changes["due_at"] = to_iso(now + PAUSES[instruction.round - 1])
    after = _as(instruction, now, **changes)
    trouble = Trouble(state.header)
    if not again:
        reason = f"payment_{instruction.movement}_failed"
        trouble = opened_for(state, state.header, instruction.instruction_id, reason, policies, now)
    return _moved(trouble.header, after, trouble)


def _as(instruction: PaymentInstruction, now: datetime, **changes: Any) -> PaymentInstruction:
    return instruction.model_copy(update={"changed_at": to_iso(now), **changes})


def _moved(header: OrderHeader, after: PaymentInstruction, trouble: Trouble | None = None) -> Decision:
    refused = after.state is S.FAILED and after.movement is M.REFUND
    data = {**after.told(), "state": after.state, "round": after.round, "currency": header.currency}
    data |= {name: value for name, value in (("error", after.error), ("again_at", after.due_at)) if value}
    return Decision(
        "refund.failed" if refused else "payment.moved",
        header,
        {**data, **(trouble.told() if trouble else {})},
        implies=trouble.implies if trouble else (),
        records=(after, *(trouble.records if trouble else ())),
    )
