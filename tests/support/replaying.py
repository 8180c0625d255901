"""A shop lives through generated journeys: it hears, measures once a week, looks when it is time, and suspects."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any

from ordo.kernel.clock import to_iso
from ordo.shipments.model import Parcel, TrackingEvent, TrackingStatus
from ordo.shipments.patience import Measured, measure, patience_of
from ordo.shipments.quiet import Patience, gaps_of, next_look, suspicion
from ordo.shipments.tracking import merge, status_of
from tests.support.journeys import Journey, Said

SUNDAYS = {"weekly": ["sun"]}
FESTIVAL = {"time_zone": "Asia/Shanghai", "spring_festival": {"days_before": 4, "days_after": 8}}
CALENDARS: Mapping[str, Mapping[str, Any]] = {
    "swift": {"rests": FESTIVAL},
    "overseas": {"rests": {**FESTIVAL, **SUNDAYS}},
    "postal": {"rests": SUNDAYS},
    "bicycle": {"rests": {}},
}
"""What a shop may say of carriers that it knows. The others are thought to rest on weekends."""

WEEK = timedelta(days=7)
WATCH = timedelta(days=120)
"""How long after the last dispatch the shop is watched."""


@dataclass
class Case:
    """What the shop knows of one parcel, and what it suspected first of each kind."""

    journey: Journey
    parcel: Parcel
    suspected: dict[str, datetime] = field(default_factory=dict)

    @property
    def lost_found(self) -> bool:
        """Whether it was lost and suspected so."""
        return self.journey.lost_at is not None and "lost" in self.suspected


@dataclass(frozen=True)
class Outcome:
    """What a replay found. Shares are of the parcels that were lost, and of those that were not."""

    parcels: int
    lost: int
    found_share: float
    false_share: float
    stalled_share: float
    hours: tuple[float, ...]
    """From when each that was found had vanished to when it was suspected, in the clock's hours."""

    @property
    def hours_p50(self) -> float:
        return statistics.median(self.hours)


class Shop:
    """Everything that it does is by time: `documents` are what it says of its carriers."""

    def __init__(self, documents: Mapping[str, Mapping[str, Any]], *, measures: bool = True) -> None:
        self.documents, self.measures = documents, measures
        self.cases: dict[str, Case] = {}
        self._waits: dict[str, dict[TrackingStatus, list[timedelta]]] = defaultdict(lambda: defaultdict(list))
        self._patience: dict[str, Patience] = {}
        self._agenda: list[tuple[datetime, int, str, Said | None]] = []
        self._count = 0

    def live(self, journeys: Iterable[Journey]) -> Outcome:
        """Through all of them, in the order in which things are told."""
        for journey in journeys:
            case = Case(journey, Parcel(tracking_number=journey.number, lines=()))
            self.cases[journey.number] = case
            self._put(journey.dispatched, journey.number)
            for scan in journey.said:
                self._put(scan.told, journey.number, scan)
        monday, end = self._agenda[0][0] + WEEK, max(case.journey.dispatched for case in self.cases.values()) + WATCH
        while self._agenda and self._agenda[0][0] < end:
            moment, _, number, said = heappop(self._agenda)
            while moment >= monday:
                self._measure()
                monday += WEEK
            self._look(self.cases[number], moment, said)
        return self._outcome()

    def _put(self, moment: datetime, number: str, said: Said | None = None) -> None:
        self._count += 1
        heappush(self._agenda, (moment, self._count, number, said))

    def _look(self, case: Case, moment: datetime, said: Said | None) -> None:
        journey = case.journey
        if said:
            self._hear(case, said)
        patience = self._patience_with(journey.line.name)
        found = suspicion(case.parcel, journey.dispatched, patience, moment)
        if found:
            case.suspected.setdefault(found.kind, moment)
        due = next_look(case.parcel, journey.dispatched, patience, after=moment)
        if due:
            self._put(due, journey.number)

    def _hear(self, case: Case, said: Said) -> None:
        event = TrackingEvent(
            identity=f"{said.status}@{said.happened}",
            status=TrackingStatus(said.status),
            occurred_at=to_iso(said.happened),
            received_at=to_iso(said.told),
        )
        history = merge(case.parcel.history, event)
        was_delivered = case.parcel.status is TrackingStatus.DELIVERED
        case.parcel = case.parcel.model_copy(update={"history": history, "status": status_of(history)})
        if case.parcel.status is TrackingStatus.DELIVERED and not was_delivered:
            journey = case.journey
            rests = self._patience_with(journey.line.name).rests
            for status, wait in gaps_of(history, journey.dispatched, rests):
                self._waits[journey.line.name][status].append(wait)

    def _patience_with(self, carrier: str) -> Patience:
        if carrier not in self._patience:
            self._patience[carrier] = patience_of(carrier, self.documents.get(carrier))
        return self._patience[carrier]

    def _measure(self) -> None:
        """From what was delivered so far."""
        if not self.measures:
            return
        for carrier, waits in self._waits.items():
            measured: dict[TrackingStatus, Measured] = {}
            for status, each in waits.items():
                found = measure(each)
                if found:
                    measured[status] = found
            self._patience[carrier] = patience_of(carrier, self.documents.get(carrier), measured)

    def _outcome(self) -> Outcome:
        lost = [case for case in self.cases.values() if case.journey.lost_at]
        well = [case for case in self.cases.values() if not case.journey.lost_at]
        found = [case for case in lost if "lost" in case.suspected]
        vanished = ((case, case.journey.lost_at) for case in found)
        return Outcome(
            parcels=len(self.cases),
            lost=len(lost),
            found_share=len(found) / len(lost),
            false_share=sum("lost" in case.suspected for case in well) / len(well),
            stalled_share=sum("stalled" in case.suspected for case in well) / len(well),
            hours=tuple((case.suspected["lost"] - at) / timedelta(hours=1) for case, at in vanished if at),
        )
