"""The events kept in `events/` are what the functions of an order's commands really take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ordo.inventory.model import StockMove
from ordo.inventory.writes import stock_update
from ordo.orders.changes import ProposeChange, propose_change
from ordo.orders.desk import OrderDesk
from ordo.orders.holds import PlaceHold, place_hold
from ordo.orders.keys import CommandKey
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.runtime import dynamo
from ordo.shipments.model import FulfilmentState
from tests.support.changing import means_for
from tests.support.lambdas import running
from tests.support.orders import NOON, ORDER, STAFF, placement, worked
from tests.support.world import World

pytestmark = pytest.mark.moto
EVENTS = Path(__file__).parents[3] / "events"
HOLD, CHANGE = "hld_01KJM1TD80QF4RNX9Z5TTWJ1H9", "chg_01KJM1TD80QF4RNX9Z5TTWJ1HA"


def run(world: World, function: str, name: str) -> dict[str, Any]:
    answer: dict[str, Any] = world.invoke(function, json.loads((EVENTS / name).read_text(encoding="utf-8")))
    return answer


@pytest.fixture
def desk(world: World) -> OrderDesk:
    """The order that the events name: placed at noon, paid, held once, with a cancellation proposed."""
    for sku, node in (("TEE", "hz"), ("TEE", "sh"), ("MUG", "sh")):
        dynamo.write(stock_update("SupplyTable", StockMove(sku, node, 5, 0)))
    world.clock.set(NOON)
    with running("commit_order"):
        repository = DynamoOrderRepository(OrderTables.of_environment())
        repository.commit(placement())
    desk = OrderDesk(repository, lambda: NOON, lambda prefix, _now: f"{prefix}_test")
    place_hold(desk, ORDER, PlaceHold(HOLD, "other", "x"), CommandKey("s", "h", ORDER, "h"), actor=STAFF)
    cancel = ProposeChange(CHANGE, "cancel", "staff", "Ordered twice")
    propose_change(desk, ORDER, cancel, CommandKey("s", "c", ORDER, "c"), means_for(repository), actor=STAFF)
    return desk


@pytest.mark.parametrize(
    ("function", "name", "status"),
    [
        ("record_payment", "record_payment", 201),
        ("hold_order", "hold_order", 201),
        ("hold_order", "release_hold", 200),
        ("change_order", "propose_cancel", 201),
        ("change_order", "propose_address", 201),
        ("change_order", "apply_change", 200),
        ("change_order", "drop_change", 204),
    ],
)
def test_each_function_answers_its_event(world: World, desk: OrderDesk, function: str, name: str, status: int) -> None:
    answer = run(world, function, f"api/{name}.json")
    assert answer["statusCode"] == status, answer


def test_confirm_receipt_completes_a_shipped_order(world: World, desk: OrderDesk) -> None:
    desk.change(ORDER, lambda state, now: worked(state, now, FulfilmentState.DISPATCHED), actor=STAFF)
    answer = run(world, "confirm_receipt", "api/confirm_receipt.json")
    assert (answer["statusCode"], json.loads(answer["body"])["status"]) == (200, "completed")


def test_watch_deadlines_cancels_the_unpaid_order_at_its_event(world: World, desk: OrderDesk) -> None:
    world.clock.advance(minutes=31)
    report = run(world, "watch_deadlines", "schedule/watch_deadlines.json")
    assert report == {"settled": 1, "failed": 0, "parked": 0, "finished": True}
    assert desk.repository.load(ORDER).header.cancel_reason == "unpaid"
