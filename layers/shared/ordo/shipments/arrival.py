"""What has arrived of an order: units, and when the last parcel did. Completion counts from that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ordo.kernel.clock import to_iso
from ordo.orders.model import OrderHeader
from ordo.shipments.model import Parcel, Shipment, TrackingStatus
from ordo.shipments.tracking import delivery_time


def arrived(header: OrderHeader, shipments: Iterable[Shipment], now: datetime) -> OrderHeader:
    """The header by its shipments: `delivered_at` is when the last parcel came, once everything has."""
    shipments = tuple(shipments)
    units = header.units.model_copy(update={"delivered": sum(one.delivered_units for one in shipments)})
    whole = units.delivered >= units.total - units.cancelled
    times = [_delivered_at(shipment, parcel, now) for shipment in shipments for parcel in shipment.parcels]
    delivered_at = max((time for time in times if time), default=None) if whole else None
    return header.model_copy(update={"units": units, "delivered_at": delivered_at})


def _delivered_at(shipment: Shipment, parcel: Parcel, now: datetime) -> str | None:
    """Not before the dispatch and not in the future: a wrong clock must not move what the order waits for."""
    said = delivery_time(parcel.history) if parcel.status is TrackingStatus.DELIVERED else None
    return max(shipment.dispatched_at, min(said, to_iso(now))) if said else None
