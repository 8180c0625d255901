"""Generated journeys, whose waits follow other distributions than the detector assumes, replayed with its sweeps."""

from __future__ import annotations

import os

import pytest

from tests.support.journeys import LINES, Chances, journeys
from tests.support.replaying import CALENDARS, Outcome, Shop

IS_FULL = os.environ.get("ORDO_PROOF") == "full"
SEEDS, PARCELS = (range(20), 5000) if IS_FULL else (range(2), 2500)


def replay(seed: int, chances: Chances | None = None) -> tuple[Shop, Outcome]:
    shop = Shop(CALENDARS)
    return shop, shop.live(journeys(seed, PARCELS, chances))


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_lost_parcels_are_found_with_few_false_alarms(seed: int) -> None:
    shop, outcome = replay(seed)
    assert outcome.lost > 40
    assert outcome.found_share >= 0.95
    assert outcome.false_share <= 0.01
    assert all(case.suspected["stalled"] <= case.suspected["lost"] for case in shop.cases.values() if case.lost_found)


@pytest.mark.slow
def test_where_many_parcels_are_slow_and_scans_are_missing_few_are_called_lost() -> None:
    """Twice as many are slow, twice as many scans are never told, though every delivery is said."""
    chances = Chances(lost=0.03, slow=0.06, unscanned=0.16, unsigned=0)
    _, outcome = replay(SEEDS[-1] + 1, chances)
    assert outcome.found_share >= 0.95
    assert outcome.false_share <= 0.01


@pytest.mark.slow
def test_a_shop_that_measures_nothing_still_finds_what_is_lost() -> None:
    """The usual limits alone: every parcel is found, though slow carriers are called lost too often."""
    shop = Shop(CALENDARS, measures=False)
    outcome = shop.live(journeys(7, 1000))
    assert outcome.found_share >= 0.95
    assert outcome.false_share > 0.01  # which is why the limits are measured


@pytest.mark.slow
def test_a_shop_that_takes_every_day_for_a_working_day_calls_too_many_lost() -> None:
    shop = Shop({line.name: {"rests": {}} for line in LINES})
    assert shop.live(journeys(0, 2500)).false_share > 0.015  # which is why the days of rest are left out
