"""A channel's policy for returns, as the API takes it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ordo.catalog.channels import ReturnShipping
from ordo.catalog.fields import Amount, Country, Currency, Id, PercentText, Strict, contradictions
from ordo.catalog.return_policies import Condition, Outcome, Payer, ReturnClass, Unanswered

Days = Annotated[int, Field(strict=True, ge=0, le=3650)]
Hours = Annotated[int, Field(strict=True, ge=1, le=2160)]
Amounts = Annotated[dict[Currency, Amount], Field(max_length=50)]
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class ReturnAddressText(Strict):
    """Where parcels go that come back: a place of the merchant's, not of a person."""

    name: Line
    line1: Line
    line2: Line | None = None
    city: Line
    region: Line | None = None
    postal_code: Line | None = None
    country: Country
    phone: Line | None = None


class ReturnRulesText(Strict):
    """What may come back, until when and on whose cost (docs/returns.md). What is left out is as the preset says, or as
    usual: fourteen days, decided by hand, the customer pays the way back of what is no fault.
    """

    preset: Literal["cn_7_days", "eu_14_days"] | None = None
    window_days: Days | None = None
    windows: Annotated[dict[Id, Days], Field(max_length=100, description="By category; the longest counts.")] = Field(
        default_factory=dict
    )
    excluded_classes: list[ReturnClass] = Field(default_factory=list, max_length=20)
    excluded_categories: list[Id] = Field(default_factory=list, max_length=100)
    fault_days: Days | None = None
    automatic: Amounts | None = Field(
        default=None, description="Requests up to so much are approved at once; none given: all are decided by hand."
    )
    automatic_faults: Amounts | None = Field(default=None, description="The same where the reason is a fault.")
    refuse_alone: bool | None = Field(default=None, description="Whether what is excluded is refused at once.")
    answer_hours: Hours | None = None
    unanswered: Unanswered | None = Field(default=None, description="What a request is that nobody answers in time.")
    send_days: Annotated[int, Field(strict=True, ge=1, le=365)] | None = None
    arrive_days: Annotated[int, Field(strict=True, ge=1, le=365)] | None = None
    settle_hours: Hours | None = None
    label_paid_by: Payer | None = None
    label_fee: Amounts | None = None
    label_account: Id | None = Field(default=None, description="The carrier account that labels are had from.")
    pickup: bool | None = None
    fee: bool | None = Field(default=None, description="Whether the restocking fee is taken of what is no fault.")
    deductions: Annotated[
        dict[Condition, PercentText], Field(description="Per cents of a unit's refund that its condition costs.")
    ] = Field(default_factory=dict)
    outcomes: list[Outcome] = Field(default_factory=list, max_length=4)
    return_to: Id | None = Field(default=None, description="The node that goods come back to; none: who sent them.")
    address: ReturnAddressText | None = None
    advance: bool | None = None

    @model_validator(mode="after")
    def _agree(self) -> ReturnRulesText:
        found = []
        if self.label_account and self.address is None:
            found.append((("address",), "a label needs the address that parcels come back to"))
        if self.pickup and not self.label_account:
            found.append((("pickup",), "a pickup needs a label_account"))
        if self.send_days and self.arrive_days and self.arrive_days < self.send_days:
            found.append((("arrive_days",), "goods cannot arrive before they were to be sent"))
        if found:
            raise contradictions(found)
        return self


class ReturnsText(Strict):
    """What a return costs the customer, and the policy by which it is taken."""

    shipping: ReturnShipping = ReturnShipping.FULL_RETURN
    restocking_fee_percent: PercentText = "0"
    policy: ReturnRulesText | None = None
