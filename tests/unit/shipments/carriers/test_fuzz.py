"""Whatever a carrier or somebody else sends: no 5xx, no bad signature taken, no parcel moved back."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ordo.kernel.clock import to_iso
from ordo.kernel.errors import OrdoError
from ordo.shipments.carriers.port import Push
from ordo.shipments.carriers.registry import ADAPTERS, adapter_of
from ordo.shipments.errors import SignatureInvalid
from ordo.shipments.model import TrackingStatus
from ordo.shipments.tracking import status_of
from tests.support.carrier_bodies import BODIES, Scan, sf_xml
from tests.support.pushes import secret_of, signed
from tests.support.shipping import NOW
from tests.unit.shipments.carriers.conftest import NUMBER, Desk
from tests.unit.shipments.carriers.status_rows import ROWS

CARRIERS = sorted(ADAPTERS)
EXAMPLES = 1500 if os.environ.get("ORDO_PROOF") == "full" else 60
FUZZ = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
GENERIC = [(status.value, "", status.value) for status in TrackingStatus]
DELIVERED = {carrier: next(row for row in ROWS.get(carrier, GENERIC) if row[2] == "delivered") for carrier in CARRIERS}


@cache
def samples(carrier: str) -> tuple[bytes, ...]:
    rows = ROWS.get(carrier, GENERIC)
    scans = [Scan(row[0], NOW + timedelta(hours=hour), row[1]) for hour, row in enumerate(rows[:6])]
    made = BODIES[carrier](NUMBER, scans)
    return (made, sf_xml(NUMBER, scans)) if carrier == "sf_express" else (made,)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for name, part in parts for path in paths(part, (*at, name)))]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The value with something else at a place."""
    if not path:
        return new
    twin = dict(value) if isinstance(value, dict) else list(value)
    twin[path[0]] = put(value[path[0]], path[1:], new)
    return twin


@st.composite
def bodies(draw: st.DrawFn, carrier: str) -> bytes:
    """Cut off, retyped, nested, huge, in another encoding, or anything."""
    good = draw(st.sampled_from(samples(carrier)))
    kind = draw(st.sampled_from(("cut", "retyped", "nested", "huge", "encoded", "bytes", "flipped")))
    if kind == "cut":
        return good[: draw(st.integers(0, len(good)))]
    if kind == "retyped" and good.startswith(b"{"):
        value = json.loads(good)
        for _ in range(draw(st.integers(1, 3))):
            value = put(value, draw(st.sampled_from(paths(value))), draw(values))
        return json.dumps(value).encode()
    if kind == "nested":
        depth = draw(st.sampled_from((15, 17, 900, 100_000)))
        return draw(st.sampled_from((b"[", b'{"a":', b"<a>"))) * depth + good
    if kind == "huge":
        return good.replace(b"a scan", b"x" * draw(st.sampled_from((1001, 100_000, 250_000))), 1)
    if kind == "encoded":
        return good.decode().encode(draw(st.sampled_from(("utf-16", "utf-32", "cp037"))))
    if kind == "flipped":
        place = draw(st.integers(0, len(good) - 1))
        return good[:place] + bytes([draw(st.integers(0, 255))]) + good[place + 1 :]
    return draw(st.binary(max_size=200))


def rank(status: TrackingStatus) -> int:
    return list(TrackingStatus).index(status)


@pytest.mark.parametrize("carrier", CARRIERS)
@FUZZ
@given(st.data())
def test_a_signed_push_of_any_bytes_is_answered_and_moves_no_delivered_parcel(
    carrier: str, data: st.DataObject
) -> None:
    desk = Desk(carrier)
    status, detail, _ = DELIVERED[carrier]
    assert desk.push(BODIES[carrier](NUMBER, [Scan(status, NOW + timedelta(days=2), detail)])) == 200
    before = desk.parcel
    assert before.status is TrackingStatus.DELIVERED
    answered = desk.push(data.draw(bodies(carrier)))
    assert answered in ((200, 202, 400, 422) if carrier == "standard_webhooks" else (200,))
    after = desk.parcel
    assert after.status in (TrackingStatus.DELIVERED, TrackingStatus.RETURNED_TO_SENDER)
    if after.status is TrackingStatus.RETURNED_TO_SENDER:
        assert any(event.status is after.status for event in after.history)
    assert {each.identity for each in before.history} <= {each.identity for each in after.history}
    assert after.status is status_of(after.history)
    assert desk.queue == [], "nothing that was read could not be recorded"


@pytest.mark.parametrize("carrier", CARRIERS)
@FUZZ
@given(st.data())
def test_an_adapter_reads_or_says_that_it_cannot(carrier: str, data: st.DataObject) -> None:
    push = signed(carrier, data.draw(bodies(carrier)), NOW)
    adapter = adapter_of(carrier)
    adapter.verify(push, (secret_of(carrier),), NOW)
    try:
        reading = adapter.read(push, to_iso(NOW))
    except OrdoError:
        return
    assert reading.parcels or reading.ignored
    for told in reading.parcels:
        assert told.events
        assert {event.tracking_number for event in told.events} == {told.tracking_number}


NAMES = [
    "authorization",
    "x-hmac-signature",
    "shippo-auth-signature",
    "aftership-hmac-sha256",
    "sign",
    "x-api-key",
    "fdx-signature",
    "sendcloud-signature",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "credential",
    "x-shipengine-rsa-sha256-key-id",
    "x-shipengine-rsa-sha256-signature",
    "x-shipengine-timestamp",
]
headers = st.dictionaries(
    st.sampled_from(NAMES),
    st.text(max_size=80) | st.sampled_from(("Bearer ", "hmac-sha256-hex=", "v1,", "t=1,v1=", "key-1", "1795341600")),
)


@pytest.mark.parametrize("carrier", CARRIERS)
@FUZZ
@given(st.data())
def test_no_signature_but_the_carriers_own_is_taken(carrier: str, data: st.DataObject) -> None:
    body = data.draw(bodies(carrier)) if data.draw(st.booleans()) else samples(carrier)[0]
    query = data.draw(st.dictionaries(st.just("token"), st.text(max_size=20)))
    desk = Desk(carrier)
    version = desk.state.header.version
    assert desk.send(Push(carrier, body, data.draw(headers), query)) in (400, 401, 404)
    assert desk.state.header.version == version
    assert desk.unread.pushes == {}


@pytest.mark.parametrize("carrier", sorted(set(CARRIERS) - {"ups", "ship24", "dhl_unified", "sf_express"}))
@FUZZ
@given(st.data())
def test_a_good_signature_over_other_bytes_is_refused(carrier: str, data: st.DataObject) -> None:
    push = signed(carrier, samples(carrier)[0], NOW)
    first, second = data.draw(st.integers(0, len(push.body) - 1)), data.draw(st.integers(0, 255))
    changed = push.body[:first] + bytes([second]) + push.body[first + 1 :]
    try:
        adapter_of(carrier).verify(replace(push, body=changed), (secret_of(carrier),), NOW)
    except SignatureInvalid:
        return
    # What is not signed may differ: the form around what is (`RequestType`, how a byte is escaped).
    assert changed == push.body or carrier in ("kuaidi100", "kdniao")
    if carrier in ("kuaidi100", "kdniao"):
        adapter, at = adapter_of(carrier), to_iso(NOW)
        assert adapter.read(replace(push, body=changed), at) == adapter.read(push, at)
