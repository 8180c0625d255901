"""The catalogue's nodes, as far as stock asks after them."""

from __future__ import annotations

from collections.abc import Mapping

from ordo.catalog.documents import Kind
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.inventory.errors import UnknownNode


def require_nodes(catalog: DynamoCatalogRepository, named: Mapping[str, str]) -> None:
    """Nodes by their pointers; raises `UnknownNode` for the first that the catalogue does not have."""
    known = catalog.get_many(Kind.NODE, named.values())
    for pointer, node in named.items():
        if node not in known:
            raise UnknownNode(node, pointer)
