"""Holds and receipt confirmations as the API takes and answers them, and what is common to commands."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from ordo.kernel.frozen import Closed, Model
from ordo.orders.holds import HoldPlaced, PlaceHold
from ordo.orders.model import Hold, HoldKind, OrderHeader, OrderStatus, Requester
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


def _standing(header: OrderHeader) -> dict[str, Any]:
    return {
        **header.model_dump(include={"order_id", "status", "payment_status"}),
        "version": header.version,
        "holds": [_hold(hold) for hold in header.holds],
    }


def _hold(hold: Hold) -> HoldView:
    return HoldView(**hold.model_dump())
