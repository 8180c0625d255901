"""How patient to be with a carrier: what its document says, what was measured of its own parcels, else the usual.

Of a status with `ENOUGH` waits that ended, `stalled` is their 99th percentile. `lost` lies as far beyond it again as
the tail tells: the 99th percentile times the square of its ratio to the 95th, which is beyond 99.98 % of a lognormal's
waits however wide it is, and further out for any lighter tail (ADR 37). Fewer waits can only make it more patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any, Protocol

from ordo.catalog.hours import DAYS
from ordo.shipments.model import TrackingStatus
from ordo.shipments.quiet import NEVER, Limit, Patience
from ordo.shipments.rests import Rests

ENOUGH = 200
"""Waits of which a 99th percentile says something: two are above it."""
SOME = 20
"""Waits of which the longest says something."""
MIN_STALLED, MIN_LOST, MAX_LOST = 24, 96, 720
"""Hours of work: no measured limit is below the first two or above the last, so that what is lost is found."""

USUAL_LIMITS: Mapping[TrackingStatus, Limit] = {
    TrackingStatus.LABEL_CREATED: Limit(48, 168),
    TrackingStatus.PICKED_UP: Limit(72, 192),
    TrackingStatus.IN_TRANSIT: Limit(72, 240),
    TrackingStatus.OUT_FOR_DELIVERY: Limit(36, 168),
    TrackingStatus.DELIVERY_ATTEMPT_FAILED: Limit(72, 240),
    TrackingStatus.AVAILABLE_FOR_PICKUP: Limit(240, 600),  # it waits for the customer; what nobody fetches is sent back
    TrackingStatus.EXCEPTION: Limit(96, 336),
}
"""Where nothing is known of a carrier. What is delivered or returned is waited for no more, what is lost is lost."""

_CHINESE = Rests(zone="Asia/Shanghai", spring_festival=(4, 8))
_WEEKDAYS = Rests(weekly=frozenset({5, 6}))
USUAL_RESTS: Mapping[str, Rests] = {"kuaidi100": _CHINESE, "kdniao": _CHINESE, "sf_express": _CHINESE}
"""Of carriers that work every day of the year but around the Chinese New Year; the others rest on weekends."""


class Measured(Protocol):
    """Waits for news that ended, of one carrier after one status: how many, and their percentiles in hours of work."""

    @property
    def samples(self) -> int: ...
    @property
    def p95_hours(self) -> int: ...
    @property
    def p99_hours(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Waits:
    """`Measured` of the waits themselves (`quiet.gaps_of`)."""

    samples: int
    p95_hours: int
    p99_hours: int


def measure(waits: Iterable[timedelta]) -> Waits | None:
    """Their figures, by nearest rank and rounded up; None without any."""
    ordered = sorted(waits)
    if not ordered:
        return None
    p95, p99 = (ordered[ceil(len(ordered) * share / 100) - 1] for share in (95, 99))
    return Waits(len(ordered), ceil(p95 / timedelta(hours=1)), ceil(p99 / timedelta(hours=1)))


def rests_of(carrier: str, body: Mapping[str, Any] | None) -> Rests:
    """When the carrier rests: as its document says, else as is usual."""
    told = (body or {}).get("rests")
    if told is None:
        return USUAL_RESTS.get(carrier, _WEEKDAYS)
    festival = told.get("spring_festival")
    return Rests(
        zone=told.get("time_zone", "UTC"),
        weekly=frozenset(DAYS.index(day) for day in told.get("weekly", ())),
        spans=tuple(
            (date.fromisoformat(each["first"]), date.fromisoformat(each["last"])) for each in told.get("days", ())
        ),
        spring_festival=(festival["days_before"], festival["days_after"]) if festival else None,
    )


def patience_of(
    carrier: str, body: Mapping[str, Any] | None = None, measured: Mapping[TrackingStatus, Measured] | None = None
) -> Patience:
    """The patience with a carrier. What its document says of a status stands, whatever was measured."""
    told = (body or {}).get("silence", {})
    limits = {}
    for status in TrackingStatus:
        usual = USUAL_LIMITS.get(status, NEVER)
        if status in told:
            limits[status] = Limit(told[status].get("stalled_hours"), told[status].get("lost_hours"))
        elif usual is not NEVER:
            limits[status] = _measured(usual, (measured or {}).get(status))
    return Patience(carrier, limits, rests_of(carrier, body))


def _measured(usual: Limit, waits: Measured | None) -> Limit:
    if waits is None or waits.samples < SOME:
        return usual
    p95, p99 = max(1, waits.p95_hours), max(1, waits.p99_hours)
    if waits.samples >= ENOUGH:
        stalled = min(MAX_LOST, max(MIN_STALLED, p99))
        lost = min(MAX_LOST, max(MIN_LOST, stalled, ceil(p99**3 / p95**2)))
        return Limit(stalled, lost, "measured", waits.samples)
    longer = Limit(_later(usual.stalled_hours, p99), _later(usual.lost_hours, 2 * p99), "measured", waits.samples)
    return longer if (longer.stalled_hours, longer.lost_hours) != (usual.stalled_hours, usual.lost_hours) else usual


def _later(usual: int | None, seen: int) -> int | None:
    return None if usual is None else max(usual, min(MAX_LOST, seen))
