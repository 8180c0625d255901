"""Lines that an order got after its placement: a set of their own, with the prices of the moment they were added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ordo.kernel.frozen import Frozen
from ordo.pricing.codec import priced_from_json, priced_to_json
from ordo.pricing.model import PricedCart, PricedLine


class OrderAddition(Frozen):
    """One set of added lines, priced as a cart of its own, with its trace; its prices never change (law 1).

    `total` is what it cost, with tax, in minor units; `units` what it took from stock. `source` is the change, or the
    return, that it is of.
    """

    order_addition_id: str
    order_id: str
    added_at: str
    source: str
    total: int
    units: int
    priced: dict[str, Any]
    """As `ordo.pricing.codec` has it."""

    @property
    def cart(self) -> PricedCart:
        """Its price."""
        return priced_from_json(self.priced)

    @property
    def lines(self) -> tuple[PricedLine, ...]:
        """Its lines."""
        return self.cart.lines

    @staticmethod
    def of(addition_id: str, order_id: str, source: str, priced: PricedCart, moment: str) -> OrderAddition:
        """The record of a priced cart."""
        return OrderAddition(
            order_addition_id=addition_id,
            order_id=order_id,
            added_at=moment,
            source=source,
            total=priced.totals.total,
            units=sum(line.units for line in priced.lines),
            priced=priced_to_json(priced),
        )


def added_lines(additions: Mapping[str, OrderAddition]) -> list[PricedLine]:
    """The lines of all additions, the first first."""
    return [line for each in sorted(additions) for line in additions[each].lines]


def addition_id(order_id: str, number: int) -> str:
    """`add_<order's ulid>_<number from 1>`."""
    return f"add_{order_id.removeprefix('ord_')}_{number:04d}"
