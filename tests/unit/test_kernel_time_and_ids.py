"""Times and ids as text sort as they happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.kernel.clock import from_iso, system_clock, to_iso
from ordo.kernel.ids import new_id

MOMENTS = st.integers(10**8, 2 * 10**11).map(lambda seconds: datetime.fromtimestamp(seconds + 0.123456, UTC))


@given(MOMENTS, MOMENTS)
def test_texts_of_times_sort_as_the_times_do(one: datetime, other: datetime) -> None:
    first, second = sorted([one, other])
    assert to_iso(first) <= to_iso(second)
    assert len(to_iso(one)) == len(to_iso(other)) == 24


@given(MOMENTS, st.integers(-14 * 60, 14 * 60))
def test_a_time_comes_back_in_utc_to_the_millisecond_from_whatever_zone(moment: datetime, minutes: int) -> None:
    elsewhere = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert from_iso(to_iso(elsewhere)) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def test_a_time_without_a_zone_is_refused_both_ways() -> None:
    with pytest.raises(ValueError, match="zone"):
        to_iso(datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        from_iso("2026-01-01T00:00:00")


def test_the_system_clock_tells_aware_utc() -> None:
    assert system_clock().tzinfo is UTC


@given(MOMENTS, MOMENTS)
def test_ids_of_a_later_millisecond_sort_later(one: datetime, other: datetime) -> None:
    first, second = sorted([one, other])
    if int(first.timestamp() * 1000) < int(second.timestamp() * 1000):
        assert new_id("ord", first) < new_id("ord", second)


def test_ids_of_one_moment_differ_and_carry_their_prefix() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    ids = {new_id("ord", now) for _ in range(1000)}
    assert len(ids) == 1000
    assert all(each.startswith("ord_") and len(each) == 30 for each in ids)
