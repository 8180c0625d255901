"""Crash points of deliveries and promises, among them those between a file and the commit that names it."""

from __future__ import annotations

import pytest

from tests.proof.crashing import WAYS, crash_at_every_call
from tests.proof.delivery_scenarios import delivery_scenarios
from tests.proof.promise_scenarios import promise_scenarios
from tests.proof.scenarios import Scenario
from tests.support.world import World

ALL = [*delivery_scenarios(), *promise_scenarios()]


@pytest.mark.parametrize("scenario", ALL, ids=[each.name.replace(" ", "-") for each in ALL])
def test_a_broken_call_leaves_all_or_nothing_and_asking_again_ends_well(world: World, scenario: Scenario) -> None:
    crash_at_every_call(world, scenario, WAYS)
