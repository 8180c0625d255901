"""Crash points of what every order goes through: placing, paying, working, sending, ending (`tests.proof.crashing`)."""

from __future__ import annotations

import pytest

from tests.proof.carrying import carrying
from tests.proof.coupon_scenarios import coupon_scenarios
from tests.proof.crashing import WAYS, crash_at_every_call
from tests.proof.page_scenarios import page_scenarios
from tests.proof.scenarios import Scenario, scenarios
from tests.support.world import World

ALL = [*scenarios(), *carrying(), *coupon_scenarios(), *page_scenarios()]


@pytest.mark.parametrize("scenario", ALL, ids=[each.name.replace(" ", "-") for each in ALL])
def test_a_broken_call_leaves_all_or_nothing_and_asking_again_ends_well(world: World, scenario: Scenario) -> None:
    crash_at_every_call(world, scenario, WAYS)


def test_a_placement_makes_at_most_ten_calls_from_cold(world: World) -> None:
    """Seven of them each time; the rest are secrets, which a container reads every five minutes."""
    placement = ALL[0]
    with world.record() as calls:
        placement.act(world, None)
    made = [f"{call.function} {call.operation}" for call in calls if not call.is_workflow]
    assert len(made) <= 10, made
    assert len([call for call in made if "GetSecretValue" not in call]) <= 8, made
