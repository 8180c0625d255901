"""UPS Track Alert: one activity of one number in each push.

Signs nothing: it brings the credential that was registered with the subscription (`credential`, `x-api-key` or a
bearer token), or the secret in the URL. Wants 200; a subscription ends after 14 days.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ordo.shipments.carriers.fields import json_object, number, place, table, word, words
from ordo.shipments.carriers.port import Push, Reading, Secrets, plain_answer
from ordo.shipments.carriers.signing import require_token
from ordo.shipments.carriers.telling import Status, Teller
from ordo.shipments.carriers.times import moment, zone_in
from ordo.shipments.causes import Cause, cause_of

TYPE = {
    "M": Status.LABEL_CREATED,
    "MV": Status.EXCEPTION,
    "I": Status.IN_TRANSIT,
    "U": Status.IN_TRANSIT,
    "X": Status.EXCEPTION,
    "D": Status.DELIVERED,
}
CODE = {
    "MP": Status.LABEL_CREATED,
    "OR": Status.PICKED_UP,
    "PU": Status.PICKED_UP,
    "DP": Status.IN_TRANSIT,
    "AR": Status.IN_TRANSIT,
    "OT": Status.OUT_FOR_DELIVERY,
    "OF": Status.OUT_FOR_DELIVERY,
    "FS": Status.DELIVERED,
    "KB": Status.DELIVERED,
    "F4": Status.DELIVERED,
    "RS": Status.RETURNED_TO_SENDER,
    "RT": Status.RETURNED_TO_SENDER,
    "RP": Status.AVAILABLE_FOR_PICKUP,
    "ZP": Status.AVAILABLE_FOR_PICKUP,
}
"""Looked at before the type, which says D for a parcel that is only loaded, and I for one that is out for delivery."""

CAUSE = {
    "MV": Cause.CANCELLED,
}
"""By type: a voided manifest. UPS publishes no other reasons as codes."""

answer = plain_answer


def verify(push: Push, secrets: Secrets, now: datetime) -> None:
    """The credential in a header, or in the URL."""
    require_token(push, secrets)


def read(push: Push, received_at: str) -> Reading:
    """One activity. Its GMT fields count; the local ones are of the place's zone."""
    body = json_object(push.body)
    teller = Teller(push, received_at)
    code = number(body.get("trackingNumber"))
    said, where = table(body, "activityStatus"), table(body, "activityLocation")
    stated = teller.status(CODE | TYPE, word(said.get("code")).upper(), word(said.get("type")).upper())
    at = _time(body, "gmt") or _time(body, "local", zone_in(where.get("country")), push.zone)
    place_of = place(where.get("city"), where.get("stateProvince"), where.get("country"))
    cause = cause_of(CAUSE, word(said.get("type")).upper())
    told = teller.event(code, stated, at, words=words(said.get("description")), place=place_of, cause=cause)
    teller.tell(code, stated, at, told, cause=cause)
    return teller.reading()


def _time(body: dict[str, Any], prefix: str, *zones: str) -> str | None:
    """From a date and a time without separators in fields of their own; numbers have lost leading noughts."""
    day = word(body.get(f"{prefix}ActivityDate")).replace("-", "")
    time = word(body.get(f"{prefix}ActivityTime")).replace(":", "").zfill(6)
    return moment(f"{day[:4]}-{day[4:6]}-{day[6:]} {time[:2]}:{time[2:4]}:{time[4:]}", *zones)
