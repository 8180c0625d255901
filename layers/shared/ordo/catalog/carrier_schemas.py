"""A carrier's terms as the API takes and gives them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from ordo.catalog.carrier_terms import ClaimTerms
from ordo.catalog.fields import AmountMap, Day, Document, Id, Strict, ZoneName, contradictions

Status = Literal[
    "label_created",
    "picked_up",
    "in_transit",
    "out_for_delivery",
    "available_for_pickup",
    "delivery_attempt_failed",
    "exception",
]
Hours = Annotated[int, Field(strict=True, ge=1, le=2160)]
Days = Annotated[int, Field(strict=True, ge=0, le=365)]
DaysAround = Annotated[int, Field(strict=True, ge=0, le=30)]
USUAL = ClaimTerms()


def _a_date(text: str) -> str:
    return date.fromisoformat(text).isoformat()


IsoDate = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_a_date)]


class RestDaysText(Strict):
    """Days in a row, both included, by the carrier's own clocks."""

    first: IsoDate
    last: IsoDate

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.last < self.first:
            raise contradictions([(("last",), "last is before first")])
        return self


class FestivalText(Strict):
    """Days before and after the first day of the Chinese year, which is one of rest too."""

    days_before: DaysAround
    days_after: DaysAround


class RestsText(Strict):
    """Days on which the carrier moves nothing: of every week, single ones, and around the Chinese New Year."""

    time_zone: ZoneName = "UTC"
    weekly: Annotated[list[Day], Field(max_length=6)] = Field(default_factory=list)
    days: Annotated[list[RestDaysText], Field(max_length=100)] = Field(default_factory=list)
    spring_festival: FestivalText | None = None


class SilenceText(Strict):
    """Hours without a scan, days of rest left out, until a parcel is told to be stalled, and suspected lost; what is
    left out never is.
    """

    stalled_hours: Hours | None = None
    lost_hours: Hours | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.stalled_hours is not None and self.lost_hours is not None and self.lost_hours < self.stalled_hours:
            raise contradictions([(("lost_hours",), "lost_hours is below stalled_hours")])
        return self


class FilingText(Strict):
    """A claim must be filed within so many days of the parcel's dispatch, its delivery, or when it became known."""

    days: Annotated[int, Field(strict=True, ge=1, le=730)]
    counted_from: Literal["dispatch", "delivery", "known"]


class ClaimsText(Strict):
    """What holds for claims against the carrier; what is left out is as usual."""

    lost: FilingText | None = None
    damaged: FilingText | None = None
    answer_days: Annotated[int, Field(strict=True, ge=1, le=365)] = USUAL.answer_days
    remind_days: Days = USUAL.remind_days
    most: AmountMap | None = None


class CarrierDocument(Document):
    """A carrier's terms: its days of rest, how long its silence is usual after each status, and its claims' deadlines.

    What `silence` says of a status stands in place of what is measured of the carrier's own parcels.
    """

    id_field = "carrier"
    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        json_schema_extra={
            "example": {
                "rests": {
                    "time_zone": "Asia/Shanghai",
                    "weekly": ["sun"],
                    "days": [{"first": "2027-10-01", "last": "2027-10-03"}],
                    "spring_festival": {"days_before": 4, "days_after": 8},
                },
                "silence": {"in_transit": {"stalled_hours": 72, "lost_hours": 240}},
                "claims": {
                    "lost": {"days": 30, "counted_from": "dispatch"},
                    "damaged": {"days": 7, "counted_from": "delivery"},
                    "answer_days": 30,
                    "most": {"CNY": 50000},
                },
            }
        },
    )

    carrier: Id | None = None
    rests: RestsText | None = None
    silence: dict[Status, SilenceText] = Field(default_factory=dict)
    claims: ClaimsText | None = None
