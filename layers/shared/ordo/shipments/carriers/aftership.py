"""AfterShip: `tracking_update` with the full history in `msg.checkpoints`.

Signs `aftership-hmac-sha256`: base64 of the HMAC-SHA256 of the raw body, without a timestamp. Any 2xx ends it; else up
to 14 tries in three days.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.carriers.fields import courier, json_object, number, place, rows, table, word, words
from ordo.shipments.carriers.port import Push, Reading, Secrets, plain_answer
from ordo.shipments.carriers.signing import from_base64, hmac_sha256, require_one_of
from ordo.shipments.carriers.telling import Status, Teller
from ordo.shipments.carriers.times import expected, moment
from ordo.shipments.causes import Cause, cause_of

HEADER = "aftership-hmac-sha256"
UPDATE = "tracking_update"

STATUS = {
    "Pending": Status.UNKNOWN,
    "InfoReceived": Status.LABEL_CREATED,
    "InTransit": Status.IN_TRANSIT,
    "OutForDelivery": Status.OUT_FOR_DELIVERY,
    "AttemptFail": Status.DELIVERY_ATTEMPT_FAILED,
    "Delivered": Status.DELIVERED,
    "AvailableForPickup": Status.AVAILABLE_FOR_PICKUP,
    "Exception": Status.EXCEPTION,
    "Expired": Status.EXCEPTION,
}
ACCEPTED = "InTransit_002"
"""The acceptance scan, the one subtag whose number means the same in every list."""

CAUSE = {
    "shipment damage": Cause.DAMAGED,
    "customer moved": Cause.ADDRESS,
    "incorrect address": Cause.ADDRESS,
    "customer refused delivery": Cause.REFUSED,
    "addressee not available": Cause.NOT_HOME,
    "business closed": Cause.NOT_HOME,
    "pick up missed": Cause.UNCLAIMED,
    "delayed (customs clearance)": Cause.CUSTOMS,
    "incorrect / missing documents": Cause.CUSTOMS,
    "delayed (extreme weather)": Cause.WEATHER,
    "shipment cancelled": Cause.CANCELLED,
    "Expired": Cause.NO_NEWS,
}
"""By the message of the subtag in lower case, or by the tag."""

answer = plain_answer


def verify(push: Push, secrets: Secrets, now: datetime) -> None:
    """Over the raw body; base64 tells upper from lower case."""
    signature = from_base64(push.headers.get(HEADER, "").strip())
    require_one_of(signature, secrets, lambda key: hmac_sha256(key, push.body))


def read(push: Push, received_at: str) -> Reading:
    """A tracking with its checkpoints, of which there may be none although it was delivered."""
    body = json_object(push.body)
    kind = word(body.get("event"))
    if kind and kind != UPDATE:
        return Reading(ignored="an event without a status")
    tracking = table(body, "msg")
    teller = Teller(push, received_at)
    code = number(tracking.get("tracking_number"))
    named = courier(tracking.get("slug"))
    events = [each for scan in rows(tracking.get("checkpoints")) for each in _scan(teller, code, scan, named)]
    returned = tracking.get("return_to_sender") is True
    at = moment(tracking.get("last_updated_at")) or moment(tracking.get("updated_at")) or moment(body.get("ts"))
    stated = _status(teller, tracking, returned=returned)
    expects, cause = _expected(tracking), _cause(tracking)
    teller.tell(code, stated, None if events else at, events, couriers=(named,), expects=expects, cause=cause)
    return teller.reading()


def _expected(tracking: dict[str, Any]) -> str | None:
    """Under the name of its older or its newer versions."""
    newest = table(tracking, "latest_estimated_delivery")
    return expected(newest.get("datetime")) or expected(tracking.get("expected_delivery"))


def _status(teller: Teller, said: dict[str, Any], *, returned: bool = False) -> Status:
    """What an exception is, its message tells: its numbers mean different things in different lists."""
    tag, told = word(said.get("tag")), word(said.get("subtag_message")).lower()
    if tag == "Exception" and (returned or "return" in told):
        return Status.RETURNED_TO_SENDER
    if tag == "Exception" and "lost" in told:
        return Status.LOST
    if tag == "InTransit" and word(said.get("subtag")) == ACCEPTED:
        return Status.PICKED_UP
    return teller.status(STATUS, tag)


def _cause(said: dict[str, Any]) -> Cause | None:
    return cause_of(CAUSE, word(said.get("subtag_message")).lower(), word(said.get("tag")))


def _scan(teller: Teller, code: str, scan: dict[str, Any], named: str) -> list[CarrierEvent]:
    return teller.event(
        code,
        _status(teller, scan),
        moment(scan.get("checkpoint_time"), teller.push.zone),
        words=words(scan.get("message")),
        place=place(scan.get("city"), scan.get("state"), scan.get("country_name")) or place(scan.get("location")),
        couriers=(named,),
        cause=_cause(scan),
    )
