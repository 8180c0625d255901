"""The chain of events shows what was done to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ordo.kernel.canonical import sha256_hex
from ordo.orders.timeline import GENESIS, StoredEvent, verify_chain
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


def test_a_changed_body_is_found(chain: Chain) -> None:
    events, seq, head = chain
    events[1] = replace(events[1], body=events[1].body.replace("picked", "packed"))
    assert verify_chain(events, seq, head) == [
        "event 2 was changed: its hash differs",
        "event 3 does not follow the event before it",
    ]


def test_a_changed_body_with_its_hash_made_anew_is_found_by_the_next(chain: Chain) -> None:
    events, seq, head = chain
    body = events[1].body.replace("picked", "packed")
    events[1] = StoredEvent(2, body, sha256_hex(body))
    assert verify_chain(events, seq, head) == ["event 3 does not follow the event before it"]


def test_a_forged_last_event_is_found_by_the_header(chain: Chain) -> None:
    events, seq, head = chain
    body = events[3].body.replace("delivered", "lost")
    events[3] = StoredEvent(4, body, sha256_hex(body))
    assert verify_chain(events, seq, head) == ["the last event is not the one that the header names"]


def test_a_missing_event_is_found(chain: Chain) -> None:
    events, seq, head = chain
    del events[2]
    assert verify_chain(events, seq, head) == [
        "event 3 is missing or out of order: found 4",
        "event 4 does not follow the event before it",
    ]


def test_a_cut_end_is_found(chain: Chain) -> None:
    events, seq, head = chain
    assert verify_chain(events[:-1], seq, head) == ["the header counts 4 events, the timeline has 3"]


def test_swapped_events_are_found(chain: Chain) -> None:
    events, seq, head = chain
    events[1], events[2] = events[2], events[1]
    assert any("out of order" in finding for finding in verify_chain(events, seq, head))


def test_an_event_under_another_number_is_found(chain: Chain) -> None:
    events, seq, head = chain
    events[2] = replace(events[2], body=events[1].body, hash=events[1].hash)
    assert "event 3 carries the number 2" in verify_chain(events, seq, head)


def test_an_event_tells_the_state_that_it_led_to(chain: Chain) -> None:
    events, _, _ = chain
    assert [event.read()["status"] for event in events] == ["released", "in_fulfilment", "shipped", "delivered"]
