"""What a large order may be: many units freely, many counters up to what one commit holds."""

from __future__ import annotations

import json

from tests.support.shop import order_body, receive
from tests.support.world import World


def many(world: World, lines: int, quantity: int = 1) -> dict[str, object]:
    """An order of so many products, each with stock for it."""
    body = {"name": {"en": "part"}, "prices": {"cny-retail": 7}}
    for number in range(lines):
        assert world.call("PUT", f"/v1/products/PART-{number}", body).status == 200
        receive(world, f"PART-{number}", "hangzhou", quantity)
    return order_body(*((f"PART-{number}", quantity, {}) for number in range(lines)))


def test_an_order_of_eighty_products_with_a_thousand_units_each_is_placed(world: World) -> None:
    answer = world.call("POST", "/v1/orders", many(world, 80, 1000), key="large")
    assert answer.status == 201
    assert answer.body["totals"]["total"]["amount"] == 80 * 1000 * 7
    assert all(sum(run["count"] for run in line["unit_runs"]) == 1000 for line in answer.body["lines"])


def test_one_that_needs_more_counters_than_a_commit_holds_is_refused_and_writes_nothing(world: World) -> None:
    body = many(world, 86)
    before = world.aws.scan(TableName="OrdersTable")["Count"]
    answer = world.call("POST", "/v1/orders", body, key="too-large")
    assert (answer.status, answer.code) == (422, "too_many_lines")
    assert answer.body["facts"] == {"takes": 87, "limit": 85}
    assert world.aws.scan(TableName="OrdersTable")["Count"] == before


def test_more_than_five_hundred_lines_are_refused_with_the_limit(world: World) -> None:
    body = order_body(*(("TEE-WHITE", 1, {"size": "M"}) for _ in range(501)))
    answer = world.call("POST", "/v1/orders", body, key="lines")
    assert (answer.status, answer.code) == (422, "too_many_lines")
    assert "500" in answer.body["detail"]


def test_five_hundred_lines_of_one_product_are_one_counter(world: World) -> None:
    receive(world, "TEE-WHITE-M", "hangzhou", 500_000)
    body = order_body(*(("TEE-WHITE", 1000, {"size": "M"}) for _ in range(500)))
    answer = world.call("POST", "/v1/orders", body, key="lines")
    assert answer.status == 201
    gross = sum(run["count"] * run["gross"]["amount"] for line in answer.body["lines"] for run in line["unit_runs"])
    assert gross == answer.body["totals"]["total"]["amount"]
    assert world.call("GET", f"/v1/orders/{answer.body['order_id']}").status == 200


def test_the_state_of_the_largest_order_stays_below_what_a_state_may_hold(world: World) -> None:
    receive(world, "TEE-WHITE-M", "hangzhou", 500_000)
    body = order_body(*(("TEE-WHITE", 1000, {"size": "M"}) for _ in range(500)))
    assert world.call("POST", "/v1/orders", body, key="lines").status == 201
    states = [len(json.dumps(visit.input)) for visit in world.executions[-1].visits]
    assert max(states) < 200_000
