"""Complaints as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from ordo.catalog.complaint_terms import Severity
from ordo.complaints.deciding import RATING_SLOT, TEXT_SLOT, message_slot
from ordo.complaints.model import Complaint, EscalationStage, JudgedRule, MessageRole, Outcome, Remedy, Source
from ordo.kernel.frozen import Model
from ordo.orders.amounts import MoneyView


class AcceptedView(Model):
    """It is kept, and will be opened; the same key always gets exactly this again."""

    complaint_id: str
    state: Literal["received"] = "received"


class RemedyView(Model):
    """How it is made good; `change_id` is the order change, `coupon` the code, once it is done."""

    outcome: Outcome
    reason: str
    decided_at: str
    by: str
    amount: MoneyView | None = None
    incident_id: str | None = None
    change_id: str | None = None
    coupon: str | None = None

    @staticmethod
    def of(remedy: Remedy) -> RemedyView:
        """Show it."""
        money = MoneyView(amount=remedy.amount, currency=remedy.currency or "") if remedy.amount is not None else None
        return RemedyView(
            outcome=remedy.outcome,
            reason=remedy.reason,
            decided_at=remedy.decided_at,
            by=remedy.by.id,
            amount=money,
            incident_id=remedy.incident_id,
            change_id=remedy.change_id,
            coupon=remedy.code,
        )


class ConversationMessage(Model):
    """What was said; the text is gone once its author was forgotten."""

    message_id: str
    role: MessageRole
    at: str
    by: str
    text: str | None


class SatisfactionView(Model):
    """What the customer thought of it."""

    score: int
    at: str
    text: str | None


class ComplaintSummary(Model):
    """A complaint without what was said: for lists."""

    complaint_id: str
    state: Literal["received", "open", "resolved"]
    version: int
    channel: str
    source: Source
    category: str
    severity: Severity
    department: str | None
    owner: str | None
    level: int
    opened_at: str | None
    deadline: str | None
    order_id: str | None
    customer_id: str | None
    place: str | None
    reopened: int

    @staticmethod
    def of(header: Complaint) -> ComplaintSummary:
        """Show it."""
        return ComplaintSummary(**_facts(header))


class ComplaintView(ComplaintSummary):
    """A complaint with what was said, how it was judged and whose it is (each rule with why), and how it was solved."""

    stated: Severity
    judged: list[JudgedRule] = Field(description="each rule for severity: whether it fired, and why")
    routed: list[JudgedRule] = Field(description="the routes that were asked, in turn; the last one that fits counts")
    escalation: list[EscalationStage]
    incident_id: str | None
    subject: str | None
    text: str | None
    contact: dict[str, str]
    messages: list[ConversationMessage]
    pending: RemedyView | None
    resolution: RemedyView | None
    earlier: list[RemedyView]
    resolved_at: str | None
    reopen_until: str | None
    satisfaction: SatisfactionView | None

    @staticmethod
    def now(header: Complaint, apart: Mapping[str, Mapping[str, Any]]) -> ComplaintView:
        """Show it; `apart` is what is personal of it."""
        said = apart.get(TEXT_SLOT, {})
        rated = header.satisfaction
        return ComplaintView(
            **_facts(header),
            stated=header.stated,
            judged=list(header.judged),
            routed=list(header.routed),
            escalation=list(header.escalation),
            incident_id=header.incident_id,
            subject=said.get("subject"),
            text=said.get("text"),
            contact=dict(said.get("contact", {})),
            messages=[
                ConversationMessage(**each.model_dump(), text=apart.get(message_slot(each.message_id), {}).get("text"))
                for each in header.said
            ],
            pending=RemedyView.of(header.pending) if header.pending else None,
            resolution=RemedyView.of(header.remedy) if header.remedy else None,
            earlier=[RemedyView.of(each) for each in header.earlier],
            resolved_at=header.resolved_at,
            reopen_until=header.reopen_until,
            satisfaction=SatisfactionView(score=rated.score, at=rated.at, text=apart.get(RATING_SLOT, {}).get("text"))
            if rated
            else None,
        )

    @staticmethod
    def received(said: Mapping[str, Any]) -> ComplaintView:
        """One that is accepted and not opened yet."""
        intake = said["intake"]
        same = ("complaint_id", "channel", "source", "category", "order_id", "place", "incident_id")
        return ComplaintView(
            **{name: intake[name] for name in same},
            state="received",
            version=0,
            stated=intake["stated"],
            severity=intake["stated"],
            department=None,
            owner=None,
            level=0,
            opened_at=None,
            deadline=None,
            customer_id=intake["customer"],
            reopened=0,
            judged=[],
            routed=[],
            escalation=[],
            subject=said["subject"],
            text=said["text"],
            contact=dict(said["contact"]),
            messages=[],
            pending=None,
            resolution=None,
            earlier=[],
            resolved_at=None,
            reopen_until=None,
            satisfaction=None,
        )


class ComplaintList(Model):
    """A page; send `next_cursor` back with the same filters for the next one."""

    complaints: list[ComplaintSummary]
    next_cursor: str | None = None


def _facts(header: Complaint) -> dict[str, Any]:
    return {
        "complaint_id": header.complaint_id,
        "state": header.state,
        "version": header.version,
        "channel": header.channel,
        "source": header.source,
        "category": header.category,
        "severity": header.severity,
        "department": header.department,
        "owner": header.owner,
        "level": header.level,
        "opened_at": header.opened_at,
        "deadline": header.deadline if header.is_open else None,
        "order_id": header.order_id,
        "customer_id": header.customer,
        "place": header.place,
        "reopened": header.reopened,
    }
