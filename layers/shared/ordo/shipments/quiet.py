"""Parcels that have fallen silent: which are stalled, which are suspected lost. A pure rule over a parcel's history.

A carrier's silence is the time that it worked (`rests`) since the last sign of life. A sign of life is a scan that says
where a parcel is: a label, an unknown status, or word that there is no news is none. It counts from when it happened,
or, when a carrier's clock runs ahead, from when it was told. After each status a carrier has its usual wait for the
next news; beyond it the parcel is `stalled`, far beyond it suspected `lost`. What a carrier itself calls lost is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Literal

from ordo.kernel.clock import from_iso, to_iso
from ordo.shipments.causes import Cause
from ordo.shipments.model import Parcel, TrackingEvent, TrackingStatus
from ordo.shipments.rests import Rests
from ordo.shipments.tracking import History

SuspicionKind = Literal["stalled", "lost"]
Basis = Literal["configured", "measured"]

_ENDED = (TrackingStatus.DELIVERED, TrackingStatus.RETURNED_TO_SENDER)
_NO_SIGN = (TrackingStatus.UNKNOWN, TrackingStatus.LABEL_CREATED)


@dataclass(frozen=True, slots=True)
class Limit:
    """Hours of work after which silence is told. None: never. `samples`: own waits that it was measured from."""

    stalled_hours: int | None
    lost_hours: int | None
    basis: Basis = "configured"
    samples: int = 0


NEVER = Limit(None, None)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one carrier's silence is usual, by the status that was scanned last, and when it rests."""

    carrier: str
    limits: Mapping[TrackingStatus, Limit]
    rests: Rests = field(default_factory=Rests)

    def limit(self, status: TrackingStatus) -> Limit:
        """The limit after a scan of this status."""
        return self.limits.get(status, NEVER)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A parcel that is silent for too long. `since`: its last sign of life; `crossed_at`: when it became too long.

    The facts are references and figures, nothing personal: they may be in an event.
    """

    kind: SuspicionKind
    since: datetime
    crossed_at: datetime
    facts: Mapping[str, Any]


def suspicion(parcel: Parcel, dispatched_at: datetime, patience: Patience, now: datetime) -> Suspicion | None:
    """What its silence says of a parcel at this time, None when nothing; of both the worse."""
    if parcel.status is TrackingStatus.LOST:
        return _told_lost(parcel)
    found = None
    for crossing in _crossings(parcel, dispatched_at, patience):
        if crossing.at <= now:
            found = crossing
    return found.suspicion(patience, now) if found else None


def next_look(
    parcel: Parcel, dispatched_at: datetime, patience: Patience, after: datetime | None = None
) -> datetime | None:
    """The earliest time (after `after`) at which `suspicion` answers otherwise if nothing is heard; None: never."""
    found = (crossing.at for crossing in _crossings(parcel, dispatched_at, patience))
    return min((at for at in found if after is None or at > after), default=None)


def gaps_of(history: History, dispatched_at: datetime, rests: Rests) -> tuple[tuple[TrackingStatus, timedelta], ...]:
    """Every wait for news that ended: the status before it, and how long the carrier worked meanwhile.

    A wait is what the detector sees: from the last sign of life that was known to when a later one was told. Events
    that were told together, late or twice end one wait or none.
    """
    found, last, status = [], dispatched_at, TrackingStatus.LABEL_CREATED
    signs = sorted(filter(_is_sign, history), key=lambda each: each.received_at)
    for told, together in groupby(signs, key=lambda each: each.received_at):
        news = max(reversed(list(together)), key=_happened)
        if _happened(news) > last:
            if status not in _ENDED:
                found.append((status, rests.worked(last, from_iso(told))))
            last, status = _happened(news), news.status
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Crossing:
    """When a silence passes one of its limits."""

    kind: SuspicionKind
    at: datetime
    since: datetime
    status: TrackingStatus
    hours: int
    limit: Limit

    def suspicion(self, patience: Patience, now: datetime) -> Suspicion:
        silent = patience.rests.worked(self.since, now)
        facts = {
            "last_status": self.status.value,
            "last_sign_at": to_iso(self.since),
            "limit_hours": self.hours,
            "silent_hours": silent // timedelta(hours=1),
            "rested_hours": (now - self.since - silent) // timedelta(hours=1),
            "basis": self.limit.basis,
            "samples": self.limit.samples,
        }
        return Suspicion(self.kind, self.since, self.at, facts)


def _crossings(parcel: Parcel, dispatched_at: datetime, patience: Patience) -> Iterator[_Crossing]:
    """Both limits of its present silence, the worse one last; none of a parcel that has ended."""
    if parcel.status in (*_ENDED, TrackingStatus.LOST):
        return
    since, status = _last_sign(parcel.history, dispatched_at)
    limit = patience.limit(status)
    kinds: tuple[tuple[SuspicionKind, int | None], ...] = (("stalled", limit.stalled_hours), ("lost", limit.lost_hours))
    for kind, hours in kinds:
        if hours is not None:
            at = patience.rests.after(since, timedelta(hours=hours))
            yield _Crossing(kind, at, since, status, hours, limit)


def _last_sign(history: History, dispatched_at: datetime) -> tuple[datetime, TrackingStatus]:
    """When it was last heard of, and as what: its dispatch when the carrier has not said anything since."""
    signs = [event for event in history if _is_sign(event)]
    if not signs:
        return dispatched_at, TrackingStatus.LABEL_CREATED
    last = max(reversed(signs), key=_happened)  # of two at once the one that stands later
    return max(_happened(last), dispatched_at), last.status


def _is_sign(event: TrackingEvent) -> bool:
    return event.status not in _NO_SIGN and event.cause != Cause.NO_NEWS


def _happened(event: TrackingEvent) -> datetime:
    """When it happened, as far as it can be: not after it was told."""
    return min(from_iso(event.occurred_at), from_iso(event.received_at))


def _told_lost(parcel: Parcel) -> Suspicion:
    told = max((each for each in parcel.history if each.status is TrackingStatus.LOST), key=_happened)
    facts = {"last_status": TrackingStatus.LOST.value, "last_sign_at": told.occurred_at, "basis": "told"}
    return Suspicion("lost", _happened(told), _happened(told), facts)
