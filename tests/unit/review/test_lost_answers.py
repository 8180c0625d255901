"""A conditional write whose answer was lost is sent again by the SDK, and then meets itself: the condition fails."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ordo.notifications.memory import InMemoryEndpointStore, InMemoryLaneStore
from ordo.notifications.model import LEASE, Endpoint, Lane
from ordo.notifications.ports import StaleEndpoint, StaleLane
from ordo.notifications.service import EndpointDraft, EndpointService
from tests.support.notices import START, World, endpoint, event


class LaneWritesMeetThemselves(InMemoryLaneStore):
    """The write number `lost` is made, and told to have failed."""

    def __init__(self, lost: int) -> None:
        super().__init__()
        self._lost = lost

    def put(self, lane: Lane) -> Lane:
        written = super().put(lane)
        self._lost -= 1
        if self._lost == 0:
            raise StaleLane
        return written


@pytest.mark.parametrize("lost", [1, 2])
def test_a_lane_whose_lease_or_release_met_itself_is_not_left_behind(lost: int) -> None:
    world = World(lanes=LaneWritesMeetThemselves(lost))
    world.endpoints.put(endpoint())
    world.add(event("ord_A", 1))
    world.announce(event("ord_A", 1))
    assert world.got("ord_A") == ["evt_ord_A_1"]
    lane = world.lanes.get("ep", "ord_A")
    assert lane is not None
    assert not lane.behind


def test_a_lane_that_another_worker_holds_is_left_to_it() -> None:
    world = World()
    world.endpoints.put(endpoint())
    world.add(event("ord_A", 1))
    held = Lane("ep", "ord_A", pending_upto=1).leased("another", world.now)
    world.lanes.put(held)
    world.announce(event("ord_A", 1))
    assert world.got("ord_A") == []
    world.now += LEASE + timedelta(seconds=1)
    world.announce(event("ord_A", 1))
    assert world.got("ord_A") == ["evt_ord_A_1"]


class EndpointWritesMeetThemselves(InMemoryEndpointStore):
    """Each first write is made, and told to have failed."""

    def __init__(self) -> None:
        super().__init__()
        self.lose = True

    def put(self, endpoint: Endpoint) -> Endpoint:
        written = super().put(endpoint)
        if self.lose:
            self.lose = False
            raise StaleEndpoint
        return written


def service(store: InMemoryEndpointStore) -> EndpointService:
    numbers = iter(range(100))
    return EndpointService(store, lambda: START, lambda: f"whsec_{next(numbers)}", lambda _: None, False)


def draft(*, rotate: bool = False) -> EndpointDraft:
    return EndpointDraft("https://shop.example/hook", ("*",), ("web",), "active", rotate)


def test_a_new_endpoint_whose_write_met_itself_still_shows_its_secret() -> None:
    store = EndpointWritesMeetThemselves()
    written, fresh = service(store).put("ep", draft(), lambda _: True)
    assert fresh
    assert store.stored["ep"].secret == written.secret


def test_a_rotation_whose_write_met_itself_keeps_the_secret_that_consumers_know() -> None:
    store = EndpointWritesMeetThemselves()
    store.lose = False
    merchant = service(store)
    known, _ = merchant.put("ep", draft(), lambda _: True)
    store.lose = True
    rotated, fresh = merchant.put("ep", draft(rotate=True), lambda _: True)
    assert fresh
    assert rotated.secret != known.secret
    assert store.stored["ep"].secrets(START) == (rotated.secret, known.secret)
