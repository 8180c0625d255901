"""Outgoing webhooks: in order per endpoint and order, at least once, one failing order holding back only itself.

A lane is leased, its messages are read from the timeline and sent, and the lane is settled: a crash in between repeats,
never skips. The bus only wakes a lane; what is sent comes from the timeline, whatever the order on the bus.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from ordo.kernel.clock import Clock, to_iso
from ordo.kernel.errors import Conflict
from ordo.notifications.events import Message, PoisonEvent, TimelineEvent, messages_of
from ordo.notifications.model import Endpoint, Job, Lane, Outcome, back_off
from ordo.notifications.ports import EndpointStore, LaneStore, Send, StaleLane, Timeline
from ordo.runtime.retry import with_jitter

T = TypeVar("T")
PAGE = 50
GoOn = Callable[[], bool]
"""Whether there is time left for one more attempt."""


@dataclass(slots=True)
class Delivery:
    """Looks after lanes. `worker` names this run uniquely, `spread` draws from 0 to 1, `alarm` counts a metric."""

    timeline: Timeline
    lanes: LaneStore
    endpoints: EndpointStore
    send: Send
    clock: Clock
    worker: str
    spread: Callable[[], float]
    alarm: Callable[[str], None]

    def jobs(self, order_id: str, seq: int, type_: str, channel: str, timestamp: str) -> list[Job]:
        """The lanes that an announced event concerns."""
        return [
            Job(endpoint.endpoint_id, order_id, seq)
            for endpoint in self.endpoints.all(since=timestamp)
            if endpoint.wants(type_, channel, timestamp)
        ]

    def run(self, job: Job, go_on: GoOn) -> None:
        """Send what the job's lane has to send. Without time it is left to the deadline index, which wakes it."""
        endpoint = self._endpoint(job.endpoint_id)
        lane = _again(lambda: self._take(job, endpoint, go_on()))
        if lane is not None and endpoint is not None:
            self._walk(endpoint, lane, go_on)

    def resume(self, endpoint_id: str) -> int:
        """Wake every lane of an endpoint that has something to send (it was enabled again); gives how many."""
        woken, after = 0, None
        while True:
            page, after = self.lanes.lanes(endpoint_id, after)
            for lane in page:
                woken += self._wake(lane)
            if after is None:
                return woken

    def _wake(self, lane: Lane) -> bool:
        now = self.clock()
        if not lane.behind or lane.held(now) or lane.is_due(now):
            return False
        try:
            self.lanes.put(lane.waiting(now, attempts=0))
        except StaleLane:  # another worker is at it
            return False
        return True

    def _endpoint(self, endpoint_id: str) -> Endpoint | None:
        kept = next((one for one in self.endpoints.all() if one.endpoint_id == endpoint_id), None)
        return kept if kept and kept.active else self.endpoints.get(endpoint_id)

    def _take(self, job: Job, endpoint: Endpoint | None, time_left: bool) -> Lane | None:
        """Note the event and take the lane; None when there is nothing to do, or nothing to do now."""
        now = self.clock()
        stored = self.lanes.get(job.endpoint_id, job.order_id)
        if endpoint is None:
            if stored:
                self.lanes.delete(stored)
            return None
        before = stored or Lane(job.endpoint_id, job.order_id)
        lane = before.noting(job.seq or 0)
        target = self._untaken(lane, endpoint, time_left)
        if target is None:
            return self.lanes.put(lane.leased(self.worker, now))
        if target != before:
            self.lanes.put(target)
        return None

    def _untaken(self, lane: Lane, endpoint: Endpoint, time_left: bool) -> Lane | None:
        """What a lane becomes that cannot be sent from now; None when it can be."""
        now = self.clock()
        if lane.held(now) and lane.lease_by != self.worker:  # our own: the answer to taking it was lost
            return lane
        if not lane.behind:
            return lane.settled() if lane.deadline_at else lane
        if not endpoint.active:
            return lane.parked()
        if lane.held_back(now):
            return lane
        return None if time_left else lane.waiting(now, lane.attempts)

    def _walk(self, endpoint: Endpoint, held: Lane, go_on: GoOn) -> None:
        lane: Lane | None = held
        while lane is not None:
            events = self.timeline.events(lane.order_id, lane.next_seq - 1, PAGE)
            for event in events:
                for part, message in self._wanted(endpoint, event, lane):
                    lane = lane.at(event.seq, part)
                    if not go_on():
                        self._release(lane.waiting(self.clock(), lane.attempts), lane)
                        return
                    outcome = self.send(endpoint, message)
                    if not outcome.delivered:
                        self._failed(endpoint, lane, outcome)
                        return
                    self._succeeded(endpoint, lane)
                lane = lane.at(event.seq + 1)
            if len(events) < PAGE:
                lane = self._release(lane.settled(), lane)

    def _wanted(self, endpoint: Endpoint, event: TimelineEvent, lane: Lane) -> list[tuple[int, Message]]:
        try:
            messages = messages_of(event)
        except PoisonEvent:  # publish_events has put it aside with an alarm; nobody could read it either
            return []
        first = lane.next_part if event.seq == lane.next_seq else 0
        return [
            (part, message)
            for part, message in enumerate(messages)
            if part >= first and endpoint.wants(message.type, message.channel, message.timestamp)
        ]

    def _succeeded(self, endpoint: Endpoint, lane: Lane) -> None:
        if endpoint.failing_since or lane.attempts:  # the endpoint may have been read before it failed
            self.endpoints.count_success(endpoint.endpoint_id)

    def _failed(self, endpoint: Endpoint, lane: Lane, outcome: Outcome) -> None:
        now, attempts = self.clock(), lane.attempts + 1
        self.endpoints.count_failure(endpoint.endpoint_id, to_iso(now))
        wait = back_off(attempts, self.spread())
        reason = "gone" if outcome.gone else "failing" if endpoint.failing_too_long(now) else "exhausted"
        if outcome.gone or endpoint.failing_too_long(now) or wait is None:
            if self.endpoints.disable(endpoint.endpoint_id, reason):
                self.alarm("WebhookEndpointDisabled")
            self._release(lane.parked(), lane)
        else:
            self._release(lane.waiting(now + wait, attempts), lane)

    def _release(self, target: Lane, held: Lane) -> Lane | None:
        """Write the freed lane. Gives the lane, still held, when more was announced meanwhile than it had sent."""

        def attempt() -> Lane | None:
            try:
                self.lanes.put(target)
            except StaleLane:
                return self._renoted(target, held)
            return None

        return _again(attempt)

    def _renoted(self, target: Lane, held: Lane) -> Lane | None:
        present = self.lanes.get(held.endpoint_id, held.order_id)
        if present is None or present.lease_by != held.lease_by:  # deleted, or our lease has run out
            return None
        if not target.behind and present.pending_upto > target.pending_upto:
            return replace(held, pending_upto=present.pending_upto, version=present.version)
        merged = replace(target, version=present.version).noting(present.pending_upto)
        return self._release(merged, replace(held, version=present.version))


def _again(attempt: Callable[[], T]) -> T:
    return with_jitter(attempt, on=(StaleLane, Conflict))
