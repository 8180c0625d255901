"""Events for numbers that nobody knows yet wait, are tried again, and are parked with an alarm after seven days."""

from __future__ import annotations

from datetime import timedelta

from ordo.kernel.clock import from_iso, to_iso
from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.model import TrackingStatus
from ordo.shipments.waiting import FIRST_WAIT, LONGEST_WAIT, Outcome, first_wait, receive_push, retry
from tests.support.shipping import NOW, first, place
from tests.unit.shipments.conftest import Room, told

S = TrackingStatus
EARLY = told(S.LABEL_CREATED, to_iso(NOW))


def push(room: Room, *events: CarrierEvent) -> dict[Outcome, int]:
    return dict(receive_push(room.desk, room.store, "generic", events))


def again(room: Room) -> Outcome:
    """Try the one waiting event as the watcher would."""
    ((pk, sk),) = room.store.events
    return retry(pk, sk, room.desk, room.store)


def due(room: Room) -> str | None:
    (waiting,) = room.store.events.values()
    return waiting.due_at


def test_an_event_of_an_unknown_number_waits_a_minute(room: Room) -> None:
    assert push(room, EARLY) == {Outcome.WAITING: 1}
    assert due(room) == to_iso(NOW + FIRST_WAIT)


def test_a_repeat_of_a_waiting_event_waits_once(room: Room) -> None:
    push(room, EARLY)
    room.clock.forward(seconds=30)
    assert push(room, EARLY) == {Outcome.WAITING: 1}
    assert due(room) == to_iso(NOW + FIRST_WAIT)


def test_an_event_that_came_before_the_dispatch_is_recorded_after_it(room: Room) -> None:
    place(room.repository)
    push(room, EARLY)
    room.send(first())
    assert due(room) == to_iso(room.clock.now)
    assert again(room) is Outcome.RECORDED
    assert room.store.events == {}
    assert room.types()[-1] == "shipment.tracking_updated"


def test_a_dispatch_hurries_only_events_of_its_own_numbers_and_carrier(room: Room) -> None:
    place(room.repository)
    receive_push(room.desk, room.store, "other", [EARLY])
    room.send(first())
    assert due(room) == to_iso(NOW + FIRST_WAIT)


def test_a_repeated_dispatch_hurries_what_the_first_left_waiting(room: Room) -> None:
    place(room.repository)
    room.send(first())
    room.store.put(first_wait("generic", EARLY, room.desk.now()))
    room.send(first())
    assert due(room) == to_iso(room.clock.now)


def test_an_event_that_came_both_ways_is_recorded_once(room: Room) -> None:
    place(room.repository)
    push(room, EARLY)
    room.send(first())
    assert push(room, EARLY) == {Outcome.RECORDED: 1}
    assert again(room) is Outcome.KNOWN
    assert room.types().count("shipment.tracking_updated") == 1


def test_the_waits_double_up_to_six_hours(room: Room) -> None:
    push(room, EARLY)
    waits = []
    for _ in range(12):
        room.clock.now = from_iso(due(room) or "")
        assert again(room) is Outcome.WAITING
        waits.append(from_iso(due(room) or "") - room.clock.now)
    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (2, 4, 8, 16)]
    assert waits[-1] == LONGEST_WAIT == max(waits)


def test_after_seven_days_an_event_is_parked(room: Room) -> None:
    push(room, EARLY)
    room.clock.forward(days=7)
    assert again(room) is Outcome.PARKED
    assert due(room) is None


def test_a_parked_event_is_recorded_when_its_number_is_dispatched_at_last(room: Room) -> None:
    push(room, EARLY)
    room.clock.forward(days=8)
    again(room)
    place(room.repository, now=room.clock.now)
    room.send(first())
    assert due(room) == to_iso(room.clock.now)
    assert again(room) is Outcome.RECORDED


def test_a_try_that_was_overtaken_by_the_dispatch_does_not_put_the_event_off(room: Room) -> None:
    push(room, EARLY)
    ((key, seen),) = room.store.events.items()
    room.clock.forward(seconds=90)
    room.store.make_due("generic", "GEN1", room.clock.now)
    room.store.put_off(*key, seen, seen.put_off(room.clock.now))
    assert due(room) == to_iso(room.clock.now)


def test_an_event_that_is_gone_is_not_tried(room: Room) -> None:
    assert retry("carrier#generic#x", "waiting#x", room.desk, room.store) is Outcome.GONE
