"""Carrier events whose shipment is not known yet: they wait, are tried again, and at last are parked with an alarm."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from ordo.aftersales.sending import record_return_events
from ordo.kernel.clock import from_iso, to_iso
from ordo.orders.desk import OrderDesk
from ordo.orders.model import Actor
from ordo.shipments.carrier_events import CarrierEvent, new_events, record_events

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(days=7)

KIND = "carrier_event"
"""What an entry of the deadline index that belongs to a waiting event says of itself."""

UNMATCHED = "CarrierEventUnmatched"
"""The metric of an event that was parked; it has an alarm."""


class Outcome(StrEnum):
    """What became of one carrier event."""

    RECORDED = "recorded"
    KNOWN = "known"  # recorded before
    WAITING = "waiting"  # no shipment has this number yet
    PARKED = "parked"  # no shipment had it for seven days; kept, not tried again by itself
    GONE = "gone"  # somebody else recorded it meanwhile


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event with its carrier, how often it was tried in vain, and when it is due (None: parked)."""

    carrier: str
    event: CarrierEvent
    tries: int
    due_at: str | None

    def put_off(self, now: datetime) -> WaitingEvent:
        """Due again after twice the time as before, at most six hours; parked when seven days have passed."""
        if now - from_iso(self.event.received_at) >= GIVE_UP_AFTER:
            return replace(self, tries=self.tries + 1, due_at=None)
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(self.tries + 1, 20))
        return replace(self, tries=self.tries + 1, due_at=to_iso(now + wait))


def first_wait(carrier: str, event: CarrierEvent, now: datetime) -> WaitingEvent:
    """An event that was just found to have no shipment."""
    return WaitingEvent(carrier, event, 0, to_iso(now + FIRST_WAIT))


class WaitingStore(Protocol):
    """Where waiting events are kept; DynamoDB and memory pass the same tests."""

    def put(self, waiting: WaitingEvent) -> None:
        """Keep an event; one that waits or is parked already stays as it is."""

    def get(self, pk: str, sk: str) -> WaitingEvent | None:
        """The event under the keys of the deadline index, or None when it is gone."""

    def put_off(self, pk: str, sk: str, before: WaitingEvent, after: WaitingEvent) -> None:
        """Replace `before` by `after`; nothing happens when it is no longer as `before`."""

    def remove(self, pk: str, sk: str) -> None:
        """Forget an event that was recorded; nothing happens when it is gone."""

    def make_due(self, carrier: str, tracking_number: str, now: datetime) -> int:
        """Make every event of a number due now, parked ones too; how many there were."""


def receive_push(
    desk: OrderDesk, store: WaitingStore, carrier: str, events: Iterable[CarrierEvent]
) -> Counter[Outcome]:
    """Record every event or keep it, those of one number together; raises `Busy` and what storage raises, and may then
    be called again with all.
    """
    numbers: dict[str, list[CarrierEvent]] = {}
    for event in events:
        numbers.setdefault(event.tracking_number, []).append(event)
    found: Counter[Outcome] = Counter()
    for own in numbers.values():
        found += record_or_wait(desk, store, carrier, own)
    return found


def record_or_wait(
    desk: OrderDesk, store: WaitingStore, carrier: str, events: Sequence[CarrierEvent]
) -> Counter[Outcome]:
    """Record events of one number on its order; keep them when no shipment has it. Raises `Busy` and what storage
    raises, and may then be called again with all.
    """
    found = record(desk, carrier, events)
    if found is None:
        for event in events:
            store.put(first_wait(carrier, event, desk.now()))
        return Counter({Outcome.WAITING: len(events)})
    return found


def record(desk: OrderDesk, carrier: str, events: Sequence[CarrierEvent]) -> Counter[Outcome] | None:
    """Record events of one number on its order; None when no shipment has it. What comes back moves its return only.

    The shipment is the carrier's that tells, or of a courier that it names: it may be an aggregator.
    """
    number = events[0].tracking_number
    names = dict.fromkeys((carrier, *(courier for event in events for courier in event.couriers)))
    claims = (desk.repository.claim("tracking", (name, number)) for name in names)
    shipment = next((claim for claim in claims if claim is not None), None)
    if shipment is None:
        return None
    decide = (
        record_return_events(shipment["return_id"], events)
        if "return_id" in shipment
        else record_events(shipment["shipment_id"], events, desk.policies)
    )
    changed = desk.change(shipment["order_id"], decide, actor=Actor(type="carrier", id=carrier))
    recorded = new_events(changed.decision)
    return +Counter({Outcome.RECORDED: recorded, Outcome.KNOWN: len(events) - recorded})


def retry(pk: str, sk: str, desk: OrderDesk, store: WaitingStore) -> Outcome:
    """Try a waiting event again, for the watcher of deadlines, which counts `UNMATCHED` for each that is parked."""
    waiting = store.get(pk, sk)
    if waiting is None:
        return Outcome.GONE
    found = record(desk, waiting.carrier, (waiting.event,))
    if found is not None:
        store.remove(pk, sk)
        return next(iter(found))
    after = waiting.put_off(desk.now())
    store.put_off(pk, sk, waiting, after)
    return Outcome.WAITING if after.due_at else Outcome.PARKED


class InMemoryWaitingStore:
    """A `WaitingStore` in a dictionary, open to a test's eyes."""

    def __init__(self) -> None:
        self.events: dict[tuple[str, str], WaitingEvent] = {}
        self._lock = threading.Lock()

    def put(self, waiting: WaitingEvent) -> None:
        with self._lock:
            self.events.setdefault(self.key(waiting), waiting)

    def get(self, pk: str, sk: str) -> WaitingEvent | None:
        return self.events.get((pk, sk))

    def put_off(self, pk: str, sk: str, before: WaitingEvent, after: WaitingEvent) -> None:
        with self._lock:
            if self.events.get((pk, sk)) == before:
                self.events[pk, sk] = after

    def remove(self, pk: str, sk: str) -> None:
        with self._lock:
            self.events.pop((pk, sk), None)

    def make_due(self, carrier: str, tracking_number: str, now: datetime) -> int:
        with self._lock:
            found = [
                key
                for key, waiting in self.events.items()
                if waiting.carrier == carrier and waiting.event.tracking_number == tracking_number
            ]
            for key in found:
                self.events[key] = replace(self.events[key], due_at=to_iso(now))
        return len(found)

    @staticmethod
    def key(waiting: WaitingEvent) -> tuple[str, str]:
        """Where an event is kept."""
        return f"carrier#{waiting.carrier}#{waiting.event.tracking_number}", f"waiting#{waiting.event.identity}"
