"""How long parcels are on the road, by carrier, lane and weekday, and how long carriers are silent. Pure.

Figures are made from tallies of the merchant's own deliveries: how often each value was seen. A percentile is the
nearest rank: the least value that at least that share of the values does not exceed, so it was really seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ordo.catalog.hours import DAYS
from ordo.catalog.transit_terms import ANY_CARRIER, MINUTES_OF_A_DAY, TransitTable, lanes_of
from ordo.kernel.clock import from_iso
from ordo.kernel.frozen import Frozen
from ordo.shipments.model import TrackingStatus, Usual

ALL = "all"
"""Of every weekday together."""

UNKNOWN_ROAD = (3 * MINUTES_OF_A_DAY, 5 * MINUTES_OF_A_DAY)
"""Of an order without a promise: median and 90th percentile."""

Tally = Mapping[int, int]
"""How often each value was seen."""


class Passage(Frozen):
    """Minutes from dispatch to delivery, of so many parcels."""

    samples: int
    median: int
    p90: int


class Gap(Frozen):
    """Whole hours, rounded up, in which the carrier worked from the last sign of life to when news was told, of so
    many waits; by the status of that sign (`ordo.shipments.quiet.gaps_of`).
    """

    samples: int
    p50_hours: int
    p95_hours: int
    p99_hours: int


class Figures(Frozen):
    """What a carrier's own deliveries show. Times are ISO texts.

    `lanes` by lane (`hz>CN/浙江省`, `*>CN`) and weekday of the dispatch (`mon` …, `all`), `gaps` by tracking status.
    """

    carrier: str
    measured_at: str
    since: str
    lanes: dict[str, dict[str, Passage]] = {}
    gaps: dict[TrackingStatus, Gap] = {}


class TransitReader(Protocol):
    """Where figures are read; DynamoDB and memory pass the same tests."""

    def figures(self, carrier: str) -> Figures | None:
        """What was measured of the carrier last, maybe some minutes old; None when nothing ever was."""
        ...


@dataclass(frozen=True, slots=True)
class Lane:
    """A parcel's way: from which node, to where (`ordo.catalog.transit_terms.destination_of`), sent on which day."""

    node_id: str
    destination: str | None
    weekday: int


@dataclass(frozen=True, slots=True)
class Ways:
    """All that is known of a carrier: what was measured, its own table, and the table of any carrier."""

    own: Figures | None = None
    table: TransitTable | None = None
    any_table: TransitTable = field(default_factory=lambda: TransitTable(ANY_CARRIER))

    @property
    def min_samples(self) -> int:
        """So many deliveries must a figure be made of."""
        return (self.table or self.any_table).min_samples

    def usual(self, lane: Lane) -> Usual | None:
        """How long it usually takes; None when nothing says so.

        Lane by lane, the most exact first; of one lane the own figures of that weekday, else of all days, if they are
        made of enough deliveries, else the carrier's table, else that of any carrier.
        """
        for name in lanes_of(lane.node_id, lane.destination):
            found = self._own(name, lane.weekday) or self._configured(name, lane.weekday)
            if found is not None:
                return found
        return None

    def _own(self, name: str, weekday: int) -> Usual | None:
        by_day = self.own.lanes.get(name, {}) if self.own else {}
        for day in (DAYS[weekday], ALL):
            found = by_day.get(day)
            if found is not None and found.samples >= self.min_samples:
                way = f"{name} {day}"
                return Usual(median=found.median, p90=found.p90, basis="own", samples=found.samples, way=way)
        return None

    def _configured(self, name: str, weekday: int) -> Usual | None:
        for table in (self.table, self.any_table):
            row = table.rows.get(name) if table else None
            if row is not None:
                median, p90 = row.on(weekday)
                return Usual(median=median, p90=p90, basis="default", way=name)
        return None


class Roads(Protocol):
    """What a dispatch asks of the ways; DynamoDB and memory implement it."""

    def ways(self, carrier: str, now: datetime) -> Ways:
        """All that is known of the carrier, maybe some minutes old."""
        ...

    def weekday(self, node_id: str, now: datetime) -> int:
        """The day of the week on the node's clocks (0: Monday); in UTC where its clocks are not known."""
        ...


def planned_usual(ready_by: str | None, deliver_by: str | None) -> Usual:
    """How long the promise reckoned with when nothing else is known: its days on the road, and half as much again.

    The days come from the sourcing policy's table of distances, so that an order sent in time is promised in time.
    """
    if ready_by is None or deliver_by is None or deliver_by <= ready_by:
        median, p90 = UNKNOWN_ROAD
    else:
        median = max(1, round((from_iso(deliver_by) - from_iso(ready_by)).total_seconds() / 60))
        p90 = median + (median + 1) // 2
    return Usual(median=median, p90=p90, basis="default", way="promise")


def percentile(tally: Tally, per_cent: int) -> int:
    """The nearest rank of a tally that is not empty (`ValueError`), for a whole per cent from 1 to 100."""
    total = sum(tally.values())
    if total < 1:
        raise ValueError("there is no percentile of nothing")
    rank = -(-total * per_cent // 100)
    seen = 0
    for value in sorted(tally):
        seen += tally[value]
        if seen >= rank:
            break
    return value


def passage_of(tally: Tally) -> Passage:
    """What a tally of minutes says."""
    return Passage(samples=sum(tally.values()), median=percentile(tally, 50), p90=percentile(tally, 90))


def gap_of(tally: Tally) -> Gap:
    """What a tally of hours says."""
    p50, p95, p99 = (percentile(tally, each) for each in (50, 95, 99))
    return Gap(samples=sum(tally.values()), p50_hours=p50, p95_hours=p95, p99_hours=p99)


def together(tallies: Iterable[Tally]) -> Counter[int]:
    """One tally of all of them."""
    found: Counter[int] = Counter()
    for each in tallies:
        found.update(each)
    return found
