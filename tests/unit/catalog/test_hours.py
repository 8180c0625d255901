"""Working hours in the node's own time zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ordo.catalog.hours import WorkingHours, minutes_of, spans_of

WEEK = {day: ["09:00-12:00", "13:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


def hours(zone: str = "Asia/Shanghai", **more: object) -> WorkingHours:
    return WorkingHours.of({"time_zone": zone, "weekly": WEEK, **more})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_it_is_open_from_the_first_minute_and_closed_at_the_last() -> None:
    week = hours()
    moments = ("2026-11-23T09:00+08:00", "2026-11-23T12:00+08:00", "2026-11-23T17:59+08:00", "2026-11-22T10:00+08:00")
    assert [week.is_open(at(moment)) for moment in moments] == [True, False, True, False]


def test_work_that_comes_in_a_break_begins_after_it() -> None:
    assert hours().begins(at("2026-11-23T12:30+08:00")) == at("2026-11-23T13:00+08:00")


@pytest.mark.parametrize(
    ("minute", "begins"), [("15:59", "2026-11-23T15:59"), ("16:00", "2026-11-24T09:00"), ("19:00", "2026-11-24T09:00")]
)
def test_after_the_cut_off_work_begins_on_the_next_working_day(minute: str, begins: str) -> None:
    found = hours(cut_off="16:00").begins(at(f"2026-11-23T{minute}+08:00"))
    assert found == at(f"{begins}+08:00")


def test_holidays_are_closed_and_special_days_have_hours_of_their_own() -> None:
    week = hours(holidays=["2026-10-01", "2026-10-02"], special={"2026-10-03": ["10:00-11:00"]})
    assert week.begins(at("2026-09-30T20:00+08:00")) == at("2026-10-03T10:00+08:00")
    assert week.is_open(at("2026-10-03T10:30+08:00"))


def test_hours_are_the_clocks_when_clocks_are_set_forward_and_back() -> None:
    week = WorkingHours.of({"time_zone": "Europe/Berlin", "weekly": {"sun": ["01:00-04:00"]}})
    spring, autumn = at("2026-03-28T12:00+01:00"), at("2026-10-24T12:00+02:00")
    assert (week.begins(spring), week.begins(autumn)) == (at("2026-03-29T01:00+01:00"), at("2026-10-25T01:00+02:00"))
    assert week.is_open(at("2026-03-29T03:59+02:00"))
    assert not week.is_open(at("2026-03-29T04:00+02:00"))
    assert week.is_open(at("2026-10-25T03:59+01:00"))
    assert not week.is_open(at("2026-10-25T04:00+01:00"))


def test_a_node_that_does_not_open_for_sixty_days_cannot_be_waited_for() -> None:
    once = WorkingHours.of({"time_zone": "UTC", "weekly": {}, "special": {"2026-01-01": ["09:00-10:00"]}})
    assert once.begins(at("2026-02-01T00:00+00:00")) is None
    assert once.open_from(at("2025-12-01T00:00+00:00")) == at("2026-01-01T09:00+00:00")


@pytest.mark.parametrize("text", ["9:00", "25:00", "24:01", "09:60", "nine", "0900", "-1:00"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        minutes_of(text)


@pytest.mark.parametrize("texts", [["10:00-09:00"], ["09:00-09:00"], ["09:00-12:00", "11:00-13:00"], ["09:00"]])
def test_hours_that_end_before_they_begin_or_meet_are_refused(texts: list[str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        spans_of(texts)
