"""Tables of days on the road as the API takes and gives them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from ordo.catalog.errors import Finding
from ordo.catalog.fields import Country, Day, Document, Id, Strict, contradictions
from ordo.catalog.transit_terms import USUAL_SAMPLES, TransitRow

Hours = Annotated[int, Field(strict=True, ge=1, le=2160)]
Region = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]


class HoursOnTheRoad(Strict):
    """Hours from dispatch to delivery: half of the parcels need at most `median_hours`, nine of ten `p90_hours`."""

    median_hours: Hours
    p90_hours: Hours

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.p90_hours < self.median_hours:
            raise contradictions([(("p90_hours",), "p90_hours is below median_hours")])
        return self


class TransitRowText(HoursOnTheRoad):
    """One lane: from a node (none: from any) to a country or a region of it as addresses name it (none: to anywhere).

    `weekdays` says where it differs by the day of the dispatch on the node's clocks.
    """

    node_id: Id | None = None
    country: Country | None = None
    region: Region | None = None
    weekdays: Annotated[dict[Day, HoursOnTheRoad], Field(default_factory=dict)]

    @model_validator(mode="after")
    def _placed(self) -> Self:
        if self.region is not None and self.country is None:
            raise contradictions([(("country",), "a region belongs to a country: name it")])
        return self


class TransitDocument(Document):
    """How long a carrier's parcels are on the road, by lane and weekday of the dispatch; the most exact lane counts.

    The table `any` is for carriers without one, and for lanes that theirs does not name. A lane's own figures go before
    its row once they are made of `min_samples` deliveries.
    """

    id_field = "carrier"
    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        json_schema_extra={
            "example": {
                "min_samples": 20,
                "rows": [
                    {
                        "node_id": "hz",
                        "country": "CN",
                        "region": "浙江省",
                        "median_hours": 24,
                        "p90_hours": 36,
                        "weekdays": {"sat": {"median_hours": 48, "p90_hours": 60}},
                    },
                    {"country": "CN", "median_hours": 72, "p90_hours": 120},
                ],
            }
        },
    )

    carrier: Id | None = None
    min_samples: Annotated[int, Field(strict=True, ge=1, le=10_000)] = USUAL_SAMPLES
    rows: Annotated[list[TransitRowText], Field(default_factory=list, max_length=1000)]

    @model_validator(mode="after")
    def _one_row_each(self) -> Self:
        found = list(self._repeated())
        if found:
            raise contradictions(found)
        return self

    def _repeated(self) -> Iterator[Finding]:
        seen: set[str] = set()
        for place, row in enumerate(self.rows):
            lane = TransitRow.of(row.model_dump(exclude_none=True)).lane
            if lane in seen:
                yield ("rows", place), "a row of this lane is there already"
            seen.add(lane)
