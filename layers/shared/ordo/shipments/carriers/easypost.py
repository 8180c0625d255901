"""EasyPost: `tracker.created` and `tracker.updated` events, each with the tracker's full history.

Signs `X-Hmac-Signature: hmac-sha256-hex=<hex>` over the raw body; the key is the secret in Unicode form NFKD. There is
no timestamp: repeats are known by their events. Any 2xx ends it. (EasyPost/easypost-python, `validate_webhook`.)
"""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any

from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.carriers.fields import courier, json_object, number, place, rows, table, word, words
from ordo.shipments.carriers.port import Push, Reading, Secrets, plain_answer
from ordo.shipments.carriers.signing import from_hex, hmac_sha256, require_one_of
from ordo.shipments.carriers.telling import Status, Teller
from ordo.shipments.carriers.times import expected, moment
from ordo.shipments.causes import Cause, cause_of

HEADER, PREFIX = "x-hmac-signature", "hmac-sha256-hex="

STATUS = {
    "unknown": Status.UNKNOWN,
    "pre_transit": Status.LABEL_CREATED,
    "in_transit": Status.IN_TRANSIT,
    "out_for_delivery": Status.OUT_FOR_DELIVERY,
    "delivered": Status.DELIVERED,
    "available_for_pickup": Status.AVAILABLE_FOR_PICKUP,
    "return_to_sender": Status.RETURNED_TO_SENDER,
    "failure": Status.EXCEPTION,
    "cancelled": Status.EXCEPTION,
    "error": Status.UNKNOWN,
}
DETAIL = {
    "label_created": Status.LABEL_CREATED,
    "received_at_origin_facility": Status.PICKED_UP,
    "arrived_at_pickup_location": Status.AVAILABLE_FOR_PICKUP,
    "lost": Status.LOST,
    "return": Status.RETURNED_TO_SENDER,
    "refused": Status.DELIVERY_ATTEMPT_FAILED,
    "damaged": Status.EXCEPTION,
    "delivery_exception": Status.EXCEPTION,
    "transit_exception": Status.EXCEPTION,
    "weather_delay": Status.EXCEPTION,
    "address_correction": Status.EXCEPTION,
    "held": Status.EXCEPTION,
    "missorted": Status.EXCEPTION,
    "expired": Status.EXCEPTION,
}
"""Details that say more than the status. The others (`arrived_at_facility`, `status_update`, …) do not."""
_ENDS = ("delivered", "return_to_sender")
"""Statuses that no detail talks away."""

CAUSE = {
    "damaged": Cause.DAMAGED,
    "address_correction": Cause.ADDRESS,
    "refused": Cause.REFUSED,
    "weather_delay": Cause.WEATHER,
    "missorted": Cause.MISROUTED,
    "cancelled": Cause.CANCELLED,
    "expired": Cause.NO_NEWS,
}
"""By detail, or else by status."""

answer = plain_answer


def verify(push: Push, secrets: Secrets, now: datetime) -> None:
    """The key is the secret in NFKD, so that `é` signs the same however it was typed."""
    given = push.headers.get(HEADER, "").strip()
    normal = [unicodedata.normalize("NFKD", secret) for secret in secrets]
    signature = from_hex(given.removeprefix(PREFIX)) if given.startswith(PREFIX) else b""
    require_one_of(signature, normal, lambda key: hmac_sha256(key, push.body))


def read(push: Push, received_at: str) -> Reading:
    """An event of a tracker, or a tracker by itself; events of other objects are ignored."""
    body = json_object(push.body)
    kind = word(body.get("description"))
    if kind and not kind.startswith("tracker.") and body.get("object") != "Tracker":
        return Reading(ignored="not an event of a tracker")
    tracker = body if body.get("object") == "Tracker" else table(body, "result")
    teller = Teller(push, received_at)
    code = number(tracker.get("tracking_code"))
    named = courier(tracker.get("carrier"))
    events = [each for scan in rows(tracker.get("tracking_details")) for each in _scan(teller, code, scan, named)]
    at = None if events else moment(tracker.get("updated_at"))
    expects, cause = expected(tracker.get("est_delivery_date")), _cause(tracker)
    teller.tell(code, _status(teller, tracker), at, events, couriers=(named,), expects=expects, cause=cause)
    return teller.reading()


def _status(teller: Teller, said: dict[str, Any]) -> Status:
    status, detail = word(said.get("status")).lower(), word(said.get("status_detail")).lower()
    if detail in DETAIL and status not in _ENDS:
        return DETAIL[detail]
    return teller.status(STATUS, status)


def _cause(said: dict[str, Any]) -> Cause | None:
    return cause_of(CAUSE, word(said.get("status_detail")).lower(), word(said.get("status")).lower())


def _scan(teller: Teller, code: str, scan: dict[str, Any], named: str) -> list[CarrierEvent]:
    where = table(scan, "tracking_location")
    return teller.event(
        code,
        _status(teller, scan),
        moment(scan.get("datetime")),
        words=words(scan.get("message")),
        place=place(where.get("city"), where.get("state"), where.get("country")),
        couriers=(named,),
        cause=_cause(scan),
    )
