"""How a channel writes to its customers: which kinds by which way, to whom, and when not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from ordo.catalog.hours import minutes_of


class Way(StrEnum):
    """How a message goes out."""

    EMAIL = "email"
    SMS = "sms"
    WEBHOOK = "webhook"


class MessageKind(StrEnum):
    """What is told."""

    PLACED = "placed"
    PAID = "paid"
    DISPATCHED = "dispatched"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    INCIDENT = "incident"
    SOLVED = "solved"
    CANCELLED = "cancelled"
    REFUND = "refund"
    COMPLAINT_RECEIVED = "complaint_received"
    COMPLAINT_ANSWERED = "complaint_answered"
    COMPLAINT_RESOLVED = "complaint_resolved"
    COMPLAINT_SATISFACTION = "complaint_satisfaction"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Minutes after midnight on the customer's clocks, `until` not included; it may be after midnight."""

    begin: int = 21 * 60
    until: int = 8 * 60

    @staticmethod
    def of(text: str) -> QuietHours:
        """`21:00-08:00`; raises `ValueError` for what is no such text or no time at all."""
        begin, _, until = text.partition("-")
        found = QuietHours(minutes_of(begin), minutes_of(until))
        if found.begin == found.until:
            raise ValueError("quiet hours begin and end at different times")
        return found


@dataclass(frozen=True, slots=True)
class MessageTerms:
    """The `messages` part of a channel. Without one nothing is sent.

    `asked`: only who said yes gets messages; else who gave an address gets them unless they said no. `zone` and
    `language` are used where the customer's own are not known. `endpoint` is the webhook endpoint of `Way.WEBHOOK`.
    """

    kinds: Mapping[Way, frozenset[MessageKind]] = field(default_factory=dict)
    asked: bool = False
    quiet: QuietHours | None = None
    zone: str = "UTC"
    language: Literal["en", "zh"] = "en"
    sender: Mapping[str, str] = field(default_factory=dict)
    reply_to: str | None = None
    endpoint: str | None = None

    @staticmethod
    def of(body: Mapping[str, Any] | None) -> MessageTerms:
        """Read it of a stored channel."""
        if not body:
            return MessageTerms()
        return MessageTerms(
            kinds={way: frozenset(map(MessageKind, body.get(way, ()))) for way in Way},
            asked=body.get("consent") == "asked",
            quiet=QuietHours.of(body["quiet_hours"]) if body.get("quiet_hours") else None,
            zone=body.get("time_zone", "UTC"),
            language=body.get("language", "en"),
            sender=body.get("sender_name") or {},
            reply_to=body.get("reply_to"),
            endpoint=body.get("webhook_endpoint"),
        )
