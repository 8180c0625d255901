"""The outbox's other end: events of the timeline go to the bus, at least once, none left out.

Published first, marked afterwards: a crash between the two publishes again, never forgets. The mark is moved by compare
and set, so a gap before a batch shows in the same write that would have moved it, and is filled from the timeline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from ordo.kernel.errors import Conflict
from ordo.notifications.events import Message, PoisonEvent, TimelineEvent, bus_entry, messages_of, size_of
from ordo.notifications.model import Endpoint
from ordo.notifications.ports import Bus, Listeners, Outbox, Park
from ordo.runtime.bus import BusUnavailable

BATCH_ENTRIES = 10
BATCH_BYTES = 250_000
TRIES = 6
PAGE = 100
LASTING = (
    "InvalidArgument",
    "MalformedDetail",
    "NotAuthorizedForSourceException",
    "NotAuthorizedForDetailTypeException",
)
"""Error codes of an entry that no retry will cure."""


class PublishingFailed(Exception):
    """The bus did not take everything: what was not marked must be brought again."""


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
        """Publish events, each order's in the order of their numbers, and mark the orders.

        Raises `PublishingFailed` when the bus did not take everything; orders of which it took all are marked.
        """
        by_order: dict[str, list[TimelineEvent]] = {}
        for event in sorted(events, key=lambda event: event.seq):
            by_order.setdefault(event.order_id, []).append(event)
        unsent = self._send([event for order in by_order.values() for event in order])
        for order_id in by_order.keys() - unsent:
            for first, last in _runs(event.seq for event in by_order[order_id]):
                self._mark(order_id, first, last)
        _all_taken(unsent)

    def _mark(self, order_id: str, first: int, last: int) -> None:
        """`first` to `last` are published: fill what is missing before them and move the mark.

        A throttled mark stays behind: the order's next event, or a sweep, publishes once more and moves it.
        """
        expected = first - 1
        try:
            while (held := self.outbox.advance(order_id, expected, last)) is not None and held < last:
                if held < first - 1:
                    self.fill(order_id, held, first - 1)
                expected = held
        except Conflict:
            return

    def fill(self, order_id: str, after: int, upto: int, before: str = "~") -> int:
        """Publish the timeline's events after `after` up to `upto` that are older than `before`; gives the last one.

        Does not move the mark. Raises `PublishingFailed`.
        """
        last = after
        while last < upto:
            page = self.outbox.events(order_id, last, min(PAGE, upto - last))
            ripe = list(takewhile(lambda event: _moment(event) < before, page))
            _all_taken(self._send(ripe))
            last = ripe[-1].seq if ripe else last
            if len(ripe) < PAGE:
                break
        return last

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


def _all_taken(unsent: set[str]) -> None:
    if unsent:
        raise PublishingFailed(f"the bus did not take events of {len(unsent)} orders")


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


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending numbers as runs without gaps: 3 4 7 -> (3, 4) (7, 7)."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _moment(event: TimelineEvent) -> str:
    """When it occurred; a poison event is as old as can be, so that it is set aside at once."""
    try:
        return messages_of(event)[0].timestamp
    except PoisonEvent:
        return ""
