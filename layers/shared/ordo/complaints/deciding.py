"""What becomes of a complaint, decided purely: opened, spoken of, escalated, solved, reopened, rated, forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ordo.catalog.complaint_terms import ComplaintTerms, Severity
from ordo.catalog.departments import Department
from ordo.complaints.decision import Apart, Decision, NoChange
from ordo.complaints.judging import Facts, judge, route, worse
from ordo.complaints.model import Complaint, EscalationStage, JudgedRule, Remedy, Said, Satisfaction, Source
from ordo.kernel.clock import from_iso, to_iso
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.deadlines import REMINDER
from ordo.orders.decision import Claim

OVERDUE_COMPLAINTS = "OverdueOrders"
"""The metric of what is overdue and needs a person; it has an alarm."""
MAX_SAID = 200
"""Messages of one conversation: the header names them all."""
TEXT_SLOT, RATING_SLOT = "text", "satisfaction"


@dataclass(frozen=True, slots=True)
class Intake:
    """A complaint as it was accepted, without what is personal in it."""

    complaint_id: str
    channel: str
    source: Source
    category: str
    stated: Severity
    language: str = "en"
    order_id: str | None = None
    customer: str | None = None
    incident_id: str | None = None
    place: str | None = None


def message_slot(message_id: str) -> str:
    """Where the text of a message is kept."""
    return f"message#{message_id}"


def opening(
    intake: Intake, facts: Facts, terms: ComplaintTerms, departments: dict[str, Department], now: datetime
) -> Decision:
    """It is judged, routed, and its department's from now on; `departments` has those that the channel names."""
    severity, judged = judge(terms, facts, now)
    rule, routed = route(terms, facts, severity)
    name = rule.department if rule else terms.department
    department = departments.get(name) or Department(name)
    chain = tuple(EscalationStage(owner=each.owner, minutes=each.minutes) for each in department.escalation)
    moment = to_iso(now)
    header = Complaint(
        complaint_id=intake.complaint_id,
        seq=0,
        head_hash="",
        channel=intake.channel,
        source=intake.source,
        category=intake.category,
        stated=intake.stated,
        severity=severity,
        judged=judged,
        routed=routed,
        state="open",
        department=name,
        owner=(rule.owner if rule else None) or department.owner,
        escalation=chain,
        chain=chain,
        opened_at=moment,
        changed_at=moment,
        deadline=to_iso(department.due(now, department.minutes[severity])),
        language=intake.language,
        order_id=intake.order_id,
        customer=intake.customer,
        incident_id=intake.incident_id,
        place=intake.place,
        reopen_days=terms.reopen_days,
        satisfaction_hours=terms.satisfaction_hours,
    )
    fired = [each.rule_id for each in judged if each.fired]
    data = {"source": intake.source, "stated": intake.stated, "rules": fired, "route": rule.rule_id if rule else None}
    return Decision("complaint.opened", header, data)


@dataclass(frozen=True, slots=True)
class Say:
    """Somebody says something; `text` is personal. `said` names it in the header."""

    said: Said
    text: str


def saying(
    header: Complaint, say: Say, claim: Claim | None, raised: tuple[Severity, tuple[JudgedRule, ...], str] | None = None
) -> Decision:
    """It joins the conversation. `raised`: what a customer adds may make it more severe, and due earlier.

    Raises `NotAllowedNow` for one that is solved (it is reopened; notes go on) or has too many already.
    """
    if not header.is_open and say.said.role != "note":
        raise NotAllowedNow("The complaint is solved; reopen it.", facts={"state": header.state})
    if len(header.said) >= MAX_SAID:
        raise NotAllowedNow("The conversation is full.", facts={"messages": MAX_SAID})
    answers = say.said.role == "staff" and header.answered_at is None
    changes: dict[str, object] = {"said": (*header.said, say.said)}
    if answers:
        changes["answered_at"] = say.said.at
    if raised is not None and worse(header.severity, raised[0]) != header.severity:
        changes |= {"severity": raised[0], "judged": raised[1], "deadline": min(header.deadline, raised[2])}
    return Decision(
        "complaint.message_added",
        header.model_copy(update=changes),
        {"message_id": say.said.message_id, "role": say.said.role},
        apart=(Apart(message_slot(say.said.message_id), {"text": say.text}),),
        claim=claim,
    )


def escalating(header: Complaint, department: Department, now: datetime) -> Decision | NoChange:
    """Past its deadline it goes to the next of its chain; the last one is reminded every day."""
    if not header.is_open or header.deadline > to_iso(now):
        return NoChange()
    return Decision(
        "complaint.escalated",
        _passed_on(header, department, now),
        {"former_owner": header.owner, "reminder": not header.escalation},
        metrics=(OVERDUE_COMPLAINTS,),
    )


def deciding(header: Complaint, remedy: Remedy, claim: Claim | None) -> Decision:
    """What is to be done is kept before it is done, so that it is done once, whoever dies meanwhile."""
    _require_undecided(header)
    data = {"outcome": remedy.outcome, "remedy_id": remedy.remedy_id}
    after = header.model_copy(update={"pending": remedy})
    return Decision("complaint.decided", after, data, reason=remedy.reason, claim=claim)


