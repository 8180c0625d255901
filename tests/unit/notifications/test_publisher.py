"""The outbox reaches the bus: at least once, nothing left out, a receipt only for what was published."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.kernel.errors import Conflict
from ordo.notifications.events import MAX_ENTRY_BYTES, TimelineEvent
from ordo.notifications.memory import InMemoryEndpointStore, InMemoryOutbox
from ordo.notifications.model import Endpoint
from ordo.notifications.publisher import TRIES, Publisher, PublishingFailed
from ordo.notifications.sweep import sweep
from ordo.runtime.bus import BusUnavailable
from tests.support.notices import endpoint, event


@dataclass
class FakeBus:
    """Takes entries, or refuses them by the codes that a test lines up; `down` calls fail whole."""

    taken: list[dict[str, Any]] = field(default_factory=list)
    codes: list[str | None] = field(default_factory=list)
    down_after: int | None = None
    calls: list[int] = field(default_factory=list)

    def __call__(self, entries: Sequence[dict[str, Any]]) -> list[str | None]:
        assert 1 <= len(entries) <= 10
        assert sum(len(entry["Detail"].encode()) for entry in entries) < 256 * 1024
        if self.down_after is not None and len(self.calls) >= self.down_after:
            raise BusUnavailable("EndpointConnectionError")
        self.calls.append(len(entries))
        answers = [self.codes.pop(0) if self.codes else None for _ in entries]
        self.taken += [entry for entry, code in zip(entries, answers, strict=True) if code is None]
        return answers

    @property
    def ids(self) -> list[str]:
        return [json.loads(entry["Detail"])["id"] for entry in self.taken]


@dataclass
class Room:
    """A publisher and what it touches."""

    outbox: InMemoryOutbox = field(default_factory=InMemoryOutbox)
    endpoints: InMemoryEndpointStore = field(default_factory=InMemoryEndpointStore)
    bus: FakeBus = field(default_factory=FakeBus)
    parked: list[dict[str, Any]] = field(default_factory=list)
    pauses: list[int] = field(default_factory=list)

    @property
    def publisher(self) -> Publisher:
        return Publisher(self.outbox, self.endpoints.all, self.bus, self.parked.append, "ordo", self.pauses.append)

    def sweep(self, since: str = "", before: str = "~") -> int:
        """The daily run."""
        return sweep(self.publisher, since, before)

    def settled(self, order_id: str) -> set[int]:
        """The order's events that have a receipt."""
        return self.outbox.receipts.get(order_id, set())

    def written(self, *events: TimelineEvent) -> list[TimelineEvent]:
        """Put events into their timelines."""
        for one in events:
            self.outbox.stored.setdefault(one.order_id, []).append(one)
        return list(events)


@pytest.fixture
def room() -> Room:
    return Room()


def test_one_entry_for_the_type_and_one_for_each_type_it_implies(room: Room) -> None:
    room.publisher.publish(room.written(event("ord_A", 1, "payment.captured", "order.released")))
    assert [(entry["DetailType"], entry["Source"], entry["EventBusName"]) for entry in room.bus.taken] == [
        ("payment.captured", "ordo", "ordo"),
        ("order.released", "ordo", "ordo"),
    ]
    assert room.bus.ids == ["evt_ord_A_1", "evt_ord_A_1.order.released"]
    assert json.loads(room.bus.taken[1]["Detail"]) == {
        "id": "evt_ord_A_1.order.released",
        "type": "order.released",
        "timestamp": "2026-03-01T12:01:00.000Z",
        "seq": 1,
        "order_id": "ord_A",
        "external_id": None,
        "channel": "web",
        "status": "placed",
        "payment_status": "unpaid",
        "to_webhooks": False,
        "data": {},
    }
    assert room.settled("ord_A") == {1}


def wanted(room: Room) -> dict[str, bool]:
    """By type, whether the Webhooks queue is to have it."""
    return {entry["DetailType"]: json.loads(entry["Detail"])["to_webhooks"] for entry in room.bus.taken}


@pytest.mark.parametrize(
    ("given", "captured", "released"),
    [
        ({}, True, True),
        ({"state": "disabled"}, True, True),
        ({"channels": ("web",)}, True, True),
        ({"channels": ("pos",)}, False, False),
        ({"event_types": ("order.released",)}, False, True),
        ({"created_at": "2026-03-01T12:01:00.000Z"}, True, True),
        ({"created_at": "2026-03-01T12:01:00.001Z"}, False, False),
    ],
)
def test_only_what_an_endpoint_wants_goes_to_the_webhooks_queue(
    room: Room, given: dict[str, Any], captured: bool, released: bool
) -> None:
    room.endpoints.put(endpoint(**given))
    room.publisher.publish(room.written(event("ord_A", 1, "payment.captured", "order.released")))
    assert wanted(room) == {"payment.captured": captured, "order.released": released}


