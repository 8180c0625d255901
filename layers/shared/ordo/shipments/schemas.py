"""What nodes and carriers send, and what they are answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from ordo.kernel.clock import from_iso, to_iso
from ordo.kernel.frozen import Closed, Model
from ordo.orders.model import OrderHeader, OrderStatus
from ordo.orders.schemas import Id, Quantity
from ordo.runtime.cursors import MAX_CHARACTERS
from ordo.shipments.carrier_events import CarrierEvent, normal_number
from ordo.shipments.causes import Cause
from ordo.shipments.model import Fulfilment, FulfilmentState, Shipment, TrackingStatus
from ordo.shipments.parcels import PackedParcel
from ordo.shipments.service import Worked
from ordo.shipments.work import Dispatch

MAX_PARCELS = 50
MAX_EVENTS = 50
MAX_DESCRIPTION = 1000
TRACKING_UPDATED = "tracking.updated"


def _moment(text: str) -> str:
    try:
        return to_iso(from_iso(text))
    except OverflowError:
        raise ValueError("the time is too far away") from None


def _shortened(text: str) -> str:
    """A talkative carrier's event counts; the end of its words does not."""
    return text[:MAX_DESCRIPTION]


Carrier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
TrackingNumber = Annotated[
    str,
    StringConstraints(max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._/-]*$"),
    AfterValidator(normal_number),
]
"""As printed on the label; spaces and case do not matter."""
Moment = Annotated[
    str, StringConstraints(max_length=40), AfterValidator(_moment), Field(json_schema_extra={"format": "date-time"})
]
"""RFC 3339 with its zone."""


class ParcelLine(Closed):
    """Units of one order line in a parcel; of a bundle's line those of one `part`, by its place in the bundle."""

    line_id: Id
    quantity: Quantity
    part: Annotated[int, Field(strict=True, ge=0, lt=100)] | None = None


class ParcelRequest(Closed):
    """One box: its number and what is in it."""

    tracking_number: TrackingNumber
    lines: tuple[ParcelLine, ...] = Field(min_length=1, max_length=500)


class DispatchRequest(Closed):
    """What left: one parcel with all units of the fulfilment, or several that together hold exactly these."""

    model_config = ConfigDict(json_schema_extra={"example": {"carrier": "generic", "tracking_number": "GEN0001"}})

    carrier: Carrier
    tracking_number: TrackingNumber | None = None
    parcels: tuple[ParcelRequest, ...] | None = Field(default=None, min_length=1, max_length=MAX_PARCELS)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.tracking_number is None) == (self.parcels is None):
            raise ValueError("send either tracking_number or parcels")
        return self

    def to_command(self, fulfilment_id: str, actor: str) -> Dispatch:
        """The command, for the client `actor`."""
        parcels = tuple(
            PackedParcel(
                parcel.tracking_number, tuple((each.line_id, each.quantity, each.part) for each in parcel.lines)
            )
            for parcel in self.parcels or ()
        )
        return Dispatch(fulfilment_id, self.carrier, actor, self.tracking_number, parcels)


class WorkQuery(Closed):
    """Which work: of one node, in one state."""

    node: Id
    state: FulfilmentState = FulfilmentState.OPEN
    limit: int = Field(default=20, ge=1, le=50)
    cursor: Annotated[str, StringConstraints(max_length=MAX_CHARACTERS)] | None = None


class WorkLine(Model):
    """Units to pick of one order line; of a bundle's line those of one `part`, by its place in the bundle."""

    line_id: str
    sku: str
    quantity: int
    part: int | None = None


class PickedLot(Model):
    """Units that were picked from one lot. `expires_on` null: it never expires."""

    sku: str
    lot: str
    expires_on: str | None
    quantity: int


class SentParcel(Model):
    """One box and where it is."""

    tracking_number: str
    status: TrackingStatus
    lines: list[WorkLine]


class SentShipment(Model):
    """What left the node."""

    shipment_id: str
    carrier: str
    dispatched_at: str
    parcels: list[SentParcel]


