"""17TRACK (v2): `TRACKING_UPDATED` with the full history of up to two providers, newest first.

Signs `sign`: SHA-256 in hex of the raw body, a slash and the API key. Wants 200.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.carriers.fields import courier, json_object, number, place, rows, table, word, words
from ordo.shipments.carriers.port import Push, Reading, Secrets, plain_answer
from ordo.shipments.carriers.signing import from_hex, require_one_of
from ordo.shipments.carriers.telling import Status, Teller
from ordo.shipments.carriers.times import moment
from ordo.shipments.causes import Cause, cause_of

HEADER = "sign"
READ = ("TRACKING_UPDATED", "TRACKING_STOPPED")

STATUS = {
    "NotFound": Status.UNKNOWN,
    "InfoReceived": Status.LABEL_CREATED,
    "InTransit": Status.IN_TRANSIT,
    "Expired": Status.EXCEPTION,
    "AvailableForPickup": Status.AVAILABLE_FOR_PICKUP,
    "OutForDelivery": Status.OUT_FOR_DELIVERY,
    "DeliveryFailure": Status.DELIVERY_ATTEMPT_FAILED,
    "Delivered": Status.DELIVERED,
    "Exception": Status.EXCEPTION,
}
SUBSTATUS = {
    "InTransit_PickedUp": Status.PICKED_UP,
    "DeliveryFailure_Rejected": Status.DELIVERY_ATTEMPT_FAILED,
    "Exception_Returning": Status.RETURNED_TO_SENDER,
    "Exception_Returned": Status.RETURNED_TO_SENDER,
    "Exception_Lost": Status.LOST,
    "Exception_Destroyed": Status.LOST,
}
"""Those that say more than the status before their underscore."""
STAGE = STATUS | {
    "PickedUp": Status.PICKED_UP,
    "Departure": Status.IN_TRANSIT,
    "Arrival": Status.IN_TRANSIT,
    "Returning": Status.RETURNED_TO_SENDER,
    "Returned": Status.RETURNED_TO_SENDER,
}
"""What a scan may be of; most are of none."""

CAUSE = {
    "Exception_Damage": Cause.DAMAGED,
    "DeliveryFailure_InvalidAddress": Cause.ADDRESS,
    "DeliveryFailure_Rejected": Cause.REFUSED,
    "Exception_Rejected": Cause.REFUSED,
    "DeliveryFailure_NoBody": Cause.NOT_HOME,
    "Exception_NoBody": Cause.NOT_HOME,
    "InTransit_CustomsRequiringInformation": Cause.CUSTOMS,
    "DeliveryFailure_Security": Cause.CUSTOMS,
    "Exception_Security": Cause.CUSTOMS,
    "Exception_Cancel": Cause.CANCELLED,
    "Expired": Cause.NO_NEWS,
    "Expired_Other": Cause.NO_NEWS,
}
"""By the substatus, or by the status or stage. `Security` is said of what customs, security or a fee stops."""

answer = plain_answer


def verify(push: Push, secrets: Secrets, now: datetime) -> None:
    """A plain SHA-256 with the key at the end, not an HMAC."""
    signature = from_hex(push.headers.get(HEADER, "").strip())
    require_one_of(signature, secrets, lambda key: hashlib.sha256(push.body + b"/" + key).digest())


def read(push: Push, received_at: str) -> Reading:
    """A number with the scans of its providers; what only stops or bills a tracking is ignored."""
    body = json_object(push.body)
    kind = word(body.get("event"))
    if kind and kind not in READ:
        return Reading(ignored="not an update of a tracking")
    data = table(body, "data")
    info = table(data, "track_info")
    if kind == "TRACKING_STOPPED" and not info:
        return Reading(ignored="a tracking has stopped")
    teller = Teller(push, received_at)
    code = number(data.get("number"))
    providers = rows(table(info, "tracking").get("providers"))
    named = tuple(courier(table(each, "provider").get("alias")) for each in providers)
    scans = (scan for provider in providers for scan in rows(provider.get("events")))
    events = [each for scan in scans for each in _scan(teller, code, scan, named)]
    newest = table(info, "latest_event")
    latest = table(info, "latest_status")
    cause = cause_of(CAUSE, word(latest.get("sub_status")), word(latest.get("status")))
    teller.tell(code, _status(teller, latest), _time(push, newest), events, couriers=named, cause=cause)
    return teller.reading()


def _status(teller: Teller, said: dict[str, Any]) -> Status:
    status, detail = word(said.get("status")), word(said.get("sub_status"))
    if detail in SUBSTATUS and detail.startswith(f"{status}_"):
        return SUBSTATUS[detail]
    return teller.status(STATUS, status)


def _time(push: Push, said: dict[str, Any]) -> str | None:
    return moment(said.get("time_utc")) or moment(said.get("time_iso"), push.zone)


def _of(scan: dict[str, Any]) -> Iterator[Status]:
    detail = word(scan.get("sub_status"))
    for known, code in ((SUBSTATUS, detail), (STAGE, word(scan.get("stage"))), (STATUS, detail.partition("_")[0])):
        if code in known:
            yield known[code]


def _scan(teller: Teller, code: str, scan: dict[str, Any], named: tuple[str, ...]) -> list[CarrierEvent]:
    return teller.event(
        code,
        next(_of(scan), Status.UNKNOWN),
        _time(teller.push, scan),
        words=words(scan.get("description")),
        place=place(scan.get("location")),
        couriers=named,
        cause=cause_of(CAUSE, word(scan.get("sub_status")), word(scan.get("stage"))),
    )
