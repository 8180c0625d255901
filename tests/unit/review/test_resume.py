"""An enabled endpoint with more waiting lanes than one run can wake: the next run goes on, it does not begin again."""

from __future__ import annotations

from datetime import timedelta

from ordo.notifications.model import Lane
from tests.support.notices import World, endpoint


def waiting(world: World, count: int) -> None:
    world.endpoints.put(endpoint())
    for number in range(count):
        world.lanes.put(Lane("ep", f"ord_{number}", pending_upto=1).parked())


def test_lanes_that_a_run_has_woken_are_not_woken_again_by_the_next() -> None:
    world = World()
    waiting(world, 5)
    assert world.delivery().resume("ep") == 5
    world.now += timedelta(minutes=6)
    assert world.delivery().resume("ep") == 0


def test_a_lane_that_waits_for_its_next_attempt_is_woken_at_once() -> None:
    world = World()
    waiting(world, 1)
    lane = world.lanes.get("ep", "ord_0")
    assert lane is not None
    world.lanes.put(lane.waiting(world.now + timedelta(hours=5), attempts=4))
    assert world.delivery().resume("ep") == 1
    woken = world.lanes.get("ep", "ord_0")
    assert woken is not None
    assert not woken.held_back(world.now)
    assert woken.attempts == 0