def refusing(header: Complaint, remedy_id: str, code: str) -> Decision | NoChange:
    """It could not be done: people decide again."""
    if header.pending is None or header.pending.remedy_id != remedy_id:
        return NoChange()
    data = {"outcome": header.pending.outcome, "remedy_id": remedy_id, "code": code}
    return Decision("complaint.remedy_refused", header.model_copy(update={"pending": None}), data)


def resolving(header: Complaint, remedy: Remedy, now: datetime, claim: Claim | None = None) -> Decision | NoChange:
    """It is made good. `remedy` is what was done: an apology at once, all else what was pending."""
    if header.remedy is not None and header.remedy.remedy_id == remedy.remedy_id:
        return NoChange()
    if header.pending is None or header.pending.remedy_id != remedy.remedy_id:
        _require_undecided(header)
    ask = to_iso(now + timedelta(hours=header.satisfaction_hours)) if header.satisfaction_hours else None
    after = header.model_copy(
        update={
            "state": "resolved",
            "pending": None,
            "remedy": remedy,
            "resolved_at": to_iso(now),
            "reopen_until": to_iso(now + timedelta(days=header.reopen_days)),
            "ask_at": ask,
        }
    )
    done = {"outcome": remedy.outcome, "remedy_id": remedy.remedy_id, "change_id": remedy.change_id}
    money = {"amount": remedy.amount, "currency": remedy.currency} if remedy.amount is not None else {}
    late = to_iso(now) > header.deadline or header.level > 0
    return Decision(
        "complaint.resolved", after, {**done, **money, "late": late}, reason=remedy.reason or None, claim=claim
    )


def reopening(
    header: Complaint, department: Department, say: Say | None, claim: Claim | None, now: datetime
) -> Decision:
    """It was not good after all: the next of its chain gets it.

    Raises `NotAllowedNow` for one that is open, or was solved too long ago.
    """
    if header.is_open:
        raise NotAllowedNow("The complaint is open.", facts={"state": header.state})
    if to_iso(now) > (header.reopen_until or ""):
        raise NotAllowedNow("It was solved too long ago; complain anew.", facts={"until": header.reopen_until})
    usual = to_iso(department.due(now, department.minutes[header.severity]))
    passed = _passed_on(header, department, now)
    after = passed.model_copy(
        update={
            "state": "open",
            "deadline": min(passed.deadline, usual) if header.escalation else usual,
            "earlier": (*header.earlier, header.remedy) if header.remedy else header.earlier,
            "remedy": None,
            "resolved_at": None,
            "reopen_until": None,
            "ask_at": None,
            "asked_at": None,
            "satisfaction": None,
            "reopened": header.reopened + 1,
            "said": (*header.said, say.said) if say else header.said,
        }
    )
    apart = (Apart(message_slot(say.said.message_id), {"text": say.text}),) if say else ()
    data = {"former_owner": header.owner, "reopened": after.reopened}
    return Decision("complaint.reopened", after, data, apart=apart, claim=claim)


def asking(header: Complaint, now: datetime) -> Decision | NoChange:
    """Ask the customer what they think of it, once, when it is time."""
    if header.is_open or header.ask_at is None or header.ask_at > to_iso(now):
        return NoChange()
    return Decision("complaint.satisfaction_asked", header.model_copy(update={"ask_at": None, "asked_at": to_iso(now)}))


def rating(header: Complaint, score: int, words: str, now: datetime) -> Decision | NoChange:
    """What the customer thinks of it; said again it takes the place of what was said. `words` are personal."""
    if header.is_open:
        raise NotAllowedNow("The complaint is not solved yet.", facts={"state": header.state})
    given = Satisfaction(score=score, at=to_iso(now))
    after = header.model_copy(update={"satisfaction": given, "ask_at": None})
    return Decision(
        "complaint.rated", after, {"score": score}, apart=(Apart(RATING_SLOT, {"text": words} if words else None),)
    )


def forgetting(header: Complaint) -> Decision:
    """Everything personal of it is erased; that it was there, and how it went, stays."""
    slots = (TEXT_SLOT, RATING_SLOT, *(message_slot(each.message_id) for each in header.said))
    after = header.model_copy(update={"customer": None, "ask_at": None})
    return Decision("complaint.erased", after, apart=tuple(Apart(slot, None) for slot in slots))


def _passed_on(header: Complaint, department: Department, now: datetime) -> Complaint:
    step = header.escalation[0] if header.escalation else None
    deadline = department.due(now, step.minutes) if step else now + REMINDER
    return header.model_copy(
        update={
            "owner": step.owner if step else header.owner,
            "deadline": to_iso(max(deadline, now + timedelta(minutes=1))),
            "escalation": header.escalation[1:],
            "level": header.level + 1 if step else header.level,
        }
    )


def _require_undecided(header: Complaint) -> None:
    if not header.is_open:
        outcome = header.remedy.outcome if header.remedy else None
        raise NotAllowedNow("The complaint is solved.", facts={"outcome": outcome})
    if header.pending is not None:
        raise NotAllowedNow("Something was decided and is being done.", facts={"outcome": header.pending.outcome})


def is_late(header: Complaint, now: datetime) -> bool:
    """Whether its deadline has passed and it is not solved."""
    return header.is_open and from_iso(header.deadline) <= now
