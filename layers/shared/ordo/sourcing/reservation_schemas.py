"""What a reservation is asked with, and what it answers. Nothing in it is personal but where the order would go."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from ordo.catalog.reservation_schemas import MOST_MINUTES
from ordo.inventory.reservations import Reservation
from ordo.kernel.frozen import Closed, Model
from ordo.orders.schemas import Id, Lines
from ordo.sourcing.promise_schemas import PromiseAddress

Minutes = Annotated[int, Field(strict=True, ge=1, le=MOST_MINUTES)]


class ReservationRequest(Closed):
    """Hold the stock of a cart for some minutes. Units count against the quota of the customer, or of the session of a
    customer who is not known. `minutes` says how long, as far as the channel allows; without it as the channel says.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "channel": "web",
                    "customer_id": "c-77",
                    "ship_to": {"country": "CN", "city": "杭州市"},
                    "lines": [{"line_id": "1", "sku": "TEE-WHITE", "quantity": 3, "options": {"size": "M"}}],
                    "minutes": 10,
                }
            ]
        }
    )

    channel: Id
    customer_id: Id | None = None
    session_id: Id | None = None
    ship_to: PromiseAddress | None = None
    lines: Lines
    minutes: Minutes | None = None

    @model_validator(mode="after")
    def _somebody_holds_it(self) -> Self:
        if self.customer_id is None and self.session_id is None:
            raise ValueError("a reservation needs a customer_id or a session_id")
        return self


class ExtensionRequest(Closed):
    """Until so many minutes from now; never beyond `latest_at`, and never earlier than it was."""

    minutes: Minutes


class ReservedLineView(Model):
    """A line as it was asked for."""

    line_id: str
    sku: str
    quantity: int
    options: dict[str, str] = Field(default_factory=dict)


class HeldView(Model):
    """Units that a node keeps for it."""

    sku: str
    node_id: str
    quantity: int


class ReservationView(Model):
    """A reservation as it is now.

    `pending`: it holds its stock. `expired`: others may take it, and until one does it is still the order's that names
    it. `committed`: it is the order's own. `released`: its stock was given back.
    """

    reservation_id: str
    state: Literal["pending", "expired", "committed", "released"]
    channel: str
    customer_id: str | None = None
    session_id: str | None = None
    created_at: str
    expires_at: str
    latest_at: str = Field(description="It is never extended beyond this.")
    lines: list[ReservedLineView]
    held: list[HeldView]
    order_id: str | None = None
    ended_at: str | None = None

    @staticmethod
    def of(reservation: Reservation, now: datetime) -> ReservationView:
        """The form for the API; which buckets it holds is the stock's own affair."""
        units: dict[tuple[str, str], int] = {}
        for each in reservation.held:
            units[each.sku, each.node] = units.get((each.sku, each.node), 0) + each.units
        fields: dict[str, Any] = {
            name: getattr(reservation, name)
            for name in ReservationView.model_fields
            if name not in {"state", "lines", "held"}
        }
        return ReservationView(
            **fields,
            state=reservation.shown(now),
            lines=[ReservedLineView.model_validate(line) for line in reservation.lines],
            held=[HeldView(sku=sku, node_id=node, quantity=held) for (sku, node), held in sorted(units.items())],
        )
