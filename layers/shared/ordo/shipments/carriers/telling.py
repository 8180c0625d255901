"""From what an adapter has read to `Told`: events that belong together, and the status that the carrier states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ordo.kernel.canonical import sha256_hex
from ordo.shipments.carrier_events import CarrierEvent
from ordo.shipments.carriers.fields import MAX_EVENTS, MAX_PARCELS, unreadable
from ordo.shipments.carriers.port import Push, Reading, Told
from ordo.shipments.causes import Cause
from ordo.shipments.model import TrackingEvent, TrackingStatus
from ordo.shipments.tracking import status_of

Status = TrackingStatus
Map = Mapping[str, TrackingStatus]


@dataclass
class Teller:
    """Gathers the shipments of one push. `unread` are names of what could not be read, in our words."""

    push: Push
    received_at: str
    parcels: list[Told] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def event(
        self,
        number: str,
        status: Status,
        at: str | None,
        *,
        words: str = "",
        place: str = "",
        couriers: Any = (),
        cause: Cause | None = None,
    ) -> list[CarrierEvent]:
        """One event in a list; none, and it is told as unread, when its time cannot be read."""
        if at is None:
            self.miss("time")
            return []
        event = self._event(number, status, at, words, place, tuple(filter(None, couriers)))
        return [event.model_copy(update={"cause": cause})]

    def tell(
        self,
        number: str,
        stated: Status,
        at: str | None,
        events: Iterable[CarrierEvent] = (),
        *,
        couriers: Iterable[str] = (),
        use: str = "",
        cause: Cause | None = None,
        expects: str | None = None,
    ) -> None:
        """One shipment. `at` is when it came to the stated status, as far as the carrier says, and `cause` why;
        `expects` when it comes.

        A stated status that its events do not lead to is an event of its own, no earlier than the newest of them.
        """
        if not number:
            self.miss("tracking number")
            return
        if len(self.parcels) >= MAX_PARCELS:
            self.miss("too many shipments")
            return
        kept = self._newest(events)
        if not _leads_to(kept, stated):
            event = self._stated(number, stated, at, kept, tuple(filter(None, couriers)))
            kept.append(event.model_copy(update={"cause": cause}))
        self.parcels.append(Told(number, stated, _expecting(kept, expects), use))

    def status(self, known: Map, *codes: str) -> Status:
        """The status of the first code that is in the map; `unknown`, and told as unread, when none is."""
        for code in codes:
            if code in known:
                return known[code]
        self.miss("status")
        return Status.UNKNOWN

    def miss(self, what: str) -> None:
        """Something cannot be read."""
        if what not in self.unread:
            self.unread.append(what)

    def reading(self) -> Reading:
        """What was gathered; raises `Unreadable` when that is nothing."""
        if not self.parcels:
            raise unreadable(", ".join(self.unread) or "no shipment")
        return Reading(tuple(self.parcels), unread=tuple(self.unread))

    def _newest(self, events: Iterable[CarrierEvent]) -> list[CarrierEvent]:
        each = list({event.identity: event for event in events}.values())
        if len(each) > MAX_EVENTS:
            self.miss("too many events")
            each = sorted(each, key=lambda event: event.occurred_at)[-MAX_EVENTS:]
        return each

    def _stated(
        self, number: str, stated: Status, at: str | None, events: list[CarrierEvent], couriers: tuple[str, ...]
    ) -> CarrierEvent:
        times = [event.occurred_at for event in events] + ([at] if at else [])
        if times:
            return self._event(number, stated, max(times), "", "", couriers)
        # Nothing says when: it is known again by the bytes that brought it.
        key = sha256_hex(self.push.body)[:32]
        return self._event(number, stated, self.received_at, "", "", couriers).model_copy(update={"key": key})

    def _event(
        self, number: str, status: Status, at: str, words: str, place: str, couriers: tuple[str, ...]
    ) -> CarrierEvent:
        return CarrierEvent(
            tracking_number=number,
            status=status,
            occurred_at=at,
            received_at=self.received_at,
            description=words,
            place=place,
            couriers=tuple(each for each in dict.fromkeys(couriers) if each != self.push.carrier),
        )


def _expecting(events: list[CarrierEvent], expects: str | None) -> tuple[CarrierEvent, ...]:
    """What the carrier expects now is said with its newest event."""
    if expects is None:
        return tuple(events)
    newest = max(events, key=lambda each: each.occurred_at)
    return tuple(each.model_copy(update={"stated": expects}) if each is newest else each for each in events)


def in_use(parcels: Iterable[Told]) -> list[Told]:
    """The shipments to record: of several that the carrier tells apart under one number, the one with the newest event.

    Carriers give numbers out again; what an older parcel did must not deliver ours.
    """
    kept: dict[str, Told] = {}
    others: list[Told] = []
    for told in parcels:
        before = kept.get(told.tracking_number)
        if before is None or (before.use != told.use and _last(told) > _last(before)):
            kept[told.tracking_number] = told
        elif before.use == told.use:
            others.append(told)
    return [*kept.values(), *(each for each in others if each.use == kept[each.tracking_number].use)]


def _last(told: Told) -> str:
    return max((event.occurred_at for event in told.events), default="")


def _leads_to(events: list[CarrierEvent], stated: Status) -> bool:
    """Whether the events tell the stated status by themselves; `unknown` needs an event only where there is none."""
    return bool(events) and (stated is Status.UNKNOWN or merged(events) is stated)


def merged(events: Iterable[CarrierEvent]) -> Status:
    """The status that the events lead to."""
    return status_of(
        TrackingEvent(
            identity=each.identity, status=each.status, occurred_at=each.occurred_at, received_at=each.received_at
        )
        for each in events
    )
