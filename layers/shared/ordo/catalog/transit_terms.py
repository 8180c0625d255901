"""How long a carrier's parcels are on the road, as a merchant configures it: by lane and weekday of the dispatch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ordo.catalog.hours import DAYS
from ordo.catalog.model import place_key

ANY_CARRIER = "any"
"""The table of this name is for carriers that have none of their own, and for lanes that theirs does not name."""
MINUTES_OF_A_DAY = 1440
USUAL_SAMPLES = 20
"""So many deliveries of its own a lane must have before their figures are used in place of the table's."""

Minutes = tuple[int, int]
"""Median and 90th percentile."""


def destination_of(country: str | None, region: str | None = None) -> str | None:
    """`CN/浙江省`, or `CN` where no region is known; case and doubled spaces of a region do not count."""
    if not country:
        return None
    return f"{country.upper()}/{place_key(region)}" if region and region.strip() else country.upper()


def lanes_of(node_id: str, destination: str | None) -> Iterator[str]:
    """The lanes that a parcel from a node to a destination is on, the most exact first: `hz>CN/浙江省`, `*>CN/浙江省`,
    `hz>CN`, `*>CN`, `hz>*`, `*>*`.
    """
    country = destination.partition("/")[0] if destination else None
    for place in dict.fromkeys((destination, country, "*")):
        if place:
            yield from (f"{node_id}>{place}", f"*>{place}")


@dataclass(frozen=True, slots=True)
class TransitRow:
    """One lane's days on the road in minutes; `weekdays` where they differ by the day of the dispatch (`mon` …)."""

    lane: str
    usual: Minutes
    weekdays: Mapping[str, Minutes] = field(default_factory=dict)

    @staticmethod
    def of(body: Mapping[str, Any]) -> TransitRow:
        """Read a stored row; what it leaves out is any node, any country, the whole country."""
        place = destination_of(body.get("country"), body.get("region")) or "*"
        days = {day: _minutes(each) for day, each in (body.get("weekdays") or {}).items()}
        return TransitRow(f"{body.get('node_id') or '*'}>{place}", _minutes(body), days)

    def on(self, weekday: int) -> Minutes:
        """Its minutes for a dispatch on this day (0: Monday)."""
        return self.weekdays.get(DAYS[weekday], self.usual)


@dataclass(frozen=True, slots=True)
class TransitTable:
    """A carrier's table. Own figures count from `min_samples` deliveries of a lane on."""

    carrier: str
    rows: Mapping[str, TransitRow] = field(default_factory=dict)
    min_samples: int = USUAL_SAMPLES

    @staticmethod
    def of(carrier: str, body: Mapping[str, Any]) -> TransitTable:
        """Read a stored table."""
        rows = [TransitRow.of(each) for each in body.get("rows") or ()]
        return TransitTable(carrier, {row.lane: row for row in rows}, int(body.get("min_samples", USUAL_SAMPLES)))


def _minutes(body: Mapping[str, Any]) -> Minutes:
    return int(body["median_hours"]) * 60, int(body["p90_hours"]) * 60
