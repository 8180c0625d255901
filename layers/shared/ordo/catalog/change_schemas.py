"""A channel's policy for changes of orders as the API takes and gives it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ordo.catalog.change_terms import CUSTOMER_KINDS
from ordo.catalog.fields import Amount, Currency, PercentText, Strict, contradictions

CustomerKind = Literal["cancel", "cancel_units", "edit", "delivery", "address"]
Stage = Literal["placed", "released", "in_fulfilment", "partially_shipped"]


class CancellationFeeText(Strict):
    """From this status of the order on, so much of what cancelled goods cost is kept of what was paid for them."""

    stage: Stage
    percent: PercentText


class ChangesText(Strict):
    """Who may change orders, what that costs, and how much staff may give.

    A fee is never more than what would go back otherwise. `adjustment_limit_percent` is what staff may grant on a line
    in all, of what it cost; `goodwill_limits` what they may give of one order, in minor units (a currency that is not
    named: no limit but what it costs). With `trust` goods that are added to a released order leave before they are
    paid.
    """

    customer_kinds: list[CustomerKind] = Field(default_factory=lambda: list(CUSTOMER_KINDS), max_length=5)  # type: ignore[arg-type]  # the tuple has just these
    cancellation_fees: list[CancellationFeeText] = Field(default_factory=list, max_length=4)
    adjustment_limit_percent: PercentText = "100"
    goodwill_limits: Annotated[dict[Currency, Amount], Field(max_length=50)] = Field(default_factory=dict)
    trust: bool = False

    @model_validator(mode="after")
    def _agree(self) -> Self:
        stages = [each.stage for each in self.cancellation_fees]
        for place, stage in enumerate(stages):
            if stage in stages[:place]:
                raise contradictions([(("cancellation_fees", place, "stage"), "this stage has a fee already")])
        return self
