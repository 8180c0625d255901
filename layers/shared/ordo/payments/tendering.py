"""Saying later how an order is paid, and asking again for what has failed: pure decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow, NotFound
from ordo.orders.decision import Claim, Decision, NoChange
from ordo.orders.model import OrderState
from ordo.payments.agreeing import numbered, require_tenders
from ordo.payments.instruction import TAKING, InstructionState, PaymentInstruction
from ordo.payments.ledger import taken
from ordo.payments.paying import CASH_ON_DELIVERY, Tender
from ordo.payments.planning import ASKED, implied, moved_on

S = InstructionState


def tendered(
    state: OrderState, now: datetime, tenders: Sequence[Mapping[str, Any]], claims: tuple[Claim, ...] = ()
) -> Decision:
    """What is still to be paid is paid by these. Those that have money keep it and pay no more; a charge that was
    declined, or not begun, is not wanted any more.

    Raises `DoesNotAddUp` unless they come to what is still to be paid, and `NotAllowedNow` once nothing is.
    """
    header = state.header
    if header.units.total == header.units.cancelled:
        raise NotAllowedNow("The order is cancelled: it takes no money.", facts={"status": header.status})
    dropped = [_dropped(each, now) for each in state.instructions.values() if _is_replaced(each)]
    used = _used(state, {each.instruction_id for each in dropped})
    left = header.owed - sum(each.amount or 0 for each in used)
    if left <= 0:
        raise NotAllowedNow("Nothing of the order is still to be paid.", facts={"owed": header.owed})
    require_tenders(tenders, left, header.customer_id)
    first = 1 + max((int(each.tender_id.rpartition("_")[2]) for each in header.paying.tenders), default=0)
    new = [Tender.model_validate(numbered(each, first + place)) for place, each in enumerate(tenders)]
    paying = header.paying.model_copy(update={"tenders": (*used, *new)})
    at_the_door = not used and all(each.provider == CASH_ON_DELIVERY for each in new)
    later = {"payable_later": True} if at_the_door else {}
    header = header.model_copy(update={"paying": paying, "funds": header.funds.model_copy(update=later)})
    told = [{"tender_id": each.tender_id, "provider": each.provider, "amount": each.amount} for each in new]
    return Decision("payment.tendered", header, {"tenders": told, "left": left}, records=tuple(dropped), claims=claims)


def asked_by_hand(state: OrderState, now: datetime, instruction_id: str) -> Decision | NoChange:
    """Staff have a movement that failed asked for again, at once and under a new key; any other is under way already.

    Raises `NotFound`, and `NotAllowedNow` for one that was done or is not wanted any more.
    """
    instruction = state.instructions.get(instruction_id)
    if instruction is None:
        raise NotFound(f"There is no instruction {instruction_id}.")
    if instruction.state in (S.DONE, S.DROPPED):
        raise NotAllowedNow("There is nothing left to move.", facts={"state": instruction.state})
    if instruction.state is not S.FAILED:
        return NoChange()
    again = moved_on(instruction, now)
    return Decision(
        "payment.requested",
        state.header,
        {"instructions": [again.told()]},
        implies=tuple(each for each in implied([again]) if each != ASKED),
        records=(again,),
    )


def _used(state: OrderState, without: set[str]) -> list[Tender]:
    """The tenders that have money, or may still get some, each with just that amount."""
    entries = taken(state.payments, state.instructions, state.header.paying.tenders)
    found = []
    for tender in state.header.paying.tenders:
        had = sum(
            each.promised + each.captured - each.refunded for each in entries if each.tender_id == tender.tender_id
        )
        open_ones = (each for each in state.instructions.values() if each.tender_id == tender.tender_id)
        had += sum(
            each.left
            for each in open_ones
            if each.movement in TAKING and each.is_open and each.instruction_id not in without
        )
        if had > 0:
            found.append(tender.model_copy(update={"amount": had}))
    return found


def _is_replaced(instruction: PaymentInstruction) -> bool:
    waits = instruction.state is S.REQUESTED and not instruction.attempts
    return instruction.movement in TAKING and (waits or instruction.state is S.FAILED)


def _dropped(instruction: PaymentInstruction, now: datetime) -> PaymentInstruction:
    return instruction.model_copy(update={"state": S.DROPPED, "due_at": None, "changed_at": to_iso(now)})
