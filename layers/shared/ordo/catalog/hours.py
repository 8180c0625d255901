"""When a node works: its week in its own time zone, holidays, special days, and until when it starts work the same day.

Everything is asked of and told in UTC; days and hours are those of the node's clocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOKED_AHEAD = 60
"""Days in which a closed node must open again to be waited for."""

Span = tuple[int, int]
"""Minutes after midnight, from and to; `to` is not included and may be 1440."""


def minutes_of(text: str) -> int:
    """`"09:30"` -> 570; `"24:00"` is the end of the day. Raises `ValueError` for any other text."""
    hours, _, minutes = text.partition(":")
    if not (len(hours) == len(minutes) == 2 and (hours + minutes).isascii() and (hours + minutes).isdigit()):
        raise ValueError("a time of day is written as 09:30")
    found = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or found > 24 * 60:
        raise ValueError("there is no such time of day")
    return found


def spans_of(texts: list[str]) -> tuple[Span, ...]:
    """`["09:00-12:00", "13:00-18:00"]` in minutes; raises `ValueError` when one ends before it begins or they meet."""
    spans: list[Span] = []
    for text in texts:
        begin, _, end = text.partition("-")
        span = minutes_of(begin), minutes_of(end)
        if span[0] >= span[1] or (spans and span[0] < spans[-1][1]):
            raise ValueError("hours begin before they end, and come one after the other")
        spans.append(span)
    return tuple(spans)


@dataclass(frozen=True)
class WorkingHours:
    """`weekly` has hours by day (0: Monday), `special` of single days by their ISO date, in place of the week's.

    What comes in after `cut_off` (minutes after midnight) is begun on the next working day; None: until it closes.
    """

    zone: str
    weekly: Mapping[int, tuple[Span, ...]]
    holidays: frozenset[str] = frozenset()
    special: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    cut_off: int | None = None

    @staticmethod
    def of(body: Mapping[str, Any]) -> WorkingHours:
        """Read the `hours` of a stored node."""
        return WorkingHours(
            zone=body["time_zone"],
            weekly={DAYS.index(day): spans_of(hours) for day, hours in body["weekly"].items()},
            holidays=frozenset(body.get("holidays", ())),
            special={day: spans_of(hours) for day, hours in body.get("special", {}).items()},
            cut_off=minutes_of(body["cut_off"]) if body.get("cut_off") else None,
        )

    def date_of(self, moment: datetime) -> date:
        """The date there at this moment."""
        return self._local(moment).date()

    def is_open(self, moment: datetime) -> bool:
        """Whether it works at this moment."""
        return any(begin <= moment < end for begin, end in self._spans(self._local(moment).date()))

    def begins(self, received: datetime) -> datetime | None:
        """When work begins on what came in at this moment; None when it does not open within 60 days."""
        today = self._local(received).date()
        if self.cut_off is None or received < self._at(today, self.cut_off):
            for begin, end in self._spans(today):
                if received < end:
                    return max(received, begin)
        return self._next(today)

    def open_from(self, moment: datetime) -> datetime | None:
        """The moment itself when it works then, else when it opens next (None: not within 60 days)."""
        today = self._local(moment).date()
        for begin, end in self._spans(today):
            if moment < end:
                return max(moment, begin)
        return self._next(today)

    def after(self, moment: datetime, worked: timedelta) -> datetime | None:
        """When so much working time has gone by since the moment; None when that takes more than 60 closed days on end.

        No time at all is over when it next works.
        """
        at, left = moment, worked
        while (begin := self.open_from(at)) is not None:
            end = self._closes(begin)
            if end - begin >= left:
                return begin + left
            at, left = max(end, begin + timedelta(minutes=1)), left - (end - begin)
        return None

    @cached_property
    def _clock(self) -> ZoneInfo:
        from zoneinfo import ZoneInfo  # only where a node has hours

        return ZoneInfo(self.zone)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self._clock)

    def _next(self, today: date) -> datetime | None:
        for days in range(1, LOOKED_AHEAD + 1):
            for begin, _ in self._spans(today + timedelta(days=days)):
                return begin
        return None

    def _spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        text = day.isoformat()
        spans = self.special.get(text)
        if spans is None:
            spans = () if text in self.holidays else self.weekly.get(day.weekday(), ())
        for begin, end in spans:
            yield self._at(day, begin), self._at(day, end)

    def _closes(self, moment: datetime) -> datetime:
        """The end of the hours that this moment is in; the moment itself of hours that clocks skip that day."""
        spans = self._spans(self._local(moment).date())
        return next((end for begin, end in spans if begin <= moment < end), moment)

    def _at(self, day: date, minutes: int) -> datetime:
        """What clocks there show; a time that occurs twice is the first of both (as in `catalog.periods`)."""
        shown = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001  a clock's face
        return shown.replace(tzinfo=self._clock).astimezone(UTC)
