"""Shipping methods and surcharges of a channel as the API takes and gives them. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from ordo.catalog.charges import JudgedSubtotal
from ordo.catalog.errors import Finding
from ordo.catalog.fields import (
    Amount,
    AmountMap,
    Currency,
    Id,
    Ids,
    NameText,
    PercentText,
    PositiveAmount,
    Strict,
    contradictions,
)
from ordo.catalog.selection_schemas import RegionText

Grams = Annotated[int, Field(strict=True, ge=1, le=100_000_000)]
Regions = Annotated[list[RegionText], Field(max_length=500, description="None named: anywhere")]


class BandText(Strict):
    """Up to and with this weight it costs this."""

    up_to_g: Grams
    amount: Amount


class WeightScaleText(Strict):
    """A price by weight: that of the first band that is not too light; above the last one each step that is begun costs
    `step_amount` more, or without steps nothing is carried. 首重续重: one band, and steps.
    """

    bands: list[BandText] = Field(default_factory=list, max_length=100)
    step_g: Grams | None = None
    step_amount: Amount | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        found = list(self._contradictions())
        if found:
            raise contradictions(found)
        return self

    def _contradictions(self) -> Iterator[Finding]:
        if (self.step_g is None) is not (self.step_amount is None):
            yield ("step_g" if self.step_g is None else "step_amount",), "step_g and step_amount belong together"
        elif self.step_g is None and not self.bands:
            yield ("bands",), "a price by weight needs bands, steps, or both"
        yield from _not_rising("bands", "up_to_g", [band.up_to_g for band in self.bands])


class SubtotalStepText(Strict):
    """From this subtotal on it costs this."""

    least: Annotated[Amount, Field(alias="from")]
    amount: Amount


class ShippingRateText(Strict):
    """What a method costs: `flat` and the price by weight together. The last step of `by_subtotal` that is reached
    stands in place of `flat`; from `free_from` on it costs nothing. The subtotal is judged after promotions, or before.
    """

    flat: Amount = 0
    by_weight: WeightScaleText | None = None
    by_subtotal: list[SubtotalStepText] = Field(default_factory=list, max_length=100)
    free_from: Amount | None = None
    judged: JudgedSubtotal = JudgedSubtotal.AFTER

    @model_validator(mode="after")
    def _agree(self) -> Self:
        found = list(_not_rising("by_subtotal", "from", [step.least for step in self.by_subtotal]))
        for place, step in enumerate(self.by_subtotal):
            if self.free_from is not None and step.least >= self.free_from:
                found.append((("by_subtotal", place, "from"), "this never counts: from free_from on it costs nothing"))
        if found:
            raise contradictions(found)
        return self


class ShippingMethodText(Strict):
    """A way to ship. It ships to its regions, in the currencies that it has a rate for."""

    method_id: Id
    name: NameText
    regions: Regions = Field(default_factory=list)
    rates: Annotated[dict[Currency, ShippingRateText], Field(min_length=1, max_length=50)]


class SurchargeText(Strict):
    """Something more to pay: an amount per currency, or a percentage of the items' subtotal after promotions.

    With `below_subtotal` only for orders below it: a fee for small orders.
    """

    surcharge_id: Id
    name: NameText
    amounts: AmountMap | None = None
    percent: PercentText | None = None
    below_subtotal: Annotated[dict[Currency, PositiveAmount], Field(min_length=1, max_length=50)] | None = None
    regions: Regions = Field(default_factory=list)
    methods: Ids = Field(default_factory=list)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.amounts is None) is (self.percent is None):
            raise contradictions([(("amounts",), "a surcharge has either amounts or percent")])
        if self.amounts and self.below_subtotal and not self.amounts.keys() & self.below_subtotal.keys():
            text = "amounts and below_subtotal have no currency in common: it would never be charged"
            raise contradictions([(("below_subtotal",), text)])
        return self


def _not_rising(where: str, name: str, values: Sequence[int]) -> Iterator[Finding]:
    for place, (before, after) in enumerate(pairwise(values), 1):
        if before >= after:
            yield (where, place, name), f"{name} must rise from one to the next"
