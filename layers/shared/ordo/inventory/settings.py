"""Settings of a SKU at a node, kept on its main counter so that whoever reads the counter has read them."""

from __future__ import annotations

from dataclasses import dataclass

from ordo.inventory.layout import PLAIN, Layout


@dataclass(frozen=True, slots=True)
class StockSettings:
    """Reorder levels in units: both, or neither; and the layout, which `arranging` writes."""

    reorder_point: int | None = None
    reorder_to: int | None = None
    layout: Layout = PLAIN
