"""The nightly verification finds a planted difference of each kind, and none in what real traffic leaves."""

from __future__ import annotations

from typing import Any

import pytest

from ordo.inventory import telling
from tests.support.events import SCHEDULED
from tests.support.shop import dispatch, fulfilments, must, order_body, pay, place, sell
from tests.support.world import World

COUNTER = {"pk": {"S": "stock#POSTER#hangzhou#0"}, "sk": {"S": "counter"}}


def differences(world: World) -> list[tuple[str, str, int, int]]:
    report: dict[str, Any] = world.invoke("verify_stock", SCHEDULED)
    assert report["finished"]
    assert report["places"] > 0
    return [(each["sku"], each["what"], each["counters"], each["expected"]) for each in report["differences"]]


def change(world: World, expression: str) -> None:
    world.aws.update_item(
        TableName="SupplyTable",
        Key=COUNTER,
        UpdateExpression=expression,
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def test_what_orders_and_movements_leave_agrees(world: World) -> None:
    sell(world, "POSTER", {"hangzhou": 5})
    order = place(world)
    assert differences(world) == []
    must(pay(world, order))
    must(dispatch(world, fulfilments(order)[0], "GEN1"))
    place(world)
    assert differences(world) == []


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("ADD on_hand :one, available :one", [("POSTER", "on_hand", 6, 5)]),
        ("ADD reserved :one SET available = available - :one", [("POSTER", "reserved", 1, 0)]),
        ("ADD safety :one SET available = available - :one", [("POSTER", "safety", 1, 0)]),
        ("ADD available :one", [("POSTER", "available", 6, 5)]),
    ],
)
def test_a_planted_difference_is_found(
    world: World, expression: str, expected: list[tuple[str, str, int, int]]
) -> None:
    sell(world, "POSTER", {"hangzhou": 5})
    change(world, expression)
    assert differences(world) == expected


def test_orders_that_cross_a_reorder_point_only_together_are_noticed_at_night(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell(world, "POSTER", {"hangzhou": 12})
    must(world.call("PUT", "/v1/stock/POSTER/nodes/hangzhou", {"reorder_point": 9, "reorder_to": 20}))
    with monkeypatch.context() as patch:
        # Each planned before the other's commit, and so each saw itself stay above the point.
        patch.setattr(telling, "crossed", lambda *_: [])
        for number in range(2):
            place(world, order_body(("POSTER", 2, {})), f"posters-{number}")
    assert wanted(world) == []
    assert differences(world) == []
    assert wanted(world) == [("POSTER", 12)]
    assert differences(world) == []
    assert wanted(world) == [("POSTER", 12)], "told once"


def wanted(world: World) -> list[tuple[str, int]]:
    found = must(world.call("GET", "/v1/purchase-requirements"))["requirements"]
    return [(each["sku"], each["quantity"]) for each in found]


def test_a_lost_ledger_row_is_found(world: World) -> None:
    sell(world, "POSTER", {"hangzhou": 5})
    (row,) = world.aws.query(
        TableName="SupplyTable",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "ledger#POSTER#hangzhou"}},
    )["Items"]
    world.aws.delete_item(TableName="SupplyTable", Key={"pk": row["pk"], "sk": row["sk"]})
    assert differences(world) == [("POSTER", "on_hand", 5, 0)]