def test_an_endpoint_made_after_the_event_was_written_and_before_it_is_published_is_seen(room: Room) -> None:
    publisher, events = room.publisher, room.written(event("ord_A", 1))
    room.endpoints.put(endpoint())
    publisher.publish(events)
    assert wanted(room) == {"order.changed": True}


def test_the_endpoints_are_read_once_for_a_batch(room: Room) -> None:
    reads: list[int] = []
    publisher = room.publisher

    def read() -> list[Endpoint]:
        reads.append(1)
        return room.endpoints.all()

    publisher.listeners = read
    publisher.publish(room.written(event("ord_A", 1), event("ord_A", 2), event("ord_B", 1)))
    assert reads == [1]


def test_a_list_of_endpoints_that_cannot_be_read_publishes_nothing_and_the_batch_comes_again(room: Room) -> None:
    publisher, events = room.publisher, room.written(event("ord_A", 1))

    def throttled() -> list[Endpoint]:
        raise Conflict("ThrottlingException")

    publisher.listeners = throttled
    with pytest.raises(Conflict):
        publisher.publish(events)
    assert (room.bus.taken, room.outbox.receipts) == ([], {})


def test_events_of_one_order_go_in_the_order_of_their_numbers(room: Room) -> None:
    room.written(*(event("ord_A", seq) for seq in (1, 2, 3)))
    room.publisher.publish(event("ord_A", seq) for seq in (3, 1, 2))
    assert room.bus.ids == ["evt_ord_A_1", "evt_ord_A_2", "evt_ord_A_3"]


def test_refused_entries_alone_are_sent_again(room: Room) -> None:
    room.bus.codes = [None, "ThrottlingException", None, "InternalFailure"]
    room.publisher.publish(room.written(*(event("ord_A", seq) for seq in (1, 2, 3))))
    assert room.bus.calls == [3, 1, 1]
    assert sorted(room.bus.ids) == ["evt_ord_A_1", "evt_ord_A_2", "evt_ord_A_3"]
    assert room.pauses == [0, 1]


def test_an_order_whose_entry_is_never_taken_has_no_receipt_and_the_batch_comes_again(room: Room) -> None:
    room.bus.codes = [None, "InternalFailure", *["InternalFailure"] * (TRIES - 1)]
    with pytest.raises(PublishingFailed):
        room.publisher.publish(room.written(event("ord_A", 1), event("ord_B", 1)))
    assert (room.settled("ord_A"), room.settled("ord_B")) == ({1}, set())


def test_a_bus_that_goes_down_midway_leaves_the_rest_to_the_next_try(room: Room) -> None:
    events = room.written(*(event(f"ord_{n:02d}", 1) for n in range(25)))
    room.bus.down_after = 1
    with pytest.raises(PublishingFailed):
        room.publisher.publish(events)
    assert sorted(room.outbox.receipts) == [f"ord_{n:02d}" for n in range(10)]
    room.bus.down_after = None
    room.publisher.publish(events)
    assert len(room.outbox.receipts) == 25
    assert set(room.bus.ids) == {f"evt_ord_{n:02d}_1" for n in range(25)}


@pytest.mark.parametrize("body", ["{broken", "{}", "[]", '"x"', "null", '{"order_id": "ord_B", "seq": 1}'])
def test_poison_is_parked_once_by_reference_and_the_rest_goes_on(room: Room, body: str) -> None:
    events = room.written(event("ord_A", 1), TimelineEvent("ord_A", 2, body), event("ord_A", 3), event("ord_B", 1))
    room.publisher.publish(events)
    assert [(letter["order_id"], letter["seq"]) for letter in room.parked] == [("ord_A", 2)]
    assert body not in json.dumps(room.parked)
    assert set(room.bus.ids) == {"evt_ord_A_1", "evt_ord_A_3", "evt_ord_B_1"}
    assert room.outbox.receipts == {"ord_A": {1, 2, 3}, "ord_B": {1}}


