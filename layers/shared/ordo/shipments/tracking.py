"""Carrier events merged into one truth: what counts is when a thing happened, never when it was told (law 3).

The rule (`status_of`), made by this project from the tracking statuses of design section 2 and from what carriers are
known to do (late scans, repeats, a failed attempt before a good one):

1. Events stand in order of `occurred_at`; at the same moment the status that is further in `TrackingStatus` stands
   later, then the larger identity. An event whose identity is known already is the same event.
2. The ends win: of `delivered` and `returned_to_sender` the one that occurred last, whatever else was scanned. So
   delivered is final, except for a return to the sender after it.
3. Else a setback (`delivery_attempt_failed`, `exception`, `lost`) stands that occurred after the parcel last went on:
   an exception or loss is over with any later scan, a failed attempt only when the parcel is out for delivery again
   or waits for pickup. Of several the last.
4. Else the furthest of `label_created` to `available_for_pickup`. `unknown` is kept in the history and moves nothing.

So an event that occurred before all that is known never moves a parcel backwards, and the order of arrival is nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from ordo.shipments.model import TrackingEvent, TrackingStatus

_ORDER = {status: place for place, status in enumerate(TrackingStatus)}
_ENDS = (TrackingStatus.DELIVERED, TrackingStatus.RETURNED_TO_SENDER)
_OVER_FROM = {
    TrackingStatus.EXCEPTION: TrackingStatus.LABEL_CREATED,
    TrackingStatus.LOST: TrackingStatus.LABEL_CREATED,
    TrackingStatus.DELIVERY_ATTEMPT_FAILED: TrackingStatus.OUT_FOR_DELIVERY,
}
"""Setbacks, and the least status of a later scan that ends each."""

History = tuple[TrackingEvent, ...]


def merge(history: History, event: TrackingEvent) -> History:
    """The history with the event in its place; the same history when it is known already."""
    if any(known.identity == event.identity for known in history):
        return history
    return tuple(sorted((*history, event), key=_place))


def status_of(history: Iterable[TrackingEvent]) -> TrackingStatus:
    """Where the parcel is, by the rule above; `label_created` when nothing was told."""
    furthest, setback, end = TrackingStatus.LABEL_CREATED, None, None
    for event in sorted(history, key=_place):
        status = event.status
        if status in _ENDS:
            end = status
        elif status in _OVER_FROM:
            setback = status
        elif status is not TrackingStatus.UNKNOWN:
            furthest = max(furthest, status, key=_rank)
            if setback is not None and _rank(status) >= _rank(_OVER_FROM[setback]):
                setback = None
    return end or setback or furthest


def delivery_time(history: Iterable[TrackingEvent]) -> str | None:
    """When the parcel was delivered: the first delivery since it last went back to the sender, or None."""
    delivered: str | None = None
    for event in sorted(history, key=_place):
        if event.status is TrackingStatus.RETURNED_TO_SENDER:
            delivered = None
        elif event.status is TrackingStatus.DELIVERED:
            delivered = delivered or event.occurred_at
    return delivered


def _place(event: TrackingEvent) -> tuple[str, int, str]:
    return event.occurred_at, _rank(event.status), event.identity


def _rank(status: TrackingStatus) -> int:
    return _ORDER[status]
