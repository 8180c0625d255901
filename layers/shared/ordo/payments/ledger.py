"""What was taken and given back by each tender and payment of an order, from its reports. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ordo.payments.instruction import Movement, PaymentInstruction
from ordo.payments.model import Payment, PaymentKind
from ordo.payments.paying import STORE_CREDIT, Tender

K = PaymentKind


@dataclass(slots=True)
class Taken:
    """One payment as its provider knows it, by its reference. Amounts in minor units."""

    tender_id: str
    provider: str
    reference: str
    authorised: int = 0
    captured: int = 0
    refunded: int = 0
    voided: int = 0
    asked_back: int = 0
    """What refunds that are under way give back."""
    ending: bool = False
    """Whether a capture or a void of it is under way."""

    @property
    def refundable(self) -> int:
        """What can still be given back of it."""
        return max(0, self.captured - self.refunded - self.asked_back)

    @property
    def promised(self) -> int:
        """What is authorised and neither captured nor ended: a capture lets go of the rest."""
        return 0 if self.captured else max(0, self.authorised - self.voided)


def tender_of(payment: Payment, tenders: Sequence[Tender]) -> str:
    """Its own tender; else the first one of its provider; else it is by itself, under its provider's name."""
    if payment.tender_id:
        return payment.tender_id
    return next((each.tender_id for each in tenders if each.provider == payment.provider), payment.provider)


def taken(
    payments: Mapping[str, Payment], instructions: Mapping[str, PaymentInstruction], tenders: Sequence[Tender]
) -> list[Taken]:
    """Every payment with what became of it, in the order in which they were reported first."""
    found: dict[tuple[str, str], Taken] = {}
    told = sorted(payments.values(), key=lambda each: each.reported_at)
    for each in told:
        if each.kind in (K.AUTHORISED, K.CAPTURED):
            key = (each.provider, each.reference)
            entry = found.setdefault(key, Taken(tender_of(each, tenders), each.provider, each.reference))
            if each.kind is K.AUTHORISED:
                entry.authorised += each.amount
            else:
                entry.captured += each.amount
    for each in told:
        if each.kind is K.VOIDED and (each.provider, each.of or each.reference) in found:
            found[each.provider, each.of or each.reference].voided += each.amount
        elif each.kind is K.REFUNDED and not _is_credit(each, instructions):
            _give_back(found.values(), each, tender_of(each, tenders))
        elif each.kind is K.REFUND_FAILED:
            _take_back(found.values(), each, payments)
    for instruction in instructions.values():
        _under_way(found, instruction)
    return list(found.values())


def _is_credit(payment: Payment, instructions: Mapping[str, PaymentInstruction]) -> bool:
    """Whether it was paid out as store credit beside the tenders."""
    instruction = instructions.get(payment.instruction_id or "")
    return instruction is not None and instruction.as_credit


def _give_back(entries: Iterable[Taken], refund: Payment, tender_id: str) -> None:
    """Of the payment that it names; one that names none is of its tender's payments in turn, then of any."""
    entries, left = list(entries), refund.amount
    named = [each for each in entries if refund.of and (each.provider, each.reference) == (refund.provider, refund.of)]
    mine = [each for each in entries if each.tender_id == tender_id]
    for each in (*named, *mine, *entries):
        part = min(left, each.captured - each.refunded)
        each.refunded += max(0, part)
        left -= max(0, part)


def _take_back(entries: Iterable[Taken], failed: Payment, payments: Mapping[str, Payment]) -> None:
    refund = next((each for each in payments.values() if _is_refund(each, failed)), None)
    left = failed.amount
    for each in sorted(entries, key=lambda entry: entry.reference != (refund.of if refund else None)):
        part = min(left, each.refunded)
        each.refunded -= part
        left -= part


def _is_refund(payment: Payment, failed: Payment) -> bool:
    same = (payment.provider, payment.reference) == (failed.provider, failed.reference)
    return payment.kind is K.REFUNDED and same


def _under_way(found: Mapping[tuple[str, str], Taken], instruction: PaymentInstruction) -> None:
    entry = found.get((instruction.provider, instruction.of or ""))
    if entry is None or not instruction.counts:
        return
    if instruction.movement is Movement.REFUND:
        entry.asked_back += instruction.left
    elif instruction.movement in (Movement.CAPTURE, Movement.VOID):
        entry.ending = True


def in_order_of_refund(entries: Iterable[Taken], tenders: Sequence[Tender]) -> list[Taken]:
    """To which payments money goes back first: the customer's own money before store credit; the tender that was named
    last first, and of a tender the payment that came last.
    """
    place = {each.tender_id: number for number, each in enumerate(tenders)}
    numbered = list(enumerate(entries))
    return [
        entry
        for _, entry in sorted(
            numbered, key=lambda one: (one[1].provider == STORE_CREDIT, -place.get(one[1].tender_id, -1), -one[0])
        )
    ]
