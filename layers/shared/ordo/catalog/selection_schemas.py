"""Selections of lines, conditions and regions as the API takes and gives them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ordo.catalog.fields import Amount, AmountMap, Country, Currency, Id, PositiveCount, Strict, Untagged
from ordo.catalog.selections import Judged

Skus = Annotated[list[Id], Field(max_length=500)]


class PriceRangeText(Strict):
    """Selling prices of one unit in minor units, both ends included; an end that is not named is open."""

    lowest: Annotated[Amount | None, Field(alias="from")] = None
    highest: Annotated[Amount | None, Field(alias="to")] = None


class SelectionText(Strict):
    """Lines: with one of these SKUs (of products or variants) or categories (neither named: any line), none of those
    that are excluded, a selling price within the range of the cart's currency, and on sale or not as asked.
    """

    skus: Skus = Field(default_factory=list)
    categories: Skus = Field(default_factory=list)
    not_skus: Skus = Field(default_factory=list)
    not_categories: Skus = Field(default_factory=list)
    unit_price: Annotated[dict[Currency, PriceRangeText], Field(max_length=50)] = Field(default_factory=dict)
    on_sale: bool | None = None


class SubtotalConditionText(Strict):
    """At least so much, in minor units per currency, of the lines in `of` (not named: the promotion's own lines).

    `judged` is `left` (after earlier promotions) or `original`; with `per_line` one line must reach it by itself.
    """

    type: Literal["subtotal"]
    at_least: AmountMap
    of: SelectionText | None = None
    judged: Judged = Judged.LEFT
    per_line: bool = False


class QuantityConditionText(Strict):
    """At least so many units of the lines in `of` (not named: the promotion's own lines).

    `judged` is `left` (units that no earlier promotion consumed) or `original` (all).
    """

    type: Literal["quantity"]
    at_least: PositiveCount
    of: SelectionText | None = None
    judged: Judged = Judged.LEFT
    per_line: bool = False


ConditionText = Annotated[SubtotalConditionText | QuantityConditionText, Field(discriminator="type"), Untagged]


class RegionText(Strict):
    """A country (ISO 3166 alpha-2), or one region of it as addresses name it."""

    country: Country
    region: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")] | None = None
