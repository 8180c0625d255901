"""Channels as the API takes and gives them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from ordo.catalog.change_schemas import ChangesText
from ordo.catalog.channels import Combination
from ordo.catalog.charge_schemas import ShippingMethodText, SurchargeText
from ordo.catalog.charges import STANDARD
from ordo.catalog.complaint_schemas import ComplaintsText
from ordo.catalog.contacts import ContactField
from ordo.catalog.errors import Finding, Where
from ordo.catalog.fields import (
    Amount,
    Country,
    Currency,
    Document,
    Id,
    PercentText,
    Strict,
    Untagged,
    contradictions,
)
from ordo.catalog.incident_schemas import IncidentsText
from ordo.catalog.liability_schemas import LiabilityRowText
from ordo.catalog.message_schemas import MessagesText
from ordo.catalog.model import State
from ordo.catalog.reservation_schemas import ReservationsText
from ordo.catalog.return_schemas import ReturnsText
from ordo.catalog.sourcing_schemas import ResourcingText, SourcingText
from ordo.catalog.taxes import TaxMode, TaxRounding
from ordo.kernel.money import Spare


def _at_most_100(parts: list[str]) -> list[str]:
    if sum(map(Decimal, parts)) > 100:
        raise ValueError("the rates are more than 100 together")
    return parts


RateParts = Annotated[list[PercentText], Field(min_length=1, max_length=5), AfterValidator(_at_most_100)]


def _form(value: Any) -> str:
    return "parts" if isinstance(value, list) else "whole"


RateText = Annotated[
    Annotated[PercentText, Tag("whole")] | Annotated[RateParts, Tag("parts")], Discriminator(_form), Untagged
]
"""Per cents, or several that are added and told apart: `["4", "4.5"]`."""

ClassRates = Annotated[dict[Id, RateText], Field(max_length=50)]


class ChannelPart(Strict):
    """A part of the price and when it is due; `percent` of the price, or the rest."""

    due: Literal["placement", "before_dispatch", "acceptance"]
    percent: PercentText | None = None


class TaxRegionText(Strict):
    """Rates of one country, or of one region of it as addresses name it. A region goes before its country."""

    country: Country
    region: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")] | None = None
    rate_percent: RateText | None = None
    class_rates: ClassRates = Field(default_factory=dict)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.rate_percent is None and not self.class_rates:
            raise contradictions([(("rate_percent",), "a region needs rate_percent, class_rates, or both")])
        return self


class TaxText(Strict):
    """Tax of a channel: the usual rate, others by the products' tax class, and others again by where the order goes.

    `shipping_class` is the tax class of shipping and surcharges (none: the usual rate), `shipping_mode` whether their
    prices hold the tax (none: as the items'). `rounding` is what tax is rounded for before it is shared to the units.
    """

    mode: TaxMode
    rate_percent: RateText
    class_rates: ClassRates = Field(default_factory=dict)
    regions: list[TaxRegionText] = Field(default_factory=list, max_length=500)
    shipping_class: Id | None = None
    shipping_mode: TaxMode | None = None
    rounding: TaxRounding = TaxRounding.LINE

    @model_validator(mode="after")
    def _agree(self) -> Self:
        seen: set[tuple[str, str | None]] = set()
        for place, each in enumerate(self.regions):
            if (each.country, each.region) in seen:
                raise contradictions([(("regions", place), "this country or region is there already")])
            seen.add((each.country, each.region))
        return self


class ChannelDocument(Document):
    """How a channel sells: its price list per currency, what it asks of customers, its payment terms, tax and shipping.

    `shipping` is a flat price for the one method `standard`; `shipping_methods` stand in its place. Staff may take off
    at most `manual_limit_percent`.
    """

    id_field = "channel_id"
    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        json_schema_extra={
            "example": {
                "price_lists": {"CNY": "cny-retail"},
                "required_contact": ["name", "phone"],
                "payment_deadline_minutes": 30,
                "tax": {
                    "mode": "inclusive",
                    "rate_percent": "13",
                    "class_rates": {"books": "9"},
                    "regions": [{"country": "HK", "rate_percent": "0"}],
                },
                "shipping_methods": [
                    {
                        "method_id": "express",
                        "name": {"en": "Express", "zh": "快递"},
                        "rates": {
                            "CNY": {
                                "by_weight": {
                                    "bands": [{"up_to_g": 1000, "amount": 1200}],
                                    "step_g": 1000,
                                    "step_amount": 500,
                                },
                                "free_from": 9900,
                            }
                        },
                    }
                ],
                "surcharges": [
                    {
                        "surcharge_id": "small-order",
                        "name": {"en": "Small order fee", "zh": "小额订单服务费"},
                        "amounts": {"CNY": 300},
                        "below_subtotal": {"CNY": 2000},
                    }
                ],
            }
        },
    )

    channel_id: Id | None = None
    state: State = State.ACTIVE
    price_lists: Annotated[dict[Currency, Id], Field(min_length=1, max_length=50)]
    required_contact: list[ContactField] = Field(default_factory=list, max_length=3)
    payable_later: bool = False
    payment_deadline_minutes: Annotated[int, Field(strict=True, ge=1, le=129_600)] = 1440
    dispatch_hours: Annotated[int, Field(strict=True, ge=1, le=2160)] = 48
    silence_hours: Annotated[int, Field(strict=True, ge=1, le=2160)] = 168
    completion_days: Annotated[int, Field(strict=True, ge=1, le=365)] = 7
    damage_report_days: Annotated[
        int,
        Field(
            strict=True, ge=0, le=365, description="Days on which customers may report damage on their page; 0: none."
        ),
    ] = 7
    tax: TaxText
    shipping: dict[Currency, Amount] = Field(default_factory=dict, max_length=50)
    shipping_methods: list[ShippingMethodText] = Field(default_factory=list, max_length=50)
    surcharges: list[SurchargeText] = Field(default_factory=list, max_length=50)
    combination: Combination = Combination.PRIORITY
    spare: Spare = Spare.LARGEST_REMAINDER
    manual_limit_percent: PercentText = "0"
    returns: ReturnsText = Field(default_factory=ReturnsText)
    max_fulfilments: Annotated[int, Field(strict=True, ge=0, le=50)] = 0
    sourcing: SourcingText | None = None
    resourcing: ResourcingText | None = None
    incidents: IncidentsText | None = None
    complaints: ComplaintsText | None = None
    changes: ChangesText | None = None
    liability: list[LiabilityRowText] = Field(
        default_factory=list,
        max_length=50,
        description="The table by which it is judged whose a damage is; empty: the usual one (docs/deliveries.md).",
    )
    messages: MessagesText | None = None
    payment_schedule: Annotated[
        list[ChannelPart], Field(max_length=12, description="In which parts orders are paid that do not say so.")
    ] = Field(default_factory=list)
    reservations: Annotated[
        ReservationsText | None, Field(description="Before the order, at checkout; null: the channel offers none.")
    ] = Field(default_factory=ReservationsText)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        found = [
            *self._contradicting_limits(),
            *self._contradicting_shipping(),
            *self._contradicting_surcharges(),
            *self._unsold_currencies(),
            *self._repeated_rows(),
            *self._contradicting_parts(),
        ]
        if found:
            raise contradictions(found)
        return self

    def body(self) -> dict[str, Any]:
        """What is stored: that reservations are not offered too."""
        return super().body() | ({"reservations": None} if self.reservations is None else {})

    def _contradicting_limits(self) -> Iterator[Finding]:
        if self.max_fulfilments and self.sourcing and self.sourcing.max_fulfilments:
            yield ("max_fulfilments",), "leave max_fulfilments out: sourcing says how many there may be"

    def _contradicting_shipping(self) -> Iterator[Finding]:
        if self.shipping and self.shipping_methods:
            yield ("shipping",), "leave shipping out: shipping_methods say what shipping costs"
        names = [method.method_id for method in self.shipping_methods]
        for place, name in enumerate(names):
            if name in names[:place]:
                yield ("shipping_methods", place, "method_id"), "a shipping method of this id is there already"

    def _contradicting_surcharges(self) -> Iterator[Finding]:
        methods = {method.method_id for method in self.shipping_methods} or {STANDARD}
        names = [surcharge.surcharge_id for surcharge in self.surcharges]
        for place, surcharge in enumerate(self.surcharges):
            if surcharge.surcharge_id in names[:place]:
                yield ("surcharges", place, "surcharge_id"), "a surcharge of this id is there already"
            for number, method in enumerate(surcharge.methods):
                if method not in methods:
                    yield ("surcharges", place, "methods", number), f"this channel has no shipping method {method!r}"

    def _repeated_rows(self) -> Iterator[Finding]:
        names = [row.row_id for row in self.liability]
        for place, name in enumerate(names):
            if name in names[:place]:
                yield ("liability", place, "row_id"), "a row of this id is there already"

    def _contradicting_parts(self) -> Iterator[Finding]:
        named = [Decimal(each.percent) for each in self.payment_schedule if each.percent is not None]
        rests = len(self.payment_schedule) - len(named)
        if rests > 1 or sum(named) > 100 or (named and not rests and sum(named) != 100):
            yield ("payment_schedule",), "the parts do not come to the whole price: let one of them be the rest"

    def _unsold_currencies(self) -> Iterator[Finding]:
        """Where an amount is in a currency in which nothing is sold."""
        named: list[tuple[Where, str]] = [(("shipping", currency), currency) for currency in self.shipping]
        for place, method in enumerate(self.shipping_methods):
            named += [(("shipping_methods", place, "rates", currency), currency) for currency in method.rates]
        for place, surcharge in enumerate(self.surcharges):
            for part in ("amounts", "below_subtotal"):
                named += [
                    (("surcharges", place, part, currency), currency) for currency in getattr(surcharge, part) or ()
                ]
        for where, currency in named:
            if currency not in self.price_lists:
                yield where, f"nothing is sold here in {currency}: price_lists has no list for it"
