"""FedEx Advanced Integrated Visibility: `output.completeTrackResults[]`, each a refresh of a shipment's whole state.

Signs `fdx-signature`: base64 of the HMAC-SHA256 of the raw body with the security token, without a timestamp. Any 2xx
ends it. FedEx gives a number out again: one number may have several shipments.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.carriers.fields import json_object, number, place, rows, table, word, words
from ordo.shipments.carriers.port import Push, Reading, Secrets, plain_answer
from ordo.shipments.carriers.signing import from_base64, hmac_sha256, require_one_of
from ordo.shipments.carriers.telling import Status, Teller
from ordo.shipments.carriers.times import moment, zone_in
from ordo.shipments.causes import Cause, cause_of

HEADER = "fdx-signature"

STATUS = {
    "OC": Status.LABEL_CREATED,
    "OX": Status.LABEL_CREATED,
    "MD": Status.LABEL_CREATED,
    "PU": Status.PICKED_UP,
    "PX": Status.PICKED_UP,
    "IT": Status.IN_TRANSIT,
    "AR": Status.IN_TRANSIT,
    "DP": Status.IN_TRANSIT,
    "AF": Status.IN_TRANSIT,
    "SF": Status.IN_TRANSIT,
    "FD": Status.IN_TRANSIT,
    "AO": Status.IN_TRANSIT,
    "OD": Status.OUT_FOR_DELIVERY,
    "HL": Status.AVAILABLE_FOR_PICKUP,
    "HP": Status.AVAILABLE_FOR_PICKUP,
    "DE": Status.DELIVERY_ATTEMPT_FAILED,
    "SE": Status.EXCEPTION,
    "CD": Status.EXCEPTION,
    "DY": Status.EXCEPTION,
    "CA": Status.EXCEPTION,
    "RS": Status.RETURNED_TO_SENDER,
    "RT": Status.RETURNED_TO_SENDER,
    "DL": Status.DELIVERED,
}
_DATES = {Status.DELIVERED: "ACTUAL_DELIVERY", Status.PICKED_UP: "ACTUAL_PICKUP"}

CAUSE = {
    "03": Cause.ADDRESS,
    "07": Cause.REFUSED,
    "08": Cause.NOT_HOME,
    "10": Cause.DAMAGED,
    "CD": Cause.CUSTOMS,
    "CA": Cause.CANCELLED,
}
"""By the code of a scan's exception (those of a delivery exception, DEX), or by that of its status."""

answer = plain_answer


def verify(push: Push, secrets: Secrets, now: datetime) -> None:
    """Over the raw body."""
    signature = from_base64(push.headers.get(HEADER, "").strip())
    require_one_of(signature, secrets, lambda key: hmac_sha256(key, push.body))


def read(push: Push, received_at: str) -> Reading:
    """Every shipment of every number; a number that FedEx does not find has no status, and is left out."""
    body = json_object(push.body)
    teller = Teller(push, received_at)
    results = rows(table(body, "output").get("completeTrackResults")) or rows(body.get("completeTrackResults"))
    found = [(result, track) for result in results for track in rows(result.get("trackResults"))]
    told = [(result, track) for result, track in found if table(track, "latestStatusDetail")]
    for result, track in told:
        _tell(teller, word(result.get("trackingNumber")), track)
    if found and not told:
        return Reading(ignored="no number with a status")
    return teller.reading()


def _tell(teller: Teller, of_result: str, track: dict[str, Any]) -> None:
    info = table(track, "trackingNumberInfo")
    code = number(of_result or info.get("trackingNumber"))
    latest = table(track, "latestStatusDetail")
    stated = teller.status(STATUS, word(latest.get("code")).upper(), word(latest.get("derivedCode")).upper())
    events = [each for scan in rows(track.get("scanEvents")) for each in _scan(teller, code, scan)]
    dates = rows(track.get("dateAndTimes"))
    at = next((moment(each.get("dateTime"), teller.push.zone) for each in dates if _is_of(each, stated)), None)
    cause = _cause(latest, word(latest.get("code")))
    use = word(info.get("trackingNumberUniqueId"))
    teller.tell(code, stated, None if events else at, events, use=use, cause=cause)


def _is_of(date: dict[str, Any], status: Status) -> bool:
    return status in _DATES and date.get("type") == _DATES[status]


def _cause(said: dict[str, Any], *codes: str) -> Cause | None:
    """The number of an exception is told with or without its nought, and by the latest status as a reason."""
    reasons = [each.get("reason") for each in rows(said.get("ancillaryDetails"))]
    told = [word(value).zfill(2) for value in (said.get("exceptionCode"), *reasons)]
    return cause_of(CAUSE, *told, *(code.upper() for code in codes))


def _scan(teller: Teller, code: str, scan: dict[str, Any]) -> list[CarrierEvent]:
    """Many scans have codes that are nobody's status; the town is read, never the street."""
    where = table(scan, "scanLocation")
    codes = (word(scan.get("eventType")).upper(), word(scan.get("derivedStatusCode")).upper())
    return teller.event(
        code,
        next((STATUS[each] for each in codes if each in STATUS), Status.UNKNOWN),
        moment(scan.get("date"), zone_in(where.get("countryCode")), teller.push.zone),
        words=words(scan.get("eventDescription"), scan.get("exceptionDescription")),
        place=place(where.get("city"), where.get("stateOrProvinceCode"), where.get("countryCode")),
        cause=_cause(scan, *codes),
    )
