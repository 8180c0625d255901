"""DynamoDB's limits that moto does not keep: sizes of keys, items and transactions.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.units import item_bytes

KEY_BYTES = {"pk": 2048, "sk": 1024}
ITEM_BYTES = 400 * 1024
TRANSACTION_BYTES = 4 * 1024 * 1024
INDEX_KEYS = ("status_key", "placed_key", "customer_id", "deadline_shard", "deadline_at", "node_key", "node_sort")


def broken_limit(operation: str, request: dict[str, Any]) -> str | None:
    """What DynamoDB would say against the request, or None."""
    written = list(_items(operation, request))
    for key in (*_keys(request), *written):
        for name, limit in KEY_BYTES.items():
            value = key.get(name, {}).get("S", "-")
            if not 0 < len(value.encode()) <= limit:
                return f"One or more parameter values were invalid: size of key {name} is {len(value.encode())}"
    for item in written:
        if any(item.get(name) == {"S": ""} for name in INDEX_KEYS):
            return "One or more parameter values are not valid: an index key attribute cannot be an empty string"
        if item_bytes(item) > ITEM_BYTES:
            return f"Item size has exceeded the maximum allowed size: {item_bytes(item)}"
    if operation == "TransactWriteItems" and sum(map(item_bytes, written)) > TRANSACTION_BYTES:
        return "Transaction request size exceeds 4 MB"
    return None


def _items(operation: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if operation == "PutItem":
        yield request["Item"]
    for write in request.get("TransactItems", ()):
        if "Put" in write:
            yield write["Put"]["Item"]


def _keys(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "Key" in request:
        yield request["Key"]
    for write in request.get("TransactItems", ()):
        (one,) = write.values()
        if "Key" in one:
            yield one["Key"]
    for wanted in request.get("RequestItems", {}).values():
        yield from wanted.get("Keys", ())
    if "KeyConditionExpression" in request and "IndexName" not in request:
        values = request["ExpressionAttributeValues"]
        yield {"pk": values.get(":pk", {"S": "-"}), "sk": values.get(":from", {"S": "-"})}
