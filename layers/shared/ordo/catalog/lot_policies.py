"""Which stock is kept by lot, and how many days it must still be good when it is picked: the products say so.

Stock is named by SKU. That of a variant is not the product's; `ordo.catalog.variant_pointers` says whose it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from ordo.catalog.documents import Document, Kind
from ordo.catalog.model import Node, Product
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.catalog.variant_pointers import ProductsOf, dynamo_products_of


class Documents(Protocol):
    """What is needed of the catalogue (`CatalogRepository` has it)."""

    def get_many(self, kind: Kind, document_ids: Iterable[str]) -> Mapping[str, Document]:
        """Those that exist, by id, as they are now."""
        ...


@dataclass(frozen=True, slots=True)
class LotPolicies:
    """Policies as they are now: nothing is cached, since what they decide leaves the house."""

    documents: Documents
    products_of: ProductsOf

    def min_days(self, skus: Iterable[str]) -> dict[str, int]:
        """By SKU of stock the days that it must be good for when it is picked; only of those kept by lot."""
        wanted = sorted(set(skus))
        found = self._products(wanted)
        rest = [sku for sku in wanted if sku not in found]
        pointed = self.products_of(rest) if rest else {}
        owners = self._products(sorted(set(pointed.values()))) if pointed else {}
        for sku, owner in pointed.items():
            if owner in owners and any(variant.sku == sku for variant in owners[owner].variants):
                found[sku] = owners[owner]
        return {sku: each.lot_days for sku, each in found.items() if each.lot_days is not None}

    def today(self, node: str, now: datetime) -> date:
        """The date on the node's clocks; of a node without a time zone that in UTC."""
        document = self.documents.get_many(Kind.NODE, [node]).get(node)
        hours = Node.of(node, document.body).terms.hours if document else None
        return hours.date_of(now) if hours else now.astimezone(UTC).date()

    def _products(self, skus: Iterable[str]) -> dict[str, Product]:
        found = self.documents.get_many(Kind.PRODUCT, skus)
        return {sku: Product.of(sku, document.body, document.version) for sku, document in found.items()}


def lot_policies(table: str) -> LotPolicies:
    """Those of the Catalog table."""
    return LotPolicies(DynamoCatalogRepository(table), dynamo_products_of(table))
