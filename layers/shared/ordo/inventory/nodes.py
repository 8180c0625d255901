"""The catalogue's nodes and bundles, as far as stock asks after them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ordo.catalog.bundles import skus_of_parts
from ordo.catalog.documents import Kind
from ordo.catalog.model import Product, ProductKind
from ordo.inventory.errors import MovementRefused, UnknownNode


class Documents(Protocol):
    """What stock needs of the catalogue (`ordo.catalog.documents.CatalogRepository` has it)."""

    def get_many(self, kind: Kind, document_ids: Iterable[str]) -> Mapping[str, Any]:
        """Those that exist, by id."""
        ...


def require_nodes(catalog: Documents, named: Mapping[str, str]) -> None:
    """Nodes by their pointers; raises `UnknownNode` for the first that the catalogue does not have."""
    known = catalog.get_many(Kind.NODE, named.values())
    for pointer, node in named.items():
        if node not in known:
            raise UnknownNode(node, pointer)


def bundle_of(catalog: Documents, sku: str) -> tuple[Product, dict[str, Product]] | None:
    """The bundle of this SKU with the products of its parts that exist; None when it is none. One read, two for one."""
    found = catalog.get_many(Kind.PRODUCT, [sku]).get(sku)
    if found is None or found.body.get("kind") != ProductKind.BUNDLE:
        return None
    product = Product.of(sku, found.body, found.version)
    parts = catalog.get_many(Kind.PRODUCT, skus_of_parts(product))
    return product, {name: Product.of(name, each.body, each.version) for name, each in parts.items()}


def require_own_stock(catalog: Documents, sku: str) -> None:
    """Raises `MovementRefused` for a bundle, whose stock is that of its parts."""
    found = bundle_of(catalog, sku)
    if found is not None:
        detail = f"{sku} is a bundle and has no stock of its own; its parts have."
        raise MovementRefused(detail, pointer="/sku", facts={"sku": sku, "parts": list(skus_of_parts(found[0]))})
