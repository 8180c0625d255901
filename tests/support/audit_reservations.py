"""What must hold of reservations, with eyes of their own: counters, entries and quotas are those of pending headers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Item = dict[str, Any]


@dataclass
class Reserved:
    """Everything of reservations in the Supply table."""

    headers: dict[str, Item] = field(default_factory=dict)
    entries: dict[tuple[str, str], int] = field(default_factory=dict)
    """By the counter's partition and the entry's sort key."""
    quotas: dict[str, int] = field(default_factory=dict)
    keys: list[Item] = field(default_factory=list)

    def sort(self, item: Item) -> None:
        """Take in an item, if it is one of these."""
        pk, sk = item["pk"], item["sk"]
        if pk.startswith("reservation#"):
            self.headers[pk.removeprefix("reservation#")] = item
        elif sk.startswith("reservation#"):
            self.entries[pk, sk] = item["units"]
        elif pk.startswith("quota#"):
            self.quotas[pk] = item["held"]
        elif pk.startswith("idem#"):
            self.keys.append(item)

    @property
    def pending(self) -> dict[str, Item]:
        """Headers that hold stock."""
        return {name: item for name, item in self.headers.items() if item["state"] == "pending"}

    def held(self) -> Counter[tuple[str, str]]:
        """Units by SKU and node."""
        found: Counter[tuple[str, str]] = Counter()
        for item in self.pending.values():
            for sku, node, _, units in item["held"]:
                found[sku, node] += units
        return found


def reservation_findings(found: Reserved, orders: Iterable[str]) -> Iterable[str]:
    """What is wrong, one finding a line."""
    known, entries, quotas = set(orders), dict[tuple[str, str], int](), Counter[str]()
    for name, item in found.pending.items():
        holder = f"customer#{item['customer_id']}" if item.get("customer_id") else ""
        holder = holder or f"session#{item['client_id']}#{item['session_id']}"
        for sku, node, bucket, units in item["held"]:
            entries[f"stock#{sku}#{node}#{bucket}", f"reservation#{item['expires_at']}#{name}"] = units
            quotas[f"quota#{item['channel']}#{holder}#{sku}"] += units
        if item.get("deadline_at", "") < item["expires_at"]:  # later: the watcher has tried
            yield f"{name}: nobody looks when it expires"
    if entries != found.entries:
        yield f"entries beside counters {found.entries}, pending reservations have {entries}"
    if {pk: units for pk, units in found.quotas.items() if units} != dict(quotas):
        yield f"quotas {found.quotas}, pending reservations have {dict(quotas)}"
    for name, item in found.headers.items():
        if item["state"] == "committed" and item["order_id"] not in known:
            yield f"{name} became the own of {item['order_id']}, which does not exist"
        if item["state"] != "pending" and "deadline_at" in item:
            yield f"{name} has ended and is still due"
    named = Counter(key["reservation_id"] for key in found.keys)
    if named != Counter(dict.fromkeys(found.headers, 1)):
        yield f"keys name {dict(named)}, there are {sorted(found.headers)}"
