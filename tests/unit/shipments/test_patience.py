"""How long a carrier's silence is usual: what is said of it, what was measured, or what is usual."""

from __future__ import annotations

from datetime import date, timedelta
from math import exp, log
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.shipments.model import TrackingStatus
from ordo.shipments.patience import MAX_LOST, MIN_LOST, MIN_STALLED, USUAL_LIMITS, Waits, measure, patience_of
from ordo.shipments.quiet import Limit
from ordo.shipments.rests import Rests

S = TrackingStatus


def limit(waits: Waits) -> Limit:
    return patience_of("ups", measured={S.IN_TRANSIT: waits}).limit(S.IN_TRANSIT)


def test_without_samples_the_usual_limits_stand() -> None:
    patience = patience_of("ups")
    assert patience.limits == USUAL_LIMITS
    assert patience.rests == Rests(weekly=frozenset({5, 6}))
    assert patience_of("sf_express").rests.rests_on(date(2027, 2, 6))  # the first day of the Chinese year
    assert not patience_of("sf_express").rests.rests_on(date(2027, 3, 7))  # a Sunday


@pytest.mark.parametrize("status", [S.DELIVERED, S.RETURNED_TO_SENDER, S.LOST, S.UNKNOWN])
def test_nothing_is_waited_for_after_an_end(status: TrackingStatus) -> None:
    patience = patience_of("ups", measured={status: Waits(1000, 40, 80)})
    assert patience.limit(status).stalled_hours is None
    assert patience.limit(status).lost_hours is None


def test_enough_samples_make_the_limits() -> None:
    assert limit(Waits(200, 40, 60)) == Limit(60, 135, "measured", 200)  # 60 * (60 / 40) ** 2
    assert limit(Waits(5000, 2, 3)) == Limit(MIN_STALLED, MIN_LOST, "measured", 5000)  # at least a set number of hours
    assert limit(Waits(5000, 300, 900)) == Limit(MAX_LOST, MAX_LOST, "measured", 5000)


def test_few_samples_only_make_it_more_patient() -> None:
    assert limit(Waits(199, 4, 6)) == USUAL_LIMITS[S.IN_TRANSIT]
    assert limit(Waits(199, 100, 150)) == Limit(150, 300, "measured", 199)
    assert limit(Waits(19, 100, 150)) == USUAL_LIMITS[S.IN_TRANSIT]


@pytest.mark.parametrize("sigma", [0.5, 0.8, 1.0])
def test_what_is_called_lost_of_lognormal_waits_is_rarer_than_two_in_ten_thousand(sigma: float) -> None:
    """However wide they are: the median is 20 hours."""
    logs = NormalDist(0, sigma)
    p95, p99 = (round(20 * exp(logs.inv_cdf(share))) for share in (0.95, 0.99))
    found = limit(Waits(1000, p95, p99)).lost_hours
    assert found is not None
    assert 1 - logs.cdf(log(found / 20)) < 0.0002


def test_what_the_carriers_document_says_stands() -> None:
    body = {
        "silence": {"in_transit": {"stalled_hours": 30, "lost_hours": 60}, "exception": {"stalled_hours": 10}},
        "rests": {
            "time_zone": "Asia/Shanghai",
            "weekly": ["sun"],
            "days": [{"first": "2027-10-01", "last": "2027-10-03"}],
            "spring_festival": {"days_before": 2, "days_after": 6},
        },
    }
    patience = patience_of("sf_express", body, {S.IN_TRANSIT: Waits(1000, 40, 80), S.PICKED_UP: Waits(1000, 40, 60)})
    assert patience.limit(S.IN_TRANSIT) == Limit(30, 60)
    assert patience.limit(S.EXCEPTION) == Limit(10, None)
    assert patience.limit(S.PICKED_UP) == Limit(60, 135, "measured", 1000)
    assert patience.rests == Rests("Asia/Shanghai", frozenset({6}), ((date(2027, 10, 1), date(2027, 10, 3)),), (2, 6))
    assert patience_of("ups", {"rests": {}}).rests == Rests()


@given(st.lists(st.integers(0, 500), min_size=1, max_size=300))
def test_percentiles_are_waits_that_were_seen_and_that_at_most_so_many_exceed(hours: list[int]) -> None:
    found = measure(timedelta(hours=each) for each in hours)
    assert found is not None
    assert found.samples == len(hours)
    for share, value in ((95, found.p95_hours), (99, found.p99_hours)):
        assert value in hours
        assert sum(each > value for each in hours) * 100 <= len(hours) * (100 - share)
        assert sum(each >= value for each in hours) * 100 > len(hours) * (100 - share)


def test_part_of_an_hour_counts_as_a_whole_one_and_nothing_says_nothing() -> None:
    assert measure([timedelta(minutes=61)]) == Waits(1, 2, 2)
    assert measure([]) is None


@given(st.builds(Waits, st.integers(0, 10_000), st.integers(0, 3000), st.integers(0, 3000)))
def test_a_parcel_is_stalled_before_it_is_lost_and_lost_within_bounds(waits: Waits) -> None:
    found = limit(waits)
    assert found.stalled_hours is not None
    assert found.lost_hours is not None
    assert MIN_STALLED <= found.stalled_hours <= found.lost_hours
    assert MIN_LOST <= found.lost_hours <= MAX_LOST
