"""Every version of a promotion in an item of its own, since refunds price again by the versions of placement."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import cast

from ordo.catalog.cache import MAX_ENTRIES
from ordo.catalog.documents import Document, Kind, read_entity
from ordo.catalog.promotions import Promotion
from ordo.runtime.dynamo import Item, Put, batch_get

SCHEMA = 2
"""Of a promotion's item. Since 2 its version is kept too; one that was written before is kept so by the next PUT."""

Version = tuple[str, int]
"""Promotion id and version."""


def version_puts(table: str, item: Item, before: Item | None) -> list[Put]:
    """What keeps a promotion's new version, to be written with it. Versions never change, so nothing guards them."""
    older = [before] if before and before["schema"] < SCHEMA else []
    return [
        Put(table, {**each, **_key(each["document_id"], each["version"]), "schema": SCHEMA}) for each in (item, *older)
    ]


def read_versions(table: str, wanted: Sequence[Version]) -> dict[Version, Document]:
    """Those that exist, in one consistent read.

    The present item stands for its version too: one that is older than the history has no other.
    """
    keys = [(table, key["pk"], key["sk"]) for key in (_key(*each) for each in wanted)]
    keys += [(table, "promotions", promotion_id) for promotion_id in dict.fromkeys(name for name, _ in wanted)]
    found = {(item["document_id"], item["version"]): item for item in batch_get(keys, consistent=True)}
    return {each: _document(found[each]) for each in wanted if each in found}


class VersionCache:
    """Versions that were read, kept for ever as they never change, as long as they are not too many."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._known: dict[Version, Promotion] = {}

    def take(self, wanted: Iterable[Version]) -> dict[Version, Promotion]:
        """Those that exist, read together where they are not known yet."""
        wanted = list(dict.fromkeys(wanted))
        missing = [each for each in wanted if each not in self._known]
        if missing:
            read = read_versions(self._table, missing)
            if len(self._known) + len(read) > MAX_ENTRIES:
                self._known = {each: self._known[each] for each in wanted if each in self._known}
            self._known |= {each: cast(Promotion, read_entity(document)) for each, document in read.items()}
        return {each: self._known[each] for each in wanted if each in self._known}


def _key(promotion_id: str, version: int) -> dict[str, str]:
    return {"pk": f"promotion#{promotion_id}", "sk": f"v#{version:06}"}


def _document(item: Item) -> Document:
    return Document(Kind.PROMOTION, item["document_id"], item["version"], json.loads(item["body"]))
