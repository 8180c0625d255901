"""DHL Shipment Tracking Unified (Push): `shipments[]`, each with its whole history. DHL eCommerce pushes the same.

Signs nothing: it brings a header of a name and value that were chosen at the subscription, or the secret in the URL.
Wants a 2xx, some divisions within five seconds.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.carriers.fields import json_object, number, place, rows, table, word, words
from ordo.shipments.carriers.port import Push, Reading, Secrets, plain_answer
from ordo.shipments.carriers.signing import require_token
from ordo.shipments.carriers.telling import Status, Teller
from ordo.shipments.carriers.times import expected, moment, zone_in

STATUS = {
    "pre-transit": Status.LABEL_CREATED,
    "transit": Status.IN_TRANSIT,
    "delivered": Status.DELIVERED,
    "failure": Status.EXCEPTION,
    "unknown": Status.UNKNOWN,
}

answer = plain_answer


def verify(push: Push, secrets: Secrets, now: datetime) -> None:
    """The name of the header is the merchant's choice, so every header is looked at."""
    require_token(push, secrets, tuple(push.headers))


def read(push: Push, received_at: str) -> Reading:
    """Every shipment. Its `statusCode` counts: `status` is a text that may say something else."""
    body = json_object(push.body)
    shipments = rows(body.get("shipments")) or rows(body.get("shipment"))
    if not shipments and "subscription" in str(body.get("type", "")).lower():
        return Reading(ignored="about the subscription")
    teller = Teller(push, received_at)
    for shipment in shipments or [body]:
        _tell(teller, shipment)
    return teller.reading()


def _tell(teller: Teller, shipment: dict[str, Any]) -> None:
    code = number(shipment.get("id")) or number(shipment.get("trackingNumber"))
    events = [each for scan in rows(shipment.get("events")) for each in _scan(teller, code, scan)]
    latest = shipment.get("status")
    said = latest if isinstance(latest, dict) else shipment
    stated = teller.status(STATUS, _code(said))
    teller.tell(
        code, stated, None if events else _time(teller.push, said), events, expects=_expected(teller.push, shipment)
    )


def _expected(push: Push, shipment: dict[str, Any]) -> str | None:
    return expected(shipment.get("estimatedTimeOfDelivery"), push.zone)


def _code(said: dict[str, Any]) -> str:
    return word(said.get("statusCode")).lower()


def _time(push: Push, said: dict[str, Any]) -> str | None:
    """A scan names no zone: it is of its place."""
    country = table(said, "location", "address").get("countryCode")
    return moment(said.get("timestamp"), zone_in(country), push.zone)


def _scan(teller: Teller, code: str, scan: dict[str, Any]) -> list[CarrierEvent]:
    where = table(scan, "location", "address")
    return teller.event(
        code,
        STATUS.get(_code(scan), Status.UNKNOWN),
        _time(teller.push, scan),
        words=words(scan.get("description")),
        place=place(where.get("addressLocality"), where.get("countryCode")),
    )
