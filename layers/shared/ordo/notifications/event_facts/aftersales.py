"""What events of returns and of complaints tell."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ordo.notifications.event_facts.base import Facts
from ordo.notifications.event_facts.shipments import FileFacts


class ReturnFacts(Facts):
    """A return, exchange or claim of the order, by reference: how it stands after the event, and what it was about."""

    return_id: str
    state: Literal["requested", "approved", "refused", "in_transit", "part_received", "inspected", "settled", "ended"]
    outcome: Literal["refund", "exchange", "store_credit", "repair"]
    reason_code: str
    units: int = Field(description="that were announced; of goods that nobody announced, that came")
    verdict: Literal["automatic", "by_hand", "refused"] | None = Field(default=None, description="of the policy")
    rules: list[str] | None = Field(default=None, description="that say so")
    files: list[FileFacts] | None = None
    send_by: str | None = None
    ending: str | None = None
    refund: dict[str, Any] | None = Field(default=None, description="what was booked with the event, net of `deducted`")
    deducted: dict[str, Any] | None = Field(default=None, description="held back, for condition and label")
    sourced: list[dict[str, Any]] | None = Field(default=None, description="work that sends the units again")
    problem: str | None = Field(default=None, description="the carrier's code, or why the policy could not do it")
    reminders: int | None = None
    exchange: dict[str, Any] | None = Field(default=None, description="price and credit of an exchange, and to_pay")


class ReturnSent(ReturnFacts):
    """A parcel on its way back."""

    carrier: str
    tracking_numbers: list[str]
    way: Literal["label", "pickup", "own"] | None = None
    tracking_status: str | None = None
    events: list[dict[str, Any]] | None = None


class ReturnReceived(ReturnFacts):
    """Units that were counted and inspected at a node."""

    receipt: int
    node_id: str
    received: list[dict[str, Any]] = Field(description="units with their condition and what becomes of them")
    differences: list[dict[str, Any]] = Field(description="to what was announced, once no more comes")


class ComplaintFacts(Facts):
    """A complaint as it is after the event, by reference: how severe, whose work, until when. No word of anybody."""

    severity: Literal["low", "normal", "high", "critical"]
    category: str
    department: str
    owner: str
    level: int = Field(description="how often it was passed on")
    deadline: str


class ComplaintOpened(ComplaintFacts):
    """Somebody complained; `rules` raised its severity from what was `stated`, `route` named the department."""

    source: Literal["customer", "storefront", "staff", "incident"]
    stated: Literal["low", "normal", "high", "critical"]
    rules: list[str]
    route: str | None


class ComplaintSaid(ComplaintFacts):
    """A message joined the conversation; its text is asked for by the API. A `note` is for staff only."""

    message_id: str
    role: Literal["customer", "staff", "note"]


class ComplaintEscalated(ComplaintFacts):
    """Its deadline has passed: it is another's work now, or (`reminder`) the last owner is reminded."""

    former_owner: str
    reminder: bool


class ComplaintDecided(ComplaintFacts):
    """How it is made good; the next event tells that it was done, or (`code`) could not be."""

    outcome: Literal["apology", "coupon", "refund", "redo"]
    remedy_id: str
    code: str | None = None


class ComplaintResolved(ComplaintDecided):
    """It was made good: `change_id` is the order change that did it, `amount` the money in minor units."""

    change_id: str | None
    amount: int | None = None
    currency: str | None = None
    late: bool = Field(description="whether it took longer than was promised")


class ComplaintReopened(ComplaintFacts):
    """It was not good after all."""

    former_owner: str
    reopened: int


class ComplaintRated(ComplaintFacts):
    """What the customer thinks of it."""

    score: int = Field(ge=1, le=5)
