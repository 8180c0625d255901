"""What prices ask of the buyer: read only when some price list or promotion of the channel asks."""

from __future__ import annotations

from typing import Protocol

from ordo.catalog.snapshot import CatalogSnapshot
from ordo.pricing.model import Buyer


class Segments(Protocol):
    """What the catalogue knows of customers (`ordo.catalog.documents.CatalogRepository` has it)."""

    def load_buyer_segment(self, customer_id: str) -> str | None:
        """The segment of the customer's record, None without one."""
        ...


class OrderHistory(Protocol):
    """What orders know of customers (`ordo.orders.history.OrderHistory`)."""

    def has_ordered(self, customer_id: str) -> bool:
        """Whether the customer has an order that is not cancelled."""
        ...


def buyer_of(
    customer_id: str | None,
    snapshot: CatalogSnapshot,
    segments: Segments,
    history: OrderHistory,
    *,
    had_first_order: bool = False,
) -> Buyer:
    """The buyer, as far as this snapshot's price lists and promotions ask; somebody unknown has no segment, and nothing
    is known of their orders. `had_first_order`: another order turned out to be the customer's first.
    """
    if customer_id is None:
        return Buyer()
    segment = segments.load_buyer_segment(customer_id) if snapshot.asks_segment else None
    first = None
    if snapshot.asks_first_order:
        first = not had_first_order and not history.has_ordered(customer_id)
    return Buyer(customer_id, segment, first)
