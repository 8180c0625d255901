"""Crash points of what follows a sale: returns, exchanges, claims and complaints, and the money that moves."""

from __future__ import annotations

import pytest

from tests.proof.aftersale_scenarios import aftersale_scenarios
from tests.proof.crashing import WAYS, crash_at_every_call
from tests.proof.money_scenarios import NAMES, money_scenarios
from tests.proof.scenarios import Scenario
from tests.support.till import till
from tests.support.world import World

ALL = aftersale_scenarios()


@pytest.mark.parametrize("scenario", ALL, ids=[each.name.replace(" ", "-") for each in ALL])
def test_a_broken_call_leaves_all_or_nothing_and_asking_again_ends_well(world: World, scenario: Scenario) -> None:
    crash_at_every_call(world, scenario, WAYS)


@pytest.mark.parametrize("name", NAMES)
def test_money_moves_once_whatever_breaks(world: World, name: str) -> None:
    with till(world) as stripe:
        (scenario,) = (each for each in money_scenarios(stripe) if each.name == name)
        crash_at_every_call(world, scenario, WAYS)
