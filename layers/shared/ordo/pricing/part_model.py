"""The parts of a bundle's line as they were sold, with what each of them cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ordo.catalog.model import Name


class PartShare(NamedTuple):
    """So many `units` of a part in one bundle that cost the same: `gross`, of which `tax`, is that of ONE of them."""

    units: int
    gross: int
    tax: int

    @property
    def net(self) -> int:
        """Without tax."""
        return self.gross - self.tax


@dataclass(frozen=True, slots=True)
class PricedPart:
    """A part as it was sold: `quantity` of it in one bundle. `shares` has for each run of the line's units what the
    part's units in one such bundle cost, in a fixed order; by `weight` of each unit, beside the other parts'.
    """

    sku: str
    stock_sku: str
    name: Name
    options: Mapping[str, str]
    quantity: int
    weight: int = 1
    shares: tuple[tuple[PartShare, ...], ...] = ()
