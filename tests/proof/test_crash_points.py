"""Every AWS call of an operation fails once, in every way; then the client asks again.

After the failure, and again at the end, the tables are audited with eyes of their own (`tests.support.audit`): exactly
one order or none, counters equal to what live orders reserve, no gap or duplicate in any timeline.
"""

from __future__ import annotations

import os

import pytest

from tests.proof.carrying import carrying
from tests.proof.coupon_scenarios import coupon_scenarios
from tests.proof.lot_scenarios import lot_scenarios
from tests.proof.moving import moving
from tests.proof.node_scenarios import node_scenarios
from tests.proof.queues import queue_scenarios
from tests.proof.reservation_scenarios import reservation_scenarios
from tests.proof.scenarios import Scenario, scenarios
from tests.support.audit import audit, ledger
from tests.support.faults import Break, Mode
from tests.support.wire import Call
from tests.support.world import Answer, World

FULL = os.environ.get("ORDO_PROOF") == "full"
WAYS: list[tuple[Mode, int | None]] = [("refused", None), ("lost", None), ("killed_after", None), ("lost", 1)]
"""How a call breaks, and how many of the SDK's own tries (None: all of them, and the workflow's retries of a step)."""
if FULL:
    WAYS += [("killed_before", None), ("refused", 1), ("refused", 2), ("lost", 2)]

SPINE = [*scenarios(), *carrying(), *coupon_scenarios()]
SUPPLY = [*lot_scenarios(), *moving(every=FULL), *queue_scenarios(), *node_scenarios(), *reservation_scenarios()]
"""What stands on the same commits: in the quick run each call is refused, or the last thing that a process does."""
ALL = [*SPINE, *SUPPLY]
QUICK = [WAYS[0], WAYS[2]]


@pytest.mark.parametrize("scenario", ALL, ids=[each.name.replace(" ", "-") for each in ALL])
def test_a_broken_call_leaves_all_or_nothing_and_asking_again_ends_well(world: World, scenario: Scenario) -> None:
    prepared = scenario.prepare(world)
    go_back = world.checkpoint()
    with world.record() as calls:
        assert scenario.act(world, prepared).status < 300
    for mode, tries in QUICK if scenario in SUPPLY and not FULL else WAYS:
        for number in _points(calls):
            go_back()
            scenario.begin(prepared)
            broken = Break(number, mode, tries)
            with world.fault(broken):
                first = scenario.act(world, prepared)
            assert broken.hit is not None, "the same calls are made each time"
            where = f"{scenario.name}: {mode} at call {number}, {broken.hit.function} {broken.hit.operation}"
            assert audit() == [], where
            _ask_again(world, scenario, prepared, first, where)


def _points(calls: list[Call]) -> list[int]:
    """Every call; of calls that only repeat the same read (eight shards of an index) the first and the last."""
    if FULL:
        return [call.number for call in calls]
    alike: dict[tuple[str, ...], list[int]] = {}
    for call in calls:
        where = call.request.get("IndexName") or call.request.get("TableName") or ""
        alike.setdefault((call.function, call.operation, str(where)), []).append(call.number)
    return sorted({number for numbers in alike.values() for number in (numbers[0], numbers[-1])})


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
