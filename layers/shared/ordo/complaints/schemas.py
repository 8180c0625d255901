"""Complaints as the API takes them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from ordo.catalog.complaint_terms import Severity
from ordo.catalog.contacts import normalise_email
from ordo.catalog.fields import not_blank
from ordo.catalog.model import ProductKind
from ordo.complaints.deciding import Intake
from ordo.complaints.model import MessageRole, Outcome, Remedy, Source
from ordo.complaints.taking import Complain
from ordo.kernel.frozen import Closed
from ordo.orders.command_schemas import Reason, Version
from ordo.orders.model import Actor
from ordo.orders.schemas import CurrencyCode, Id
from ordo.runtime.cursors import MAX_CHARACTERS

SubjectText = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(not_blank)]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=5_000), AfterValidator(not_blank)]
Language = Literal["en", "zh"]
MAX_AMOUNT = 10**12


class ContactText(Closed):
    """How whoever complains is reached; of an order its own contact stands in for what is left out."""

    name: Annotated[str, StringConstraints(max_length=200)] | None = None
    phone: Annotated[str, StringConstraints(pattern=r"^\+[0-9]{6,15}$"), Field(description="E.164")] | None = None
    email: Annotated[str, StringConstraints(max_length=254)] | None = None


class ComplainRequest(Closed):
    """Somebody complains. With an order its channel and customer count; without one `channel` is needed.

    `severity` is what is stated: rules may raise it, nothing lowers it. `place` is where it was (a room, a table),
    `node_id` the branch and `product_kind` what it is about, where no order tells that.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "channel": "hotel",
                    "subject": "房间没有打扫",
                    "text": "1203 房间今天没有打扫，卫生间有异味。",
                    "category": "room",
                    "severity": "normal",
                    "place": "room-1203",
                    "customer_id": "guest-77",
                    "contact": {"name": "示例顾客", "email": "customer@example.com"},
                    "language": "zh",
                }
            ]
        }
    )

    subject: SubjectText
    text: LongText
    category: Id = "other"
    severity: Severity = "normal"
    source: Annotated[Source, Field(description="Who brings it: an `incident` is named")] = "storefront"
    channel: Id | None = None
    order_id: Id | None = None
    incident_id: Id | None = None
    customer_id: Id | None = None
    contact: ContactText = Field(default_factory=ContactText)
    language: Language = "en"
    place: Id | None = None
    node_id: Id | None = None
    product_kind: ProductKind | None = None

    @model_validator(mode="after")
    def _names_what_it_is_of(self) -> Self:
        if self.order_id is None and self.incident_id is None and self.channel is None:
            raise PydanticCustomError("invalid_request", "A complaint names its order, its incident or its channel")
        if self.source == "incident" and self.incident_id is None:
            raise PydanticCustomError("invalid_request", "A complaint from an incident names it")
        return self

    def to_command(
        self, complaint_id: str, channel: str, order_id: str | None, customer: str | None, actor: Actor
    ) -> Complain:
        """The command, of an order's channel and customer where there is one; raises `InvalidEmail`."""
        intake = Intake(
            complaint_id=complaint_id,
            channel=channel,
            source=self.source,
            category=self.category,
            stated=self.severity,
            language=self.language,
            order_id=order_id,
            customer=customer,
            incident_id=self.incident_id,
            place=self.place,
        )
        contact = self.contact.model_dump()
        if self.contact.email:
            contact["email"] = normalise_email(self.contact.email, "/contact/email")
        kind = str(self.product_kind) if self.product_kind else None
        return Complain(intake, self.subject, self.text, contact, actor, self.node_id, kind)


class MessageRequest(Closed):
    """Something is said: by the `customer`, by `staff` to the customer, or as a `note` that only staff sees."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"role": "staff", "text": "We are on our way to your room."}]}
    )

    role: MessageRole
    text: LongText
    version: Version | None = None


class AmountText(Closed):
    """Minor units: 25000 CNY is 250.00 yuan."""

    amount: Annotated[int, Field(strict=True, ge=1, le=MAX_AMOUNT)]
    currency: CurrencyCode


class ResolutionRequest(Closed):
    """How it is made good. An `apology` is words, said in the conversation; a `coupon` is made in the catalogue, for
    one use; a `refund` is given by a change of the order; `redo` sends the units of the named incident again, or says
    that the department has done its work again.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"outcome": "refund", "amount": {"amount": 5000, "currency": "CNY"}, "reason": "Room not cleaned"}
            ]
        }
    )

    outcome: Outcome
    reason: Reason
    amount: AmountText | None = None
    promotion_id: Annotated[Id | None, Field(description="Of a coupon; else the channel's")] = None
    incident_id: Annotated[Id | None, Field(description="Of the parcel that is sent again")] = None
    version: Version | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.outcome == "refund") != (self.amount is not None):
            raise PydanticCustomError("invalid_request", "A refund, and nothing else, names an amount")
        if self.promotion_id is not None and self.outcome != "coupon":
            raise PydanticCustomError("invalid_request", "Only a coupon is of a promotion")
        if self.incident_id is not None and self.outcome != "redo":
            raise PydanticCustomError("invalid_request", "Only what is done again names an incident")
        return self

    def to_remedy(self, remedy_id: str, actor: Actor, decided_at: str, promotion_id: str | None) -> Remedy:
        """What was decided; `promotion_id` is the channel's own for coupons."""
        return Remedy(
            remedy_id=remedy_id,
            outcome=self.outcome,
            by=actor,
            decided_at=decided_at,
            reason=self.reason,
            amount=self.amount.amount if self.amount else None,
            currency=self.amount.currency if self.amount else None,
            incident_id=self.incident_id,
            promotion_id=(self.promotion_id or promotion_id) if self.outcome == "coupon" else None,
        )


class ReopeningRequest(Closed):
    """It was not good after all; `text` says why, in the words of whoever says it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "The smell is back."}]})

    text: LongText | None = None
    role: Literal["customer", "staff"] = "customer"
    version: Version | None = None


class ComplaintQuery(Closed):
    """Of an owner (open ones), of a department in a state, or of an order: exactly one of these."""

    owner: Id | None = None
    department: Id | None = None
    state: Literal["open", "resolved"] = "open"
    order_id: Id | None = None
    limit: int = Field(default=20, ge=1, le=50)
    cursor: Annotated[str, StringConstraints(max_length=MAX_CHARACTERS)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(each is not None for each in (self.owner, self.department, self.order_id)) != 1:
            raise PydanticCustomError("invalid_request", "Name exactly one of owner, department, order_id")
        return self
