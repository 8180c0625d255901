"""What payment providers tell by webhook, recorded as if the worker had heard it; whoever is second finds it done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ordo.kernel.clock import Clock
from ordo.kernel.errors import NotFound
from ordo.orders.decision import Decision, NoChange
from ordo.orders.desk import OrderDesk
from ordo.orders.errors import OrderNotFound
from ordo.orders.model import Actor, OrderState
from ordo.orders.proposals import Policies
from ordo.payments.accounts import PaymentAccount, account_of
from ordo.payments.instruction import TAKING, InstructionState, Movement, PaymentInstruction
from ordo.payments.ledger import taken
from ordo.payments.model import PaymentKind
from ordo.payments.moving import decided_by_any_way
from ordo.payments.outcomes import KINDS, answered
from ordo.payments.paying import STRIPE
from ordo.payments.service import PaymentReport, decide_payment
from ordo.payments.stripe_webhook import Told, require_signed, told
from ordo.payments.ways import Resource, Way

S, M, K = InstructionState, Movement, PaymentKind
Heard = Literal["recorded", "nothing"]
OrderOf = Callable[[PaymentAccount, str], str | None]
"""Asks the provider whose a payment is, by its reference."""


@dataclass(frozen=True)
class PaymentIntake:
    """Takes webhooks of the accounts in the secret."""

    desk: OrderDesk
    resource: Resource
    secrets: Callable[[], Mapping[str, Any]]
    clock: Clock
    order_of: OrderOf

    def hear(self, provider: str, body: bytes, signature: str) -> Heard:
        """Record what it says of an order; `nothing` when it says nothing of one of ours.

        Raises `NotFound` without such an account, `SignatureInvalid`, `malformed_body`, and what recording refuses.
        """
        account = account_of(self.secrets(), provider)
        if account is None or provider != STRIPE or not account.webhook_secrets:
            raise NotFound("There is no such payment account.")
        require_signed(body, signature, account.webhook_secrets, self.clock())
        found = told(body)
        if found is None:
            return "nothing"
        order_id = found.order_id or (self.order_of(account, found.of) if found.of else None)
        if order_id is None:
            return "nothing"
        actor = Actor(type="provider", id=provider)

        def decide(state: OrderState, now: datetime, way: Way) -> Decision | NoChange:
            return heard(found, provider, state, now, self.desk.policies, way)

        try:
            decided_by_any_way(self.desk, self.resource, order_id, decide, actor)
        except OrderNotFound:
            return "nothing"
        return "recorded"


def heard(
    found: Told, provider: str, state: OrderState, now: datetime, policies: Policies, way: Way
) -> Decision | NoChange:
    """What was told does this: to the instruction that it names, or as a report of what somebody else did there."""
    instruction = state.instructions.get(found.instruction_id or "")
    if instruction is not None and instruction.provider == provider and _is_word_of(found, instruction):
        return answered(state, now, instruction.instruction_id, found.answer, policies, way)
    kind, amount = _report(found, provider, state)
    if kind is None:
        return NoChange()
    reference = found.answer.reference or ""
    came_back = instruction.instruction_id if instruction and kind is K.REFUND_FAILED else None
    of = reference if kind is K.VOIDED else found.of
    report = PaymentReport(kind, amount, found.currency, provider, reference, of=of, instruction_id=came_back)
    return decide_payment(state, now, report, way)


def _is_word_of(found: Told, instruction: PaymentInstruction) -> bool:
    """Whether it is about this movement, and not about what was done later with the same payment."""
    if instruction.movement is M.REFUND:
        return found.movement is M.REFUND and not (found.answer.state == "declined" and instruction.state is S.DONE)
    if found.answer.state == "declined":
        return found.movement is M.CHARGE and instruction.movement in TAKING
    return found.movement is instruction.movement


def _report(found: Told, provider: str, state: OrderState) -> tuple[PaymentKind | None, int]:
    """The kind of report that it is, and its amount; None: it says nothing new of the order's money."""
    reference, amount = found.answer.reference, found.answer.amount
    if found.movement is M.VOID:
        entries = taken(state.payments, state.instructions, state.header.paying.tenders)
        promised = sum(each.promised for each in entries if (each.provider, each.reference) == (provider, reference))
        return (K.VOIDED, promised) if promised else (None, 0)
    if found.movement is M.REFUND and found.answer.state != "done":
        mine = (each for each in state.payments.values() if each.kind is K.REFUNDED and each.provider == provider)
        known = any(each.reference == reference for each in mine)
        return (K.REFUND_FAILED, amount) if known and found.answer.state == "declined" else (None, 0)
    if found.answer.state == "declined":
        return K.FAILED, amount
    return (KINDS[found.movement], amount) if found.answer.state == "done" else (None, 0)
