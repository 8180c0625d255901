"""Webhook endpoints and delivery lanes as values; every step of a lane is a pure function. Times are ISO texts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from ordo.kernel.clock import from_iso, to_iso

ANY = "*"
BACK_OFF_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Waits after the first to the ninth failure, in seconds: three days (Standard Webhooks' schedule)."""

JITTER = 0.1
"""A wait is lengthened by up to this share of itself."""

FAILING_FOR = timedelta(days=5)
"""An endpoint that has taken nothing for so long is disabled."""

LEASE = timedelta(seconds=90)
"""Longer than the delivering function may run: a lease ends only when its holder is dead."""

BOTH_SECRETS_FOR = timedelta(hours=24)
"""After a rotation messages are signed with the previous secret too."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a merchant wants its events. `revision` counts its writes; `failures` are consecutive."""

    endpoint_id: str
    url: str
    event_types: tuple[str, ...]
    channels: tuple[str, ...]
    secret: str
    created_at: str
    state: Literal["active", "disabled"] = "active"
    disabled_reason: str | None = None
    previous_secret: str | None = None
    rotated_at: str | None = None
    failures: int = 0
    failing_since: str | None = None
    revision: int = 0

    @property
    def active(self) -> bool:
        return self.state == "active"

    def wants(self, type_: str, channel: str, timestamp: str) -> bool:
        """Whether a message is for this endpoint: its type, its channel, and not older than the endpoint."""
        return (
            (ANY in self.event_types or type_ in self.event_types)
            and (ANY in self.channels or channel in self.channels)
            and timestamp >= self.created_at
        )

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """What to sign with: the present secret, and for a day after a rotation the previous one."""
        if not self.previous_secret or not self.rotated_at:
            return (self.secret,)
        recent = now < from_iso(self.rotated_at) + BOTH_SECRETS_FOR
        return (self.secret, self.previous_secret) if recent else (self.secret,)

    def failing_too_long(self, now: datetime) -> bool:
        """Whether nothing was taken for `FAILING_FOR`."""
        return self.failing_since is not None and from_iso(self.failing_since) + FAILING_FOR <= now


@dataclass(frozen=True, slots=True)
class Lane:
    """Deliveries of one order's events to one endpoint, in order.

    `next_seq` and `next_part` name the message to send next (an event and the types it implies are its parts);
    `pending_upto` is the highest event that was announced; before `not_before` nothing is sent; `deadline_at` lists the
    lane in the deadline index, where the watcher may move it. `version` counts its writes.
    """

    endpoint_id: str
    order_id: str
    next_seq: int = 1
    next_part: int = 0
    pending_upto: int = 0
    attempts: int = 0
    lease_by: str | None = None
    lease_until: str | None = None
    not_before: str | None = None
    deadline_at: str | None = None
    version: int = 0

    @property
    def behind(self) -> bool:
        """Whether there is something to send."""
        return self.pending_upto >= self.next_seq

    def held(self, now: datetime) -> bool:
        """Whether a living worker has it."""
        return (self.lease_until or "") > to_iso(now)

    def held_back(self, now: datetime) -> bool:
        """Whether it must wait before its next attempt."""
        return (self.not_before or "") > to_iso(now)

    def is_due(self, now: datetime) -> bool:
        """Whether it was woken already, with all its attempts before it."""
        return self.attempts == 0 and self.deadline_at is not None and self.deadline_at <= to_iso(now)

    def noting(self, seq: int) -> Lane:
        """Event `seq` was announced."""
        return replace(self, pending_upto=max(self.pending_upto, seq))

    def leased(self, worker: str, now: datetime) -> Lane:
        """Held by `worker`. A lane that was waiting stays in the index, so that a dead worker's lane wakes again."""
        until = to_iso(now + LEASE)
        return replace(self, lease_by=worker, lease_until=until, deadline_at=until if self.deadline_at else None)

    def at(self, seq: int, part: int = 0) -> Lane:
        """Moved on to another message; moving on forgets the failed attempts."""
        moved = (seq, part) != (self.next_seq, self.next_part)
        return replace(self, next_seq=seq, next_part=part, attempts=0 if moved else self.attempts)

    def settled(self) -> Lane:
        """Free, with nothing left to send."""
        return replace(self._free(), pending_upto=self.next_seq - 1, attempts=0)

    def waiting(self, until: datetime, attempts: int) -> Lane:
        """Free, and to be woken for the message it stands at."""
        pending = max(self.pending_upto, self.next_seq)
        return replace(
            self._free(), pending_upto=pending, attempts=attempts, not_before=to_iso(until), deadline_at=to_iso(until)
        )

    def parked(self) -> Lane:
        """Free and asleep with what it still has to send, until its endpoint is enabled again."""
        return replace(self._free(), pending_upto=max(self.pending_upto, self.next_seq), attempts=0)

    def _free(self) -> Lane:
        return replace(self, lease_by=None, lease_until=None, not_before=None, deadline_at=None)


def back_off(failures: int, spread: float) -> timedelta | None:
    """The wait after so many failures of one message, or None when it has had all its attempts.

    `spread` is a draw from 0 to 1; it lengthens the wait by up to `JITTER`.
    """
    if failures > len(BACK_OFF_S):
        return None
    return timedelta(seconds=BACK_OFF_S[failures - 1] * (1 + JITTER * spread))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt. `reason` is a short code such as `http_500` or `timeout`, fit for logs."""

    delivered: bool
    reason: str = "delivered"
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One lane to look after. `seq` is the announced event, or None for a wake-up."""

    endpoint_id: str
    order_id: str
    seq: int | None = None
