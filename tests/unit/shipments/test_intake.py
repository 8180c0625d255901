"""A push that was accepted is never lost: recorded, waiting, or in the queue; and it says plainly when it is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError
from standardwebhooks import Webhook

from ordo.kernel.errors import Busy, Code, OrdoError
from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.carriers.port import Push
from ordo.shipments.intake import Intake
from ordo.shipments.model import TrackingStatus
from ordo.shipments.schemas import MAX_EVENTS, TrackingPush
from ordo.shipments.unread import InMemoryUnreadStore
from ordo.shipments.waiting import InMemoryWaitingStore, WaitingEvent
from tests.support.shipping import first, place
from tests.unit.shipments.conftest import Room

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DATA: dict[str, Any] = {"tracking_number": "GEN1", "status": "in_transit", "occurred_at": "2026-11-22T18:00:00+08:00"}


def body(**data: Any) -> str:
    return json.dumps({"type": "tracking.updated", "timestamp": "2026-11-22T10:00:00Z", "data": {**DATA, **data}})


def read(text: str) -> TrackingPush:
    return TrackingPush.model_validate_json(text)


class BrokenStore(InMemoryWaitingStore):
    """A store that is busy until it is mended."""

    broken = True

    def put(self, waiting: WaitingEvent) -> None:
        if self.broken:
            raise Busy()
        super().put(waiting)


class Queue:
    """Messages, as the queue would give them to the function."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.records: list[dict[str, Any]] = []

    def __call__(self, message: dict[str, Any]) -> None:
        if self.broken:
            raise ConnectionError("no queue")
        self.records.append({"messageId": f"m{len(self.records)}", "body": json.dumps(message)})


def intake_of(room: Room, store: InMemoryWaitingStore | None = None, queue: Queue | None = None) -> Intake:
    """An intake of the generic carrier, with its queue in the test's hands."""
    secrets = {"generic": SECRET}
    return Intake(room.desk, store or room.store, queue or Queue(), InMemoryUnreadStore(), lambda _age: secrets)


def take(intake: Intake, text: str, room: Room) -> tuple[int, dict[str, Any]]:
    """The answer to a signed push."""
    now = room.clock.now
    signature = Webhook(SECRET).sign("msg_1", now, text)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    reply = intake.receive(Push("generic", text.encode(), headers))
    return reply.status, json.loads(reply.body)


def answered(recorded: int = 0, known: int = 0, waiting: int = 0, *, queued: bool = False) -> dict[str, Any]:
    return {"recorded": recorded, "known": known, "waiting": waiting, "queued": queued}


def test_a_push_is_recorded_and_then_known(room: Room) -> None:
    place(room.repository)
    room.send(first())
    intake = intake_of(room)
    assert take(intake, body(), room) == (200, answered(recorded=1))
    assert take(intake, body(), room) == (200, answered(known=1))


def test_a_push_may_hold_several_events_of_several_parcels(room: Room) -> None:
    place(room.repository)
    room.send(first())
    events = [
        {"status": "picked_up", "occurred_at": "2026-11-22T09:00:00Z"},
        {"status": "picked_up", "occurred_at": "2026-11-22T09:00:00Z", "tracking_number": "gen 2"},
        {"status": "in_transit", "occurred_at": "2026-11-22T10:00:00Z"},
    ]
    told = take(intake_of(room), body(events=events), room)
    assert told == (202, answered(recorded=2, waiting=1)), "the push's own status is the last of its events"


def test_a_push_that_could_not_be_recorded_is_recorded_from_the_queue(room: Room) -> None:
    store, queue = BrokenStore(), Queue()
    intake = intake_of(room, store, queue)
    assert take(intake, body(description="张三 签收"), room) == (202, answered(queued=True))
    assert "张三" not in queue.records[0]["body"]
    assert intake.take_again(queue.records) == ["m0"]
    store.broken = False
    assert intake.take_again(queue.records) == []
    (kept,) = store.events.values()
    assert kept.event.description == "张三 签收"


def test_a_push_that_cannot_be_queued_either_is_asked_for_again(room: Room) -> None:
    with pytest.raises(OrdoError) as refused:
        take(intake_of(room, BrokenStore(), Queue(broken=True)), body(), room)
    assert refused.value.code is Code.UNAVAILABLE


def test_a_message_that_cannot_be_read_does_not_hold_back_the_others(room: Room) -> None:
    queue = Queue()
    store = BrokenStore()
    intake = intake_of(room, store, queue)
    take(intake, body(), room)
    store.broken = False
    records = [{"messageId": "bad", "body": "{}"}, *queue.records]
    assert intake.take_again(records) == ["bad"]
    assert len(store.events) == 1


def test_what_failed_is_logged_without_a_word_of_the_body(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    place(room.repository)
    intake = intake_of(room, BrokenStore())
    take(intake, body(description="Zhang San"), room)
    intake.take_again([{"messageId": "m", "body": "Zhang San"}])
    assert "Zhang" not in caplog.text


def test_a_push_of_another_type_is_ignored() -> None:
    push = read('{"type": "label.created", "timestamp": "2026-11-22T10:00:00Z", "data": {"anything": [1]}}')
    assert push.events("2026-11-22T10:00:00.000Z") == []


@pytest.mark.parametrize(
    "data",
    [
        {"status": "teleported"},
        {"status": None},
        {"occurred_at": "2026-11-22T18:00:00"},
        {"occurred_at": "0001-01-01T00:00:00+14:00"},
        {"occurred_at": "yesterday"},
        {"tracking_number": ""},
        {"tracking_number": "A" * 61},
        {"tracking_number": "GEN\n1"},
        {"events": [{"status": "delivered"}]},
        {"events": [{"status": "delivered", "occurred_at": "2026-11-22T10:00:00Z"}] * (MAX_EVENTS + 1)},
        {"status": None, "occurred_at": None},
    ],
)
def test_a_push_with_bad_data_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(body(**data))


def test_a_talkative_carrier_loses_words_and_no_event() -> None:
    (event,) = read(body(description="x" * 1001)).events("2026-11-22T10:00:00.000Z")
    assert event.description == "x" * 1000


def test_a_tracking_update_without_data_is_refused() -> None:
    with pytest.raises(ValidationError):
        read('{"type": "tracking.updated", "timestamp": "2026-11-22T10:00:00Z"}')


def test_an_event_is_the_same_in_any_zone_and_spelling() -> None:
    def identity(**data: Any) -> str:
        (event,) = read(body(**data)).events("2026-11-22T10:00:00.000Z")
        return event.identity

    assert identity() == identity(occurred_at="2026-11-22T10:00:00.000Z", tracking_number="gen1")
    different = [identity(), identity(place="Hangzhou"), identity(description="Hangzhou"), identity(status="picked_up")]
    assert len(set(different)) == 4


def test_an_event_keeps_when_it_was_received() -> None:
    (event,) = read(body()).events("2026-11-22T10:00:00.000Z")
    assert event == CarrierEvent(
        tracking_number="GEN1",
        status=TrackingStatus.IN_TRANSIT,
        occurred_at="2026-11-22T10:00:00.000Z",
        received_at="2026-11-22T10:00:00.000Z",
    )
