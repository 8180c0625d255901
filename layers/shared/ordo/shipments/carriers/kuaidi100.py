"""快递100 (Kuaidi100): a form with `param` (JSON, the whole history, newest first) and `sign`.

`sign` is the MD5 in upper case of `param` as decoded and the salt of the subscription. Without a salt nothing is signed
and the secret stands in the URL (`?token=`). It judges the body: anything but `{"result":true,"returnCode":"200",…}`
comes again, three times. Times are of Asia/Shanghai.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.carriers.fields import courier, form_fields, json_object, number, place, rows, table, word, words
from ordo.shipments.carriers.port import Fate, Outcome, Push, Reading, Reply, Secrets
from ordo.shipments.carriers.signing import as_bytes, has_token, is_one_of, md5_hex, usable
from ordo.shipments.carriers.telling import Status, Teller
from ordo.shipments.carriers.times import CHINA, moment
from ordo.shipments.causes import Cause, cause_of
from ordo.shipments.errors import SignatureInvalid

STATE = {
    "0": Status.IN_TRANSIT,
    "1": Status.PICKED_UP,
    "2": Status.EXCEPTION,
    "3": Status.DELIVERED,
    "4": Status.RETURNED_TO_SENDER,
    "5": Status.OUT_FOR_DELIVERY,
    "6": Status.RETURNED_TO_SENDER,
    "7": Status.IN_TRANSIT,
    "8": Status.IN_TRANSIT,
    "10": Status.IN_TRANSIT,
    "11": Status.IN_TRANSIT,
    "12": Status.IN_TRANSIT,
    "13": Status.EXCEPTION,
    "14": Status.DELIVERY_ATTEMPT_FAILED,
}
ADVANCED = {
    "101": Status.LABEL_CREATED,
    "102": Status.LABEL_CREATED,
    "103": Status.PICKED_UP,
    "1001": Status.IN_TRANSIT,
    "1002": Status.IN_TRANSIT,
    "501": Status.AVAILABLE_FOR_PICKUP,
    "301": Status.DELIVERED,
    "302": Status.DELIVERED,
    "303": Status.DELIVERED,
    "304": Status.DELIVERED,
    "401": Status.EXCEPTION,
    "201": Status.EXCEPTION,
    "202": Status.EXCEPTION,
    "203": Status.DELIVERY_ATTEMPT_FAILED,
    "204": Status.DELIVERY_ATTEMPT_FAILED,
    "205": Status.EXCEPTION,
    "206": Status.DELIVERY_ATTEMPT_FAILED,
    "207": Status.EXCEPTION,
    "208": Status.EXCEPTION,
    "209": Status.EXCEPTION,
    "210": Status.EXCEPTION,
}
"""高级状态, of single scans (`resultv2=4`) or in the state's place."""
NAMES = {
    "在途": "0", "揽收": "1", "疑难": "2", "签收": "3", "退签": "4", "派件": "5", "退回": "6", "转投": "7", "清关": "8",
    "待清关": "10", "清关中": "11", "已清关": "12", "清关异常": "13", "拒签": "14",
    "已下单": "101", "待揽收": "102", "已揽收": "103", "到达派件城市": "1001", "干线": "1002", "投柜或驿站": "501",
    "本人签收": "301", "派件异常后签收": "302", "代签": "303", "投柜或站签收": "304", "已销单": "401",
    "超时未签收": "201", "超时未更新": "202", "拒收": "203", "派件异常": "204", "柜或驿站超时未取": "205",
    "无法联系": "206", "超区": "207", "滞留": "208", "破损": "209", "销单": "210",
}  # fmt: skip
"""What a scan calls its status, when it does not give the code."""
CAUSE = {
    "13": Cause.CUSTOMS,
    "14": Cause.REFUSED,
    "202": Cause.NO_NEWS,
    "203": Cause.REFUSED,
    "205": Cause.UNCLAIMED,
    "206": Cause.NOT_HOME,
    "207": Cause.ADDRESS,
    "209": Cause.DAMAGED,
    "210": Cause.CANCELLED,
    "401": Cause.CANCELLED,
}
"""By state or 高级状态."""
_ENDS = (Status.DELIVERED, Status.RETURNED_TO_SENDER)
_KNOWN = STATE | ADVANCED
_FAMILY = {"1001": "0", "1002": "0", "10": "8", "11": "8", "12": "8", "13": "8", "14": "4"}


def verify(push: Push, secrets: Secrets, now: datetime) -> None:
    """The sign over `param` as it was sent, or the secret in the URL."""
    fields = form_fields(push.body)
    param, given = fields.get("param", b""), fields.get("sign", b"").strip().upper()
    expected = [md5_hex(param, as_bytes(secret)).upper().encode() for secret in usable(secrets)]
    if not is_one_of(given, expected) and not has_token(push, secrets, ()):
        raise SignatureInvalid("The sign is not that of this param, and the secret is not in the address.")


def answer(push: Push, outcome: Outcome, now: datetime) -> Reply:
    """It reads the body; what could not be read comes not again, for we have kept it."""
    if outcome.is_good:
        return _reply(200, result=True, code="200", message="成功")
    return _reply(401 if outcome.fate is Fate.REFUSED else 503, result=False, code="500", message="失败")


def _reply(status: int, *, result: bool, code: str, message: str) -> Reply:
    told = {"result": result, "returnCode": code, "message": message}
    return Reply(status, json.dumps(told, ensure_ascii=False, separators=(",", ":")))


def read(push: Push, received_at: str) -> Reading:
    """One number. The state counts, never the scan's text: 已签收 may be the hand-over to another courier."""
    body = json_object(form_fields(push.body).get("param", b""))
    result = table(body, "lastResult")
    teller = Teller(push, received_at)
    code = number(result.get("nu"))
    named = tuple(courier(value) for value in (result.get("com"), body.get("comNew"), body.get("comOld")))
    scans = rows(result.get("data"))
    stated = _stated(teller, result, scans)
    events = [each for scan in scans for each in _scan(teller, code, scan, stated, named)]
    at = next((moment(scan.get("time"), CHINA) for scan in scans), None)
    teller.tell(code, stated, at, events, couriers=named, cause=cause_of(CAUSE, word(result.get("state"))))
    return teller.reading()


def _stated(teller: Teller, result: dict[str, Any], scans: list[dict[str, Any]]) -> Status:
    """The state, made more precise by the newest scan when that is of the same kind. Without a record: unknown."""
    state = word(result.get("state"))
    if not scans and state in ("", "0"):
        return Status.UNKNOWN
    latest = _code(scans[0]) if scans else ""
    if latest in ADVANCED and _family(latest) == _family(state):
        return ADVANCED[latest]
    return teller.status(_KNOWN, state)


def _family(code: str) -> str:
    return _FAMILY.get(code, code[:1])


def _code(scan: dict[str, Any]) -> str:
    name = word(scan.get("status"))
    return word(scan.get("statusCode")) or NAMES.get(name, name)


def _scan(
    teller: Teller, number_: str, scan: dict[str, Any], stated: Status, named: tuple[str, ...]
) -> list[CarrierEvent]:
    """A scan without a code of its own says what and where, not how far."""
    status = _KNOWN.get(_code(scan), Status.UNKNOWN)
    if status in _ENDS and stated not in _ENDS:
        status = Status.UNKNOWN
    return teller.event(
        number_,
        status,
        moment(scan.get("time") or scan.get("ftime"), CHINA),
        words=words(scan.get("context")),
        place=place(scan.get("areaName")),
        couriers=named,
        cause=cause_of(CAUSE, _code(scan)),
    )
