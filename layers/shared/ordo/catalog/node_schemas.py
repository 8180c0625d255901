"""Nodes as the API takes and gives them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from ordo.catalog.fields import Amount, Day, Document, Id, Ids, NameText, Point, PositiveCount, Strict, ZoneName
from ordo.catalog.hours import minutes_of, spans_of
from ordo.catalog.model import NodeKind, State


def _time_of_day(text: str) -> str:
    minutes_of(text)
    return text


def _hours(texts: list[str]) -> list[str]:
    spans_of(texts)
    return texts


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


Hours = Annotated[
    list[Annotated[str, Field(max_length=11)]],
    Field(max_length=6, description="From and to, such as `09:00-18:00`; none: closed"),
    AfterValidator(_hours),
]
DayText = Annotated[str, Field(max_length=10, json_schema_extra={"format": "date"}), AfterValidator(_day)]
Minutes = Annotated[int, Field(strict=True, ge=0, le=10_080)]


class NodeCostsText(Strict):
    """Minor units of the merchant's own currency; `parcel` and `km` stand in place of the channel's."""

    handling: Amount = 0
    unit: Amount = 0
    parcel: Amount | None = None
    km: Amount | None = None


class NodeCapacityText(Strict):
    """Units that may be open at once, and that are done in a day of work."""

    units: PositiveCount | None = None
    units_per_day: PositiveCount | None = None


class NodeTimesText(Strict):
    """How long work takes: an order until it is ready, and each unit that waits before it."""

    handling_hours: Annotated[int, Field(strict=True, ge=0, le=2160)] | None = None
    preparation_minutes: Minutes = 0
    minutes_per_unit: Minutes = 0


class NodeHoursText(Strict):
    """The week in the node's time zone. What comes in after `cut_off` is begun on the next working day."""

    time_zone: ZoneName
    weekly: dict[Day, Hours]
    holidays: list[DayText] = Field(default_factory=list, max_length=400)
    special: dict[DayText, Hours] = Field(default_factory=dict, max_length=400)
    cut_off: Annotated[str, Field(max_length=5), AfterValidator(_time_of_day)] | None = None

    @model_validator(mode="after")
    def _opens(self) -> Self:
        if not any(self.weekly.values()) and not any(self.special.values()):
            raise ValueError("it never opens; make the node inactive instead")
        return self


class NodeDocument(Document):
    """A warehouse, shop, workshop or service branch; no channels named means all.

    Without `hours` it works at all times, without `capacity` it takes any work, without `costs` it costs nothing.
    """

    id_field = "node_id"
    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        json_schema_extra={
            "example": {
                "name": {"en": "West Lake kitchen", "zh": "西湖店"},
                "kind": "shop",
                "location": {"lat": 30.25, "lon": 120.14},
                "capabilities": ["wok", "cold"],
                "costs": {"handling": 300, "unit": 50},
                "capacity": {"units": 40},
                "times": {"preparation_minutes": 12, "minutes_per_unit": 2},
                "hours": {
                    "time_zone": "Asia/Shanghai",
                    "weekly": {"mon": ["10:00-14:00", "17:00-21:30"], "tue": ["10:00-21:30"]},
                    "holidays": ["2027-02-06"],
                    "cut_off": "21:00",
                },
            }
        },
    )

    node_id: Id | None = None
    name: NameText
    kind: NodeKind
    location: Point
    state: State = State.ACTIVE
    channels: Ids = Field(default_factory=list)
    capabilities: Ids = Field(default_factory=list)
    costs: NodeCostsText | None = None
    capacity: NodeCapacityText | None = None
    times: NodeTimesText | None = None
    hours: NodeHoursText | None = None
