"""The price of a product in one price list, as data. Amounts are minor units of the list's currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PriceEntry:
    """`price` is what one unit sells for, `list_price` what that is compared with (None: nothing), `cost` is the
    merchant's own (None: not known), `minimum_price` what no promotion goes below.

    `breaks` are `(quantity, price)` in rising order: from that quantity on every unit has that price.
    """

    price: int
    list_price: int | None = None
    cost: int | None = None
    minimum_price: int = 0
    breaks: tuple[tuple[int, int], ...] = ()

    @staticmethod
    def of(body: Mapping[str, Any]) -> PriceEntry:
        """Read a stored entry that is more than a number."""
        return PriceEntry(
            price=body["price"],
            list_price=body.get("list_price"),
            cost=body.get("cost"),
            minimum_price=body.get("minimum_price") or 0,
            breaks=tuple((each["quantity"], each["price"]) for each in body.get("breaks") or ()),
        )

    def at(self, quantity: int) -> int:
        """What one unit costs when so many are bought."""
        price = self.price
        for least, lower in self.breaks:
            if quantity < least:
                break
            price = lower
        return price


Price = int | PriceEntry
"""A number is a selling price and nothing else."""

Prices = Mapping[str, Price]
"""By price list."""


def prices_of(body: Mapping[str, Any]) -> dict[str, Price]:
    """Read stored prices."""
    return {name: each if isinstance(each, int) else PriceEntry.of(each) for name, each in body.items()}


def entry_of(price: Price) -> PriceEntry:
    """The same as an entry."""
    return PriceEntry(price) if isinstance(price, int) else price
