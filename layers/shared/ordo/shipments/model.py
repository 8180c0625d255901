"""Fulfilments, shipments, parcels and their tracking; states that each say what they mean."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from ordo.inventory.demand import demand_key
from ordo.inventory.model import MAIN
from ordo.kernel.frozen import Frozen


class FulfilmentState(StrEnum):
    """How far one node is with its work for an order."""

    PLANNED = "planned"  # the order is not released yet: nobody may start
    WAITING = "waiting"  # for supply or for a launch: nobody may start
    OPEN = "open"  # released, the node has not answered
    ACCEPTED = "accepted"
    PICKED = "picked"
    PACKED = "packed"
    DISPATCHED = "dispatched"
    CANCELLED = "cancelled"
    REJECTED = "rejected"  # the node cannot: its units were sourced again, or an incident says that they are short


ENDED = (FulfilmentState.CANCELLED, FulfilmentState.REJECTED)
"""States in which nothing of the work is left and nothing has left the node."""

WORKABLE = (FulfilmentState.OPEN, FulfilmentState.ACCEPTED, FulfilmentState.PICKED, FulfilmentState.PACKED)
"""States in which a node has work left, in their order; work goes forward only and may skip."""


class TrackingStatus(StrEnum):
    """Where a parcel is, in order, and aside what went wrong (design section 2)."""

    LABEL_CREATED = "label_created"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    DELIVERY_ATTEMPT_FAILED = "delivery_attempt_failed"
    DELIVERED = "delivered"
    EXCEPTION = "exception"
    LOST = "lost"
    RETURNED_TO_SENDER = "returned_to_sender"
    UNKNOWN = "unknown"


class LineQuantity(Frozen):
    """Units of one order line; `sku` is the stock keeping unit that the counters know. Of a bundle's line they are
    those of one `part`, named by its place in the bundle.
    """

    line_id: str
    sku: str
    quantity: int
    part: int | None = None

    @property
    def key(self) -> str:
        """The line, or the part of it."""
        return demand_key(self.line_id, self.part)


class BucketUnits(Frozen):
    """Units of a SKU that were taken from one bucket of the node's counters."""

    sku: str
    bucket: str
    quantity: int


class LotUnits(Frozen):
    """Units of a SKU that were picked from one lot; `expires_on` is an ISO date, None when it does not expire."""

    sku: str
    lot: str
    expires_on: str | None = None
    quantity: int


class Wait(Frozen):
    """Why a part waited and where in the queue: `promise` is when the node promised it ready, `not_before` the launch.

    `presale`: its units count as sold before the launch. `supplied` of them were there or due when it was promised.
    """

    promise: str
    not_before: str | None = None
    presale: bool = False
    supplied: int = 0


class PackingPhoto(Frozen):
    """A photo of what was packed, taken before the carrier had it; told by its hash."""

    file_id: str
    content_type: str
    bytes: int
    sha256: str
    recorded_at: str


class Fulfilment(Frozen):
    """The work one node does for an order. `buckets` says where its units were taken, if not all from `MAIN`.

    `lots` are those that its units were picked from, of SKUs that the node keeps by lot.
    `short` are units that the node was to give and did not. `work_counted`: its units are in the node's load.
    `wait` is there of one that waits, or did: it is of one SKU.
    """

    fulfilment_id: str
    order_id: str
    node_id: str
    state: FulfilmentState
    lines: tuple[LineQuantity, ...]
    created_at: str
    changed_at: str
    shipment_ids: tuple[str, ...] = ()
    buckets: tuple[BucketUnits, ...] = ()
    short: tuple[LineQuantity, ...] = ()
    work_counted: bool = False
    wait: Wait | None = None
    lots: tuple[LotUnits, ...] = ()
    packing_photos: tuple[PackingPhoto, ...] = ()
    replaces: str | None = None
    """The incident whose units it sends again, of a reship."""
    awaits: str | None = None
    """What must come before its node may start, of an exchange: the id of a return."""

    @property
    def units(self) -> int:
        """Units of all its lines."""
        return sum(line.quantity for line in self.lines)

    def takes(self) -> tuple[BucketUnits, ...]:
        """The units that it takes of each counter, of one SKU and bucket once, in a fixed order."""
        if self.buckets:
            return self.buckets
        wanted: dict[str, int] = {}
        for line in self.lines:
            wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
        return tuple(BucketUnits(sku=sku, bucket=MAIN, quantity=units) for sku, units in sorted(wanted.items()))


class TrackingEvent(Frozen):
    """One thing a carrier said of one parcel. `identity` tells it from every other event of that parcel."""

    identity: str
    status: TrackingStatus
    occurred_at: str
    received_at: str
    description: str = ""
    place: str = ""
    cause: str | None = None
    """Why, where the carrier tells it and its adapter knows it: a code such as `address` or `damaged`."""


class Parcel(Frozen):
    """One box with one tracking number. `status` is the merge of `history`, never set by itself."""

    tracking_number: str
    lines: tuple[LineQuantity, ...]
    status: TrackingStatus = TrackingStatus.LABEL_CREATED
    history: tuple[TrackingEvent, ...] = ()
    refused: tuple[LineQuantity, ...] = ()
    """Units of it that were not taken at the door."""
    written_off: tuple[LineQuantity, ...] = ()
    """Units of it that count no more, wherever it is: they were sent again, or refunded."""
    stated: str | None = None
    """When the carrier said last that it comes, if it says so."""

    @property
    def delivered(self) -> tuple[LineQuantity, ...]:
        """What of it was delivered, by line: nothing before it was, nothing that was refused, or is written off."""
        if self.status is not TrackingStatus.DELIVERED:
            return ()
        return _without(self.lines, (*self.refused, *self.written_off))

    @property
    def counted(self) -> tuple[LineQuantity, ...]:
        """What of it is on its way or was delivered as far as the order is concerned."""
        return _without(self.lines, self.written_off) if self.written_off else self.lines


class Usual(Frozen):
    """How many minutes a parcel is usually on the road, from dispatch to delivery, and how that is known.

    `own`: from so many (`samples`) deliveries of the lane and day that `way` names; `default`: from a table's row, or
    (`promise`) what the order's promise reckoned with.
    """

    median: int
    p90: int
    basis: Literal["own", "default"]
    samples: int = 0
    way: str


class Shipment(Frozen):
    """What left a node at once with one carrier. `weekday` is the day of that on the node's clocks (0: Monday)."""

    shipment_id: str
    order_id: str
    fulfilment_id: str
    carrier: str
    dispatched_at: str
    parcels: tuple[Parcel, ...]
    usual: Usual | None = None
    """None: it left before Ordo kept that."""
    weekday: int | None = None
    collect: int | None = None
    """What is collected at the door with it, in minor units; None: the order is not paid there."""
    remitted: int | None = None
    """What the carrier has handed on of that."""

    @property
    def is_delivered(self) -> bool:
        """Whether every parcel was delivered."""
        return all(parcel.status is TrackingStatus.DELIVERED for parcel in self.parcels)

    @property
    def delivered_units(self) -> int:
        """Units in parcels that were delivered."""
        return sum(line.quantity for parcel in self.parcels for line in parcel.delivered)


def _without(lines: tuple[LineQuantity, ...], gone: tuple[LineQuantity, ...]) -> tuple[LineQuantity, ...]:
    units: dict[str, int] = {}
    for line in gone:
        units[line.key] = units.get(line.key, 0) + line.quantity
    left = ((line, line.quantity - units.get(line.key, 0)) for line in lines)
    return tuple(line.model_copy(update={"quantity": count}) for line, count in left if count > 0)
