"""Why a parcel does not go on is read of the codes that carriers publish, and of nothing else."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib import import_module

import pytest

from ordo.kernel.clock import to_iso
from ordo.shipments.carriers.port import Told
from ordo.shipments.carriers.registry import ADAPTERS, adapter_of
from ordo.shipments.causes import Cause
from tests.support.carrier_bodies import BODIES, Scan
from tests.support.pushes import signed
from tests.support.shipping import NOW
from tests.unit.shipments.carriers.cause_rows import CAUSE_ROWS
from tests.unit.shipments.carriers.status_rows import ROWS

ALL = [(carrier, *row) for carrier, rows in CAUSE_ROWS.items() for row in rows]
CANCELLED = ("70", "46")
"""Of SF, whose cause is of both codes together."""
AT = NOW - timedelta(hours=2)


def told(carrier: str, body: bytes) -> Told:
    push = signed(carrier, body, NOW)
    (found,) = adapter_of(carrier).read(push, to_iso(NOW)).parcels
    return found


@pytest.mark.parametrize(("carrier", "status", "detail", "reason", "cause"), ALL)
def test_every_row(carrier: str, status: str, detail: str, reason: str, cause: str) -> None:
    body = BODIES[carrier]("NR-1", [Scan(status, AT, detail, reason=reason)])
    assert [event.cause for event in told(carrier, body).events] == [Cause(cause)]


@pytest.mark.parametrize("carrier", CAUSE_ROWS)
def test_no_code_of_an_adapter_is_without_its_test(carrier: str) -> None:
    coded = set(getattr(import_module(f"ordo.shipments.carriers.{ADAPTERS[carrier]}"), "CAUSE", {}))
    tested = {text for row in CAUSE_ROWS[carrier] for text in row[:3]}
    tested |= {text.lower() for text in tested}
    assert coded - tested == set()


def test_every_adapter_has_its_rows_and_every_cause_is_some_carriers() -> None:
    assert set(CAUSE_ROWS) == set(ROWS) == set(ADAPTERS) - {"standard_webhooks"}
    assert {row[-1] for row in ALL} == set(Cause)


@pytest.mark.parametrize("carrier", ROWS)
def test_other_statuses_have_no_cause(carrier: str) -> None:
    with_cause = {detail or status for status, detail, reason, _ in CAUSE_ROWS[carrier] if not reason}
    for status, detail, _ in ROWS[carrier]:
        if not with_cause.intersection((status, detail)) and (status, detail) != CANCELLED:
            events = told(carrier, BODIES[carrier]("NR-1", [Scan(status, AT, detail)])).events
            assert {event.cause for event in events} == {None}, (status, detail)


def test_the_generic_carrier_says_the_cause_itself() -> None:
    body = json.loads(BODIES["standard_webhooks"]("NR-1", [Scan("exception", AT)]))
    body["data"]["events"][0]["cause"] = "damaged"
    (event,) = told("standard_webhooks", json.dumps(body).encode()).events
    assert event.cause == Cause.DAMAGED
    assert event.identity == event.model_copy(update={"cause": None}).identity  # or what is known came twice


def test_a_latest_status_without_scans_has_its_cause() -> None:
    data = {"tracking_number": "NR-1", "status_code": "EX", "status_detail_code": "PARCEL_DAMAGED", "events": []}
    body = json.dumps({"resource_type": "API_TRACK", "data": data}).encode()
    assert [event.cause for event in told("shipengine", body).events] == [Cause.DAMAGED]


def test_fedex_says_the_reason_of_a_latest_status_beside_it() -> None:
    latest = {"code": "DE", "ancillaryDetails": [{"reason": "08", "reasonDescription": "Customer not available"}]}
    result = {"trackingNumber": "NR-1", "trackResults": [{"latestStatusDetail": latest}]}
    body = json.dumps({"output": {"completeTrackResults": [result]}}).encode()
    assert [event.cause for event in told("fedex", body).events] == [Cause.NOT_HOME]
