"""From which buckets an order takes its units. Pure.

Orders begin at different buckets, so that they do not meet; where one has too little they go on to others, and so none
is refused while stock is left. What is kept for the order's own channel is taken first: nobody else may have it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from ordo.inventory.backlog import takeable
from ordo.inventory.layout import fence_of, is_general
from ordo.inventory.model import StockCounter, is_open_to, layouts

Units = Mapping[str, int]
"""Available units by bucket."""

ByBucket = dict[str, dict[str, dict[str, int]]]
"""SKU -> node -> bucket -> available units; only of SKUs that have several buckets at the node."""


def takes(order_id: str, sku: str, node: str, quantity: int, available: Units, channel: str) -> dict[str, int] | None:
    """Units by bucket, as few buckets as possible; None when all together have too little.

    First what is kept for the channel, then the general bucket that the order begins at, or the first after it that has
    all that is wanted, or one after the other; last what is kept for others, if `available` names it.
    """
    found: dict[str, int] = {}
    left = _take(found, fence_of(channel), quantity, available)
    general = _from(order_id, sku, node, [bucket for bucket in available if is_general(bucket)])
    whole = next((bucket for bucket in general if available[bucket] >= left), None)
    for bucket in [whole] if whole is not None else general:
        left = _take(found, bucket, left, available)
    for bucket in sorted(available):
        if not is_general(bucket) and bucket not in found:
            left = _take(found, bucket, left, available)
    return found if not left else None


def _take(found: dict[str, int], bucket: str, wanted: int, available: Units) -> int:
    units = min(wanted, max(0, available.get(bucket, 0)))
    if units:
        found[bucket] = units
    return wanted - units


def _from(order_id: str, sku: str, node: str, buckets: list[str]) -> list[str]:
    """All buckets, from the order's own on."""
    ordered = sorted(buckets, key=int)
    if not ordered:
        return []
    digest = hashlib.sha256(f"{order_id}#{sku}#{node}".encode()).digest()
    start = int.from_bytes(digest[:4], "big") % len(ordered)
    return ordered[start:] + ordered[:start]


def usable(counters: Sequence[StockCounter], channel: str, *, others: bool = False) -> ByBucket:
    """What an order of the channel may take by bucket, where there are several; `others`: of others' fences too."""
    found: ByBucket = {}
    laid = layouts(counters)
    for each in takeable(counters):
        layout = laid.get((each.sku, each.node))
        if layout is not None and (others or is_open_to(each, channel, layout)):
            found.setdefault(each.sku, {}).setdefault(each.node, {})[each.bucket] = each.available
    return found
