"""A product's `availability` as the API takes it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from ordo.catalog.fields import PositiveCount, Strict, Untagged, contradictions


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


Day = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"}),
    AfterValidator(_day),
]
"""A calendar day; it begins at midnight UTC."""


class InStockText(Strict):
    """Only what is there is sold: what a product has that says nothing."""

    mode: Literal["in_stock"]


class BackorderText(Strict):
    """Orders wait for supply: at most `max_units` at each node at once (null: any number).

    They are promised by the dated supply that is due. What is not due yet takes `lead_days`, unless `only_when_due`.
    """

    mode: Literal["backorder"]
    max_units: PositiveCount | None = None
    lead_days: Annotated[int, Field(strict=True, ge=1, le=730)] | None = None
    only_when_due: Annotated[bool, Field(strict=True)] = False

    @model_validator(mode="after")
    def _can_be_promised(self) -> Self:
        if self.lead_days is None and not self.only_when_due:
            text = "give lead_days, or only_when_due: without both there is no date to promise"
            raise contradictions([(("lead_days",), text)])
        if self.lead_days is not None and self.only_when_due:
            raise contradictions([(("lead_days",), "with only_when_due nothing is promised by lead_days")])
        return self


class PreOrderText(Strict):
    """Orders before `launch_on` wait for that day, whatever is there; `cap` units are sold before it."""

    mode: Literal["pre_order"]
    launch_on: Day
    cap: PositiveCount


AvailabilityText = Annotated[InStockText | BackorderText | PreOrderText, Field(discriminator="mode"), Untagged]
