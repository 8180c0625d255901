"""Products as the API takes and gives them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from ordo.catalog.availability_schemas import AvailabilityText
from ordo.catalog.custom import fits
from ordo.catalog.errors import Finding, Where
from ordo.catalog.fields import (
    Amount,
    Axis,
    Combination,
    Document,
    Id,
    Ids,
    NameText,
    OptionValue,
    Strict,
    Untagged,
    contradictions,
)
from ordo.catalog.model import State
from ordo.catalog.price_schemas import PriceMap
from ordo.catalog.return_policies import ReturnClass
from ordo.kernel.money import MAX_AMOUNT

MAX_TEXT = 500
"""Characters of a custom text."""
MAX_NUMBER = 1_000_000_000
MAX_PARTS = 20
MAX_PART_UNITS = 100
"""Of one part, in one bundle."""

SignedAmount = Annotated[int, Field(strict=True, ge=-MAX_AMOUNT, le=MAX_AMOUNT)]
OptionPrices = Annotated[
    dict[Axis, dict[OptionValue, Annotated[dict[Id, SignedAmount], Field(max_length=50)]]],
    Field(description="Axis, value, price list: what the value adds to the price of one unit, may be negative"),
]


def _pattern(text: str) -> str:
    fits(text, "")
    return text


class OptionAxis(Strict):
    """One thing to choose, with its allowed values."""

    axis: Axis
    values: list[OptionValue] = Field(min_length=1, max_length=200)


class VariantText(Strict):
    """A combination kept in stock under its own SKU, with its own price where it differs."""

    sku: Id
    options: Combination
    prices: PriceMap = Field(default_factory=dict)


class CustomPriceText(Strict):
    """What a custom choice adds to the price of one unit: once, and for each character or whole one of the number."""

    flat: Amount = 0
    per_unit: Amount = 0


class CustomText(Strict):
    """What every custom choice has: a name by which lines give it, and a label for people."""

    name: Axis
    label: NameText
    required: bool = False
    prices: dict[Id, CustomPriceText] = Field(default_factory=dict, max_length=50)


class CustomTextChoice(CustomText):
    """A text, such as an engraving; the whole of it matches `pattern` (a regular expression without look-around)."""

    kind: Literal["text"]
    min_length: Annotated[int, Field(strict=True, ge=1, le=MAX_TEXT)] = 1
    max_length: Annotated[int, Field(strict=True, ge=1, le=MAX_TEXT)] = 100
    pattern: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_pattern)] | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.min_length > self.max_length:
            raise contradictions([(("min_length",), "min_length is above max_length: no text fits")])
        return self


class CustomNumberChoice(CustomText):
    """A whole number, such as a length in centimetres: from `min` to `max`, both included, by `step`."""

    kind: Literal["number"]
    min: Annotated[int, Field(strict=True, ge=0, le=MAX_NUMBER)] = 0
    max: Annotated[int, Field(strict=True, ge=0, le=MAX_NUMBER)] = MAX_NUMBER
    step: Annotated[int, Field(strict=True, ge=1, le=MAX_NUMBER)] = 1

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.min > self.max:
            raise contradictions([(("min",), "min is above max: no number fits")])
        return self


CustomChoiceText = Annotated[CustomTextChoice | CustomNumberChoice, Field(discriminator="kind"), Untagged]


class LotPolicyText(Strict):
    """Stock is kept by lot, and picked first expired first; only lots that are good for at least `min_days` more."""

    min_days: Annotated[int, Field(strict=True, ge=0, le=3650)] = 0


class BundlePartText(Strict):
    """Goods in a bundle, with their options chosen. `weight` says how much of the bundle's price is one unit's of it,
    in proportion to the others'; without weights the parts' own prices say so.
    """

    sku: Id
    quantity: Annotated[int, Field(strict=True, ge=1, le=MAX_PART_UNITS)] = 1
    options: dict[Axis, OptionValue] = Field(default_factory=dict, max_length=10)
    weight: Annotated[int, Field(strict=True, ge=0, le=MAX_NUMBER)] | None = None


class ProductDocument(Document):
    """A product. A line must choose every option; with `variants` its choice decides which SKU is taken from stock.

    What options and `custom` choices cost is added to the price of the product or variant. A `bundle` is sold as one
    line at one price and has no stock of its own: its `parts` are taken from stock.
    """

    id_field = "sku"
    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        json_schema_extra={
            "example": {
                "name": {"en": "Phone X", "zh": "X 手机"},
                "categories": ["phones"],
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
                "prices": {
                    "cny-retail": {
                        "price": 349900,
                        "list_price": 369900,
                        "cost": 210000,
                        "minimum_price": 300000,
                        "breaks": [{"quantity": 10, "price": 329900}],
                    }
                },
                "option_prices": {"colour": {"blue": {"cny-retail": 10000}}},
                "custom": [
                    {
                        "name": "engraving",
                        "kind": "text",
                        "label": {"en": "Engraving", "zh": "刻字"},
                        "max_length": 20,
                        "prices": {"cny-retail": {"flat": 2000, "per_unit": 100}},
                    }
                ],
                "weight_g": 190,
            }
        },
    )

    sku: Id | None = None
    name: NameText
    kind: Literal["goods", "bundle"] = "goods"
    state: State = State.ACTIVE
    categories: Ids = Field(default_factory=list)
    options: list[OptionAxis] = Field(default_factory=list, max_length=10)
    forbidden: list[Combination] = Field(default_factory=list, max_length=500)
    allowed: list[Combination] = Field(default_factory=list, max_length=500)
    variants: list[VariantText] = Field(default_factory=list, max_length=500)
    prices: Annotated[PriceMap, Field(description="Minor units per price list")]
    option_prices: OptionPrices = Field(default_factory=dict)
    custom: list[CustomChoiceText] = Field(default_factory=list, max_length=20)
    tax_class: Id = "standard"
    weight_g: Annotated[int, Field(strict=True, ge=0, le=100_000_000)] | None = None
    requires: Annotated[Ids, Field(description="Capabilities that a node needs for it")] = Field(default_factory=list)
    preparation_minutes: Annotated[int, Field(strict=True, ge=0, le=10_080)] = 0
    availability: AvailabilityText | None = None
    parts: list[BundlePartText] = Field(default_factory=list, max_length=MAX_PARTS)
    lots: LotPolicyText | None = None
    return_classes: Annotated[
        list[ReturnClass], Field(max_length=5, description="What it is as far as returns go (docs/returns.md)")
    ] = Field(default_factory=list)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        found = [
            *self._contradicting_options(),
            *self._contradicting_variants(),
            *self._contradicting_choices(),
            *_contradicting_parts(self),
        ]
        if found:
            raise contradictions(found)
        return self

    def _contradicting_options(self) -> Iterator[Finding]:
        """What names an option that is not offered, or is there twice."""
        axes: dict[str, set[str]] = {}
        for place, option in enumerate(self.options):
            if option.axis in axes:
                yield ("options", place, "axis"), "an option axis is there twice"
            axes.setdefault(option.axis, set()).update(option.values)
        named: list[tuple[Where, str, str]] = [
            ((*where, axis), axis, value)
            for where, combination in self._combinations()
            for axis, value in combination.items()
        ]
        named += [
            (("option_prices", axis, value), axis, value)
            for axis, values in self.option_prices.items()
            for value in values
        ]
        for where, axis, value in named:
            if value not in axes.get(axis, ()):
                yield where, f"{axis}={value} is named here, which the options do not offer"

    def _combinations(self) -> Iterator[tuple[Where, dict[str, str]]]:
        for place, each in enumerate(self.forbidden):
            yield ("forbidden", place), each
        for place, each in enumerate(self.allowed):
            yield ("allowed", place), each
        for place, variant in enumerate(self.variants):
            yield ("variants", place, "options"), variant.options

    def _contradicting_variants(self) -> Iterator[Finding]:
        seen: set[frozenset[tuple[str, str]]] = set()
        for place, variant in enumerate(self.variants):
            if variant.options.keys() != self.variants[0].options.keys():
                yield ("variants", place, "options"), "all variants must name the same axes"
            elif frozenset(variant.options.items()) in seen:
                yield ("variants", place, "options"), "two variants have the same options"
            seen.add(frozenset(variant.options.items()))

    def _contradicting_choices(self) -> Iterator[Finding]:
        names = [choice.name for choice in self.custom]
        for place, name in enumerate(names):
            if name in names[:place]:
                yield ("custom", place, "name"), "a custom choice of this name is there already"


_OF_PARTS = {
    "variants": "a bundle has no stock of its own, so no variants; name the options of its parts",
    "lots": "a bundle has no stock of its own, so no lots; its parts may have",
    "requires": "a bundle requires what its parts require",
    "preparation_minutes": "a bundle takes the time that its parts take",
}
"""What only the parts of a bundle say, and why."""


def _contradicting_parts(product: ProductDocument) -> Iterator[Finding]:
    """What a bundle may not say beside its parts, and parts of what is no bundle."""
    if product.kind != "bundle":
        if product.parts:
            yield ("parts",), "only a bundle has parts"
        return
    if not product.parts:
        yield ("parts",), "a bundle has 1 to 20 parts"
    for name, why in _OF_PARTS.items():
        if getattr(product, name):
            yield (name,), why
    yield from _contradicting_weights(product.parts)
    seen: set[tuple[str, frozenset[tuple[str, str]]]] = set()
    for place, part in enumerate(product.parts):
        key = (part.sku, frozenset(part.options.items()))
        if part.sku == product.sku:
            yield ("parts", place, "sku"), "a bundle is no part of itself"
        if key in seen:
            yield ("parts", place), "this part is there already; raise its quantity"
        seen.add(key)


def _contradicting_weights(parts: list[BundlePartText]) -> Iterator[Finding]:
    weights = [part.weight for part in parts if part.weight is not None]
    if weights and len(weights) < len(parts):
        yield ("parts",), "give a weight to every part, or to none"
    elif weights and not any(weights):
        yield ("parts",), "at least one weight is above 0"
