"""Shipments, their parcels and when they come, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from ordo.kernel.frozen import Model
from ordo.orders.amounts import MoneyView, money
from ordo.orders.model import OrderHeader
from ordo.shipments.eta import EtaState, eta_of
from ordo.shipments.model import Shipment


class TrackingEventView(Model):
    """One thing that the carrier said."""

    status: str
    occurred_at: str
    description: str
    place: str
    cause: str | None = Field(default=None, description="Why, where the carrier says so: a code of a closed set.")


class ParcelView(Model):
    """One box."""

    tracking_number: str
    status: str
    lines: list[dict[str, Any]]
    refused: list[dict[str, Any]] = Field(default_factory=list, description="Units that were not taken at the door.")
    history: list[TrackingEventView]


class EtaView(Model):
    """When a shipment comes, as known now: `likely`, and `by` as nine of ten do, while it is `expected`; never past.

    `overdue`: nobody knows; `pickup`: it waits for its customer; `stopped`: it is lost or goes back.
    """

    state: EtaState
    likely: str | None = None
    by: str | None = None
    at: str | None = Field(default=None, description="when it arrived")
    basis: str = Field(
        description="`own`: from so many (`samples`) deliveries; `default`: a table's row or the promise; `carrier`: "
        "what it said."
    )
    samples: int = 0
    why: str
    way: str = Field(description="The lane and weekday of own figures, the table's row, or `promise`.")


class RepromiseView(Model):
    """A later day that was said, when and why."""

    deliver_by: str
    said_at: str
    reason: str


class ShipmentView(Model):
    """What left a node at once."""

    shipment_id: str
    fulfilment_id: str
    carrier: str
    dispatched_at: str
    eta: EtaView | None = None
    parcels: list[ParcelView]
    collect: MoneyView | None = Field(
        default=None, description="What is collected at the door with it; null: the order is not paid there."
    )
    remitted: MoneyView | None = Field(default=None, description="What the carrier has handed on of that.")


def shipment_view(shipment: Shipment, header: OrderHeader, now: datetime) -> ShipmentView:
    """A shipment as the API shows it at this time."""
    eta = EtaView(**eta_of(shipment, header, now).told())
    told = shipment.model_dump(mode="json", exclude_none=True)
    cash = {name: money(told.pop(name), header.currency) for name in ("collect", "remitted") if name in told}
    return ShipmentView(**told, **cash, eta=eta)
