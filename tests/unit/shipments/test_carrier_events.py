"""A carrier's event changes its parcel, its shipment and its order in one commit, once."""

from __future__ import annotations

import itertools
import os
import random
from collections import Counter

import pytest

from ordo.kernel.clock import to_iso
from ordo.orders.model import OrderStatus
from ordo.orders.verification import verify_chain
from ordo.shipments.carrier_events import CarrierEvent, normal_number
from ordo.shipments.model import TrackingStatus
from ordo.shipments.parcels import PackedParcel
from ordo.shipments.waiting import Outcome, receive_push
from tests.support.shipping import NOW, ORDER, TWO_NODES, first, place
from tests.unit.shipments.conftest import Room, told

S = TrackingStatus
SIX = (
    told(S.LABEL_CREATED, "2026-11-22T10:00:00.000Z"),
    told(S.PICKED_UP, "2026-11-22T11:00:00.000Z", place="Hangzhou"),
    told(S.IN_TRANSIT, "2026-11-22T15:00:00.000Z", description="到达杭州转运中心"),
    told(S.OUT_FOR_DELIVERY, "2026-11-23T08:00:00.000Z"),
    told(S.DELIVERY_ATTEMPT_FAILED, "2026-11-23T10:00:00.000Z"),
    told(S.DELIVERED, "2026-11-23T16:00:00.000Z"),
)


def shipped(room: Room) -> Room:
    place(room.repository)
    room.send(first())
    room.clock.forward(days=3)
    return room


def push(room: Room, *events: CarrierEvent) -> dict[Outcome, int]:
    return dict(receive_push(room.desk, room.store, "generic", events))


def push_each(room: Room, *events: CarrierEvent) -> dict[Outcome, int]:
    """Every event in a push of its own."""
    found: Counter[Outcome] = Counter()
    for event in events:
        found.update(push(room, event))
    return dict(found)


def test_an_event_is_recorded_with_its_parcel(room: Room) -> None:
    shipped(room)
    assert push(room, SIX[2]) == {Outcome.RECORDED: 1}
    (shipment,) = room.repository.load(ORDER).shipments.values()
    assert shipment.parcels[0].status is S.IN_TRANSIT
    assert shipment.parcels[0].history[0].description == "到达杭州转运中心"
    assert room.header().moved_at == to_iso(room.clock.now)


def test_the_carriers_own_words_are_not_in_the_timeline(room: Room) -> None:
    shipped(room)
    push(room, told(S.IN_TRANSIT, description="Left with Mr. Example", place="his garage"))
    event = room.repository.events[ORDER][-1]
    assert event.read()["type"] == "shipment.tracking_updated"
    assert event.read()["actor"] == {"type": "carrier", "id": "generic"}
    assert "Example" not in event.body
    assert "garage" not in event.body


def test_a_repeat_is_known_whatever_push_brings_it(room: Room) -> None:
    shipped(room)
    push(room, SIX[1])
    later = SIX[1].model_copy(update={"received_at": "2026-11-25T00:00:00.000Z"})
    assert push(room, later, SIX[1]) == {Outcome.KNOWN: 2}
    assert room.types().count("shipment.tracking_updated") == 1


def test_an_old_event_is_recorded_and_moves_nothing_back(room: Room) -> None:
    shipped(room)
    push(room, SIX[5])
    assert push(room, SIX[2]) == {Outcome.RECORDED: 1}
    assert room.types()[-2:] == ["shipment.delivered", "shipment.tracking_updated"]
    assert room.repository.events[ORDER][-1].read()["data"]["tracking_status"] == "delivered"
    assert room.header().status is OrderStatus.DELIVERED
    assert room.header().delivered_at == SIX[5].occurred_at


def test_the_last_parcels_delivery_delivers_shipment_and_order(room: Room) -> None:
    place(room.repository)
    room.send(first(), None, (PackedParcel("A", (("1", 3),)), PackedParcel("B", (("2", 2),))))
    room.clock.forward(days=3)
    push(room, told(S.DELIVERED, "2026-11-24T12:00:00.000Z", "A"))
    assert room.types()[-1] == "shipment.tracking_updated"
    assert room.header().status is OrderStatus.SHIPPED
    assert room.header().units.delivered == 3
    push(room, told(S.DELIVERED, "2026-11-23T12:00:00.000Z", "B"))
    last = room.repository.events[ORDER][-1].read()
    assert (last["type"], last["implies"]) == ("shipment.delivered", [])
    assert room.header().delivered_at == "2026-11-24T12:00:00.000Z"
    assert set(room.header().deadlines) == {"completion"}


