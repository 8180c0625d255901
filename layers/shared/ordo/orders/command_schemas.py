"""Holds, changes and receipt confirmations as the API takes and answers them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from ordo.catalog.contacts import normalise_phone
from ordo.kernel.frozen import Closed, Model
from ordo.orders.amounts import BalanceView, MoneyView, balance_view
from ordo.orders.changes import ProposeChange
from ordo.orders.holds import HoldPlaced, PlaceHold
from ordo.orders.model import (
    ChangeKind,
    ChangeState,
    Hold,
    HoldKind,
    OrderChange,
    OrderHeader,
    OrderStatus,
    Requester,
)
from ordo.orders.schemas import Address, Id, Text
from ordo.orders.views import HoldView
from ordo.payments.model import PaymentStatus

Version = Annotated[int, Field(strict=True, ge=1, description="The order's version that the caller has seen")]
Reason = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"\S"),
    Field(description="No personal data: it is kept"),
]


class HoldRequest(Closed):
    """Stop an order until someone releases the hold."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "fraud", "reason": "Two cards, one address"}]})

    kind: HoldKind
    reason: Reason
    version: Version | None = None

    def to_command(self, hold_id: str) -> PlaceHold:
        """The command."""
        return PlaceHold(hold_id, self.kind, self.reason)


class PlacedHoldView(Model):
    """A hold as it was placed; the same key always gets exactly this again. `version` is the order's by it."""

    hold_id: str
    order_id: str
    kind: HoldKind
    reason: str
    placed_at: str
    version: int

    @staticmethod
    def of(order_id: str, placed: HoldPlaced) -> PlacedHoldView:
        """The answer."""
        return PlacedHoldView(**placed.hold.model_dump(), order_id=order_id, version=placed.version)


class StandingView(Model):
    """Where an order stands after a command."""

    order_id: str
    status: OrderStatus
    payment_status: PaymentStatus
    version: int
    holds: list[HoldView]

    @staticmethod
    def of(header: OrderHeader) -> StandingView:
        """The answer."""
        return StandingView(**_standing(header))


class ChangeRequest(Closed):
    """Propose to cancel the order, to send it elsewhere, or to send lost units of it again (`reship`, by staff).

    `name`, `phone` and `ship_to` go with kind `address`, `incident_id` with `reship`: what it is to solve.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "cancel", "reason": "Ordered twice", "requested_by": "customer"},
                {
                    "kind": "address",
                    "reason": "Moved house",
                    "requested_by": "customer",
                    "ship_to": {"country": "CN", "city": "杭州市", "line1": "文三路 2 号", "postal_code": "310000"},
                },
            ]
        }
    )

    kind: ChangeKind
    reason: Reason
    requested_by: Requester
    ship_to: Address | None = None
    name: Text | None = None
    phone: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None
    incident_id: Id | None = None
    version: Version | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.kind == "address" and self.ship_to is None:
            raise PydanticCustomError("invalid_request", "An address change needs ship_to")
        if self.kind == "cancel" and (self.ship_to or self.name or self.phone):
            raise PydanticCustomError("invalid_request", "A cancellation takes no ship_to, name or phone")
        if (self.kind == "reship") != (self.incident_id is not None):
            raise PydanticCustomError(
                "invalid_request", "A reship, and nothing else, names the incident_id that it solves"
            )
        if self.kind == "reship" and (self.requested_by != "staff" or self.ship_to or self.name or self.phone):
            raise PydanticCustomError("invalid_request", "A reship is asked by staff, and goes to the order's address")
        return self

    def to_command(self, change_id: str) -> ProposeChange:
        """The command, with the phone as E.164; raises `InvalidPhone`."""
        return ProposeChange(change_id, self.kind, self.requested_by, self.reason, self._contact(), self.incident_id)

    def _contact(self) -> dict[str, Any] | None:
        if self.ship_to is None:
            return None
        contact: dict[str, Any] = {"ship_to": self.ship_to.model_dump(mode="json", exclude_none=True)}
        if self.name:
            contact["name"] = self.name
        if self.phone:
            contact["phone"] = normalise_phone(self.phone, self.ship_to.country, "/phone")
        return contact


class StockReturn(Model):
    """Units of one SKU that one node gets back."""

    sku: str
    node_id: str
    quantity: int


class StockTaken(StockReturn):
    """Units of one SKU that one node gives."""


class PreviewView(Model):
    """What the change does when it is applied: exactly this, or nothing."""

    allowed: bool
    refund: MoneyView
    stock_returned: list[StockReturn]
    stock_taken: list[StockTaken] = Field(default_factory=list, description="Of a reship.")
    fulfilments_cancelled: list[str]
    holds_released: list[str]
    coupons_given_back: list[str] = Field(default_factory=list)
    promised_at: str | None = None
    warnings: list[Literal["work_started", "authorisation_to_be_voided", "plan_is_kept"]]


class ChangeView(Model):
    """A change with its preview. `based_on` is the order's version by the proposal."""

    change_id: str
    order_id: str
    kind: ChangeKind
    state: ChangeState
    requested_by: Requester
    reason: str
    based_on: int
    preview: PreviewView
    created_at: str
    incident_id: str | None = Field(default=None, description="What a reship solves.")

    @staticmethod
    def of(change: OrderChange) -> ChangeView:
        """The answer to a proposal."""
        return ChangeView(**change_fields(change))


class AppliedChangeView(ChangeView):
    """An applied change and where the order stands now."""

    order: StandingView
    balance: BalanceView

    @staticmethod
    def after(change: OrderChange, header: OrderHeader) -> AppliedChangeView:
        """The answer to an apply."""
        return AppliedChangeView(**change_fields(change), order=StandingView.of(header), balance=balance_view(header))


class ReceiptRequest(Closed):
    """Who says that the order has come."""

    confirmed_by: Requester = "customer"
    version: Version | None = None


class ReceiptView(StandingView):
    """A completed order."""

    delivered_at: str
    completed_at: str

    @staticmethod
    def done(header: OrderHeader) -> ReceiptView:
        """The answer."""
        return ReceiptView(**_standing(header), delivered_at=header.delivered_at, completed_at=header.completed_at)


def change_fields(change: OrderChange) -> dict[str, Any]:
    """A change's own part of its views."""
    return {**change.model_dump(), "requested_by": change.requested_by.type}


def _standing(header: OrderHeader) -> dict[str, Any]:
    return {
        **header.model_dump(include={"order_id", "status", "payment_status"}),
        "version": header.version,
        "holds": [_hold(hold) for hold in header.holds],
    }


def _hold(hold: Hold) -> HoldView:
    return HoldView(**hold.model_dump())
