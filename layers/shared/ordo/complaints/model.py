"""A complaint: a partition of its own, since it may belong to an order or to none. Nothing personal is in it.

What was said (subject, texts, names) is kept apart and erased by itself; here are references, figures and times. Times
are ISO texts in UTC, amounts minor units.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ordo.catalog.complaint_terms import Severity
from ordo.kernel.frozen import Frozen
from ordo.orders.model import Actor

SCHEMA = 1
ComplaintState = Literal["open", "resolved"]
Source = Literal["customer", "storefront", "staff", "incident"]
Outcome = Literal["apology", "coupon", "refund", "redo"]
"""How it is made good: by words alone, by a coupon, by money of its order, or by doing it again: `redo` is sent again
where it names units of its order, else done in the house.
"""
MessageRole = Literal["customer", "staff", "note"]
"""Who says something; a `note` is for staff only."""


class RuleCondition(Frozen):
    """One condition of a rule: what it wanted, what was there, and whether that is met."""

    condition: Literal["words", "amount", "segment", "repeats", "category", "node", "product_kind", "severity"]
    met: bool
    wanted: str
    found: str


class JudgedRule(Frozen):
    """A rule with each of its conditions; it fired when all were met."""

    rule_id: str
    fired: bool
    gives: str
    because: tuple[RuleCondition, ...]


class EscalationStage(Frozen):
    """Who gets it next, and for how many working minutes of its department."""

    owner: str
    minutes: int


class Said(Frozen):
    """A message of the conversation, by reference: who said it when. Its text is personal and apart."""

    message_id: str
    role: MessageRole
    at: str
    by: str


class Remedy(Frozen):
    """What was decided, and what carries it out. `change_id` is the order change of a refund or of what is sent again,
    `code` the coupon; both are set once it is done. `amount` is in minor units of `currency`; `incident_id` is of the
    parcel whose units are sent again.
    """

    remedy_id: str
    outcome: Outcome
    by: Actor
    decided_at: str
    reason: str
    amount: int | None = None
    currency: str | None = None
    incident_id: str | None = None
    promotion_id: str | None = None
    change_id: str | None = None
    code: str | None = None


class Satisfaction(Frozen):
    """What the customer thinks of it, 1 to 5; the words are apart."""

    score: int
    at: str


class Complaint(Frozen):
    """The header, which every commit writes. `seq` counts its events and is its version.

    `severity` is what it was raised to from `stated`, never less; `judged` are the rules with why (law 5), `routed`
    those that say whose it is. `owner` has it until `deadline`; then it goes to the next of `escalation` (`chain` is
    the whole of it), and `level` counts that. `pending` is what was decided and is being carried out, `remedy`
    what was. `place` is where it was: a node, a room. `reopen_until` and `ask_at` are times of one that is solved.
    """

    complaint_id: str
    seq: int
    head_hash: str
    channel: str
    source: Source
    category: str
    stated: Severity
    severity: Severity
    judged: tuple[JudgedRule, ...] = ()
    routed: tuple[JudgedRule, ...] = ()
    state: ComplaintState
    department: str
    owner: str
    level: int = 0
    escalation: tuple[EscalationStage, ...] = ()
    chain: tuple[EscalationStage, ...] = ()
    opened_at: str
    changed_at: str
    deadline: str
    language: str = "en"
    order_id: str | None = None
    customer: str | None = None
    incident_id: str | None = None
    place: str | None = None
    said: tuple[Said, ...] = ()
    answered_at: str | None = None
    pending: Remedy | None = None
    remedy: Remedy | None = None
    earlier: tuple[Remedy, ...] = ()
    """What it was made good by before it was reopened."""
    resolved_at: str | None = None
    reopened: int = 0
    reopen_until: str | None = None
    reopen_days: int = 14
    satisfaction_hours: int = 24
    ask_at: str | None = None
    asked_at: str | None = None
    satisfaction: Satisfaction | None = None
    deadline_at: str | None = Field(default=None)
    """When somebody is to look at it: the deadline while it is open, the question to the customer after that."""
    parked: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody must still solve it."""
        return self.state == "open"

    @property
    def version(self) -> int:
        return self.seq

    def told(self) -> dict[str, object]:
        """As events tell it: by reference."""
        return {
            "severity": self.severity,
            "category": self.category,
            "department": self.department,
            "owner": self.owner,
            "level": self.level,
            "deadline": self.deadline,
        }
