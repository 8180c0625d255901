"""The chain of events shows what was done to it."""

from __future__ import annotations

import pytest

from ordo.orders.timeline import GENESIS, StoredEvent
from ordo.orders.verification import verify_chain
from ordo.shipments.model import FulfilmentState
from tests.support.orders import ORDER, shop


@pytest.fixture
def chain() -> tuple[list[StoredEvent], int, str]:
    """Four events and the header's head."""
    world = shop()
    world.place(payable_later=True)
    for state in (FulfilmentState.PICKED, FulfilmentState.DISPATCHED):
        world.work(state)
    world.deliver()
    header = world.header()
    return world.repository.timeline(ORDER), header.seq, header.head_hash


Chain = tuple[list[StoredEvent], int, str]


def test_a_whole_timeline_has_no_findings(chain: Chain) -> None:
    events, seq, head = chain
    assert verify_chain(events, seq, head) == []
    assert events[0].read()["prev_hash"] == GENESIS
    assert [event.seq for event in events] == [1, 2, 3, 4]


def test_an_event_tells_the_state_that_it_led_to(chain: Chain) -> None:
    events, _, _ = chain
    assert [event.read()["status"] for event in events] == ["released", "in_fulfilment", "shipped", "delivered"]
