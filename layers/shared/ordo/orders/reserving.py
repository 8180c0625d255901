"""What open orders have reserved, by SKU and node: the sparse index of open orders, and each one's fulfilments."""

from __future__ import annotations

from ordo.orders import layout
from ordo.orders.model import OrderStatus
from ordo.runtime import dynamo
from ordo.shipments.model import ENDED, Fulfilment, FulfilmentState

_DONE = (FulfilmentState.DISPATCHED, *ENDED)
_SHARDS = range(8)


def reserved_units(table: str) -> dict[tuple[str, str], int]:
    """Units by (sku, node) that fulfilments take that are neither dispatched nor cancelled; consistent per order."""
    found: dict[tuple[str, str], int] = {}
    for order_id in _open_orders(table):
        bounds = {"sk_from": "fulfilment#", "sk_to": "fulfilment#~"}
        for item in dynamo.query_all(table, order_id, consistent=True, **bounds):
            record = layout.record_of(item)
            if isinstance(record, Fulfilment) and record.state not in _DONE:
                for take in record.takes():
                    key = take.sku, record.node_id
                    found[key] = found.get(key, 0) + take.quantity
    return found


def _open_orders(table: str) -> list[str]:
    groups = sorted(
        {layout.status_group(s) for s in OrderStatus if s not in (OrderStatus.CANCELLED, OrderStatus.COMPLETED)}
    )
    keys = [f"{group}#{shard}" for group in groups for shard in _SHARDS]
    return [
        item["pk"] for key in keys for item in dynamo.query_all(table, key, index="by_status", pk_name="status_key")
    ]
