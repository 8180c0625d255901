"""What placing decided, kept for ever: the lines, and why they cost that and come from there (law 5).

A transaction pays two units for each item of up to 1 KB. Lines and trace of a small order are one item of that size,
those of a large one are chunks of lines, which every decision reads, and a trace by itself, which only few read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ordo.orders.dictionaries import DICTIONARIES, LATEST
from ordo.orders.model import SCHEMA, OrderHeader
from ordo.pricing.line_codec import lines_from_json, lines_to_json
from ordo.pricing.model import PricedLine
from ordo.runtime.packing import pack, unpack

FIRST_SK, DECISION_SK = "lines#0001", "decision"
LINES_SCHEMA = 3
"""On items with lines. In 2 and 1, which are read as well, each line told all of its promotions (`line_codec`). From 2
on lines and trace may be together, as `placed`, packed with the dictionary that is named beside it.
"""
WRITE_UNIT = 1024
CHUNK_BYTES = 90_000
"""Lines are stored in packed chunks below 100 KB."""

Item = dict[str, Any]


def placed_items(order_id: str, lines: Sequence[PricedLine] | None, trace: dict[str, Any] | None) -> list[Item]:
    """One item of both, or `lines#0001` and on, each below `CHUNK_BYTES` packed, and `decision`; none of nothing."""
    lines = lines or ()
    if lines and trace is not None:
        together = _together(order_id, lines, trace)
        if _bytes(together) <= WRITE_UNIT:
            return [together]
    items = [
        {"pk": order_id, "sk": f"lines#{number:04d}", "schema": LINES_SCHEMA, "lines": packed}
        for number, packed in enumerate(_chunks(lines), start=1)
    ]
    if trace is not None:
        items.append({"pk": order_id, "sk": DECISION_SK, "schema": SCHEMA, "trace": pack(trace)})
    return items


def later_plan(header: OrderHeader, plan: dict[str, Any] | None) -> list[Item]:
    """A plan that was made after placement: `decision#<seq of the event that it is of>`."""
    if plan is None:
        return []
    sk = f"{DECISION_SK}#{header.seq:06d}"
    return [{"pk": header.order_id, "sk": sk, "schema": SCHEMA, "plan": pack(plan)}]


def plan_in(item: Item) -> tuple[int, dict[str, Any]]:
    """The number of the event, and the plan."""
    found: dict[str, Any] = unpack(item["plan"])
    return int(item["sk"].removeprefix(f"{DECISION_SK}#")), found


def read_lines(items: Iterable[Item]) -> tuple[PricedLine, ...]:
    """The lines of all items that hold any, in order."""
    return tuple(line for item in items if item["sk"].startswith("lines#") for line in lines_from_json(_rows(item)))


def trace_in(item: Item) -> dict[str, Any] | None:
    """The trace, if it is in this item."""
    if "placed" in item:
        found: dict[str, Any] = _opened(item)[1]
        return found
    return unpack(item["trace"]) if "trace" in item else None


def _together(order_id: str, lines: Sequence[PricedLine], trace: dict[str, Any]) -> Item:
    packed = pack([lines_to_json(lines), trace], DICTIONARIES[LATEST])
    return {"pk": order_id, "sk": FIRST_SK, "schema": LINES_SCHEMA, "dictionary": LATEST, "placed": packed}


def _opened(item: Item) -> Any:
    return unpack(item["placed"], DICTIONARIES[item["dictionary"]])


def _rows(item: Item) -> Any:
    return _opened(item)[0] if "placed" in item else unpack(item["lines"])


def _chunks(lines: Sequence[PricedLine]) -> list[bytes]:
    chunks, pending = [], [lines] if lines else []
    while pending:
        part = pending.pop()
        packed = pack(lines_to_json(part))
        if len(packed) > CHUNK_BYTES and len(part) > 1:
            half = len(part) // 2
            pending.extend((part[half:], part[:half]))
        else:
            chunks.append(packed)
    return chunks


def _bytes(item: Item) -> int:
    """The item's size as DynamoDB counts it, at most: names and values; a byte for two digits, and one more."""
    return sum(len(name) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: str | bytes | int) -> int:
    if isinstance(value, int):
        return len(str(value)) // 2 + 2
    return len(value.encode() if isinstance(value, str) else value)
