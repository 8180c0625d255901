"""A channel's messages and a customer's wishes as the API takes and gives them."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from ordo.catalog.contacts import normalise_email
from ordo.catalog.errors import InvalidEmail
from ordo.catalog.fields import Id, Strict, contradictions
from ordo.catalog.message_terms import MessageKind, QuietHours


def _quiet(text: str) -> str:
    QuietHours.of(text)
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("there is no such time zone") from None
    return text


def _email(text: str) -> str:
    try:
        return normalise_email(text)
    except InvalidEmail:
        raise ValueError("this is not an e-mail address") from None


Language = Literal["en", "zh"]
TimeZone = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_zone)]
Kinds = Annotated[list[MessageKind], Field(max_length=len(MessageKind))]
SenderName = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\r\n<>\"]+$")]


class MessagesText(Strict):
    """Which kinds of messages go to customers by which way. `quiet_hours` are on the customer's clocks: what comes in
    them waits, except what answers a customer by e-mail at once (placed, paid). `consent` `asked`: only who said yes.
    """

    email: Kinds = Field(default_factory=list)
    sms: Kinds = Field(default_factory=list)
    webhook: Kinds = Field(default_factory=list)
    webhook_endpoint: Id | None = None
    consent: Literal["implied", "asked"] = "implied"
    quiet_hours: Annotated[str, AfterValidator(_quiet)] | None = "21:00-08:00"
    time_zone: TimeZone = "UTC"
    language: Language = "en"
    sender_name: Annotated[dict[Language, SenderName], Field(max_length=2)] = Field(default_factory=dict)
    reply_to: Annotated[str, AfterValidator(_email)] | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.webhook and self.webhook_endpoint is None:
            raise contradictions([(("webhook_endpoint",), "messages by webhook need the endpoint that takes them")])
        return self


class WishesText(Strict):
    """What a customer wants of each way; one that is not named goes by the channel's `consent`."""

    email: bool | None = None
    sms: bool | None = None
    webhook: bool | None = None
