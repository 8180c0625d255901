"""The catalogue's nodes, as far as stock asks after them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ordo.catalog.documents import Kind
from ordo.inventory.errors import UnknownNode


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
