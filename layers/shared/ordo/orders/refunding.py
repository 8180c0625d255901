"""A placed order as refunds see it: its price, and the promotions of placement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ordo.catalog.promotions import Promotion
from ordo.orders.model import OrderState
from ordo.pricing.codec import priced_from_order
from ordo.pricing.manual import is_manual
from ordo.pricing.model import PricedCart
from ordo.pricing.refund_model import Purchase


class PromotionVersions(Protocol):
    """What refunds need of the catalogue (`ordo.catalog.documents.CatalogRepository` has it)."""

    def promotion_versions(self, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Promotion]:
        """Promotions by id and version, as they were."""
        ...


def purchase_of(state: OrderState, trace: Mapping[str, Any], catalog: PromotionVersions) -> Purchase:
    """The purchase; what staff took off is in its price and is no promotion. One read, none when nothing applied."""
    price = {"currency": state.header.currency, **trace["price"]}  # which older orders keep only in the header
    return purchased(priced_from_order(state.placed_lines, price, state.header.totals), catalog)


def purchased(priced: PricedCart, catalog: PromotionVersions) -> Purchase:
    """The purchase of any priced set of lines."""
    applied = [(each.promotion_id, each.version) for each in priced.trace.applied if not is_manual(each.promotion_id)]
    return Purchase(priced, catalog.promotion_versions(applied) if applied else {})
