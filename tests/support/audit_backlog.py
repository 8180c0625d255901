"""Who waits, with eyes of its own: queues, counters and orders must say the same."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.audit import Ledger


def backlog_findings(found: Ledger) -> Iterable[str]:
    """What is wrong about queues."""
    waiting: dict[tuple[str, str], Counter[str]] = {}
    presold: Counter[str] = Counter()
    for order_id in found.orders:
        for each in found.parts(order_id, "fulfilment"):
            lines = _lines(each["lines"])
            if each["state"] == "waiting":
                place = lines[0]["sku"], each["node_id"]
                waiting.setdefault(place, Counter())[each["fulfilment_id"]] = sum(line["quantity"] for line in lines)
            if each.get("wait", {}).get("presale") and each["state"] != "cancelled":
                presold[lines[0]["sku"]] += sum(line["quantity"] for line in lines)
    for place in {*waiting, *found.queues, *found.counters}:
        orders = waiting.get(place, Counter())
        queue = Counter({item["fulfilment_id"]: item["units"] for item in found.queues.get(place, ())})
        if queue != orders:
            yield f"{place}: {dict(queue)} in the queue, {dict(orders)} of orders wait"
        counted = found.counters.get(place, {}).get("backordered", 0)
        if counted != sum(orders.values()):
            yield f"{place}: {counted} backordered, orders wait for {sum(orders.values())}"
        if orders and "deadline_at" not in found.jobs.get(place, {}):
            yield f"{place}: orders wait, and nobody looks after them"
    for sku in {*presold, *found.presold}:
        if presold[sku] != found.presold.get(sku, 0):
            yield f"{sku}: {found.presold.get(sku, 0)} presold, orders have {presold[sku]}"


def _lines(packed: bytes) -> Any:
    return json.loads(zlib.decompress(packed))
