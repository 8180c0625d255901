"""Whole journeys, told in any order and twice, by every carrier: one final state, with everything that happened."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from ordo.kernel.clock import to_iso
from ordo.shipments.carriers.registry import ADAPTERS
from ordo.shipments.model import TrackingStatus
from tests.support.carrier_bodies import BODIES, ONE_EVENT, Scan
from tests.support.shipping import NOW
from tests.unit.shipments.carriers.conftest import NUMBER, Desk
from tests.unit.shipments.carriers.status_rows import ROWS

S = TrackingStatus
GENERIC = [(status.value, "", status.value) for status in TrackingStatus]
CARRIERS = sorted(ADAPTERS)
JOURNEYS = {
    "delivered": ([S.LABEL_CREATED, S.PICKED_UP, S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.DELIVERED], S.DELIVERED),
    "exception then recovery": ([S.IN_TRANSIT, S.EXCEPTION, S.IN_TRANSIT, S.OUT_FOR_DELIVERY], S.OUT_FOR_DELIVERY),
    "stopped": ([S.PICKED_UP, S.IN_TRANSIT, S.EXCEPTION], S.EXCEPTION),
    "second attempt": ([S.OUT_FOR_DELIVERY, S.DELIVERY_ATTEMPT_FAILED, S.OUT_FOR_DELIVERY, S.DELIVERED], S.DELIVERED),
    "failed attempt": ([S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.DELIVERY_ATTEMPT_FAILED], S.DELIVERY_ATTEMPT_FAILED),
    "returned": ([S.OUT_FOR_DELIVERY, S.DELIVERY_ATTEMPT_FAILED, S.RETURNED_TO_SENDER], S.RETURNED_TO_SENDER),
    "collected": ([S.IN_TRANSIT, S.AVAILABLE_FOR_PICKUP, S.DELIVERED], S.DELIVERED),
}
MOST = 120 if os.environ.get("ORDO_PROOF") == "full" else 6


def row(carrier: str, status: TrackingStatus) -> tuple[str, str] | None:
    """How the carrier says a status."""
    rows = ROWS.get(carrier, GENERIC)
    return next(((code, detail) for code, detail, canonical in rows if canonical == status), None)


def journey(carrier: str, statuses: Sequence[TrackingStatus]) -> list[Scan] | None:
    """Its scans, one an hour; None when the carrier has no word for one of them."""
    said = [row(carrier, status) for status in statuses]
    if None in said:
        return None
    return [
        Scan(code, NOW + timedelta(hours=hour), detail, f"scan {hour}")
        for hour, (code, detail) in enumerate(each for each in said if each)
    ]


def pushes(carrier: str, scans: list[Scan]) -> list[bytes]:
    """What is pushed on the way: after each scan the whole history, or the scan alone."""
    if carrier in (*ONE_EVENT, "sf_express", "standard_webhooks"):
        return [BODIES[carrier](NUMBER, [scan]) for scan in scans]
    return [BODIES[carrier](NUMBER, scans[: count + 1]) for count in range(len(scans))]


def arrivals(told: list[bytes]) -> list[list[bytes]]:
    """Some of the orders in which they may come, each twice; all of them in full."""
    orders = [list(order) for order in itertools.islice(itertools.permutations(told), 120)]
    chosen = random.Random(7).sample(orders, min(MOST, len(orders)))
    return [told, told[::-1], *chosen]


SAID = [(carrier, name) for carrier in CARRIERS for name, (told, _) in JOURNEYS.items() if journey(carrier, told)]
"""Journeys for which the carrier has all the words."""


@pytest.mark.parametrize(("carrier", "name"), SAID)
def test_every_order_of_arrival_ends_alike(carrier: str, name: str) -> None:
    statuses, final = JOURNEYS[name]
    scans = journey(carrier, statuses)
    assert scans is not None
    ends = []
    for arrival in arrivals(pushes(carrier, scans)):
        desk = Desk(carrier)
        for body in [*arrival, *arrival]:
            assert desk.push(body) == 200
        assert desk.parcel.status is final, [event.status for event in desk.parcel.history]
        happened = {event.occurred_at for event in desk.parcel.history}
        assert happened == {to_iso(scan.at) for scan in scans}, "nothing is missing"
        ends.append(desk.parcel.history)
    for history in ends[1:]:
        assert [event.identity for event in history] == [event.identity for event in ends[0]]


@pytest.mark.parametrize("carrier", [each for each in CARRIERS if each not in ONE_EVENT])
def test_of_equal_times_the_further_status_stands_in_any_order(carrier: str) -> None:
    scans = journey(carrier, [S.IN_TRANSIT, S.DELIVERED])
    assert scans is not None
    together = [scan._replace(at=NOW) for scan in scans]
    for order in (together, together[::-1]):
        desk = Desk(carrier)
        for scan in order:
            assert desk.push(BODIES[carrier](NUMBER, [scan])) == 200
        assert desk.parcel.status is S.DELIVERED


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_late_scan_moves_nothing_back_and_is_kept(carrier: str) -> None:
    scans = journey(carrier, [S.IN_TRANSIT, S.DELIVERED])
    assert scans is not None
    desk = Desk(carrier)
    for scan in scans[::-1]:
        assert desk.push(BODIES[carrier](NUMBER, [scan])) == 200
    assert desk.parcel.status is S.DELIVERED
    assert len({event.occurred_at for event in desk.parcel.history}) == 2
