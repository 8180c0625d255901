"""Outbox, lanes and endpoints in memory, for tests with many examples: the same contracts as DynamoDB's."""

from __future__ import annotations

import threading
from dataclasses import replace

from ordo.notifications.events import TimelineEvent
from ordo.notifications.model import Endpoint, Lane
from ordo.notifications.ports import StaleEndpoint, StaleLane


class InMemoryOutbox:
    """An `Outbox`; tests append to `stored`."""

    def __init__(self) -> None:
        self.stored: dict[str, list[TimelineEvent]] = {}
        self.marks: dict[str, int] = {}

    def events(self, order_id: str, after_seq: int, limit: int) -> list[TimelineEvent]:
        return [event for event in self.stored.get(order_id, []) if event.seq > after_seq][:limit]

    def head(self, order_id: str) -> int:
        return max((event.seq for event in self.stored.get(order_id, [])), default=0)

    def published(self, order_id: str) -> int:
        return self.marks.get(order_id, 0)

    def advance(self, order_id: str, expected: int, to: int) -> int | None:
        if self.published(order_id) != expected:
            return self.published(order_id)
        self.marks[order_id] = to
        return None


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
