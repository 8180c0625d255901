"""The DynamoDB writes of dated supply, as values."""

from __future__ import annotations

from ordo.inventory.supply import Supply, SupplyChange
from ordo.runtime.dynamo import Delete, Put, Write

SUPPLY_SCHEMA = 1
SUPPLY_SK = "supply"
DUE = "due#"


def inbound_pk(supply_id: str) -> str:
    """Partition of one supply."""
    return f"inbound#{supply_id}"


def supply_pk(sku: str) -> str:
    """Partition of what is due of a SKU."""
    return f"supply#{sku}"


def supply_writes(table: str, change: SupplyChange) -> list[Write]:
    """The supply under its version first, then where it is listed."""
    before, after = change.before, change.after
    item = {"pk": inbound_pk(after.supply_id), "sk": SUPPLY_SK, "schema": SUPPLY_SCHEMA, **after.to_dict()}
    if before is None:
        writes: list[Write] = [Put(table, item, "attribute_not_exists(pk)")]
    else:
        guard = "#version = :version"
        writes = [Put(table, item, guard, {"#version": "version"}, {":version": before.version})]
    if before is not None and before.due and (not after.due or before.place != after.place):
        writes.append(Delete(table, supply_pk(before.sku), DUE + before.place))
    if after.due:
        writes.append(Put(table, _listed(after)))
    return writes


def _listed(supply: Supply) -> dict[str, object]:
    return {"pk": supply_pk(supply.sku), "sk": DUE + supply.place, "schema": SUPPLY_SCHEMA, **supply.to_dict()}
