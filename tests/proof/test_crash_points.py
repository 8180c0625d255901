"""Every AWS call of an operation fails once, in every way; then the client asks again.

After the failure, and again at the end, the tables are audited with eyes of their own (`tests.support.audit`): exactly
one order or none, counters equal to what live orders reserve, no gap or duplicate in any timeline.
"""

from __future__ import annotations

import itertools

import pytest

from tests.proof.scenarios import Scenario, scenarios
from tests.support.audit import audit, ledger
from tests.support.faults import MODES, Break, Mode
from tests.support.world import Answer, World

WAYS: list[tuple[Mode, int | None]] = [*((mode, None) for mode in MODES), ("refused", 1), ("lost", 1), ("lost", 2)]
"""How a call breaks, and how many of the SDK's own tries (None: all of them, and the workflow's retries of a step)."""

ALL = scenarios()


@pytest.mark.parametrize("scenario", ALL, ids=[each.name.replace(" ", "-") for each in ALL])
def test_a_broken_call_leaves_all_or_nothing_and_asking_again_ends_well(world: World, scenario: Scenario) -> None:
    prepared = scenario.prepare(world)
    go_back = world.checkpoint()
    tried = 0
    for mode, tries in WAYS:
        for number in itertools.count(1):
            go_back()
            broken = Break(number, mode, tries)
            with world.fault(broken):
                first = scenario.act(world, prepared)
            if broken.hit is None:
                break
            tried += 1
            where = f"{scenario.name}: {mode} at call {number}, {broken.hit.function} {broken.hit.operation}"
            assert audit() == [], where
            _ask_again(world, scenario, prepared, first, where)
    assert tried >= 2 * len(WAYS), "the operation makes calls"


def _ask_again(world: World, scenario: Scenario, prepared: object, first: Answer, where: str) -> None:
    answer = first
    for _ in range(4):
        if not scenario.answers_again:
            scenario.wait(world)
            if answer.status < 300:
                break
        before, answer = answer, scenario.act(world, prepared)
        if before.status < 300:
            assert answer.body == before.body, f"{where}: another answer"
            break
    assert answer.status < 300, f"{where}: {answer.body}"
    scenario.wait(world)
    assert audit() == [], where
    scenario.check(prepared, ledger())


def test_a_placement_makes_at_most_ten_calls_from_cold(world: World) -> None:
    """Seven of them each time; the rest are secrets, which a container reads every five minutes."""
    placement = ALL[0]
    with world.record() as calls:
        placement.act(world, None)
    made = [f"{call.function} {call.operation}" for call in calls if not call.is_workflow]
    assert len(made) <= 10, made
    assert len([call for call in made if "GetSecretValue" not in call]) <= 8, made
