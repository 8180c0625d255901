"""What the stream lost (a record expired, a dead letter) is published from the table: timelines against receipts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from ordo.notifications.events import PoisonEvent, TimelineEvent, messages_of
from ordo.notifications.ports import Settled, Timeline
from ordo.notifications.publisher import Publisher

BATCH = 100
"""Events published, and noted, together."""


def sweep(publisher: Publisher, since: str, before: str, go_on: Callable[[], bool] = lambda: True) -> int:
    """Publish what happened from `since` until `before` and has no receipt; gives how many events that were.

    `before` leaves younger events to the stream, which is about to bring them. Orders that were not
    looked at when `go_on` says no are left to the next sweep. Raises `PublishingFailed`.
    """
    found, lost = 0, _lost(publisher, since, before, go_on)
    while batch := list(islice(lost, BATCH)):
        publisher.publish(batch)
        found += len(batch)
    return found


def _lost(publisher: Publisher, since: str, before: str, go_on: Callable[[], bool]) -> Iterator[TimelineEvent]:
    settled = publisher.outbox.settled(since)
    for order_id, head in publisher.outbox.changed(since, settled):
        if not go_on():
            return
        for event in _unsettled(publisher.outbox, order_id, head, settled):
            moment = _moment(event)
            if moment and moment < since:
                break
            if moment < before:
                yield event


def _unsettled(timeline: Timeline, order_id: str, head: int, settled: Settled) -> Iterator[TimelineEvent]:
    """An order's events without a receipt, the last first."""
    known = settled.get(order_id, set())
    for seq in range(head, 0, -1):
        if seq not in known:
            yield from timeline.events(order_id, seq - 1, 1)


def _moment(event: TimelineEvent) -> str:
    """When it occurred; nothing for a poison event, which is to be set aside whenever it was."""
    try:
        return messages_of(event)[0].timestamp
    except PoisonEvent:
        return ""
