"""The events kept in `events/<carrier>/` are what the adapters really take."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordo.kernel.clock import to_iso
from ordo.shipments.carriers.port import Push
from ordo.shipments.carriers.registry import ADAPTERS, adapter_of
from ordo.shipments.carriers.telling import in_use
from tests.support.pushes import SECRET, signed
from tests.support.shipping import NOW

EVENTS = Path(__file__).parents[4] / "events"
SAID = {
    "easypost/tracker_updated.json": [("EZ0000000001", "out_for_delivery", 3)],
    "shippo/track_updated.json": [("SHP0000000001", "available_for_pickup", 2)],
    "aftership/tracking_update.json": [("AFT0000000001", "delivery_attempt_failed", 2)],
    "17track/tracking_updated.json": [("RR000000001CN", "in_transit", 2)],
    "ship24/tracking_events.json": [("S240000000001", "available_for_pickup", 1)],
    "shipengine/api_track.json": [("1Z0000000000000001", "in_transit", 2)],
    "ups/track_alert.json": [("1Z0000000000000002", "out_for_delivery", 1)],
    "fedex/track_results.json": [("700000000001", "in_transit", 1)],
    "dhl_unified/push.json": [("00340000000000000001", "delivered", 2)],
    "sendcloud/parcel_status_changed.json": [("3SSEND0000001", "out_for_delivery", 1)],
    "kuaidi100/push.form": [("773000000000001", "available_for_pickup", 3)],
    "kdniao/push_102.form": [("5000000000001", "out_for_delivery", 2), ("5000000000002", "delivered", 1)],
    "sf_express/route_push.json": [("SF0000000000001", "in_transit", 2), ("SF0000000000002", "delivered", 1)],
    "sf_express/route_push.xml": [("SF0000000000001", "in_transit", 2), ("SF0000000000002", "delivered", 1)],
}


@pytest.mark.parametrize("name", SAID)
def test_an_event_is_verified_and_read(name: str) -> None:
    carrier, body = name.partition("/")[0], (EVENTS / name).read_bytes()
    push = Push(carrier, body) if name.endswith(".form") else signed(carrier, body, NOW)
    if name.endswith(".form"):
        adapter_of(carrier).verify(push, (SECRET,), NOW)
    reading = adapter_of(carrier).read(push, to_iso(NOW))
    assert reading.unread == ()
    told = [(each.tracking_number, each.status.value, len(each.events)) for each in in_use(reading.parcels)]
    assert told == SAID[name]


def test_every_adapter_has_one() -> None:
    assert {name.partition("/")[0] for name in SAID} == set(ADAPTERS) - {"standard_webhooks"}
    files = {f"{path.parent.name}/{path.name}" for carrier in ADAPTERS for path in (EVENTS / carrier).glob("*")}
    assert files == set(SAID)
