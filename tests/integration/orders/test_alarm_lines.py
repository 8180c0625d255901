"""Beside each metric that rings an alarm stands a line in the log that names what it is about, by reference."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ordo.runtime.observability import logger
from tests.support.shop import pay, place
from tests.support.timing import START

if TYPE_CHECKING:
    from tests.support.world import World

pytestmark = pytest.mark.moto
Lines = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    """What is logged as a warning or an error."""
    written: Lines = []
    for level in ("warning", "error"):
        monkeypatch.setattr(logger, level, lambda text, extra: written.append((text, extra)))
    return written


def test_an_overdue_order_is_named(world: World, lines: Lines) -> None:
    order = place(world)
    pay(world, order)
    world.tick(START + timedelta(days=9))
    (line,) = [extra for text, extra in lines if text == "deadline_counted"]
    assert (line["pk"], line["error"]) == (order["order_id"], "OverdueOrders")


def test_an_order_that_was_paid_too_late_and_has_no_stock_is_named(world: World, lines: Lines) -> None:
    order = place(world)
    world.tick(START + timedelta(days=1))
    (line,) = order["lines"]
    there = world.call("GET", f"/v1/stock/{line['stock_sku']}").body["nodes"]
    for number, node in enumerate(there):
        gone = {"movement_id": f"gone-{number}", "kind": "adjust", "sku": line["stock_sku"], "node_id": node["node_id"]}
        world.call("POST", "/v1/stock/movements", {**gone, "quantity": -node["on_hand"], "reason": "fire"})
    assert pay(world, order).status == 201
    assert ("LateCaptureUnfulfillable", {"order_id": order["order_id"]}) in lines