def test_an_entry_that_the_bus_will_never_take_is_parked(room: Room) -> None:
    room.bus.codes = ["MalformedDetail", None]
    room.publisher.publish(room.written(event("ord_A", 1), event("ord_B", 1)))
    assert room.parked == [{"order_id": "ord_A", "seq": 1, "reason": "MalformedDetail"}]
    assert (room.bus.ids, room.pauses) == (["evt_ord_B_1"], [])


def test_an_event_too_large_for_the_bus_goes_without_its_data(room: Room) -> None:
    room.publisher.publish(room.written(event("ord_A", 1, data={"note": "长" * MAX_ENTRY_BYTES})))
    detail = json.loads(room.bus.taken[0]["Detail"])
    assert (detail["data"], detail["data_omitted"]) == ({}, True)


def test_large_events_are_spread_over_calls(room: Room) -> None:
    events = [event("ord_A", seq, data={"note": "x" * 90_000}) for seq in range(1, 6)]
    room.publisher.publish(room.written(*events))
    assert room.bus.calls == [2, 2, 1]


def test_events_without_a_receipt_since_the_table_throttled_are_published_again_by_the_sweep(room: Room) -> None:
    settle = room.outbox.settle

    def throttled(events: Sequence[TimelineEvent]) -> None:
        raise Conflict("ThrottlingException")

    room.outbox.settle = throttled  # type: ignore[method-assign]  # a table that throttles
    room.publisher.publish(room.written(event("ord_A", 1)))
    room.outbox.settle = settle  # type: ignore[method-assign]
    assert room.sweep() == 1
    assert room.bus.ids == ["evt_ord_A_1", "evt_ord_A_1"]


def test_a_sweep_publishes_what_the_stream_lost_and_then_nothing(room: Room) -> None:
    room.publisher.publish(room.written(event("ord_A", 1), event("ord_A", 3)))
    room.written(event("ord_A", 2), event("ord_A", 4), event("ord_B", 1))
    room.outbox.stored["ord_A"].sort(key=lambda one: one.seq)
    assert room.sweep() == 3
    assert sorted(room.bus.ids) == ["evt_ord_A_1", "evt_ord_A_2", "evt_ord_A_3", "evt_ord_A_4", "evt_ord_B_1"]
    assert room.sweep() == 0


def test_a_sweep_leaves_young_events_to_the_stream_and_what_is_older_than_its_receipts_alone(room: Room) -> None:
    room.written(*(event("ord_A", seq) for seq in range(1, 6)))
    assert room.sweep(since="2026-03-01T12:02:00.000Z", before="2026-03-01T12:04:00.000Z") == 2
    assert room.bus.ids == ["evt_ord_A_2", "evt_ord_A_3"]


def test_a_sweep_puts_poison_aside_once_and_goes_on(room: Room) -> None:
    room.written(event("ord_A", 1), TimelineEvent("ord_A", 2, "{broken"), event("ord_A", 3))
    assert (room.sweep(), room.sweep()) == (3, 0)
    assert [(letter["order_id"], letter["seq"]) for letter in room.parked] == [("ord_A", 2)]
    assert room.bus.ids == ["evt_ord_A_1", "evt_ord_A_3"]


def test_a_sweep_that_has_no_time_left_publishes_what_it_found(room: Room) -> None:
    room.written(event("ord_A", 1), event("ord_B", 1))
    times = iter([True, False])
    assert sweep(room.publisher, "", "~", lambda: next(times)) == 1
    assert room.bus.ids == ["evt_ord_A_1"]


@given(
    length=st.integers(1, 8),
    batches=st.lists(st.lists(st.integers(0, 7), min_size=1, max_size=4), max_size=8),
    codes=st.lists(st.sampled_from([None, "ThrottlingException"]), max_size=30),
)
def test_no_receipt_names_an_event_that_the_bus_did_not_take(
    length: int, batches: list[list[int]], codes: list[str | None]
) -> None:
    room = Room()
    room.written(*(event("ord_A", seq) for seq in range(1, length + 1)))
    room.bus.codes = codes
    for batch in batches:
        with suppress(PublishingFailed):
            room.publisher.publish(event("ord_A", number % length + 1) for number in batch)
        assert {f"evt_ord_A_{seq}" for seq in room.settled("ord_A")} <= set(room.bus.ids)
    room.bus.codes = []
    room.sweep()
    assert set(room.bus.ids) == {f"evt_ord_A_{seq}" for seq in range(1, length + 1)}
    assert room.settled("ord_A") == set(range(1, length + 1))
