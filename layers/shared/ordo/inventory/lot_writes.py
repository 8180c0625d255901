"""The DynamoDB items of lots: `pk = lots#<sku>#<node>`, `sk = lot#<expires_on>#<lot>`, so that a query finds what
expires first first. An empty lot stays until the night after; then it goes, if it is empty still.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ordo.inventory.lots import Lot, LotMove
from ordo.runtime.dynamo import Delete, Update, query_all

LOT_SCHEMA = 1
LOT_FROM, LOT_TO = "lot#", "lot#~"


def lots_pk(sku: str, node: str) -> str:
    """Partition of the lots of a SKU at a node."""
    return f"lots#{sku}#{node}"


def lot_sk(expires_on: str, lot: str) -> str:
    """Sorts first expired first."""
    return f"lot#{expires_on}#{lot}"


def lot_update(table: str, move: LotMove, seen: Lot | None = None) -> Update:
    """The conditional write of one change; `seen` adds: only if the lot has just these units still."""
    values: dict[str, Any] = {
        ":n": move.units,
        ":schema": LOT_SCHEMA,
        ":sku": move.sku,
        ":node": move.node,
        ":lot": move.lot,
        ":on": move.expires_on,
    }
    names = {"#sku": "sku", "#node": "node", "#lot": "lot", "#schema": "schema", "#units": "units"}
    conditions: list[str] = []
    if move.require():
        conditions.append("#units >= :need")
        values[":need"] = move.require()
    if seen is not None:
        conditions.append("#units = :seen" if seen.units else "(attribute_not_exists(pk) OR #units = :seen)")
        values[":seen"] = seen.units
    expression = "ADD #units :n SET #schema = :schema, #sku = :sku, #node = :node, #lot = :lot, expires_on = :on"
    pk, sk = lots_pk(move.sku, move.node), lot_sk(move.expires_on, move.lot)
    return Update(table, pk, sk, expression, " AND ".join(conditions) or None, names, values)


def lot_updates(table: str, moves: Iterable[LotMove], seen: Iterable[Lot] = ()) -> list[Update]:
    """The writes of these changes, at most one for each lot; lots that are seen and do not change are not guarded."""
    as_read = {lot.key: lot for lot in seen}
    return [lot_update(table, move, as_read.get(move.key)) for move in moves]


def empty_delete(table: str, lot: Lot) -> Delete:
    """That an empty lot goes, if it is empty still."""
    pk, sk = lots_pk(lot.sku, lot.node), lot_sk(lot.expires_on, lot.lot)
    return Delete(table, pk, sk, "#units = :zero", {"#units": "units"}, {":zero": 0})


def lot_of(item: Mapping[str, Any]) -> Lot:
    """Read a stored lot."""
    return Lot(item["sku"], item["node"], item["lot"], item["expires_on"], item["units"])


def read_lots(table: str, sku: str, node: str) -> list[Lot]:
    """Every lot of the SKU at the node, empty ones too, first expired first; read consistently."""
    items = query_all(table, lots_pk(sku, node), sk_from=LOT_FROM, sk_to=LOT_TO, consistent=True)
    return [lot_of(item) for item in items]