def test_one_shipment_of_two_delivers_only_itself(room: Room) -> None:
    place(room.repository, TWO_NODES)
    room.send(first(number=1), "GEN1")
    room.send(first(number=2), "GEN2")
    room.clock.forward(days=3)
    push(room, told(S.DELIVERED, number="GEN1"))
    last = room.repository.events[ORDER][-1].read()
    assert (last["type"], last["implies"]) == ("shipment.delivered", [])
    assert room.header().status is OrderStatus.SHIPPED


def test_a_return_to_the_sender_takes_the_delivery_back(room: Room) -> None:
    shipped(room)
    push(room, SIX[5], told(S.RETURNED_TO_SENDER, "2026-11-24T09:00:00.000Z"))
    assert room.header().status is OrderStatus.SHIPPED
    assert room.header().delivered_at is None
    assert room.header().units.delivered == 0


@pytest.mark.parametrize(
    ("said", "kept"),
    [("2031-01-01T00:00:00.000Z", "2026-11-25T10:00:00.000Z"), ("1999-01-01T00:00:00.000Z", to_iso(NOW))],
)
def test_a_carriers_wrong_clock_does_not_move_the_completion(room: Room, said: str, kept: str) -> None:
    shipped(room)
    push(room, told(S.DELIVERED, said))
    assert room.header().delivered_at == kept


@pytest.mark.parametrize("text", ["gen 1", " GEN1", "Gen\t1"])
def test_numbers_are_compared_without_spaces_and_case(text: str) -> None:
    assert normal_number(text) == "GEN1"


def orders_of_arrival() -> list[tuple[CarrierEvent, ...]]:
    """All 720 in full; else the first, the last and a fixed sample of the others. Each event comes twice."""
    every = list(itertools.permutations(SIX))
    chosen = (
        every if os.environ.get("ORDO_PROOF") == "full" else [every[0], every[-1], *random.Random(6).sample(every, 40)]
    )
    together = [tuple(event for event in order for _ in range(2)) for order in chosen]
    apart = [order + order for order in chosen]
    return together + apart


def test_every_permutation_of_six_events_each_sent_twice_ends_delivered_with_six_events_published_once() -> None:
    for arrival in orders_of_arrival():
        room = shipped(Room())
        found = push_each(room, *arrival)
        assert found == {Outcome.RECORDED: 6, Outcome.KNOWN: 6}
        (shipment,) = room.repository.load(ORDER).shipments.values()
        (parcel,) = shipment.parcels
        assert parcel.status is S.DELIVERED
        assert [event.identity for event in parcel.history] == [event.identity for event in SIX]
        assert room.header().status is OrderStatus.DELIVERED
        assert room.header().delivered_at == SIX[5].occurred_at
        events = [event.read() for event in room.repository.events[ORDER]]
        tracked = [event for event in events if "tracking_status" in event["data"]]
        assert sorted(event["data"]["event"] for event in tracked) == sorted(event.identity for event in SIX)
        types = [kind for event in events for kind in (event["type"], *event["implies"])]
        assert types.count("shipment.delivered") == 1
        assert verify_chain(room.repository.events[ORDER], room.header().seq, room.header().head_hash) == []


def test_all_that_is_new_in_a_push_is_one_commit_that_tells_where_the_parcel_is_now() -> None:
    for arrival in orders_of_arrival()[:10]:
        room = shipped(Room())
        assert push(room, *arrival) == {Outcome.RECORDED: 6, Outcome.KNOWN: 6}
        (shipment,) = room.repository.load(ORDER).shipments.values()
        (parcel,) = shipment.parcels
        assert parcel.status is S.DELIVERED
        assert [event.identity for event in parcel.history] == [event.identity for event in SIX]
        assert room.types()[-2:] == ["shipment.dispatched", "shipment.delivered"]
        data = room.repository.events[ORDER][-1].read()["data"]
        assert [each["event"] for each in data["events"]] == [event.identity for event in SIX]
        assert (data["event"], data["event_status"]) == (SIX[5].identity, "delivered")


def test_a_push_of_a_history_that_is_known_but_for_its_last_event_tells_only_that(room: Room) -> None:
    shipped(room)
    push(room, *SIX[:3])
    assert push(room, *SIX[:4]) == {Outcome.RECORDED: 1, Outcome.KNOWN: 3}
    assert "events" not in room.repository.events[ORDER][-1].read()["data"]


def test_an_aggregator_finds_the_shipment_of_the_courier_that_it_names(room: Room) -> None:
    shipped(room)
    told = SIX[2].model_copy(update={"couriers": ("other", "generic")})
    assert dict(receive_push(room.desk, room.store, "aftership", [told])) == {Outcome.RECORDED: 1}
    assert dict(receive_push(room.desk, room.store, "aftership", [SIX[2]])) == {Outcome.WAITING: 1}
    assert push(room, SIX[2]) == {Outcome.KNOWN: 1}, "whoever tells it, it is the same event"
