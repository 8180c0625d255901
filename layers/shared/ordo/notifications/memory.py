"""Outbox, lanes and endpoints in memory, for tests with many examples: the same contracts as DynamoDB's."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ordo.notifications.events import TimelineEvent
from ordo.notifications.model import Endpoint, Lane
from ordo.notifications.ports import Settled, StaleEndpoint, StaleLane


class InMemoryOutbox:
    """An `Outbox`; tests append to `stored`."""

    def __init__(self) -> None:
        self.stored: dict[str, list[TimelineEvent]] = {}
        self.receipts: Settled = {}

    def events(self, order_id: str, after_seq: int, limit: int) -> list[TimelineEvent]:
        return [event for event in self.stored.get(order_id, []) if event.seq > after_seq][:limit]

    def settle(self, events: Sequence[TimelineEvent]) -> None:
        for event in events:
            self.receipts.setdefault(event.order_id, set()).add(event.seq)

    def settled(self, since: str) -> Settled:
        return {order_id: set(numbers) for order_id, numbers in self.receipts.items()}

    def changed(self, since: str, settled: Settled) -> Iterator[tuple[str, int]]:
        return ((order_id, max(event.seq for event in events)) for order_id, events in self.stored.items())


class InMemoryLaneStore:
    """A `LaneStore` behind one lock; `page` lanes a page."""

    def __init__(self, page: int = 2) -> None:
        self.stored: dict[tuple[str, str], Lane] = {}
        self._page = page
        self._lock = threading.Lock()

    def get(self, endpoint_id: str, order_id: str) -> Lane | None:
        return self.stored.get((endpoint_id, order_id))

    def put(self, lane: Lane) -> Lane:
        with self._lock:
            present = self.stored.get((lane.endpoint_id, lane.order_id))
            if (present.version if present else 0) != lane.version:
                raise StaleLane
            written = replace(lane, version=lane.version + 1)
            self.stored[lane.endpoint_id, lane.order_id] = written
            return written

    def delete(self, lane: Lane) -> None:
        self.stored.pop((lane.endpoint_id, lane.order_id), None)

    def lanes(self, endpoint_id: str, after: str | None = None) -> tuple[list[Lane], str | None]:
        rest = sorted(order for endpoint, order in self.stored if endpoint == endpoint_id and order > (after or ""))
        page = rest[: self._page]
        found = [self.stored[endpoint_id, order] for order in page]
        return found, page[-1] if len(rest) > len(page) else None


class InMemoryEndpointStore:
    """An `EndpointStore` that is never behind."""

    def __init__(self) -> None:
        self.stored: dict[str, Endpoint] = {}

    def all(self, since: str = "") -> list[Endpoint]:
        return list(self.stored.values())

    def get(self, endpoint_id: str) -> Endpoint | None:
        return self.stored.get(endpoint_id)

    def put(self, endpoint: Endpoint) -> Endpoint:
        present = self.stored.get(endpoint.endpoint_id)
        if (present.revision if present else 0) != endpoint.revision:
            raise StaleEndpoint
        written = replace(endpoint, revision=endpoint.revision + 1)
        self.stored[endpoint.endpoint_id] = written
        return written

    def delete(self, endpoint_id: str) -> bool:
        return self.stored.pop(endpoint_id, None) is not None

    def count_failure(self, endpoint_id: str, now: str) -> None:
        if held := self.stored.get(endpoint_id):
            since = held.failing_since or now
            self.stored[endpoint_id] = replace(held, failures=held.failures + 1, failing_since=since)

    def count_success(self, endpoint_id: str) -> None:
        if held := self.stored.get(endpoint_id):
            self.stored[endpoint_id] = replace(held, failures=0, failing_since=None)

    def disable(self, endpoint_id: str, reason: str) -> bool:
        held = self.stored.get(endpoint_id)
        if held is None or not held.active:
            return False
        revision = held.revision + 1
        self.stored[endpoint_id] = replace(held, state="disabled", disabled_reason=reason, revision=revision)
        return True
