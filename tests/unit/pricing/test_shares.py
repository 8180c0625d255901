"""Sharing over runs of equal units is sharing over every single one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.kernel.money import Spare, allocate
from ordo.pricing.caps import share_out, spread
from ordo.pricing.shares import allocate_runs

RUNS = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 5000)), min_size=1, max_size=6).filter(
    lambda runs: any(weight for _, weight in runs)
)


@given(st.data(), RUNS, st.sampled_from(Spare))
def test_sharing_over_runs_is_sharing_over_every_unit(
    data: st.DataObject, runs: list[tuple[int, int]], spare: Spare
) -> None:
    amount = data.draw(st.integers(0, 2 * sum(count * weight for count, weight in runs)))
    expanded = [weight for count, weight in runs for _ in range(count)]
    parts = allocate_runs(amount, runs, spare)
    assert [share for run in parts for count, share in run for _ in range(count)] == allocate(amount, expanded, spare)
    assert sum(len(run) for run in parts) <= len(runs) + 1
    assert [sum(count for count, _ in run) for run in parts] == [count for count, _ in runs]


def test_nothing_to_share_to_is_refused_unless_there_is_nothing_to_share() -> None:
    assert allocate_runs(0, [(3, 0)]) == [[(3, 0)]]
    with pytest.raises(ValueError, match="zero"):
        allocate_runs(1, [(3, 0)])


@st.composite
def _rooms(draw: st.DrawFn) -> tuple[int, list[tuple[int, int, int]]]:
    """An amount, and runs `(count, weight, room)` of equal units that together have room for it."""
    weights = draw(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 40)), min_size=1, max_size=5))
    units = [(count, weight, draw(st.integers(0, weight))) for count, weight in weights]
    return draw(st.integers(0, sum(count * room for count, _, room in units))), units


@given(_rooms(), st.sampled_from(Spare))
def test_shares_with_room_are_the_same_over_runs_as_over_every_unit_and_all_fit(
    case: tuple[int, list[tuple[int, int, int]]], spare: Spare
) -> None:
    amount, units = case
    expanded = [(weight, room) for count, weight, room in units for _ in range(count)]
    rooms = [room for _, room in expanded]
    shares = share_out(amount, [weight for weight, _ in expanded], rooms, spare)
    assert [share for run in spread(amount, units, spare) for count, share in run for _ in range(count)] == shares
    assert sum(shares) == amount
    assert all(0 <= share <= room for share, room in zip(shares, rooms, strict=True))
