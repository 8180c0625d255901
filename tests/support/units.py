"""What DynamoDB bills for a call, from the items that it met (moto does not count).

Rules: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

Attributes = Mapping[str, Any]
"""An item in DynamoDB's typed JSON; binary is base64 text or bytes."""


@dataclass(frozen=True)
class Units:
    """Read and write request units of one call; index writes apart (they are not doubled by a transaction)."""

    rru: float = 0.0
    wru: float = 0.0
    index_wru: float = 0.0

    def __add__(self, other: Units) -> Units:
        return Units(self.rru + other.rru, self.wru + other.wru, self.index_wru + other.index_wru)


def item_bytes(item: Attributes | None) -> int:
    """Size of an item: names and values, as DynamoDB counts them."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in (item or {}).items())


def read_units(size: int, *, consistent: bool) -> float:
    """Units of reading `size` bytes at once; nothing found costs as much as the smallest item."""
    return max(1, ceil(size / 4096)) * (1.0 if consistent else 0.5)


def write_units(before: Attributes | None, after: Attributes | None, *, transactional: bool) -> float:
    """Units of one write: the larger of the item before and after, doubled in a transaction."""
    size = max(item_bytes(before), item_bytes(after))
    return max(1, ceil(size / 1024)) * (2.0 if transactional else 1.0)


def index_units(indexes: list[dict[str, Any]], before: Attributes | None, after: Attributes | None) -> float:
    """Units of keeping the global secondary indexes: none where the projected entry stays as it was."""
    total = 0
    for index in indexes:
        old, new = _entry(index, before), _entry(index, after)
        if old == new:
            continue
        moved = old is not None and new is not None and _keys(index, old) != _keys(index, new)
        written = [old, new] if moved else [new if new is not None else old]
        total += sum(max(1, ceil(item_bytes(each) / 1024)) for each in written)
    return float(total)


def _names(index: dict[str, Any]) -> list[str]:
    return [key["AttributeName"] for key in index["KeySchema"]]


def _keys(index: dict[str, Any], entry: Attributes) -> list[Any]:
    return [entry[name] for name in _names(index)]


def _entry(index: dict[str, Any], item: Attributes | None) -> dict[str, Any] | None:
    if item is None or any(name not in item for name in _names(index)):
        return None
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return dict(item)
    kept = {"pk", "sk", *_names(index), *projection.get("NonKeyAttributes", ())}
    return {name: value for name, value in item.items() if name in kept}


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, inner),) = value.items()
    if kind == "S":
        return len(inner.encode())
    if kind == "N":
        digits = inner.lstrip("-").replace(".", "").strip("0")
        return (len(digits) + 1) // 2 + 1 + (1 if inner.startswith("-") else 0)
    if kind == "B":
        return len(inner) if isinstance(inner, bytes) else len(base64.b64decode(inner))
    if kind in {"BOOL", "NULL"}:
        return 1
    if kind == "L":
        return 3 + sum(1 + _value_bytes(each) for each in inner)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value_bytes(each) for name, each in inner.items())
    return sum(_value_bytes({kind[0]: each}) for each in inner)
