"""When a carrier rests: hours that pass without a scan then say nothing of a parcel. Pure; asked and told in UTC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

NO_TIME = timedelta()
LONGEST = timedelta(days=1000)
"""How far `after` looks; who rests longer than that works on all the same."""

LUNAR_NEW_YEAR: Mapping[int, str] = {
    2024: "02-10",
    2025: "01-29",
    2026: "02-17",
    2027: "02-06",
    2028: "01-26",
    2029: "02-13",
    2030: "02-03",
    2031: "01-23",
    2032: "02-11",
    2033: "01-31",
    2034: "02-19",
    2035: "02-08",
    2036: "01-28",
    2037: "02-15",
    2038: "02-04",
    2039: "01-24",
    2040: "02-12",
    2041: "02-01",
}
"""The first day of the Chinese year, compared with the `holidays` library (ADR 37). Other years: no rest by itself."""


@dataclass(frozen=True, slots=True)
class Rests:
    """Days of a carrier's own clocks on which it moves nothing: `weekly` (0: Monday), `spans` of dates, both ends
    included, and around the first day of the Chinese year so many days before and after it.
    """

    zone: str = "UTC"
    weekly: frozenset[int] = frozenset()
    spans: tuple[tuple[date, date], ...] = ()
    spring_festival: tuple[int, int] | None = None

    def rests_on(self, day: date) -> bool:
        """Whether it rests on this day."""
        return (
            day.weekday() in self.weekly
            or any(first <= day <= last for first, last in self.spans)
            or (self.spring_festival is not None and _is_near_new_year(day, *self.spring_festival))
        )

    def worked(self, since: datetime, until: datetime) -> timedelta:
        """How much of the time between both it worked; nothing when `until` is not after `since`."""
        return sum((end - begin for begin, end in self._working(since, until)), NO_TIME)

    def after(self, since: datetime, work: timedelta) -> datetime:
        """When it will have worked for so long since then."""
        left = work
        for begin, end in self._working(since, since + work + LONGEST):
            if end - begin >= left:
                return begin + left
            left -= end - begin
        return since + work

    def _working(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        begin = since
        while begin < until:
            ends, rests = _day(self, begin.astimezone(_clock(self.zone)).date())
            end = min(ends, until)
            if not rests:
                yield begin, end
            begin = end


@lru_cache(maxsize=4096)
def _day(rests: Rests, day: date) -> tuple[datetime, bool]:
    """When a day there ends, and whether it is one of rest: asked for many times of few days."""
    tomorrow = day + timedelta(days=1)
    ends = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=_clock(rests.zone))
    return ends.astimezone(UTC), rests.rests_on(day)


def _is_near_new_year(day: date, before: int, after: int) -> bool:
    text = LUNAR_NEW_YEAR.get(day.year)
    if text is None:
        return False
    first = date.fromisoformat(f"{day.year}-{text}")
    return first - timedelta(days=before) <= day <= first + timedelta(days=after)


@lru_cache(maxsize=64)
def _clock(zone: str) -> ZoneInfo:
    return ZoneInfo(zone)
