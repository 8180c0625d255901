"""What is said after the complaint: messages, and that it is not good after all. Pages and the API both come here."""

from __future__ import annotations

from datetime import datetime

from ordo.catalog.complaint_terms import Severity
from ordo.complaints.deciding import TEXT_SLOT, Say, message_slot, reopening, saying
from ordo.complaints.decision import Decision
from ordo.complaints.judging import Facts, judge, worse
from ordo.complaints.model import Complaint, JudgedRule, MessageRole, Said
from ordo.complaints.service import ComplaintDesk, Visible
from ordo.kernel.clock import to_iso
from ordo.orders.keys import CommandKey, once
from ordo.orders.model import Actor


def say(
    desk: ComplaintDesk,
    complaint_id: str,
    role: MessageRole,
    text: str,
    key: CommandKey,
    *,
    actor: Actor,
    visible: Visible = lambda _channel: True,
    version: int | None = None,
) -> tuple[Complaint, str]:
    """The complaint and the message's id. What a customer adds is judged with all that was said before it.

    Raises `ComplaintNotFound`, `NotAllowedNow` for one that is solved, and `ComplaintMoved`.
    """
    message_id = desk.new_id("msg")

    def first() -> tuple[Complaint, str]:
        before = _all_said(desk, complaint_id) if role == "customer" else ""

        def decide(header: Complaint, now: datetime) -> Decision:
            said = Say(_said(message_id, role, now, actor), text)
            raised = _judged(desk, header, f"{before}\n{text}", now) if role == "customer" else None
            return saying(header, said, key.claim(message_id=message_id), raised)

        changed = desk.change(complaint_id, decide, actor=actor, visible=visible, expected_version=version)
        return changed.header, message_id

    return once(desk.repository, key, first, lambda held: (desk.read(complaint_id, visible), str(held["message_id"])))


def reopen(
    desk: ComplaintDesk,
    complaint_id: str,
    role: MessageRole,
    text: str | None,
    key: CommandKey,
    *,
    actor: Actor,
    visible: Visible = lambda _channel: True,
    version: int | None = None,
) -> Complaint:
    """The complaint, open and the next one's of its chain. Raises `NotAllowedNow` when it is open, or too late."""
    message_id = desk.new_id("msg")

    def decide(header: Complaint, now: datetime) -> Decision:
        said = Say(_said(message_id, role, now, actor), text) if text else None
        department = desk.policies.department(header.department)
        return reopening(header, department, said, key.claim(message_id=message_id), now)

    def first() -> Complaint:
        return desk.change(complaint_id, decide, actor=actor, visible=visible, expected_version=version).header

    return once(desk.repository, key, first, lambda _held: desk.read(complaint_id, visible))


def _said(message_id: str, role: MessageRole, now: datetime, actor: Actor) -> Said:
    return Said(message_id=message_id, role=role, at=to_iso(now), by=actor.id)


def _all_said(desk: ComplaintDesk, complaint_id: str) -> str:
    """Everything that the customer has said of it so far."""
    apart = desk.repository.apart(complaint_id)
    header = desk.read(complaint_id)
    opened = apart.get(TEXT_SLOT, {})
    later = (apart.get(message_slot(each.message_id), {}) for each in header.said if each.role == "customer")
    return "\n".join([opened.get("subject", ""), opened.get("text", ""), *(each.get("text", "") for each in later)])


def _judged(
    desk: ComplaintDesk, header: Complaint, text: str, now: datetime
) -> tuple[Severity, tuple[JudgedRule, ...], str] | None:
    """What the words make of it now, when that is worse than before. Only rules of nothing but words and category are
    asked again: all others were answered when it was opened.
    """
    terms = desk.policies.terms(header.channel)
    severity, judged = judge(terms, Facts(text, header.category, header.severity), now)
    if worse(header.severity, severity) == header.severity:
        return None
    fired = {each.rule_id: each for each in judged if each.fired}
    kept = tuple(fired.get(each.rule_id, each) for each in header.judged)
    department = desk.policies.department(header.department)
    return severity, kept, to_iso(department.due(now, department.minutes[severity]))
