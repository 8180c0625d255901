"""Ship24: `trackings[]`, each with its new events only (a delta), newest first.

Signs nothing: `Authorization: Bearer <secret>`. Wants 200.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.carriers.fields import courier, json_object, number, place, rows, table, word, words
from ordo.shipments.carriers.port import Push, Reading, Secrets, plain_answer
from ordo.shipments.carriers.signing import require_token
from ordo.shipments.carriers.telling import Status, Teller
from ordo.shipments.carriers.times import expected, moment
from ordo.shipments.causes import Cause, cause_of

STATUS = {
    "pending": Status.UNKNOWN,
    "info_received": Status.LABEL_CREATED,
    "in_transit": Status.IN_TRANSIT,
    "out_for_delivery": Status.OUT_FOR_DELIVERY,
    "failed_attempt": Status.DELIVERY_ATTEMPT_FAILED,
    "available_for_pickup": Status.AVAILABLE_FOR_PICKUP,
    "delivered": Status.DELIVERED,
    "exception": Status.EXCEPTION,
    "": Status.UNKNOWN,
}
"""Milestones; one that is missing is unknown."""

CAUSE = {
    "delivery_refused": Cause.REFUSED,
    "customs_exception": Cause.CUSTOMS,
    "customs_rejected": Cause.CUSTOMS,
    "data_order_cancelled": Cause.CANCELLED,
}
"""By the code of an event."""

answer = plain_answer


def verify(push: Push, secrets: Secrets, now: datetime) -> None:
    """The secret as a bearer token (or in the URL)."""
    require_token(push, secrets, ("authorization",))


def read(push: Push, received_at: str) -> Reading:
    """Every tracking of the push; one by itself is read too."""
    body = json_object(push.body)
    trackings = rows(body.get("trackings")) or rows(table(body, "data").get("trackings"))
    teller = Teller(push, received_at)
    for tracking in trackings or [body]:
        _tell(teller, tracking)
    return teller.reading()


def _tell(teller: Teller, tracking: dict[str, Any]) -> None:
    code = number(table(tracking, "tracker").get("trackingNumber"))
    scans = rows(tracking.get("events"))
    named = tuple(dict.fromkeys(courier(scan.get("courierCode")) for scan in scans))
    events = [each for scan in scans for each in _scan(teller, code, scan, named)]
    shipment = table(tracking, "shipment")
    stated = teller.status(STATUS, word(shipment.get("statusMilestone")))
    at = moment(table(tracking, "metadata").get("generatedAt"))
    expects, cause = _expected(teller.push, tracking), cause_of(CAUSE, word(shipment.get("statusCode")))
    teller.tell(code, stated, None if events else at, events, couriers=named, expects=expects, cause=cause)


def _expected(push: Push, tracking: dict[str, Any]) -> str | None:
    return expected(table(tracking, "shipment", "delivery").get("estimatedDeliveryDate"), push.zone)


def _scan(teller: Teller, code: str, scan: dict[str, Any], named: tuple[str, ...]) -> list[CarrierEvent]:
    return teller.event(
        code,
        STATUS.get(word(scan.get("statusMilestone")), Status.UNKNOWN),
        moment(scan.get("occurrenceDatetime"), teller.push.zone),
        words=words(scan.get("status")),
        place=place(scan.get("location")),
        couriers=named,
        cause=cause_of(CAUSE, word(scan.get("statusCode"))),
    )
