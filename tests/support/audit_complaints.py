"""What must hold of complaints, whatever happened: whole chains, deadlines of open ones, every remedy carried out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

Item = dict[str, Any]


def complaint_findings(complaints: dict[str, dict[str, Item]], orders: dict[str, dict[str, Item]]) -> Iterable[str]:
    """What is wrong, one finding a line. `complaints` and `orders` are their partitions."""
    for complaint_id, items in sorted(complaints.items()):
        header = items.get("complaint")
        if header is None:
            yield f"{complaint_id}: items without a header"
            continue
        yield from (f"{complaint_id}: {finding}" for finding in _one(header, items, orders))


def _one(header: Item, items: dict[str, Item], orders: dict[str, dict[str, Item]]) -> Iterable[str]:
    previous, stored = "0" * 64, sorted(sk for sk in items if sk.startswith("event#"))
    for number, sk in enumerate(stored, start=1):
        body = json.loads(items[sk]["body"])
        hashed = hashlib.sha256(items[sk]["body"].encode()).hexdigest()
        if (sk, body["seq"], body["prev_hash"], hashed) != (f"event#{number:06d}", number, previous, items[sk]["hash"]):
            yield f"event {number} breaks the chain"
        previous = items[sk]["hash"]
    if (header["seq"], header["head_hash"]) != (len(stored), previous):
        yield f"the header is at {header['seq']}, there are {len(stored)} events"
    if header["state"] == "open" and not ("deadline_at" in header and "node_key" in header and "status_key" in header):
        yield "it is open and stands in no index"
    if header["state"] == "resolved" and ("node_key" in header or header.get("pending")):
        yield "it is solved and still somebody's work"
    order_id, remedy = header.get("order_id"), header.get("remedy") or {}
    if order_id in orders and f"complaint#{header['complaint_id']}" not in orders[order_id]:
        yield "its order does not lead to it"
    if remedy.get("outcome") == "refund" and f"change#{remedy.get('change_id')}" not in orders.get(order_id or "", {}):
        yield "it was refunded without a change of its order"
