"""An order's history in words: its own events, and what carriers said of its parcels, the newest first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ordo.kernel.clock import from_iso
from ordo.orders.model import OrderState
from ordo.orders.timeline import StoredEvent
from ordo.shipments.model import TrackingEvent, TrackingStatus
from ordo.tracking.standing import parcels_of
from ordo.tracking.words import Speech

SHOWN = frozenset(
    {
        "order.placed",
        "order.released",
        "order.changed",
        "order.cancelled",
        "order.reinstated",
        "order.completed",
        "payment.captured",
        "payment.authorised",
        "payment.failed",
        "refund.issued",
        "fulfilment.accepted",
        "fulfilment.packed",
        "fulfilment.filled",
        "shipment.dispatched",
        "damage.reported",
        "return.requested",
        "return.approved",
        "return.refused",
        "return.received",
        "return.settled",
        "return.ended",
        "incident.opened",
        "incident.resolved",
        "promise.changed",
    }
)
"""Types that a customer is told of: neither why an order was stopped, nor which place gave what. Scans come from the
parcels themselves.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: when (ISO text and in words), what, and where; `parcel` is its number when there are several."""

    at: str
    when: str
    text: str
    place: str = ""
    parcel: str = ""


def entries_of(state: OrderState, events: Iterable[StoredEvent], speech: Speech) -> list[Entry]:
    """Everything that a customer may read, the newest first; of what happened at once what was told last."""
    told = [*_of_events(events, speech), *_of_parcels(state, speech)]
    return sorted(told, key=lambda entry: entry.at)[::-1]


def _of_events(events: Iterable[StoredEvent], speech: Speech) -> Iterator[Entry]:
    for stored in events:
        event = stored.read()
        at = event["occurred_at"]
        for name in (event["type"], *event["implies"]):
            if name in SHOWN:
                yield Entry(at, speech.time(from_iso(at)), _text(name, event.get("data") or {}, speech))


def _text(name: str, data: dict[str, Any], speech: Speech) -> str:
    if name in ("payment.captured", "payment.authorised", "refund.issued"):
        return speech(f"event.{name}", amount=speech.money(data["amount"], data["currency"]))
    if name == "shipment.dispatched":
        return speech(f"event.{name}", carrier=carrier_name(data["carrier"]))
    if name == "order.completed" and data.get("by") == "receipt":
        return speech("event.order.completed.receipt")
    if name == "order.changed" and data.get("kind", "address") != "address":
        return speech(f"event.{name}.{data['kind']}")
    return speech(f"event.{name}")


def _of_parcels(state: OrderState, speech: Speech) -> Iterator[Entry]:
    parcels = parcels_of(state)
    for number, parcel in enumerate(parcels, start=1):
        label = speech("page.parcel", number=number, count=len(parcels)) if len(parcels) > 1 else ""
        for scan in parcel.history:
            if scan.status is not TrackingStatus.UNKNOWN:
                when = speech.time(from_iso(scan.occurred_at))
                yield Entry(scan.occurred_at, when, _of_scan(scan, speech), scan.place, label)


_SET_BACK = (TrackingStatus.EXCEPTION, TrackingStatus.DELIVERY_ATTEMPT_FAILED)


def _of_scan(scan: TrackingEvent, speech: Speech) -> str:
    """What happened, and why when the carrier says so: of a setback the reason says it all."""
    key = f"cause.{scan.cause}"
    if scan.cause is None or not speech.knows(key):
        return speech(f"tracking.{scan.status}")
    if scan.status in _SET_BACK:
        return speech(key)
    return speech("tracking.because", what=speech(f"tracking.{scan.status}"), why=speech(key))


def carrier_name(carrier: str) -> str:
    """A carrier's id as people read it: `sf_express` is `SF Express`."""
    return " ".join(word.upper() if len(word) <= 3 else word.title() for word in carrier.replace("-", "_").split("_"))
