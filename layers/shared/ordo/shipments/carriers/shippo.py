"""Shippo: `track_updated` with the full history in `data.tracking_history`.

Signs nothing unless asked: then `Shippo-Auth-Signature: t=<unix>,v1=<hex>` over `t.body`, within five minutes.
Otherwise the secret stands in the URL (`?token=`). Wants a 2xx within three seconds; repeats 408, 429 and 5xx.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.carriers.fields import courier, json_object, number, place, rows, seconds, table, word, words
from ordo.shipments.carriers.port import Push, Reading, Secrets, plain_answer
from ordo.shipments.carriers.signing import (
    as_bytes,
    from_hex,
    hmac_sha256,
    is_one_of,
    require_recent,
    require_token,
    usable,
)
from ordo.shipments.carriers.telling import Status, Teller
from ordo.shipments.carriers.times import expected, moment, zone_in
from ordo.shipments.causes import Cause, cause_of
from ordo.shipments.errors import SignatureInvalid

HEADER = "shippo-auth-signature"

STATUS = {
    "UNKNOWN": Status.UNKNOWN,
    "PRE_TRANSIT": Status.LABEL_CREATED,
    "TRANSIT": Status.IN_TRANSIT,
    "DELIVERED": Status.DELIVERED,
    "RETURNED": Status.RETURNED_TO_SENDER,
    "FAILURE": Status.EXCEPTION,
}
SUBSTATUS = {
    "information_received": Status.LABEL_CREATED,
    "package_accepted": Status.PICKED_UP,
    "out_for_delivery": Status.OUT_FOR_DELIVERY,
    "delivery_attempted": Status.DELIVERY_ATTEMPT_FAILED,
    "notice_left": Status.DELIVERY_ATTEMPT_FAILED,
    "location_inaccessible": Status.DELIVERY_ATTEMPT_FAILED,
    "pickup_available": Status.AVAILABLE_FOR_PICKUP,
    "address_issue": Status.EXCEPTION,
    "contact_carrier": Status.EXCEPTION,
    "delayed": Status.EXCEPTION,
    "package_damaged": Status.EXCEPTION,
    "package_held": Status.EXCEPTION,
    "package_undeliverable": Status.EXCEPTION,
    "package_disposed": Status.EXCEPTION,
    "package_lost": Status.LOST,
    "package_unclaimed": Status.RETURNED_TO_SENDER,
    "return_to_sender": Status.RETURNED_TO_SENDER,
}
"""What says more than the status, where it belongs to it: Shippo's own example is DELIVERED, information_received."""
_ENDS = ("DELIVERED", "RETURNED")
_BEFORE = ("UNKNOWN", "PRE_TRANSIT")

CAUSE = {
    "package_damaged": Cause.DAMAGED,
    "address_issue": Cause.ADDRESS,
    "location_inaccessible": Cause.ADDRESS,
    "notice_left": Cause.NOT_HOME,
    "package_unclaimed": Cause.UNCLAIMED,
}
"""By the code of the substatus."""

answer = plain_answer


def verify(push: Push, secrets: Secrets, now: datetime) -> None:
    """A signature that is there must be good; without one the secret must stand in the URL."""
    if HEADER not in push.headers:
        return require_token(push, secrets, ())
    parts = [part.strip().partition("=") for part in push.headers[HEADER].split(",")]
    stamp = next((value for name, _, value in parts if name == "t"), "")
    since = seconds(stamp)
    if since is None:
        raise SignatureInvalid("The signature has no timestamp.")
    require_recent(since, now)
    expected = [hmac_sha256(as_bytes(secret), as_bytes(stamp), b".", push.body) for secret in usable(secrets)]
    found = [is_one_of(from_hex(value), expected) for name, _, value in parts if name == "v1"]
    if not any(found):
        raise SignatureInvalid("No signature is that of these bytes with the account's secret.")
    return None


def read(push: Push, received_at: str) -> Reading:
    """A tracked number with its history. Its object ids differ between copies of one scan, so they say nothing."""
    body = json_object(push.body)
    kind = word(body.get("event"))
    if kind and kind != "track_updated":
        return Reading(ignored="not about tracking")
    data = table(body, "data")
    teller = Teller(push, received_at)
    code = number(data.get("tracking_number"))
    named = courier(data.get("carrier") or body.get("carrier"))
    events = [each for scan in rows(data.get("tracking_history")) for each in _scan(teller, code, scan, named)]
    now = table(data, "tracking_status")
    at = _time(push, now)
    stated = _status(teller, now) if now else Status.UNKNOWN
    expects, cause = expected(data.get("eta"), push.zone), cause_of(CAUSE, _detail(now))
    teller.tell(code, stated, at, events, couriers=(named,), expects=expects, cause=cause)
    return teller.reading()


def _status(teller: Teller, said: dict[str, Any]) -> Status:
    status = word(said.get("status")).upper()
    detail = _detail(said)
    early = detail == "information_received" and status not in _BEFORE
    if detail in SUBSTATUS and status not in _ENDS and not early:
        return SUBSTATUS[detail]
    return teller.status(STATUS, status)


def _detail(said: dict[str, Any]) -> str:
    substatus = said.get("substatus")
    return word(substatus.get("code") if isinstance(substatus, dict) else substatus).lower()


def _time(push: Push, said: dict[str, Any]) -> str | None:
    return moment(said.get("status_date"), zone_in(table(said, "location").get("country")), push.zone)


def _scan(teller: Teller, code: str, scan: dict[str, Any], named: str) -> list[CarrierEvent]:
    where = table(scan, "location")
    return teller.event(
        code,
        _status(teller, scan),
        _time(teller.push, scan),
        words=words(scan.get("status_details")),
        place=place(where.get("city"), where.get("state"), where.get("country")),
        couriers=(named,),
        cause=cause_of(CAUSE, _detail(scan)),
    )
