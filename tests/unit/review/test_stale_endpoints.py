"""Each container keeps the endpoints for half a minute: what it sees of an endpoint may be older than the failures."""

from __future__ import annotations

from datetime import timedelta

from ordo.notifications.memory import InMemoryEndpointStore
from ordo.notifications.model import FAILING_FOR, Endpoint
from tests.support.notices import BROKEN, DELIVERED, World, endpoint, event


class KeptEndpoints(InMemoryEndpointStore):
    """`all` gives what was there when it was kept."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Endpoint] = []

    def all(self, since: str = "") -> list[Endpoint]:
        return self.kept


def test_one_failure_after_a_quiet_week_does_not_disable_an_endpoint_that_recovered() -> None:
    store = KeptEndpoints()
    world = World(endpoints=store)
    store.put(endpoint())
    store.kept = list(store.stored.values())  # before the first failure
    world.add(event("ord_A", 1))
    world.answer = lambda _to, _message: BROKEN
    world.announce(event("ord_A", 1))
    world.now += timedelta(minutes=1)
    world.answer = lambda _to, _message: DELIVERED
    world.wake("ord_A")
    assert world.got("ord_A") == ["evt_ord_A_1"]

    world.now += FAILING_FOR + timedelta(days=2)
    store.kept = list(store.stored.values())
    world.add(event("ord_B", 1))
    world.answer = lambda _to, _message: BROKEN
    world.announce(event("ord_B", 1))
    assert store.stored["ep"].active
    assert world.alarms == []
