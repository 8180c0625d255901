"""How many bundles could be sold of the stock of their parts. Pure; a bundle has no stock of its own.

At a node it is the least of what it has of each part over how many a bundle needs of it, rounded down. In all the units
of all nodes are added first, since the parts of one bundle may come from different nodes: so it may be more than the
sum over the nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ordo.catalog.bundles import PartFault, choose_parts
from ordo.catalog.model import Product
from ordo.inventory.model import StockCounter


@dataclass(frozen=True, slots=True)
class PartLevel:
    """A SKU of which each bundle takes `quantity`, and what all nodes have of it."""

    sku: str
    quantity: int
    available: int


@dataclass(frozen=True, slots=True)
class BundleLevels:
    """What could be sold: in all, and at each node that has any of the parts alone."""

    available: int
    parts: tuple[PartLevel, ...]
    nodes: Mapping[str, int]


def stock_parts(product: Product, products: Mapping[str, Product]) -> dict[str, int]:
    """Units that one bundle takes by stock SKU; nothing when it is no bundle, or one that cannot be sold."""
    parts = choose_parts(product, products)
    found: dict[str, int] = {}
    for part in () if isinstance(parts, PartFault) else parts:
        found[part.choice.stock_sku] = found.get(part.choice.stock_sku, 0) + part.quantity
    return found


def bundle_levels(needs: Mapping[str, int], counters: Iterable[StockCounter]) -> BundleLevels:
    """The levels of what takes so many units of each SKU (`needs`)."""
    at: dict[str, dict[str, int]] = {}
    for counter in counters:
        by_sku = at.setdefault(counter.node, {})
        by_sku[counter.sku] = by_sku.get(counter.sku, 0) + counter.available
    total = {sku: sum(max(0, by_sku.get(sku, 0)) for by_sku in at.values()) for sku in needs}
    return BundleLevels(
        available=_least(needs, total),
        parts=tuple(PartLevel(sku, quantity, total[sku]) for sku, quantity in needs.items()),
        nodes={node: _least(needs, by_sku) for node, by_sku in sorted(at.items())},
    )


def _least(needs: Mapping[str, int], units: Mapping[str, int]) -> int:
    return min((max(0, units.get(sku, 0)) // quantity for sku, quantity in needs.items()), default=0)
