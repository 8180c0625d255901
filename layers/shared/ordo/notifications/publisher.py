"""The outbox's other end: events of the timeline go to the bus, at least once, none left out.

Published first, then a receipt for the whole batch: a crash between the two publishes again, never forgets. What has no
receipt is found by the daily sweep (docs/adr/0014-receipts.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ordo.kernel.errors import Conflict
from ordo.notifications.events import Message, PoisonEvent, TimelineEvent, bus_entry, messages_of, size_of
from ordo.notifications.model import Endpoint
from ordo.notifications.ports import Bus, Listeners, Outbox, Park
from ordo.runtime.bus import BusUnavailable

BATCH_ENTRIES = 10
BATCH_BYTES = 250_000
TRIES = 6
LASTING = (
    "InvalidArgument",
    "MalformedDetail",
    "NotAuthorizedForSourceException",
    "NotAuthorizedForDetailTypeException",
)
"""Error codes of an entry that no retry will cure."""


class PublishingFailed(Exception):
    """The bus did not take everything: what has no receipt must be brought again."""


@dataclass(slots=True)
class _Entry:
    event: TimelineEvent
    entry: dict[str, Any]


@dataclass(slots=True)
class Publisher:
    """Publishes events of orders. `pause(n)` waits with jitter before try `n + 1`; `park` takes poison by reference.

    For one run: `listeners` is asked once, when the first event is there, so its answer is never older than the events.
    """

    outbox: Outbox
    listeners: Listeners
    bus: Bus
    park: Park
    bus_name: str
    pause: Callable[[int], None]
    _parked: set[tuple[str, int]] = field(default_factory=set)
    _endpoints: Sequence[Endpoint] | None = None

    def publish(self, events: Iterable[TimelineEvent]) -> None:
        """Publish events, each order's in the order of their numbers, and keep a receipt of them.

        Raises `PublishingFailed` when the bus did not take everything; the receipt names orders of which it took all.
        """
        events = sorted(events, key=lambda event: (event.order_id, event.seq))
        unsent = self._send(events)
        self._settle([event for event in events if event.order_id not in unsent])
        if unsent:
            raise PublishingFailed(f"the bus did not take events of {len(unsent)} orders")

    def _settle(self, events: list[TimelineEvent]) -> None:
        """A throttled receipt is left out: the daily sweep then publishes once more."""
        if events:
            with suppress(Conflict):
                self.outbox.settle(events)

    def _send(self, events: Iterable[TimelineEvent]) -> set[str]:
        """Send events; gives the orders of which something was not taken. Stops at the first call that fails whole."""
        unsent: set[str] = set()
        down = False
        for batch in _batches([entry for event in events for entry in self._entries(event)]):
            left = batch
            if not down:
                try:
                    left = self._send_batch(batch)
                except BusUnavailable:
                    down = True
            unsent |= {one.event.order_id for one in left}
        return unsent

    def _entries(self, event: TimelineEvent) -> list[_Entry]:
        try:
            messages = messages_of(event)
        except PoisonEvent as poison:
            self._set_aside(event, str(poison))
            return []
        return [_Entry(event, bus_entry(one, self.bus_name, self._is_wanted(one))) for one in messages]

    def _is_wanted(self, message: Message) -> bool:
        """Whether some endpoint wants it: a disabled one too, whose lanes go on when it is enabled again."""
        if self._endpoints is None:
            self._endpoints = self.listeners()
        return any(one.wants(message.type, message.channel, message.timestamp) for one in self._endpoints)

    def _send_batch(self, batch: list[_Entry]) -> list[_Entry]:
        """Send a batch, and the refused entries again; gives those that the bus never took."""
        for attempt in range(TRIES):
            answers = self.bus([one.entry for one in batch])
            refused = [(one, code) for one, code in zip(batch, answers, strict=True) if code]
            for one, code in refused:
                if code in LASTING:
                    self._set_aside(one.event, code)
            batch = [one for one, code in refused if code not in LASTING]
            if not batch:
                break
            if attempt < TRIES - 1:
                self.pause(attempt)
        return batch

    def _set_aside(self, event: TimelineEvent, reason: str) -> None:
        place = (event.order_id, event.seq)
        if place not in self._parked:
            self.park({"order_id": event.order_id, "seq": event.seq, "reason": reason})
            self._parked.add(place)


def _batches(entries: list[_Entry]) -> Iterator[list[_Entry]]:
    batch: list[_Entry] = []
    room = BATCH_BYTES
    for one in entries:
        size = size_of(one.entry["Detail"])
        if batch and (len(batch) == BATCH_ENTRIES or size > room):
            yield batch
            batch, room = [], BATCH_BYTES
        batch.append(one)
        room -= size
    if batch:
        yield batch
