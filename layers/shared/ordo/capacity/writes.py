"""The DynamoDB writes of open work, as values: `pk = load#<node>`, `sk = load`, with `open_units`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ordo.capacity.model import LoadMove, NodeFull
from ordo.runtime.dynamo import Update

LOAD_SCHEMA = 1
LOAD_SK = "load"


def load_pk(node: str) -> str:
    """Partition of a node's open work."""
    return f"load#{node}"


def load_update(table: str, move: LoadMove) -> Update:
    """The write of one move; work that ends has no condition, since it was counted when it began."""
    values: dict[str, Any] = {":units": move.units, ":schema": LOAD_SCHEMA}
    condition = None
    if move.room is not None:
        condition, values[":room"] = "open_units <= :room", move.room
        if move.room >= 0:
            condition = f"attribute_not_exists(pk) OR {condition}"
    expression = "ADD open_units :units SET #schema = :schema"
    return Update(table, load_pk(move.node), LOAD_SK, expression, condition, {"#schema": "schema"}, values)


def full(move: LoadMove, item: Mapping[str, Any] | None) -> NodeFull | None:
    """Why the stored load refused the move; None when it would now accept it."""
    open_units = int((item or {}).get("open_units", 0))
    return NodeFull(move.node, open_units) if move.room is not None and open_units > move.room else None
