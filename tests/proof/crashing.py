"""Every AWS call of an operation fails once, in every way; then the client asks again.

After the failure, and again at the end, the tables are audited with eyes of their own (`tests.support.audit`): exactly
one order or none, counters equal to what live orders reserve, no gap or duplicate in any timeline.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from tests.proof.scenarios import Scenario
from tests.support.audit import audit, ledger
from tests.support.faults import Break, Mode
from tests.support.wire import Call
from tests.support.world import Answer, World

FULL = os.environ.get("ORDO_PROOF") == "full"
Way = tuple[Mode, int | None]
WAYS: list[Way] = [("refused", None), ("lost", None), ("killed_after", None), ("lost", 1)]
"""How a call breaks, and how many of the SDK's own tries (None: all of them, and the workflow's retries of a step)."""
if FULL:
    WAYS += [("killed_before", None), ("refused", 1), ("refused", 2), ("lost", 2)]


def crash_at_every_call(world: World, scenario: Scenario, ways: Sequence[Way]) -> None:
    """Break each call of the scenario in each of these ways."""
    prepared = scenario.prepare(world)
    go_back = world.checkpoint()
    with world.record() as calls:
        assert scenario.act(world, prepared).status < 300
    for mode, tries in ways:
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
