"""From which buckets of a node an order's part is taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ordo.inventory.model import MAIN
from ordo.inventory.spread import ByBucket, takes
from ordo.orders.errors import NodeShort
from ordo.shipments.model import BucketUnits, LineQuantity


def quantities(lines: Iterable[LineQuantity]) -> dict[str, int]:
    """Units by SKU."""
    found: dict[str, int] = {}
    for line in lines:
        found[line.sku] = found.get(line.sku, 0) + line.quantity
    return found


def buckets_of(
    order_id: str, channel: str, node: str, wanted: Mapping[str, int], shelves: ByBucket
) -> tuple[BucketUnits, ...]:
    """Where each SKU of a node's part is taken; nothing when all of them have one bucket there.

    Raises `NodeShort` when the buckets of one have too little together.
    """
    if not any(node in shelves.get(sku, {}) for sku in wanted):
        return ()
    found: list[BucketUnits] = []
    for sku, quantity in sorted(wanted.items()):
        available = shelves.get(sku, {}).get(node)
        taken = {MAIN: quantity} if available is None else takes(order_id, sku, node, quantity, available, channel)
        if taken is None:
            raise NodeShort(sku, node)
        found += [BucketUnits(sku=sku, bucket=bucket, quantity=units) for bucket, units in taken.items()]
    return tuple(found)
