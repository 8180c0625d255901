"""Records of messages in the order's partition: `customer_message#000012.delayed.email`, where no decision reads them.

What is known of addresses is in the Customers table, `undeliverable#<keyed hash>`: `mark`, it takes nothing; `stopped`,
its reader wants only what is necessary. Both are read at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ordo.kernel.shards import shard_of
from ordo.messages.model import CustomerMessage, MessageKey, MessageState
from ordo.messages.ports import StaleMessage, Standing
from ordo.runtime import dynamo
from ordo.runtime.dynamo import Delete, Put, TransactionRefused

DEAD_SK, STOPPED_SK = "mark", "stopped"
PREFIX, KIND, SCHEMA = "customer_message#", "customer_message", 1
_FIELDS = (
    "event_seq",
    "state",
    "created_at",
    "changed_at",
    "language",
    "reason",
    "attempts",
    "to",
    "provider_id",
    "version",
)


class DynamoMessageStore:
    """The `MessageStore` of production."""

    def __init__(self, orders_table: str, customers_table: str = "") -> None:
        self._orders, self._customers = orders_table, customers_table

    def get(self, key: MessageKey) -> CustomerMessage | None:
        item = dynamo.get_item(self._orders, key.order_id, PREFIX + key.text, consistent=True)
        return _message(item) if item else None

    def put(self, message: CustomerMessage) -> CustomerMessage:
        written = replace(message, version=message.version + 1)
        condition = "version = :before" if message.version else "attribute_not_exists(pk)"
        values = {":before": message.version} if message.version else {}
        try:
            dynamo.write(Put(self._orders, _item(written), condition, values=values))
        except TransactionRefused:
            raise StaleMessage from None
        return written

    def of_order(self, order_id: str) -> list[CustomerMessage]:
        bounds = {"sk_from": PREFIX, "sk_to": PREFIX + "~"}
        return [_message(item) for item in dynamo.query_all(self._orders, order_id, consistent=True, **bounds)]

    def mark_dead(self, address: str, reason: str, at: str) -> None:
        item = {"pk": _address_pk(address), "sk": DEAD_SK, "schema": SCHEMA, "reason": reason, "at": at}
        dynamo.write(Put(self._customers, item))

    def stop(self, address: str, at: str) -> None:
        dynamo.write(Put(self._customers, {"pk": _address_pk(address), "sk": STOPPED_SK, "schema": SCHEMA, "at": at}))

    def resume(self, address: str) -> None:
        dynamo.write(Delete(self._customers, _address_pk(address), STOPPED_SK))

    def standing(self, address: str) -> Standing:
        found = {item["sk"] for item in dynamo.query_all(self._customers, _address_pk(address))}
        return Standing(DEAD_SK in found, STOPPED_SK in found)


def _address_pk(address: str) -> str:
    return f"undeliverable#{address}"


def _item(message: CustomerMessage) -> dict[str, Any]:
    fields = {name: getattr(message, name) for name in _FIELDS}
    due = {}
    if message.due_at:
        shard = f"due#{shard_of(message.key.order_id)}"
        due = {"deadline_shard": shard, "deadline_at": message.due_at, "kind": KIND, "due_at": message.due_at}
    keys = {"pk": message.key.order_id, "sk": PREFIX + message.key.text, "schema": SCHEMA}
    return {**keys, **fields, "state": str(message.state), **due}


def _message(item: dict[str, Any]) -> CustomerMessage:
    fields = {name: item[name] for name in _FIELDS if name in item}
    key = MessageKey.of(item["pk"], item["sk"].removeprefix(PREFIX))
    return CustomerMessage(key=key, **{**fields, "state": MessageState(item["state"]), "due_at": item.get("due_at")})
