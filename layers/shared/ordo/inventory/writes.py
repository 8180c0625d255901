"""The DynamoDB writes of stock, as values: the seam through which an order's one commit takes and gives stock.

`ordo.orders.repository` puts `stock_update(table, move)` for each of `merge(moves)` into its transaction, and on a
refusal turns the stored item that failed into `exhausted(move, item)`. Nothing here talks to AWS.

A counter is `pk = stock#<sku>#<node>#<bucket>`, `sk = counter` with on_hand, reserved, safety and available.
`available` is kept by every write and is what conditions compare. The bucket is 0 unless the SKU is hot there.
A summary `pk = stock#<sku>`, `sk = node#<node>` says that the counter exists; movements write it, off the hot path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ordo.inventory.errors import StockExhausted
from ordo.inventory.layout import Fence, Layout
from ordo.inventory.model import MAIN, StockCounter, StockMove, empty, obstacle
from ordo.runtime.dynamo import Put, Update

if TYPE_CHECKING:
    from ordo.inventory.movements import Movement

COUNTER_SCHEMA = 1
MOVEMENT_SCHEMA = 2
"""Since 2 a movement has ledger rows of its own (`ordo.inventory.ledger_writes`); those of 1 are read as they are."""
COUNTER_SK = "counter"
MOVEMENT_SK = "movement"
SUMMARY_SK = "node#"


def counter_pk(sku: str, node: str, bucket: str = MAIN) -> str:
    """Partition of a counter: throughput is per partition, so the bucket is part of it."""
    return f"stock#{sku}#{node}#{bucket}"


def summary_pk(sku: str) -> str:
    """Partition of the summary of a SKU: one item for each node that ever had a counter."""
    return f"stock#{sku}"


def movement_pk(movement_id: str) -> str:
    """Partition of a movement that a client recorded; an order's dispatch needs none, its commit happens once."""
    return f"movement#{movement_id}"


def stock_update(
    table: str,
    move: StockMove,
    seen: StockCounter | None = None,
    layout: LayoutChange | None = None,
    *,
    begins_lots: bool = False,
) -> Update:
    """The conditional write of one move.

    `seen` adds: only if on hand and safety, and of a main counter the layout, are still as read; `layout`, for a main
    counter: that its layout becomes this one, if it is still as read; `begins_lots` that the SKU is kept by lot from
    now on, if it was not before.

    A move that requires something fails on a counter that does not exist; one that requires nothing creates it.
    """
    values: dict[str, Any] = {":h": move.on_hand, ":r": move.reserved, ":a": move.available}
    conditions: list[str] = []
    for name, attribute, need in (
        (":need", "available", move.require_available()),
        (":held", "reserved", move.require_reserved()),
        (":have", "on_hand", move.require_on_hand()),
        (":wait", "backordered", move.require_waiting()),
    ):
        if need:
            conditions.append(f"{attribute} >= {name}")
            values[name] = need
    conditions += queue_conditions(move, values)
    if seen is not None:
        conditions.append(_as_seen(seen, values))
    if move.without_lots:
        conditions.append("attribute_not_exists(by_lot)")
    expression, names = "ADD on_hand :h, reserved :r, available :a", {}
    if move.turns:
        expression += ", backordered :b, backlog_turn :t"
        values |= {":b": move.backordered, ":t": move.turns}
    if not _only_reservations(move):
        values |= {":s": move.safety, ":sku": move.sku, ":node": move.node, ":schema": COUNTER_SCHEMA}
        names = {"#sku": "sku", "#node": "node", "#schema": "schema"}
        expression += ", safety :s SET #sku = :sku, #node = :node, #schema = :schema"
        if layout is not None:
            expression += ", buckets = :buckets, kept = :kept, fences = :fences"
            conditions.append(_with_layout(layout, values))
        if begins_lots:
            expression += ", by_lot = :by_lot"
            values[":by_lot"] = True
            conditions.append("attribute_not_exists(by_lot)")
    return Update(
        table,
        counter_pk(*move.key),
        COUNTER_SK,
        expression,
        " AND ".join(conditions) or None,
        names,
        values,
    )


