"""The catalogue's documents as the API takes and gives them. What GET answers can be edited and PUT back."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ordo.catalog.channels import TaxMode
from ordo.catalog.contacts import ContactField
from ordo.catalog.fields import (
    Amount,
    Axis,
    Combination,
    Country,
    Currency,
    Document,
    Id,
    Ids,
    NameText,
    OptionValue,
    PercentText,
    PlaceKey,
    Point,
    PriceMap,
    Strict,
)
from ordo.catalog.model import NodeKind, Precision, State


class OptionAxis(Strict):
    """One thing to choose, with its allowed values."""

    axis: Axis
    values: list[OptionValue] = Field(min_length=1, max_length=200)


class VariantText(Strict):
    """A combination kept in stock under its own SKU, with its own price where it differs."""

    sku: Id
    options: Combination
    prices: PriceMap = Field(default_factory=dict)


class ProductDocument(Document):
    """A product. A line must choose every option; with `variants` its choice decides which SKU is taken from stock."""

    id_field = "sku"
    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        json_schema_extra={
            "example": {
                "name": {"en": "Phone X", "zh": "X 手机"},
                "options": [
                    {"axis": "memory", "values": ["128GB", "256GB"]},
                    {"axis": "colour", "values": ["black", "blue"]},
                ],
                "variants": [
                    {"sku": "PHONE-X-128-BLACK", "options": {"memory": "128GB", "colour": "black"}},
                    {
                        "sku": "PHONE-X-256-BLUE",
                        "options": {"memory": "256GB", "colour": "blue"},
                        "prices": {"cny-retail": 399900},
                    },
                ],
                "prices": {"cny-retail": 349900},
                "weight_g": 190,
            }
        },
    )

    sku: Id | None = None
    name: NameText
    kind: Literal["goods"] = "goods"
    state: State = State.ACTIVE
    options: list[OptionAxis] = Field(default_factory=list, max_length=10)
    forbidden: list[Combination] = Field(default_factory=list, max_length=500)
    allowed: list[Combination] = Field(default_factory=list, max_length=500)
    variants: list[VariantText] = Field(default_factory=list, max_length=500)
    prices: PriceMap = Field(description="Minor units per price list")
    tax_class: Id = "standard"
    weight_g: Annotated[int, Field(strict=True, ge=0, le=100_000_000)] | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        axes = {option.axis: set(option.values) for option in self.options}
        if len(axes) != len(self.options):
            raise ValueError("an option axis is there twice")
        variants = [variant.options for variant in self.variants]
        for combination in (*self.forbidden, *self.allowed, *variants):
            for axis, value in combination.items():
                if value not in axes.get(axis, ()):
                    raise ValueError(f"a combination names {axis}={value}, which the options do not offer")
        if len({frozenset(options) for options in variants}) > 1:
            raise ValueError("all variants must name the same axes")
        if len({frozenset(options.items()) for options in variants}) != len(variants):
            raise ValueError("two variants have the same options")
        return self


class PriceListDocument(Document):
    """A price list. Its prices are with the products; its currency never changes."""

    id_field = "price_list_id"

    price_list_id: Id | None = None
    name: NameText
    currency: Currency


class NodeDocument(Document):
    """A warehouse or shop; no channels named means all."""

    id_field = "node_id"

    node_id: Id | None = None
    name: NameText
    kind: NodeKind
    location: Point
    state: State = State.ACTIVE
    channels: Ids = Field(default_factory=list)


class TaxText(Strict):
    """Tax of a channel: the usual rate, and other rates by the products' tax class."""

    mode: TaxMode
    rate_percent: PercentText
    class_rates: dict[Id, PercentText] = Field(default_factory=dict, max_length=50)


class ChannelDocument(Document):
    """How a channel sells: its price list per currency, what it asks of customers, its payment terms and tax."""

    id_field = "channel_id"
    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        json_schema_extra={
            "example": {
                "price_lists": {"CNY": "cny-retail"},
                "required_contact": ["name", "phone"],
                "payment_deadline_minutes": 30,
                "tax": {"mode": "inclusive", "rate_percent": "13"},
                "shipping": {"CNY": 1000},
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
    tax: TaxText
    shipping: dict[Currency, Amount] = Field(default_factory=dict, max_length=50)
    max_fulfilments: Annotated[int, Field(strict=True, ge=0, le=50)] = 0

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if not self.shipping.keys() <= self.price_lists.keys():
            raise ValueError("shipping is priced in a currency that has no price list")
        return self


class CustomerDocument(Document):
    """A customer's profile; the phone is kept as E.164, read as `country` writes it unless it begins with `+`."""

    id_field = "customer_id"

    customer_id: Id | None = None
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    phone: Annotated[str, Field(max_length=32)] | None = None
    email: Annotated[str, Field(max_length=254)] | None = None
    segment: Id | None = None
    country: Country | None = None


class PlaceDocument(Document):
    """The point that stands for a postal code or a city."""

    id_field = "key"

    key: PlaceKey | None = None
    location: Point
    precision: Literal[Precision.POSTAL_CODE, Precision.CITY]


class PlaceRow(Strict):
    """One place of a bulk load."""

    country: Country
    key: PlaceKey
    location: Point
    precision: Literal[Precision.POSTAL_CODE, Precision.CITY]


class PlacesRequest(Strict):
    """Up to 100 places, written together; the same rows again change nothing."""

    places: list[PlaceRow] = Field(min_length=1, max_length=100)


class PlacesAnswer(BaseModel):
    """How many places were written."""

    written: int
