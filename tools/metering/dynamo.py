"""DynamoDB's on-demand units, by its published rules.

Sources: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats" and "Read and write operations": a write unit
is 1 KB of the larger of old and new item, twice that in a transaction; a read unit is 4 KB, half of it eventually
consistent, twice in a transaction; an index entry costs a write where it is put, changed or deleted, twice where its key
changes, and never the transactional price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

Attributes = Mapping[str, Mapping[str, Any]]
"""An item as the low-level API has it: `{"pk": {"S": "…"}}`."""


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index: its key attributes, and what it projects (None: everything, empty: keys only)."""

    name: str
    keys: tuple[str, ...]
    projected: frozenset[str] | None

    def entry(self, item: Attributes | None) -> dict[str, Mapping[str, Any]] | None:
        """The index's copy of an item; None when the item lacks a key attribute (sparse)."""
        if item is None or any(key not in item for key in self.keys):
            return None
        if self.projected is None:
            return dict(item)
        wanted = self.projected | set(self.keys) | {"pk", "sk"}
        return {name: value for name, value in item.items() if name in wanted}


def item_size(item: Attributes) -> int:
    """Bytes of an item: names and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    (kind, inner), *_ = value.items()
    if kind == "S":
        return len(inner.encode())
    if kind == "N":
        return _number_size(inner)
    if kind == "B":
        return len(inner)
    if kind in ("BOOL", "NULL"):
        return 1
    if kind == "L":
        return 3 + sum(1 + _value_size(each) for each in inner)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value_size(each) for name, each in inner.items())
    return sum(_value_size({kind[0]: each}) for each in inner)


def _number_size(text: str) -> int:
    sign, digits, _ = Decimal(text).as_tuple()
    significant = len("".join(map(str, digits)).strip("0")) or 1
    return ceil(significant / 2) + 1 + sign


def write_units(
    old: Attributes | None, new: Attributes | None, indexes: Sequence[Index], *, transactional: bool
) -> tuple[int, int]:
    """Units of one write: of the table, and of its indexes."""
    size = max(item_size(old) if old else 0, item_size(new) if new else 0, 1)
    units = ceil(size / 1024) * (2 if transactional else 1)
    return units, sum(_index_units(index, index.entry(old), index.entry(new)) for index in indexes)


def _index_units(index: Index, old: Attributes | None, new: Attributes | None) -> int:
    if old == new:
        return 0
    if old is None or new is None:
        return ceil(item_size(old or new or {}) / 1024)
    if any(old[key] != new[key] for key in index.keys):
        return ceil(item_size(old) / 1024) + ceil(item_size(new) / 1024)
    return ceil(max(item_size(old), item_size(new)) / 1024)


def read_units(sizes: Sequence[int], *, consistent: bool, together: bool) -> float:
    """Units of reading items of these sizes; `together`: a query adds sizes up first. Nothing found costs one item."""
    step = 1.0 if consistent else 0.5
    if together:
        return max(1, ceil(sum(sizes) / 4096)) * step
    return sum(max(1, ceil(size / 4096)) for size in sizes) * step
