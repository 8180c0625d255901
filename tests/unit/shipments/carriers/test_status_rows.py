"""Every code of every carrier is what the carrier means by it, read from a push as it is sent."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest

from ordo.kernel.clock import to_iso
from ordo.shipments.carriers.port import Push, Reading
from ordo.shipments.carriers.registry import ADAPTERS, adapter_of
from ordo.shipments.model import TrackingStatus
from tests.support.carrier_bodies import BODIES, Scan, sf_xml
from tests.support.pushes import SIGNERS, secret_of, signed
from tests.support.shipping import NOW
from tests.unit.shipments.carriers.status_rows import ROWS

ALL = [(carrier, *row) for carrier, rows in ROWS.items() for row in rows]
AT = NOW - timedelta(hours=2)


def read(carrier: str, body: bytes) -> Reading:
    """What the adapter makes of a signed push."""
    push = signed(carrier, body, NOW)
    adapter_of(carrier).verify(push, (secret_of(carrier),), NOW)
    return adapter_of(carrier).read(push, to_iso(NOW))


@pytest.mark.parametrize(("carrier", "status", "detail", "canonical"), ALL)
def test_every_row(carrier: str, status: str, detail: str, canonical: str) -> None:
    reading = read(carrier, BODIES[carrier]("NR-1", [Scan(status, AT, detail)]))
    (told,) = reading.parcels
    assert (told.tracking_number, told.status, reading.unread) == ("NR-1", TrackingStatus(canonical), ())
    assert {event.occurred_at for event in told.events} == {to_iso(AT)}


@pytest.mark.parametrize(("status", "detail", "canonical"), ROWS["sf_express"])
def test_every_row_of_sf_as_xml(status: str, detail: str, canonical: str) -> None:
    (told,) = read("sf_express", sf_xml("NR-1", [Scan(status, AT, detail)])).parcels
    assert told.status == canonical


@pytest.mark.parametrize("status", TrackingStatus)
def test_every_status_of_the_generic_carrier(status: TrackingStatus) -> None:
    (told,) = read("standard_webhooks", BODIES["standard_webhooks"]("NR-1", [Scan(status, AT)])).parcels
    assert [event.status for event in told.events] == [status]


TABLES = {
    "easypost": ("STATUS", "DETAIL"),
    "shippo": ("STATUS", "SUBSTATUS"),
    "aftership": ("STATUS",),
    "17track": ("STATUS", "SUBSTATUS"),
    "ship24": ("STATUS",),
    "shipengine": ("STATUS",),
    "ups": ("TYPE", "CODE"),
    "fedex": ("STATUS",),
    "dhl_unified": ("STATUS",),
    "sendcloud": ("STATUS",),
    "kuaidi100": ("STATE", "ADVANCED"),
    "kdniao": ("STATE", "STATE_EX"),
    "sf_express": ("STATUS",),
}


@pytest.mark.parametrize("carrier", TABLES)
def test_no_row_of_an_adapter_is_without_its_test(carrier: str) -> None:
    module = import_module(f"ordo.shipments.carriers.{ADAPTERS[carrier]}")
    coded = {code for name in TABLES[carrier] for code in getattr(module, name)}
    tested = {code for status, detail, _ in ROWS[carrier] for code in (status, detail)}
    assert coded - tested == set()


def test_every_adapter_has_its_signer_its_bodies_and_its_module() -> None:
    assert set(SIGNERS) == set(BODIES) == set(ADAPTERS) == {*TABLES, "standard_webhooks"}
    for carrier in ADAPTERS:
        adapter = adapter_of(carrier)
        assert all(callable(getattr(adapter, name)) for name in ("verify", "read", "answer"))


@pytest.mark.parametrize("carrier", TABLES)
def test_a_status_that_nobody_knows_is_unknown_and_told_as_unread(carrier: str) -> None:
    reading = read(carrier, BODIES[carrier]("NR-1", [Scan("brand-new", AT)]))
    (told,) = reading.parcels
    assert told.status is TrackingStatus.UNKNOWN
    assert reading.unread == ("status",)
    assert told.events, "it is kept in the history, and moves nothing"


def test_a_carrier_without_an_adapter_signs_as_standard_webhooks_says() -> None:
    body = BODIES["standard_webhooks"]("NR-1", [Scan("in_transit", AT)])
    push = signed("corner-courier", body, NOW)
    assert isinstance(push, Push)
    adapter_of("corner-courier").verify(push, (secret_of("generic"),), NOW)
    assert adapter_of("corner-courier") is adapter_of("standard_webhooks")
