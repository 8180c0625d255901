"""Sendcloud: `parcel_status_changed` with the present status of one parcel and no history.

Signs `Sendcloud-Signature`: hex of the HMAC-SHA256 of the raw body, without a timestamp. Any 2xx ends it.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from ordo.shipments.carriers.fields import courier, json_object, number, table, word, words
from ordo.shipments.carriers.port import Push, Reading, Secrets, plain_answer
from ordo.shipments.carriers.signing import from_hex, hmac_sha256, require_one_of
from ordo.shipments.carriers.telling import Status, Teller
from ordo.shipments.carriers.times import moment
from ordo.shipments.causes import Cause, cause_of

HEADER = "sendcloud-signature"
CHANGED = "parcel_status_changed"

STATUS = {
    "ready-to-send": Status.LABEL_CREATED,
    "announced": Status.LABEL_CREATED,
    "announcing": Status.LABEL_CREATED,
    "announced-uncollected": Status.LABEL_CREATED,
    "no-label": Status.LABEL_CREATED,
    "picked-up-by-driver": Status.PICKED_UP,
    "to-sorting": Status.IN_TRANSIT,
    "sorting": Status.IN_TRANSIT,
    "sorted": Status.IN_TRANSIT,
    "unsorted": Status.IN_TRANSIT,
    "unsorted2": Status.IN_TRANSIT,
    "at-sorting-centre": Status.IN_TRANSIT,
    "shipment-on-route": Status.IN_TRANSIT,
    "at-customs": Status.IN_TRANSIT,
    "driver-on-route": Status.OUT_FOR_DELIVERY,
    "awaiting-customer-pickup": Status.AVAILABLE_FOR_PICKUP,
    "delivery-failed": Status.DELIVERY_ATTEMPT_FAILED,
    "refused-by-recipient": Status.DELIVERY_ATTEMPT_FAILED,
    "delivered": Status.DELIVERED,
    "collected-by-customer": Status.DELIVERED,
    "delivery-forced": Status.DELIVERED,
    "delayed": Status.EXCEPTION,
    "undeliverable": Status.EXCEPTION,
    "address-invalid": Status.EXCEPTION,
    "collect-error": Status.EXCEPTION,
    "announcement-failed": Status.EXCEPTION,
    "exception": Status.EXCEPTION,
    "cancelled": Status.EXCEPTION,
    "cancelled-upstream": Status.EXCEPTION,
    "cancelling": Status.EXCEPTION,
    "cancelling-upstream": Status.EXCEPTION,
    "delivery-method-changed": Status.IN_TRANSIT,
    "delivery-date-changed": Status.IN_TRANSIT,
    "delivery-address-changed": Status.IN_TRANSIT,
    "returned-to-sender": Status.RETURNED_TO_SENDER,
    "unknown": Status.UNKNOWN,
}
"""By slug; a push says the message, which for these is written alike."""
MESSAGES = {
    "announced-not-collected": "announced-uncollected",
    "being-announced": "announcing",
    "shipment-picked-up-by-driver": "picked-up-by-driver",
    "en-route-to-sorting-center": "to-sorting",
    "being-sorted": "sorting",
    "not-sorted": "unsorted",
    "parcel-en-route": "shipment-on-route",
    "driver-en-route": "driver-on-route",
    "delivery-attempt-failed": "delivery-failed",
    "shipment-collected-by-customer": "collected-by-customer",
    "delivery-delayed": "delayed",
    "unable-to-deliver": "undeliverable",
    "error-collecting": "collect-error",
    "submitting-cancellation-request": "cancelling",
    "cancellation-requested": "cancelling-upstream",
    "unknown-status-check-carrier-track-trace-page-for-more-insights": "unknown",
}
"""Messages that read otherwise than their slug."""

CAUSE = {
    "address-invalid": Cause.ADDRESS,
    "refused-by-recipient": Cause.REFUSED,
    "cancelled": Cause.CANCELLED,
    "cancelled-upstream": Cause.CANCELLED,
    "cancelling": Cause.CANCELLED,
    "cancelling-upstream": Cause.CANCELLED,
}
"""By slug."""

answer = plain_answer


def verify(push: Push, secrets: Secrets, now: datetime) -> None:
    """Over the raw body."""
    signature = from_hex(push.headers.get(HEADER, "").strip())
    require_one_of(signature, secrets, lambda key: hmac_sha256(key, push.body))


def read(push: Push, received_at: str) -> Reading:
    """One parcel. Nothing else of it is read: the push is full of the customer's name and address."""
    body = json_object(push.body)
    kind = word(body.get("action"))
    if kind and kind != CHANGED:
        return Reading(ignored="not a change of a parcel's status")
    parcel = table(body, "parcel")
    code, said = number(parcel.get("tracking_number")), table(parcel, "status")
    if not code and parcel:
        return Reading(ignored="a parcel without a number")
    teller = Teller(push, received_at)
    stated = teller.status(STATUS, *_slugs(said))
    at = moment(body.get("carrier_status_change_timestamp")) or moment(body.get("timestamp"))
    named = courier(table(parcel, "carrier").get("code"))
    cause = cause_of(CAUSE, *_slugs(said))
    told = words(said.get("message"))
    events = teller.event(code, stated, at, words=told, couriers=(named,), cause=cause) if at else []
    teller.tell(code, stated, at, events, couriers=(named,), cause=cause)
    return teller.reading()


def _slugs(said: dict[str, Any]) -> list[str]:
    texts = (word(said.get(name)).lower() for name in ("message", "slug", "code"))
    slugs = [re.sub(r"[^a-z0-9]+", "-", text).strip("-") for text in texts]
    return [MESSAGES.get(slug, slug) for slug in slugs]