def queue_conditions(move: StockMove, values: dict[str, Any]) -> list[str]:
    """What the queue of those who wait must be like; puts its values into `values`."""
    found: list[str] = []
    if move.cap is not None:
        room = move.cap - move.backordered
        values[":room"] = room
        # Without a queue the attribute is missing, and nothing waits; more than may ever wait is never below the room.
        within = "(attribute_not_exists(backordered) OR backordered <= :room)"
        found.append(within if room >= 0 else "backordered <= :room")
    if move.fills is not None:
        found.append("available >= :fills")
        values[":fills"] = move.fills
    if move.turn is not None:
        found.append("backlog_turn = :turn")
        values[":turn"] = move.turn
    return found


@dataclass(frozen=True, slots=True)
class LayoutChange:
    """A layout in place of the one that was read (None: a plain counter)."""

    before: Layout | None
    after: Layout


def _with_layout(change: LayoutChange, values: dict[str, Any]) -> str:
    after = change.after
    values |= {":buckets": after.buckets, ":kept": after.kept, ":fences": _stored(after.fences)}
    return _laid_out(change.before, values)


def _laid_out(layout: Layout | None, values: dict[str, Any]) -> str:
    if layout is None:
        return "attribute_not_exists(kept)"
    values |= {":was_kept": layout.kept, ":were_buckets": layout.buckets, ":were_fences": _stored(layout.fences)}
    return "kept = :was_kept AND buckets = :were_buckets AND fences = :were_fences"


def _stored(fences: Mapping[str, Fence]) -> dict[str, Any]:
    return {channel: fence.to_dict() for channel, fence in fences.items()}


def movement_put(table: str, movement: Movement) -> Put:
    """The movement by its id, written only if the id is new: what a repeated request is answered from."""
    item = {
        "pk": movement_pk(movement.movement_id),
        "sk": MOVEMENT_SK,
        "schema": MOVEMENT_SCHEMA,
        **movement.to_dict(),
    }
    return Put(table, item, "attribute_not_exists(pk)")


def summary_put(table: str, sku: str, node: str) -> Put:
    """That the SKU has a counter at this node. The same text every time, so it needs no condition."""
    return Put(table, {"pk": summary_pk(sku), "sk": SUMMARY_SK + node, "schema": COUNTER_SCHEMA})


def counter_of(item: Mapping[str, Any], sku: str, node: str, bucket: str = MAIN) -> StockCounter:
    """Read a stored counter."""
    on_hand, reserved, safety = (item.get(name, 0) for name in ("on_hand", "reserved", "safety"))
    layout = Layout.of(item) if bucket == MAIN else None
    by_lot, waits, turn = bool(item.get("by_lot")), item.get("backordered", 0), item.get("backlog_turn", 0)
    reorder = item.get("reorder_point")
    return StockCounter(sku, node, on_hand, reserved, safety, bucket, reorder, layout, waits, turn, by_lot)


def exhausted(move: StockMove, item: Mapping[str, Any] | None) -> StockExhausted | None:
    """Why the stored counter (None: there is none) refused the move; None when it would now accept it."""
    return obstacle(counter_of(item or {}, *move.key), move)


def _only_reservations(move: StockMove) -> bool:
    """Reserving, releasing and dispatching meet a counter that exists: they need not write its names again.

    Whoever waits for what never was there makes it.
    """
    return move.reserved != 0 and move.backordered <= 0


def _as_seen(seen: StockCounter, values: dict[str, Any]) -> str:
    # The main one may have the same units again while others are in buckets that were not there when it was read.
    laid_out = f" AND {_laid_out(seen.layout, values)}" if seen.bucket == MAIN else ""
    if seen == empty(seen.key):
        values[":zero"] = 0
        return "(attribute_not_exists(pk) OR (on_hand = :zero AND safety = :zero))" + laid_out
    values |= {":seen_on_hand": seen.on_hand, ":seen_safety": seen.safety}
    return "on_hand = :seen_on_hand AND safety = :seen_safety" + laid_out
