"""A carrier's working time, told by an oracle that looks at every hour."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.shipments.rests import Rests

HOUR = timedelta(hours=1)
ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin")
START = datetime(2027, 1, 20, tzinfo=UTC)


@st.composite
def calendars(draw: st.DrawFn) -> Rests:
    begins = draw(st.lists(st.integers(0, 60), max_size=3))
    spans = tuple((date(2027, 1, 15) + timedelta(days=n), date(2027, 1, 15) + timedelta(days=n + 2)) for n in begins)
    return Rests(
        zone=draw(st.sampled_from(ZONES)),
        weekly=frozenset(draw(st.sets(st.integers(0, 6), max_size=4))),
        spans=spans,
        spring_festival=draw(st.none() | st.tuples(st.integers(0, 5), st.integers(0, 15))),
    )


def hours_worked(rests: Rests, since: datetime, hours: int) -> int:
    """Hour by hour: does the carrier's calendar show a working day?"""
    days = ((since + HOUR * n).astimezone(ZoneInfo(rests.zone)).date() for n in range(hours))
    return sum(not rests.rests_on(day) for day in days)


@given(calendars(), st.integers(0, 24 * 60), st.integers(0, 24 * 50))
def test_work_is_the_hours_of_days_on_which_it_does_not_rest(rests: Rests, start: int, hours: int) -> None:
    since = START + HOUR * start
    assert rests.worked(since, since + HOUR * hours) == HOUR * hours_worked(rests, since, hours)


@given(calendars(), st.integers(0, 24 * 60), st.integers(1, 24 * 30))
def test_after_so_much_work_it_has_worked_exactly_so_much(rests: Rests, start: int, hours: int) -> None:
    since = START + HOUR * start
    until = rests.after(since, HOUR * hours)
    assert rests.worked(since, until) == HOUR * hours
    assert rests.worked(since, until - HOUR) == HOUR * (hours - 1)  # and not a moment before


def test_it_rests_around_the_first_day_of_the_chinese_year() -> None:
    rests = Rests(zone="Asia/Shanghai", spring_festival=(3, 7))
    days = [date(2027, 2, 3) + timedelta(days=n) for n in range(-1, 12)]
    assert [rests.rests_on(day) for day in days] == [False, *[True] * 11, False]
    assert not Rests().rests_on(date(2027, 2, 6))


def test_a_day_is_a_day_of_the_carriers_clocks() -> None:
    sunday = Rests(zone="Asia/Shanghai", weekly=frozenset({6}))
    saturday_evening = datetime(2027, 1, 16, 15, 30, tzinfo=UTC)  # half an hour before Sunday begins there
    assert sunday.worked(saturday_evening, saturday_evening + timedelta(hours=25)) == timedelta(hours=1)


@pytest.mark.parametrize("zone", ZONES)
def test_who_rests_every_day_is_not_waited_for_without_end(zone: str) -> None:
    never = Rests(zone=zone, weekly=frozenset(range(7)))
    assert never.after(START, HOUR) == START + HOUR
    assert never.worked(START, START + timedelta(days=30)) == timedelta()
    assert never.worked(START, START - HOUR) == timedelta()
