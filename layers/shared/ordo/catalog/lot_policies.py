"""Which stock is kept by lot, and how many days it must still be good when it is picked: the products say so.

Stock is named by SKU. That of a variant is not the product's, so a product with `lots` leaves a pointer for each of its
variants: `pk = variant#<sku>`, `sk = variant`. A pointer is believed only while its product still has that variant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from ordo.catalog.documents import Body, Document, Kind
from ordo.catalog.model import Node, Product
from ordo.runtime.dynamo import Put, batch_get, transact

POINTER_SCHEMA = 1
POINTER_SK = "variant"
_AT_ONCE = 100


class Documents(Protocol):
    """What is needed of the catalogue (`CatalogRepository` has it)."""

    def get_many(self, kind: Kind, document_ids: Iterable[str]) -> Mapping[str, Document]:
        """Those that exist, by id, as they are now."""
        ...


ProductsOf = Callable[[Iterable[str]], Mapping[str, str]]
"""By the SKU of a variant the product that may have it."""


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


def variants_with_lots(body: Body) -> Iterator[str]:
    """SKUs of a product's variants whose pointers it needs."""
    if body.get("lots"):
        yield from sorted({variant["sku"] for variant in body.get("variants", ())})


def put_pointers(table: str, kind: Kind, sku: str, body: Body) -> None:
    """Before the product itself is written: pointers by themselves say nothing. Raises `Conflict`."""
    puts = [
        Put(table, {"pk": f"variant#{variant}", "sk": POINTER_SK, "schema": POINTER_SCHEMA, "product": sku})
        for variant in (variants_with_lots(body) if kind is Kind.PRODUCT else ())
    ]
    for start in range(0, len(puts), _AT_ONCE):
        transact(puts[start : start + _AT_ONCE])


def dynamo_products_of(table: str) -> ProductsOf:
    """`ProductsOf` over the Catalog table; one read for each hundred SKUs."""

    def products_of(skus: Iterable[str]) -> Mapping[str, str]:
        items = batch_get([(table, f"variant#{sku}", POINTER_SK) for sku in skus], consistent=True)
        return {item["pk"].removeprefix("variant#"): item["product"] for item in items}

    return products_of
