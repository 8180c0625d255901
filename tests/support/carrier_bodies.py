"""Bodies as each carrier writes them: one number with scans, each a status, a detail and when it occurred."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr


class Scan(NamedTuple):
    """`at` is UTC; `reason` is the carrier's code of why, where that stands apart from the detail."""

    status: str
    at: datetime
    detail: str = ""
    words: str = "a scan"
    reason: str = ""


def bytes_of(value: Any) -> bytes:
    """JSON as carriers send it."""
    return json.dumps(value, ensure_ascii=False).encode()


def iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def china(at: datetime) -> str:
    """As every Chinese platform writes it: the time in Shanghai, without its zone."""
    return (at.astimezone(UTC) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")


def easypost(number: str, scans: Sequence[Scan]) -> bytes:
    details = [
        {"status": each.status, "status_detail": each.detail, "datetime": iso(each.at), "message": each.words}
        for each in scans
    ]
    last = scans[-1]
    tracker = {
        "object": "Tracker",
        "tracking_code": number,
        "status": last.status,
        "status_detail": last.detail,
        "updated_at": iso(last.at),
        "carrier": "USPS",
        "tracking_details": details,
    }
    return bytes_of({"description": "tracker.updated", "id": "evt_1", "object": "Event", "result": tracker})


def shippo(number: str, scans: Sequence[Scan]) -> bytes:
    history = [
        {
            "status": each.status,
            "substatus": {"code": each.detail} if each.detail else None,
            "status_date": iso(each.at),
            "status_details": each.words,
        }
        for each in scans
    ]
    data = {"tracking_number": number, "carrier": "usps", "tracking_status": history[-1], "tracking_history": history}
    return bytes_of({"event": "track_updated", "data": data, "carrier": "usps"})


def aftership(number: str, scans: Sequence[Scan]) -> bytes:
    points = [
        {
            "tag": each.status,
            "subtag": each.detail,
            "subtag_message": each.reason,
            "checkpoint_time": iso(each.at),
            "message": each.words,
        }
        for each in scans
    ]
    last = scans[-1]
    message = {"tracking_number": number, "slug": "usps", "tag": last.status, "subtag": last.detail}
    message["subtag_message"] = last.reason
    return bytes_of({"event": "tracking_update", "ts": 1, "msg": {**message, "checkpoints": points}})


def seventeen_track(number: str, scans: Sequence[Scan]) -> bytes:
    events = [
        {
            "time_utc": iso(each.at),
            "description": each.words,
            "stage": each.status,
            "sub_status": each.detail or None,
        }
        for each in reversed(scans)
    ]
    last = {"status": scans[-1].status, "sub_status": scans[-1].detail or None}
    providers = [{"provider": {"alias": "UPS"}, "events": events}]
    info = {"latest_status": last, "latest_event": events[0], "tracking": {"providers": providers}}
    return bytes_of({"event": "TRACKING_UPDATED", "data": {"number": number, "carrier": 3011, "track_info": info}})


def ship24(number: str, scans: Sequence[Scan]) -> bytes:
    events = [
        {
            "statusMilestone": each.status or None,
            "statusCode": each.reason or None,
            "occurrenceDatetime": iso(each.at),
            "status": each.words,
        }
        for each in reversed(scans)
    ]
    shipment = {"statusMilestone": scans[-1].status or None, "statusCode": scans[-1].reason or None}
    return bytes_of({"trackings": [{"tracker": {"trackingNumber": number}, "shipment": shipment, "events": events}]})


def shipengine(number: str, scans: Sequence[Scan]) -> bytes:
    events = [
        {
            "occurred_at": iso(each.at),
            "status_code": each.status,
            "status_detail_code": each.reason,
            "description": each.words,
        }
        for each in scans
    ]
    last = {"status_code": scans[-1].status, "status_detail_code": scans[-1].reason}
    data = {"tracking_number": number, **last, "carrier_code": "ups", "events": events}
    return bytes_of({"resource_type": "API_TRACK", "data": data})


def ups(number: str, scans: Sequence[Scan]) -> bytes:
    """One activity: the last."""
    last = scans[-1]
    return bytes_of(
        {
            "trackingNumber": number,
            "activityStatus": {"type": last.status, "code": last.detail, "description": last.words},
            "gmtActivityDate": last.at.strftime("%Y%m%d"),
            "gmtActivityTime": last.at.strftime("%H%M%S"),
        }
    )


def fedex(number: str, scans: Sequence[Scan]) -> bytes:
    events = [
        {
            "date": iso(each.at),
            "eventType": each.status,
            "eventDescription": each.words,
            "exceptionCode": each.reason,
        }
        for each in reversed(scans)
    ]
    track = {"latestStatusDetail": {"code": scans[-1].status}, "scanEvents": events}
    return bytes_of({"output": {"completeTrackResults": [{"trackingNumber": number, "trackResults": [track]}]}})


def dhl_unified(number: str, scans: Sequence[Scan]) -> bytes:
    events = [{"timestamp": iso(each.at), "statusCode": each.status, "description": each.words} for each in scans]
    return bytes_of({"shipments": [{"id": number, "status": events[-1], "events": events[::-1]}]})


def sendcloud(number: str, scans: Sequence[Scan]) -> bytes:
    """The last status."""
    last = scans[-1]
    parcel = {"tracking_number": number, "status": {"id": 1, "message": last.status}, "name": "Mr Bob"}
    stamp = int(last.at.timestamp() * 1000)
    changed = {"action": "parcel_status_changed", "timestamp": stamp, "carrier_status_change_timestamp": stamp}
    return bytes_of({**changed, "parcel": parcel})


def kuaidi100(number: str, scans: Sequence[Scan]) -> bytes:
    def node(each: Scan) -> dict[str, str]:
        kind = "statusCode" if each.detail.isdecimal() else "status"
        return {"time": china(each.at), "context": each.words} | ({kind: each.detail} if each.detail else {})

    result = {"nu": number, "com": "shentong", "state": scans[-1].status, "data": [node(each) for each in scans[::-1]]}
    return bytes_of({"status": "polling", "message": "", "lastResult": result})


def kdniao(number: str, scans: Sequence[Scan]) -> bytes:
    traces = [{"AcceptTime": china(each.at), "AcceptStation": each.words, "Action": each.detail} for each in scans]
    last = scans[-1]
    waybill = {"LogisticCode": number, "ShipperCode": "EMS", "State": last.status, "StateEx": last.detail}
    return bytes_of({"EBusinessID": "100", "Count": "1", "PushTime": "", "Data": [{**waybill, "Traces": traces}]})


def sf_express(number: str, scans: Sequence[Scan]) -> bytes:
    return bytes_of({"Body": {"WaybillRoute": _routes(number, scans)}})


def sf_xml(number: str, scans: Sequence[Scan]) -> bytes:
    """The same as XML."""
    nodes = (" ".join(f"{name}={quoteattr(text)}" for name, text in each.items()) for each in _routes(number, scans))
    inner = "".join(f"<WaybillRoute {node}/>" for node in nodes)
    head = "<?xml version='1.0' encoding='UTF-8'?>"
    return f'{head}<Request service="RoutePushService"><Body>{inner}</Body></Request>'.encode()


def _routes(number: str, scans: Sequence[Scan]) -> list[dict[str, str]]:
    return [
        {
            "mailno": number,
            "opCode": each.status,
            "reasonCode": each.detail,
            "acceptTime": china(each.at),
            "remark": each.words,
            "id": f"{place}",
        }
        for place, each in enumerate(scans)
    ]


def standard_webhooks(number: str, scans: Sequence[Scan]) -> bytes:
    events = [{"status": each.status, "occurred_at": iso(each.at), "description": each.words} for each in scans]
    told = {"type": "tracking.updated", "timestamp": iso(scans[-1].at)}
    return bytes_of({**told, "data": {"tracking_number": number, "events": events}})


BODIES: dict[str, Callable[[str, Sequence[Scan]], bytes]] = {
    "easypost": easypost,
    "shippo": shippo,
    "aftership": aftership,
    "17track": seventeen_track,
    "ship24": ship24,
    "shipengine": shipengine,
    "ups": ups,
    "fedex": fedex,
    "dhl_unified": dhl_unified,
    "sendcloud": sendcloud,
    "kuaidi100": kuaidi100,
    "kdniao": kdniao,
    "sf_express": sf_express,
    "standard_webhooks": standard_webhooks,
}
ONE_EVENT = ("ups", "sendcloud")
"""Carriers that tell one event in each push."""
