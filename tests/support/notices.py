"""A small world for notifications: orders with timelines, endpoints, a receiver that may fail, a clock that is set."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ordo.kernel.clock import to_iso
from ordo.notifications.delivery import Delivery
from ordo.notifications.events import Message, TimelineEvent, messages_of
from ordo.notifications.memory import InMemoryEndpointStore, InMemoryLaneStore, InMemoryOutbox
from ordo.notifications.model import Endpoint, Job, Outcome

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DELIVERED = Outcome(True)
BROKEN = Outcome(False, "http_500")
GONE = Outcome(False, "http_410", gone=True)
SECRET = "whsec_" + "c2VjcmV0LW9mLXRoaXJ0eS10d28tYnl0ZXMtLi4uLi4="


def event(order_id: str, seq: int, type_: str = "order.changed", *implies: str, **more: Any) -> TimelineEvent:
    """Event `seq` of an order, one minute after the one before it."""
    fields = {
        "event_id": f"evt_{order_id}_{seq}",
        "order_id": order_id,
        "external_id": None,
        "channel": "web",
        "seq": seq,
        "type": type_,
        "implies": list(implies),
        "occurred_at": to_iso(START + timedelta(minutes=seq)),
        "status": "placed",
        "payment_status": "unpaid",
        "data": {},
        **more,
    }
    return TimelineEvent(order_id, seq, json.dumps(fields))


def endpoint(endpoint_id: str = "ep", **more: Any) -> Endpoint:
    """An endpoint that wants everything since the world began."""
    fields: dict[str, Any] = {
        "endpoint_id": endpoint_id,
        "url": "https://receiver.example/hook",
        "event_types": ("*",),
        "channels": ("*",),
        "secret": SECRET,
        "created_at": to_iso(START),
    }
    return Endpoint(**(fields | more))


@dataclass
class World:
    """Everything the delivery needs, in memory. `answer` decides what each attempt gives."""

    outbox: InMemoryOutbox = field(default_factory=InMemoryOutbox)
    lanes: InMemoryLaneStore = field(default_factory=InMemoryLaneStore)
    endpoints: InMemoryEndpointStore = field(default_factory=InMemoryEndpointStore)
    now: datetime = START + timedelta(days=1)
    answer: Callable[[Endpoint, Message], Outcome] = lambda _endpoint, _message: DELIVERED
    attempts: list[tuple[str, str]] = field(default_factory=list)
    received: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    alarms: list[str] = field(default_factory=list)
    workers: int = 0

    def add(self, *events: TimelineEvent) -> None:
        """Append events to their timelines."""
        for one in events:
            self.outbox.stored.setdefault(one.order_id, []).append(one)

    def send(self, to: Endpoint, message: Message) -> Outcome:
        """The `Send` of the world: what was delivered is in `received`, by endpoint and order."""
        self.attempts.append((to.endpoint_id, message.id))
        outcome = self.answer(to, message)
        if outcome.delivered:
            self.received[to.endpoint_id, message.order_id].append(message.id)
        return outcome

    def delivery(self) -> Delivery:
        """A worker of its own."""
        self.workers += 1
        return Delivery(
            timeline=self.outbox,
            lanes=self.lanes,
            endpoints=self.endpoints,
            send=self.send,
            clock=lambda: self.now,
            worker=f"worker-{self.workers}",
            spread=random.Random(7).random,
            alarm=self.alarms.append,
        )

    def announce(self, one: TimelineEvent, go_on: Callable[[], bool] = lambda: True) -> None:
        """The bus brings an event, each of its types, to one worker."""
        worker = self.delivery()
        for message in messages_of(one):
            for job in worker.jobs(one.order_id, one.seq, message.type, message.channel, message.timestamp):
                worker.run(job, go_on)

    def wake(self, order_id: str, endpoint_id: str = "ep") -> None:
        """The watcher wakes a lane."""
        self.delivery().run(Job(endpoint_id, order_id), lambda: True)

    def wake_all_due(self) -> int:
        """The watcher wakes every lane that is due; gives how many."""
        due = [one for one in self.lanes.stored.values() if one.deadline_at and one.deadline_at <= to_iso(self.now)]
        for lane in due:
            self.wake(lane.order_id, lane.endpoint_id)
        return len(due)

    def got(self, order_id: str, endpoint_id: str = "ep") -> list[str]:
        """Ids of what an endpoint took of an order, in the order in which it did."""
        return self.received[endpoint_id, order_id]
