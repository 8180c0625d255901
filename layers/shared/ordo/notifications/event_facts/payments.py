"""What events of money tell: reports, movements that are asked for, parts that are due, cash."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ordo.notifications.event_facts.base import Facts


class PaymentFacts(Facts):
    """A report of the payment provider, and the sums after it."""

    payment_id: str
    kind: Literal["authorised", "captured", "failed", "refunded", "voided", "refund_failed"]
    amount: int
    currency: str
    provider: str
    reference: str
    captured: int
    refunded: int
    refund_due: int
    instruction_id: str | None = Field(default=None, description="the movement that was asked for")


class AskedMovement(Facts):
    """One movement of money that is asked for; `of` is the payment that is captured, voided or refunded."""

    instruction_id: str
    movement: Literal["authorise", "capture", "void", "refund", "charge"]
    amount: int
    tender_id: str
    provider: str
    of: str | None = None


class MoneyAsked(Facts):
    """Movements that are asked for: Ordo moves those of its own providers, the storefront all others, and reports."""

    instructions: list[AskedMovement]


class MoneyMoved(AskedMovement):
    """A movement has got further without money having moved: it is under way, unknown, refused, or not wanted."""

    state: Literal["requested", "sent", "unknown", "done", "failed", "dropped"]
    round: int = Field(description="which try: each has a key of its own")
    currency: str
    error: str | None = Field(default=None, description="the provider's code")
    again_at: str | None = Field(default=None, description="when it is asked for again")


class RefundFailed(Facts):
    """The provider refused a refund, or gave up one that was reported."""

    amount: int
    currency: str
    provider: str
    instruction_id: str | None = None
    error: str | None = None
    again_at: str | None = Field(default=None, description="when it is asked for again; none: somebody must decide")


class PartDue(Facts):
    """A part of the price is due: `due` of it in all by now, `left` not paid."""

    due: int
    left: int
    currency: str
    next_due_at: str | None = None


class Remitted(Facts):
    """A carrier has handed on what it collected at the door."""

    shipment_id: str
    amount: int
    collected: int
    currency: str


class Tendered(Facts):
    """How what is still to be paid is paid from now on."""

    tenders: list[dict[str, Any]]
    left: int
