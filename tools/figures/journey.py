"""How many lost parcels are found, how many are called lost that are not, and after how long: a replay from seeds."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.journeys import journeys
from tests.support.replaying import CALENDARS, Outcome, Shop
from tools.figures.line import figure

RUNS, PARCELS = 5, 3000
HOW = (
    f"{PARCELS} generated journeys of six carriers over 150 days with weekends and Spring Festival, 3 % lost and 3 % "
    "slow; the limits measured weekly; tests/support/journeys.py; {what}"
)


def journey_figures() -> Iterator[dict[str, object]]:
    """`journey.lost.*`, and beside them how many parcels that arrive were once told to be stalled."""
    outcomes = [_replayed(seed) for seed in range(100, 100 + RUNS)]
    found, false = "suspected lost, of those that were", "suspected lost, of those that were not"
    yield figure("journey.lost.found_share", [each.found_share for each in outcomes], "", _how(found), 4)
    yield figure("journey.lost.false_share", [each.false_share for each in outcomes], "", _how(false), 4)
    hours = _how("hours by the clock from when a parcel vanished to when it was suspected, the median of a run")
    yield figure("journey.lost.hours_p50", [each.hours_p50 for each in outcomes], "h", hours, 0)
    stalled = _how("once told to be stalled, of those that were not lost")
    yield figure("journey.stalled.share", [each.stalled_share for each in outcomes], "", stalled, 4)


def _replayed(seed: int) -> Outcome:
    return Shop(CALENDARS).live(journeys(seed, PARCELS))


def _how(what: str) -> str:
    return HOW.format(what=what)
