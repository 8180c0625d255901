"""Price lists, and the prices that products have in them, as the API takes and gives them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from ordo.catalog.errors import Finding
from ordo.catalog.fields import (
    MAX_UNITS,
    Amount,
    Currency,
    Id,
    Ids,
    NameText,
    PeriodText,
    Strict,
    Untagged,
    contradictions,
)
from ordo.catalog.price_lists import PriceListState


class BreakText(Strict):
    """From this quantity on (all units of the product in the cart) every unit has this price."""

    quantity: Annotated[int, Field(strict=True, ge=2, le=MAX_UNITS)]
    price: Amount


class PriceEntryText(Strict):
    """A selling price with more about it, in minor units of the list's currency: the price that it is compared with,
    what the product costs the merchant, what no promotion goes below, and prices by quantity.
    """

    price: Amount
    list_price: Amount | None = None
    cost: Annotated[
        Amount | None,
        Field(description="Seen and set by keys with the scope `prices:cost`; a PUT by another keeps it."),
    ] = None
    minimum_price: Amount | None = None
    breaks: list[BreakText] = Field(default_factory=list, max_length=50)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        found = list(self._contradictions())
        if found:
            raise contradictions(found)
        return self

    def _contradictions(self) -> Iterator[Finding]:
        if self.list_price is not None and self.list_price < self.price:
            yield ("list_price",), "the list price is below the selling price; raise it, or leave it out"
        floor = self.minimum_price or 0
        if floor > self.price:
            yield ("minimum_price",), "the selling price is below its own minimum price; lower the minimum"
        for place, each in enumerate(self.breaks):
            if each.price < floor:
                yield ("breaks", place, "price"), "the price is below the minimum price; raise it, or lower the minimum"
        for place, (before, after) in enumerate(pairwise(self.breaks), 1):
            if before.quantity >= after.quantity:
                yield ("breaks", place, "quantity"), "the quantities must rise from break to break"


def _form(value: Any) -> str:
    return "entry" if isinstance(value, (dict, PriceEntryText)) else "amount"


PriceText = Annotated[
    Annotated[Amount, Tag("amount")] | Annotated[PriceEntryText, Tag("entry")], Discriminator(_form), Untagged
]
"""A selling price in minor units, or one with more about it."""

PriceMap = Annotated[dict[Id, PriceText], Field(max_length=50)]
"""By price list."""


class PriceListDocument(PeriodText):
    """A price list. Its prices are with the products; its currency never changes.

    A channel's policy names its usual list for each currency. A list that names `channels` or `segments` (of the two,
    nothing named means any) is offered beside that, while it is active and valid: of the lists that price a product the
    one with the highest `priority` counts, the usual one last.
    """

    id_field = "price_list_id"
    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        json_schema_extra={
            "example": {
                "name": {"en": "Members", "zh": "会员价"},
                "currency": "CNY",
                "channels": ["web"],
                "segments": ["vip"],
                "time_zone": "Asia/Shanghai",
                "valid_from": "2026-11-11T00:00:00",
                "valid_to": "2026-11-12T00:00:00",
                "priority": 10,
            }
        },
    )

    price_list_id: Id | None = None
    name: NameText
    currency: Currency
    state: PriceListState = PriceListState.ACTIVE
    channels: Ids = Field(default_factory=list)
    segments: Ids = Field(default_factory=list)
    priority: Annotated[int, Field(strict=True, ge=-1_000_000, le=1_000_000)] = 0
