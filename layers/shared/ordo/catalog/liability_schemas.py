"""The table by which a channel judges whose damage it is, as the API takes it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ordo.catalog.fields import Id, Strict, contradictions

Days = Annotated[int, Field(strict=True, ge=0, le=3650)]
Returns = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
Words = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Za-z]{2,8})?$")]


class LiabilityWhen(Strict):
    """What must hold for a row to fit; what is left out is not asked, and a fact that is not known does not fit.

    `noted`: when the damage was said first. `outside`: whether the parcel was not intact at its delivery.
    `packing_photo`: whether one shows how it was packed. Days are whole ones from the delivery to the report, lot
    returns other units of the lot that came back.
    """

    noted: Literal["at_door", "later"] | None = None
    outside: Annotated[bool, Field(strict=True)] | None = None
    packing_photo: Annotated[bool, Field(strict=True)] | None = None
    min_days: Days | None = None
    max_days: Days | None = None
    min_lot_returns: Returns | None = None
    max_lot_returns: Returns | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        pairs = (("days", self.min_days, self.max_days), ("lot_returns", self.min_lot_returns, self.max_lot_returns))
        for name, least, most in pairs:
            if least is not None and most is not None and least > most:
                raise contradictions([((f"max_{name}",), f"max_{name} is below min_{name}")])
        return self


class LiabilityRowText(Strict):
    """One row: the first that fits gives the verdict, with its reason in words by language."""

    row_id: Id
    when: LiabilityWhen = Field(default_factory=LiabilityWhen)
    verdict: Literal["transit", "product", "customer", "undecided"]
    reason: Annotated[dict[Language, Words], Field(min_length=1, max_length=20)]
