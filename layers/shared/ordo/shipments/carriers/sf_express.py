"""顺丰 (SF Express), route push: up to ten new scans of several waybills, as JSON or a form with `content` (XML).

Signs nothing, which was seen on live pushes: the secret stands in the URL (`?token=`). It judges the body, in the
format of the push, and sends all of it again when that is not its success. Times are of Asia/Shanghai.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.carriers.fields import form_fields, json_object, number, place, rows, table, word, words
from ordo.shipments.carriers.port import Fate, Outcome, Push, Reading, Reply, Secrets
from ordo.shipments.carriers.signing import require_token
from ordo.shipments.carriers.telling import Status, Teller, merged
from ordo.shipments.carriers.times import CHINA, moment
from ordo.shipments.causes import Cause

STATUS = {
    "50": Status.PICKED_UP,
    "51": Status.PICKED_UP,
    "54": Status.PICKED_UP,
    "43": Status.PICKED_UP,
    "607": Status.PICKED_UP,
    "30": Status.IN_TRANSIT,
    "31": Status.IN_TRANSIT,
    "36": Status.IN_TRANSIT,
    "10": Status.IN_TRANSIT,
    "11": Status.IN_TRANSIT,
    "105": Status.IN_TRANSIT,
    "106": Status.IN_TRANSIT,
    "302": Status.IN_TRANSIT,
    "304": Status.IN_TRANSIT,
    "3036": Status.IN_TRANSIT,
    "44": Status.OUT_FOR_DELIVERY,
    "204": Status.OUT_FOR_DELIVERY,
    "123": Status.IN_TRANSIT,
    "125": Status.AVAILABLE_FOR_PICKUP,
    "130": Status.AVAILABLE_FOR_PICKUP,
    "126": Status.EXCEPTION,
    "33": Status.DELIVERY_ATTEMPT_FAILED,
    "70": Status.DELIVERY_ATTEMPT_FAILED,
    "17": Status.EXCEPTION,
    "18": Status.EXCEPTION,
    "80": Status.DELIVERED,
    "8000": Status.DELIVERED,
    "128": Status.DELIVERED,
    "99": Status.IN_TRANSIT,
    "648": Status.RETURNED_TO_SENDER,
}
"""By `opCode`."""
CANCELLED = ("70", "46")
"""`opCode` and `reasonCode` of a shipment that was cancelled."""


def verify(push: Push, secrets: Secrets, now: datetime) -> None:
    """The secret in the URL."""
    require_token(push, secrets)


def answer(push: Push, outcome: Outcome, now: datetime) -> Reply:
    """It reads the body, in the format in which it has sent."""
    status = 200 if outcome.is_good else 401 if outcome.fate is Fate.REFUSED else 503
    if _is_json(push.body):
        code, text = ("0000", "成功") if outcome.is_good else ("1000", "系统异常")
        told = {"return_code": code, "return_msg": text}
        return Reply(status, json.dumps(told, ensure_ascii=False, separators=(",", ":")))
    head = "<Head>OK</Head>" if outcome.is_good else _XML_FAILED
    return Reply(status, f'<Response service="RoutePushService">{head}</Response>', "text/xml; charset=utf-8")


_XML_FAILED = '<Head>ERR</Head><ERROR code="4001">系统发生数据错误或运行时异常</ERROR>'


def read(push: Push, received_at: str) -> Reading:
    """The scans, by waybill. It states no status of its own: each waybill is where its scans lead."""
    scans = _scans(push.body)
    teller = Teller(push, received_at)
    waybills: dict[str, list[dict[str, Any]]] = {}
    for scan in scans:
        waybills.setdefault(number(scan.get("mailno")), []).append(scan)
    for code, own in waybills.items():
        events = [each for scan in own for each in _scan(teller, code, scan)]
        if events:
            teller.tell(code, merged(events) if _says_more(events) else Status.UNKNOWN, None, events)
    return teller.reading()


def _says_more(events: list[CarrierEvent]) -> bool:
    return any(each.status is not Status.UNKNOWN for each in events)


def _is_json(body: bytes) -> bool:
    return body.lstrip()[:1] in (b"{", b"[")


def _scans(body: bytes) -> list[dict[str, Any]]:
    if _is_json(body):
        return rows(table(json_object(body), "Body").get("WaybillRoute"))
    from ordo.shipments.carriers.xml_body import attributes_of  # here, since most pushes are JSON

    text = body if body.lstrip().startswith(b"<") else form_fields(body).get("content", b"")
    return attributes_of(text, "WaybillRoute")


def _scan(teller: Teller, code: str, scan: dict[str, Any]) -> list[CarrierEvent]:
    operation, reason = word(scan.get("opCode")), word(scan.get("reasonCode"))
    cause = Cause.CANCELLED if (operation, reason) == CANCELLED else None
    status = Status.EXCEPTION if cause else teller.status(STATUS, operation)
    return teller.event(
        code,
        status,
        moment(scan.get("acceptTime"), CHINA),
        words=words(scan.get("remark"), scan.get("reasonName")),
        place=place(scan.get("acceptAddress")),
        cause=cause,
    )
