"""快递鸟 (Kdniao): a form with `RequestData` (JSON: several waybills with their whole histories) and `DataSign`.

`DataSign` is the base64 of the MD5 (hex) of `RequestData` as decoded and the AppKey. It judges the body: `Success` true
with the merchant's `EBusinessID`, else it comes again. Times are of Asia/Shanghai.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from ordo.kernel.errors import OrdoError
from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.carriers.fields import courier, form_fields, json_object, number, place, rows, word, words
from ordo.shipments.carriers.port import Fate, Outcome, Push, Reading, Reply, Secrets
from ordo.shipments.carriers.signing import as_bytes, has_token, is_one_of, md5_hex, usable
from ordo.shipments.carriers.telling import Status, Teller
from ordo.shipments.carriers.times import CHINA, moment, zone_of
from ordo.shipments.causes import Cause, cause_of
from ordo.shipments.errors import SignatureInvalid

STATE = {
    "0": Status.UNKNOWN,
    "1": Status.PICKED_UP,
    "2": Status.IN_TRANSIT,
    "3": Status.DELIVERED,
    "4": Status.EXCEPTION,
    "5": Status.IN_TRANSIT,
    "6": Status.IN_TRANSIT,
    "10": Status.LABEL_CREATED,
}
STATE_EX = {
    "201": Status.IN_TRANSIT,
    "204": Status.IN_TRANSIT,
    "205": Status.IN_TRANSIT,
    "206": Status.IN_TRANSIT,
    "202": Status.OUT_FOR_DELIVERY,
    "211": Status.AVAILABLE_FOR_PICKUP,
    "301": Status.DELIVERED,
    "302": Status.DELIVERED,
    "304": Status.DELIVERED,
    "311": Status.DELIVERED,
    "401": Status.EXCEPTION,
    "402": Status.EXCEPTION,
    "403": Status.EXCEPTION,
    "404": Status.RETURNED_TO_SENDER,
    "405": Status.DELIVERY_ATTEMPT_FAILED,
    "406": Status.RETURNED_TO_SENDER,
    "407": Status.RETURNED_TO_SENDER,
    "412": Status.EXCEPTION,
    "413": Status.EXCEPTION,
    "414": Status.EXCEPTION,
    "415": Status.EXCEPTION,
    "416": Status.DELIVERY_ATTEMPT_FAILED,
    "417": Status.EXCEPTION,
    "418": Status.EXCEPTION,
    "419": Status.OUT_FOR_DELIVERY,
    "420": Status.EXCEPTION,
    "421": Status.EXCEPTION,
    "422": Status.EXCEPTION,
    "423": Status.EXCEPTION,
    "601": Status.IN_TRANSIT,
    "602": Status.IN_TRANSIT,
    "603": Status.IN_TRANSIT,
    "604": Status.EXCEPTION,
}
"""增值状态 (RequestType 102), of a waybill (`StateEx`) or of a scan (`Action`)."""
CAUSE = {
    "401": Cause.NO_NEWS,
    "403": Cause.NO_NEWS,
    "404": Cause.REFUSED,
    "412": Cause.UNCLAIMED,
    "413": Cause.CANCELLED,
    "414": Cause.DAMAGED,
    "415": Cause.CANCELLED,
    "416": Cause.NOT_HOME,
    "420": Cause.ADDRESS,
    "421": Cause.ADDRESS,
    "422": Cause.MISROUTED,
    "423": Cause.ADDRESS,
    "604": Cause.CUSTOMS,
}
"""By 增值状态; 421 is a wrong telephone number, without which nobody can be found either."""
_ENDS = (Status.DELIVERED, Status.RETURNED_TO_SENDER)


def verify(push: Push, secrets: Secrets, now: datetime) -> None:
    """The sign over `RequestData` as it was sent; a bare JSON body has none, and needs the secret in the URL."""
    fields = form_fields(push.body)
    data, given = fields.get("RequestData", b""), fields.get("DataSign", b"").strip()
    expected = [base64.b64encode(md5_hex(data, as_bytes(secret)).encode()) for secret in usable(secrets)]
    if not is_one_of(given, expected) and not has_token(push, secrets, ()):
        raise SignatureInvalid("DataSign is not that of this RequestData.")


def answer(push: Push, outcome: Outcome, now: datetime) -> Reply:
    """It reads the body. Of a push that is not signed nothing is read, not even whose it says it is."""
    told = {
        "EBusinessID": "" if outcome.fate is Fate.REFUSED else _business_id(push),
        "UpdateTime": now.astimezone(zone_of(CHINA)).strftime("%Y-%m-%d %H:%M:%S"),
        "Success": outcome.is_good,
        "Reason": "" if outcome.is_good else "签名错误" if outcome.fate is Fate.REFUSED else "系统异常",
    }
    status = 200 if outcome.is_good else 401 if outcome.fate is Fate.REFUSED else 503
    return Reply(status, json.dumps(told, ensure_ascii=False, separators=(",", ":")))


def read(push: Push, received_at: str) -> Reading:
    """Every waybill of the push."""
    body = json_object(_data(push))
    teller = Teller(push, received_at)
    for waybill in rows(body.get("Data")):
        _tell(teller, waybill)
    return teller.reading()


def _data(push: Push) -> bytes:
    body = push.body.lstrip()
    return body if body.startswith(b"{") else form_fields(push.body).get("RequestData", b"")


def _business_id(push: Push) -> str:
    try:
        return word(json_object(_data(push)).get("EBusinessID"))[:40]
    except OrdoError:
        return ""


def _tell(teller: Teller, waybill: dict[str, Any]) -> None:
    code = number(waybill.get("LogisticCode"))
    named = (courier(waybill.get("ShipperCode")),)
    state, more = word(waybill.get("State")), word(waybill.get("StateEx"))
    stated = STATE_EX[more] if more in STATE_EX and more[:1] == state[:1] else teller.status(STATE, state)
    scans = rows(waybill.get("Traces"))
    events = [each for scan in scans for each in _scan(teller, code, scan, stated, named)]
    teller.tell(code, stated, None, events, couriers=named, cause=cause_of(CAUSE, more))


def _scan(
    teller: Teller, code: str, scan: dict[str, Any], stated: Status, named: tuple[str, ...]
) -> list[CarrierEvent]:
    """A scan without an `Action` says what and where, not how far."""
    action = word(scan.get("Action"))
    status = STATE_EX.get(action) or STATE.get(action, Status.UNKNOWN)
    if status in _ENDS and stated not in _ENDS:
        status = Status.UNKNOWN
    return teller.event(
        code,
        status,
        moment(scan.get("AcceptTime"), CHINA),
        words=words(scan.get("AcceptStation"), scan.get("Remark")),
        place=place(scan.get("Location")),
        couriers=named,
        cause=cause_of(CAUSE, action),
    )
