"""Which instructions a payment report carries out, wholly or in part. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ordo.kernel.clock import to_iso
from ordo.payments.instruction import InstructionState, Movement, PaymentInstruction
from ordo.payments.model import PaymentKind
from ordo.payments.paying import MOVED_HERE

if TYPE_CHECKING:
    from ordo.payments.service import PaymentReport

S, M, K = InstructionState, Movement, PaymentKind
_MOVEMENTS: dict[PaymentKind, tuple[Movement, ...]] = {
    K.AUTHORISED: (M.AUTHORISE,),
    K.CAPTURED: (M.CAPTURE, M.CHARGE),
    K.REFUNDED: (M.REFUND,),
    K.VOIDED: (M.VOID,),
}
SOON = timedelta(minutes=1)
"""When a refund that came back is asked for anew."""


def carried_out(
    known: Mapping[str, PaymentInstruction], report: PaymentReport, now: datetime
) -> tuple[PaymentInstruction, ...]:
    """The instructions as they are after the report: the one that it names, else those of its provider that ask for
    this, one of the same amount first, then the oldest.
    """
    if report.kind is K.REFUND_FAILED:
        return tuple(_came_back(known.values(), report, now))
    left, found = report.amount, []
    for each in _meant(known, report):
        part = min(left, each.left)
        if part <= 0:
            break
        left -= part
        whole = part == each.left
        changes: dict[str, Any] = {"settled": each.settled + part, "changed_at": to_iso(now)}
        if whole:
            changes |= {"state": S.DONE, "due_at": None, "error": None, "reference": report.reference}
        found.append(each.model_copy(update=changes))
    return tuple(found)


def _meant(known: Mapping[str, PaymentInstruction], report: PaymentReport) -> Iterator[PaymentInstruction]:
    named = known.get(report.instruction_id or "")
    if named is not None:
        if named.state is not S.DONE:
            yield named
        return
    wanted = _MOVEMENTS.get(report.kind, ())
    fitting = [each for each in known.values() if _fits(each, report, wanted)]
    yield from sorted(fitting, key=lambda each: (each.left != report.amount, each.requested_at, each.instruction_id))


def _fits(each: PaymentInstruction, report: PaymentReport, movements: tuple[Movement, ...]) -> bool:
    """What Ordo asked a provider for itself is told by name; without it only what was given up is meant."""
    if each.provider != report.provider or each.movement not in movements or not each.counts:
        return False
    ends = each.movement in (M.CAPTURE, M.VOID) and each.of == (report.of or report.reference)
    return each.provider not in MOVED_HERE or each.state is S.FAILED or ends


def _came_back(
    known: Iterable[PaymentInstruction], report: PaymentReport, now: datetime
) -> Iterator[PaymentInstruction]:
    """The refund was reported, or was under way, and the provider gave it up."""
    for each in known:
        same = each.instruction_id == report.instruction_id or (
            each.provider == report.provider and each.reference == report.reference
        )
        if same and each.movement is M.REFUND and each.state is not S.DROPPED:
            changes = {"state": S.FAILED, "settled": 0, "changed_at": to_iso(now), "due_at": to_iso(now + SOON)}
            yield each.model_copy(update=changes)
