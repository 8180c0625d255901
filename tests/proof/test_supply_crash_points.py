"""Crash points of stock: movements, lots, reservations, queues, nodes that say no, large orders.

They stand on the same commits as the others: in the quick run each call is refused, or the last thing that a process
does (of large orders only that); under ORDO_PROOF=full it breaks in every way.
"""

from __future__ import annotations

import pytest

from tests.proof.crashing import FULL, WAYS, crash_at_every_call
from tests.proof.lot_scenarios import lot_scenarios
from tests.proof.moving import moving
from tests.proof.node_scenarios import node_scenarios
from tests.proof.queues import queue_scenarios
from tests.proof.reservation_scenarios import reservation_scenarios
from tests.proof.scenarios import Scenario
from tests.support.world import World

ALL = [*lot_scenarios(), *moving(every=FULL), *queue_scenarios(), *node_scenarios(), *reservation_scenarios()]


@pytest.mark.parametrize("scenario", ALL, ids=[each.name.replace(" ", "-") for each in ALL])
def test_a_broken_call_leaves_all_or_nothing_and_asking_again_ends_well(world: World, scenario: Scenario) -> None:
    quick = [WAYS[2]] if scenario.name.startswith("large") else [WAYS[0], WAYS[2]]
    crash_at_every_call(world, scenario, WAYS if FULL else quick)
