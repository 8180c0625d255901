"""What is left of a price for the merchant, as far as costs are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ordo.pricing.model import PricedLine


@dataclass(frozen=True, slots=True)
class Margin:
    """Of the lines whose cost is known, what they bring without tax and what they cost; gifts bring nothing.

    `unknown` are the other lines: they are in neither sum. Shipping and surcharges are not counted.
    """

    net: int
    cost: int
    unknown: tuple[str, ...] = ()

    @property
    def margin(self) -> int:
        """Negative where goods are sold below their cost."""
        return self.net - self.cost

    def plus(self, other: Margin) -> Margin:
        """Both together; the same line of two carts is told twice."""
        return Margin(self.net + other.net, self.cost + other.cost, (*self.unknown, *other.unknown))


NO_MARGIN = Margin(0, 0)


def margin_of(lines: Iterable[PricedLine]) -> Margin:
    """The margin of a cart's lines."""
    found = NO_MARGIN
    for line in lines:
        if line.cost is None:
            found = found.plus(Margin(0, 0, (line.line_id,)))
        else:
            found = found.plus(Margin(line.net, line.cost * line.quantity))
    return found
