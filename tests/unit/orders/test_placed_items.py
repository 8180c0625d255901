"""Lines and trace of an order as items: one while they are small, chunks and a decision when they are not."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import asdict
from typing import Any

import pytest

from ordo.orders import placed
from ordo.orders.dictionaries import DICTIONARIES, LATEST
from ordo.orders.model import SCHEMA
from ordo.pricing.line_codec import lines_to_json
from ordo.pricing.model import PricedLine
from ordo.runtime.dynamo import to_attributes
from ordo.runtime.packing import pack, unpack
from tests.support.orders import ORDER, placement
from tests.support.units import item_bytes

WRITE_UNIT = 1024
RELEASED = {1: "6e762e2dc2bbe71a9c94c486bdc95556fe5920999dd633c3876dd7ca777cb5b0"}
"""SHA-256 of every dictionary that items may have been written with: add to it, change nothing."""


def order_of(count: int) -> tuple[tuple[PricedLine, ...], dict[str, Any]]:
    """Lines and trace of an order of `count` lines."""
    parts = (
        ("hz", tuple((f"line-{number}", f"SKU-{number * 7919 % 1000}", number) for number in range(1, count + 1))),
    )
    decision = placement(parts=parts).decision
    assert decision.lines is not None
    assert decision.trace is not None
    return decision.lines, decision.trace


def read(items: list[dict[str, Any]]) -> tuple[tuple[PricedLine, ...], dict[str, Any] | None]:
    trace = next((found for found in map(placed.trace_in, items) if found is not None), None)
    return placed.read_lines(items), trace


def test_a_released_dictionary_never_changes() -> None:
    assert {number: hashlib.sha256(each).hexdigest() for number, each in DICTIONARIES.items()} == RELEASED


def test_lines_and_trace_of_a_small_order_are_one_item() -> None:
    lines, trace = order_of(3)
    (item,) = placed.placed_items(ORDER, lines, trace)
    assert (item["sk"], item["dictionary"]) == ("lines#0001", LATEST)
    assert item_bytes(to_attributes(item)) <= WRITE_UNIT
    assert read([item]) == (lines, as_json(trace))


@pytest.mark.parametrize("count", [1, 5, 10, 20, 40, 80, 200])
def test_orders_of_any_length_read_back(count: int) -> None:
    lines, trace = order_of(count)
    assert read(placed.placed_items(ORDER, lines, trace)) == (lines, as_json(trace))


def test_one_item_is_never_larger_than_a_write_unit() -> None:
    for count in range(1, 60):
        items = placed.placed_items(ORDER, *order_of(count))
        if len(items) > 1:
            break
        assert item_bytes(to_attributes(items[0])) <= WRITE_UNIT
    assert 5 < count < 59
    assert [item["sk"] for item in items] == ["lines#0001", "decision"]
    assert all("dictionary" not in item for item in items)


def test_items_as_they_were_written_before_there_were_dictionaries_are_read() -> None:
    lines, trace = order_of(2)
    rows = [as_before_the_table(line) for line in lines]
    old = [
        {"pk": ORDER, "sk": "lines#0001", "schema": SCHEMA, "lines": pack(rows[:1])},
        {"pk": ORDER, "sk": "lines#0002", "schema": SCHEMA, "lines": pack(rows[1:])},
        {"pk": ORDER, "sk": "decision", "schema": SCHEMA, "trace": pack(trace)},
    ]
    assert read(old) == (lines, as_json(trace))


def test_a_commit_that_places_nothing_writes_neither() -> None:
    assert placed.placed_items(ORDER, None, None) == []


def test_what_is_packed_with_a_dictionary_is_read_with_it_and_not_without() -> None:
    value = as_json(lines_to_json(order_of(2)[0]))
    packed = pack(value, DICTIONARIES[LATEST])
    assert unpack(packed, DICTIONARIES[LATEST]) == value
    assert len(packed) < len(pack(value))
    assert json.loads(zlib.decompress(pack(value))) == value
    with pytest.raises(zlib.error):
        unpack(packed)


def as_json(trace: dict[str, Any]) -> Any:
    return json.loads(json.dumps(trace))


def as_before_the_table(line: PricedLine) -> dict[str, Any]:
    """A line as schemas 1 and 2 had it."""
    runs = [[run.count, run.shares, run.net, run.tax, *([run.used_by] if run.used_by else [])] for run in line.runs]
    return {**asdict(line), "adjustments": [each._asdict() for each in line.adjustments], "runs": runs}
