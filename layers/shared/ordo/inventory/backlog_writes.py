"""The DynamoDB writes of who waits for a SKU at a node, as values, for an order's one commit.

`pk = backlog#<sku>#<node>`: `sk = backorder#<promise>#<order>#<number>` is the queue, read in that order; `sk = job`
has the keys of the index `by_deadline`, by which the watcher looks after the queue as long as anybody waits. `joined`
on it counts who joined, so that it does not go while somebody comes. `pk = presale#<sku>`, `sk = sold` counts what is
sold before a launch.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from ordo.inventory.backlog import Presale, QueueChange, Waiting
from ordo.inventory.writes import summary_put
from ordo.kernel.clock import to_iso
from ordo.kernel.shards import shard_of
from ordo.runtime.dynamo import Delete, Put, Update, Write

BACKLOG_SCHEMA = 1
JOB_SK = "job"
JOB_KIND = "backlog"
SOLD_SK = "sold"
LOOK_AGAIN = timedelta(minutes=10)
"""So often the watcher looks at a queue: units may have been given back since, which nobody tells of."""


def backlog_pk(sku: str, node: str) -> str:
    """Partition of a queue."""
    return f"backlog#{sku}#{node}"


def place_in(pk: str) -> tuple[str, str]:
    """(sku, node) of a queue's partition."""
    _, sku, node = pk.split("#", 2)
    return sku, node


def presale_pk(sku: str) -> str:
    """Partition of what is sold of a SKU before its launch."""
    return f"presale#{sku}"


def queue_writes(table: str, changes: Sequence[QueueChange], now: datetime) -> list[Write]:
    """Entries in and out of their queues. None needs a condition: the order's header and the counter have theirs."""
    writes: list[Write] = []
    for change in changes:
        if change.joins:
            writes.append(Put(table, entry_item(change.entry)))
        else:
            writes.append(Delete(table, backlog_pk(change.entry.sku, change.entry.node), change.entry.place))
    for sku, node in sorted({(each.entry.sku, each.entry.node) for each in changes if each.joins}):
        writes += [_looked_after(table, sku, node, now), summary_put(table, sku, node)]
    return writes


def entry_item(entry: Waiting) -> dict[str, Any]:
    """An entry as stored."""
    stored = entry.to_dict()
    return {"pk": backlog_pk(entry.sku, entry.node), "sk": entry.place, "schema": BACKLOG_SCHEMA, **stored}


def presale_update(table: str, presale: Presale) -> Update:
    """Count what is sold before the launch, or given back; refused when it would be more than the cap."""
    values: dict[str, Any] = {":units": presale.units, ":schema": BACKLOG_SCHEMA}
    condition = None
    if presale.cap is not None and presale.units > 0:
        values[":room"] = presale.cap - presale.units
        within = "(attribute_not_exists(sold) OR sold <= :room)"
        condition = within if presale.cap >= presale.units else "sold <= :room"
    return Update(
        table,
        presale_pk(presale.sku),
        SOLD_SK,
        "ADD sold :units SET #schema = :schema",
        condition,
        {"#schema": "schema"},
        values,
    )


def wake_update(table: str, sku: str, node: str, now: datetime) -> Update:
    """The queue is due now: something came in. It makes the job if there is none, which the watcher takes away then."""
    pk = backlog_pk(sku, node)
    values = {":shard": _shard(pk), ":at": to_iso(now), ":kind": JOB_KIND, ":schema": BACKLOG_SCHEMA}
    expression = "SET deadline_shard = :shard, deadline_at = :at, #kind = :kind, #schema = :schema"
    expression += " REMOVE parked, due_tries"
    return Update(table, pk, JOB_SK, expression, None, {"#kind": "kind", "#schema": "schema"}, values)


def _looked_after(table: str, sku: str, node: str, now: datetime) -> Update:
    pk = backlog_pk(sku, node)
    values = {
        ":shard": _shard(pk),
        ":at": to_iso(now + LOOK_AGAIN),
        ":kind": JOB_KIND,
        ":schema": BACKLOG_SCHEMA,
        ":one": 1,
    }
    expression = (
        "SET deadline_shard = if_not_exists(deadline_shard, :shard), deadline_at = if_not_exists(deadline_at, :at),"
        " #kind = :kind, #schema = :schema ADD joined :one"
    )
    return Update(table, pk, JOB_SK, expression, None, {"#kind": "kind", "#schema": "schema"}, values)


def _shard(pk: str) -> str:
    return f"due#{shard_of(pk)}"
