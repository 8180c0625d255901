"""Which lines of a cart a rule means, and what must hold of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Judged(StrEnum):
    """On which amounts or units a rule looks."""

    LEFT = "left"
    """What earlier promotions have left: amounts after their discounts, units that none of them consumed."""
    ORIGINAL = "original"
    """Selling prices before any cart promotion, and all units."""


@dataclass(frozen=True, slots=True)
class PriceRange:
    """Selling prices of one unit, both ends included, in minor units; None: no end."""

    lowest: int | None = None
    highest: int | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Lines by what they sell. A line is in it when it has one of `skus` or `categories` (neither named: any), none of
    `not_skus` and `not_categories`, a selling price within `unit_price` of the cart's currency, and is `on_sale` or
    not as asked. Prices are those before cart promotions. Gifts are never in one.
    """

    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    not_skus: frozenset[str] = frozenset()
    not_categories: frozenset[str] = frozenset()
    unit_price: Mapping[str, PriceRange] = field(default_factory=dict)
    on_sale: bool | None = None

    @property
    def is_all(self) -> bool:
        """Whether every line is in it."""
        return self == EVERYTHING

    @staticmethod
    def of(body: Mapping[str, Any] | None) -> Selection:
        """Read a stored selection; nothing means everything."""
        if not body:
            return EVERYTHING
        return Selection(
            skus=frozenset(body.get("skus") or ()),
            categories=frozenset(body.get("categories") or ()),
            not_skus=frozenset(body.get("not_skus") or ()),
            not_categories=frozenset(body.get("not_categories") or ()),
            unit_price={
                currency: PriceRange(limits.get("from"), limits.get("to"))
                for currency, limits in (body.get("unit_price") or {}).items()
            },
            on_sale=body.get("on_sale"),
        )


EVERYTHING = Selection()


class Measure(StrEnum):
    """What a threshold counts."""

    SUBTOTAL = "subtotal"
    QUANTITY = "quantity"


@dataclass(frozen=True, slots=True)
class Condition:
    """At least so much (per currency, minor units) or so many (units) of the lines in `of`; reaching it is enough.

    `of` None means the promotion's own lines. With `per_line` one line must reach it by itself.
    """

    measure: Measure
    at_least: Mapping[str, int] | int
    of: Selection | None = None
    judged: Judged = Judged.LEFT
    per_line: bool = False

    @staticmethod
    def read(body: Mapping[str, Any]) -> Condition:
        """Read a stored condition."""
        return Condition(
            measure=Measure(body["type"]),
            at_least=body["at_least"],
            of=Selection.of(body["of"]) if body.get("of") is not None else None,
            judged=Judged(body.get("judged", "left")),
            per_line=bool(body.get("per_line", False)),
        )


@dataclass(frozen=True, slots=True)
class Region:
    """A country (ISO 3166 alpha-2), or one region of it as addresses name it."""

    country: str
    region: str | None = None

    @staticmethod
    def read(body: Mapping[str, Any]) -> Region:
        """Read a stored region."""
        return Region(body["country"], body.get("region"))

    def covers(self, country: str | None, region: str | None) -> bool:
        """Whether an address in `country` and `region` lies in it."""
        return self.country == country and self.region in (None, region)