class WorkView(Model):
    """One node's work for an order. `on_hold`: nobody may go on until the order's hold is released.

    `short` are units that the node did not give. An answer to them also has `incident`, if nobody else gives them.
    """

    fulfilment_id: str
    order_id: str
    node_id: str
    state: FulfilmentState
    lines: list[WorkLine]
    created_at: str
    changed_at: str
    order_status: OrderStatus
    version: int
    on_hold: bool
    short: list[WorkLine] = Field(default_factory=list)
    incident: str | None = Field(default=None, description="The incident that the order has for want of these units.")
    shipments: list[SentShipment]
    lots: list[PickedLot] = Field(default_factory=list, description="What was picked, of SKUs that are kept by lot")

    @staticmethod
    def of(
        fulfilment: Fulfilment, header: OrderHeader, shipments: Iterable[Shipment] = (), incident: str | None = None
    ) -> WorkView:
        """A fulfilment with what a node needs to know of its order."""
        return WorkView(
            **fulfilment.model_dump(mode="json", exclude={"shipment_ids"}),
            order_status=header.status,
            version=header.version,
            on_hold=bool(header.holds),
            incident=incident,
            shipments=[SentShipment(**one.model_dump(mode="json")) for one in shipments],
        )

    @staticmethod
    def done(worked: Worked) -> WorkView:
        """The answer to work that was done."""
        return WorkView.of(worked.fulfilment, worked.header, worked.shipments, worked.incident)


class WorkList(Model):
    """A page, the oldest first; send `next_cursor` back with the same filters for the next one."""

    fulfilments: list[WorkView]
    next_cursor: str | None = None


class TrackingItem(Model):
    """One thing that happened to a parcel."""

    tracking_number: TrackingNumber | None = None
    status: TrackingStatus
    occurred_at: Moment
    description: Annotated[str, AfterValidator(_shortened)] = ""
    place: Annotated[str, StringConstraints(max_length=300)] = ""
    cause: Cause | None = None
    expected_at: Moment | None = Field(default=None, description="When the carrier expects to deliver.")


class TrackingData(Model):
    """The newest thing that happened, or `events`, or both. `tracking_number` is that of every event without one."""

    tracking_number: TrackingNumber
    status: TrackingStatus | None = None
    occurred_at: Moment | None = None
    description: Annotated[str, AfterValidator(_shortened)] = ""
    place: Annotated[str, StringConstraints(max_length=300)] = ""
    cause: Cause | None = None
    expected_at: Moment | None = Field(default=None, description="When the carrier expects to deliver.")
    events: tuple[TrackingItem, ...] = Field(default=(), max_length=MAX_EVENTS)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.status is None) != (self.occurred_at is None) or not (self.status or self.events):
            raise ValueError("status and occurred_at are needed together, or events")
        return self

    def items(self) -> list[TrackingItem]:
        """Everything that the push tells."""
        own = [TrackingItem.model_validate(self.model_dump(exclude={"events"}))] if self.status else []
        return [*own, *self.events]


class TrackingPush(Model):
    """A push of the generic carrier, signed as the Standard Webhooks specification says. Other types are ignored."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": TRACKING_UPDATED,
                "timestamp": "2026-11-22T10:00:00Z",
                "data": {
                    "tracking_number": "GEN0001",
                    "status": "in_transit",
                    "occurred_at": "2026-11-22T09:58:00+08:00",
                    "description": "Arrived at the sorting centre",
                    "place": "Hangzhou",
                },
            }
        }
    )

    type: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    timestamp: Moment
    data: TrackingData | None = None

    @model_validator(mode="before")
    @classmethod
    def _only_tracking(cls, value: Any) -> Any:
        """Of other types nothing is read, whatever their data look like."""
        if isinstance(value, dict) and value.get("type") != TRACKING_UPDATED:
            return {**value, "data": None}
        return value

    @model_validator(mode="after")
    def _has_data(self) -> Self:
        if self.type == TRACKING_UPDATED and self.data is None:
            raise ValueError("a tracking update needs data")
        return self

    def events(self, received_at: str) -> list[CarrierEvent]:
        """The events, each once, in the order told."""
        found = [
            CarrierEvent(
                received_at=received_at,
                stated=item.expected_at,
                **{
                    **item.model_dump(exclude={"expected_at"}),
                    "tracking_number": item.tracking_number or self.data.tracking_number,
                },
            )
            for item in (self.data.items() if self.data else ())
            if self.data
        ]
        return list({event.identity: event for event in found}.values())
