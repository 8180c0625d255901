"""Journeys of parcels as carriers live them, made from a seed: what really happened, and what was told of it and when.

Nothing here knows the detector: neither its limits, nor its calendar, nor how it measures. Waits are gamma, Weibull,
lognormal and mixtures of them, leg by leg; carriers slow down or stop on weekends and around Spring Festival for other
days than anybody's calendar says; news comes late, in bundles, twice, or never.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 11, 2, tzinfo=UTC)
DAYS = 150
NEW_YEAR = datetime(2027, 2, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)

Draw = Callable[[random.Random], float]
"""Hours until the next scan, while the carrier works."""


@dataclass(frozen=True)
class Line:
    """How one carrier really is. `pace`: of each weekday (0: Monday), how much of an hour's work is done in an hour.

    `festival`: days before and after the Chinese New Year, and the pace within. `late`: share of news that comes days
    later. `legs`: least and most scans between pickup and the door. `usual` hours from a scan to its news.
    """

    name: str
    share: float
    pickup: Draw
    leg: Draw
    door: Draw
    pace: tuple[float, ...] = (1.0,) * 7
    festival: tuple[int, int, float] | None = None
    legs: tuple[int, int] = (3, 7)
    late: float = 0.02
    usual: float = 0.3


def gamma(shape: float, mean: float) -> Draw:
    return lambda rng: rng.gammavariate(shape, mean / shape)


def weibull(shape: float, scale: float) -> Draw:
    return lambda rng: rng.weibullvariate(scale, shape)


def lognormal(median: float, sigma: float) -> Draw:
    return lambda rng: median * rng.lognormvariate(0, sigma)


def mixed(usual: Draw, other: Draw, share: float) -> Draw:
    return lambda rng: other(rng) if rng.random() < share else usual(rng)


WORKDAYS, SIX_DAYS = (1.0,) * 5 + (0.05, 0.0), (1.0,) * 6 + (0.1,)
LINES = (
    Line("swift", 0.35, gamma(2, 9), lognormal(7, 0.8), gamma(1.5, 5), (1.0,) * 7, (6, 10, 0.1), late=0.01),
    Line("rapid", 0.25, weibull(1.1, 12), weibull(0.8, 14), weibull(1.2, 7), WORKDAYS, legs=(2, 6)),
    Line("postal", 0.2, weibull(0.9, 18), weibull(0.7, 18), gamma(1, 10), SIX_DAYS, late=0.06, usual=5),
    Line(
        "overseas",
        0.17,
        lognormal(20, 0.6),
        mixed(lognormal(18, 0.8), lognormal(110, 0.4), 0.12),
        gamma(2, 14),
        SIX_DAYS,
        (12, 14, 0.25),
        (5, 9),
        0.04,
        2,
    ),
    Line("village", 0.02, weibull(0.9, 16), weibull(0.75, 22), gamma(1, 9), WORKDAYS, late=0.05, usual=6),
    Line("bicycle", 0.01, gamma(1, 2), gamma(1.2, 2), gamma(2, 1.5), legs=(0, 2), usual=0.05),
)


@dataclass(frozen=True)
class Said:
    """One scan: what it says, when it happened, when the shop was told."""

    status: str
    happened: datetime
    told: datetime


@dataclass
class Journey:
    """One parcel. `lost_at`: when it vanished; `slow`: it lay somewhere for several times as long as is usual."""

    number: str
    line: Line
    dispatched: datetime
    said: list[Said] = field(default_factory=list)
    lost_at: datetime | None = None
    slow: bool = False


@dataclass(frozen=True)
class Chances:
    """Shares of parcels that are lost or slow, of scans that are never told, and of parcels whose last scan is not."""

    lost: float = 0.03
    slow: float = 0.03
    unscanned: float = 0.08
    unsigned: float = 0.001


def journeys(seed: int, parcels: int, chances: Chances | None = None) -> list[Journey]:
    """So many journeys, by when they began."""
    rng, shares = random.Random(seed), [line.share for line in LINES]
    lines = rng.choices(LINES, shares, k=parcels)
    begun = sorted(BEGIN + timedelta(days=rng.random() * DAYS) for _ in range(parcels))
    made = zip(lines, begun, strict=True)
    return [_journey(rng, f"P{n}", line, start, chances or Chances()) for n, (line, start) in enumerate(made)]


def _journey(rng: random.Random, number: str, line: Line, dispatched: datetime, chances: Chances) -> Journey:
    found = Journey(number, line, dispatched)
    legs = list(_legs(rng, line))
    lost_on = rng.randrange(len(legs)) if rng.random() < chances.lost else None
    slow_on = rng.randrange(len(legs)) if lost_on is None and rng.random() < chances.slow else None
    now = dispatched
    for place, (status, draw) in enumerate(legs):
        hours = draw(rng)
        if place == lost_on:
            found.lost_at = _after(now, hours * rng.random(), line)
            return found
        if place == slow_on:
            hours, found.slow = hours * rng.uniform(2, 5), True
        now = _after(now, hours, line)
        is_last = place == len(legs) - 1
        if rng.random() >= (chances.unsigned if is_last else chances.unscanned):
            found.said.extend(_told(rng, line, status, now))
    return found


def _legs(rng: random.Random, line: Line) -> Iterator[tuple[str, Draw]]:
    """What is scanned after what wait; at times a door stays shut, something is wrong, or a shop keeps the parcel."""
    yield "picked_up", line.pickup
    for _ in range(rng.randint(*line.legs)):
        yield "in_transit", line.leg
        if rng.random() < 0.015:
            yield "exception", line.leg
    yield "out_for_delivery", line.leg
    if rng.random() < 0.08:
        yield "delivery_attempt_failed", line.door
        yield "out_for_delivery", lognormal(20, 0.3)
    if rng.random() < 0.06:
        yield "available_for_pickup", line.door
        yield "delivered", lognormal(40, 0.7)
    else:
        yield "delivered", line.door


def _told(rng: random.Random, line: Line, status: str, happened: datetime) -> Iterator[Said]:
    hours = rng.uniform(6, 60) if rng.random() < line.late else rng.expovariate(1 / line.usual)
    told = happened + timedelta(hours=hours)
    yield Said(status, happened, told)
    if rng.random() < 0.05:
        yield Said(status, happened, told + timedelta(hours=rng.expovariate(1 / 3)))


def _after(start: datetime, hours: float, line: Line) -> datetime:
    """When so many hours of work are done: the pace changes at midnight."""
    now, left = start, hours
    while True:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        pace, day = _pace(line, now), (midnight - now) / HOUR
        if pace and left <= day * pace:
            return now + timedelta(hours=left / pace)
        now, left = midnight, left - day * pace


def _pace(line: Line, moment: datetime) -> float:
    pace = line.pace[moment.weekday()]
    if line.festival:
        before, after, slowed = line.festival
        if NEW_YEAR - timedelta(days=before) <= moment < NEW_YEAR + timedelta(days=after):
            return pace * slowed
    return pace
