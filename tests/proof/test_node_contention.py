"""Many orders at once for the last units of several nodes, and for the last free places of kitchens."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.proof.test_coupon_contention import at_once
from tests.support.audit import audit, ledger
from tests.support.faults import Conflicts
from tests.support.shop import must, order_body, place, sell
from tests.support.world import Answer, World

ORDERS, SHARE = 60, 0.3


def outcomes(answers: dict[str, Answer]) -> Counter[tuple[int, str]]:
    return Counter((answer.status, answer.code) for answer in answers.values())


def lasts(quantity: int = 1) -> dict[str, Any]:
    return order_body(("LAST", quantity, {}))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_last_units_of_three_nodes_are_all_sold_and_none_twice(world: World, seed: int) -> None:
    place(world)  # a warm container of each function
    stock = {"hangzhou": 7, "shenzhen": 7, "beijing": 6}
    sell(world, "LAST", stock)
    conflicts = Conflicts(SHARE, seed)
    answers = at_once(world, {f"k{number}": lasts() for number in range(ORDERS)}, conflicts)
    assert outcomes(answers) == {(201, ""): 20, (409, "out_of_stock"): ORDERS - 20}
    found = ledger()
    assert {node: found.counters["LAST", node]["reserved"] for node in stock} == stock
    assert audit(found) == []
    assert conflicts.made > 0


def test_orders_that_need_several_nodes_take_from_all_of_them_or_from_none(world: World) -> None:
    place(world)
    sell(world, "LAST", {"hangzhou": 5, "shenzhen": 5, "beijing": 5})
    answers = at_once(world, {f"k{number}": lasts(quantity=7) for number in range(20)}, Conflicts(SHARE, 3))
    assert outcomes(answers) == {(201, ""): 2, (409, "out_of_stock"): 18}
    found = ledger()
    assert sum(found.counters["LAST", node]["reserved"] for node in ("hangzhou", "shenzhen", "beijing")) == 14
    assert audit(found) == []


def test_no_kitchen_gets_more_than_it_has_room_for_and_no_place_stays_free(world: World) -> None:
    limits = {"hangzhou": 10, "shenzhen": 5, "beijing": 0}
    for node, units in limits.items():
        present = must(world.call("GET", f"/v1/nodes/{node}"))
        changes = {"capacity": {"units": units}} if units else {"state": "inactive"}
        must(world.call("PUT", f"/v1/nodes/{node}", present | changes))
    world.clock.advance(minutes=1)
    sell(world, "LAST", {"hangzhou": 100, "shenzhen": 100})
    answers = at_once(world, {f"k{number}": lasts() for number in range(ORDERS)}, Conflicts(SHARE, 4))
    assert outcomes(answers) == {(201, ""): 15, (409, "no_node"): ORDERS - 15}
    found = ledger()
    assert found.loads == {node: units for node, units in limits.items() if units}
    assert audit(found) == []
