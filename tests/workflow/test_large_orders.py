"""What a large order may be: many units freely, many counters up to what one commit holds."""

from __future__ import annotations

import json

import pytest

from ordo.orders import placement
from tests.support.shop import order_body, receive
from tests.support.world import World


def many(world: World, lines: int, quantity: int = 1, price: int = 7) -> dict[str, object]:
    """An order of so many products, each with stock for it."""
    for number in range(lines):
        body = {"name": {"en": "part"}, "prices": {"cny-retail": price + 37 * number if price > 7 else price}}
        assert world.call("PUT", f"/v1/products/PART-{number}", body).status == 200
        receive(world, f"PART-{number}", "hangzhou", quantity)
    return order_body(*((f"PART-{number}", quantity, {}) for number in range(lines)))


def test_an_order_of_eighty_products_with_a_thousand_units_each_is_placed(world: World) -> None:
    answer = world.call("POST", "/v1/orders", many(world, 80, 1000), key="large")
    assert answer.status == 201
    assert answer.body["totals"]["total"]["amount"] == 80 * 1000 * 7
    assert all(sum(run["count"] for run in line["unit_runs"]) == 1000 for line in answer.body["lines"])


def test_one_that_needs_more_counters_than_a_transaction_holds_is_placed_all_the_same(world: World) -> None:
    answer = world.call("POST", "/v1/orders", many(world, 100), key="large")
    assert answer.status == 201
    assert len(answer.body["lines"]) == 100


def varied(world: World, lines: int, products: int = 50) -> dict[str, object]:
    """Lines of which no two have as many units of the same price."""
    many(world, products, 1000 * lines // products, price=1_990)
    return order_body(*((f"PART-{number % products}", 1000 - number, {}) for number in range(lines)))


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


def offer(world: World, count: int) -> None:
    """So many promotions that all apply to every line, and split its units."""
    for number in range(count):
        name = {"en": f"Autumn sale number {number}", "zh": f"秋季大促第{number}号"}
        reward = {"type": "amount", "amounts": {"CNY": 10_007 + 101 * number}}
        assert world.call("PUT", f"/v1/promotions/sale-{number:02}", {"name": name, "reward": reward}).status == 200


def largest_state(world: World) -> int:
    return max(len(json.dumps(visit.input)) for visit in world.executions[-1].visits)


def test_the_largest_order_with_twenty_promotions_is_placed_and_read(world: World) -> None:
    offer(world, 20)
    placed = world.call("POST", "/v1/orders", many(world, 80, 1000, price=1_990), key="sale")
    assert placed.status == 201
    assert [len(line["adjustments"]) for line in placed.body["lines"]] == [20] * 80
    assert sum(len(line["unit_runs"]) for line in placed.body["lines"]) > 1_000
    assert largest_state(world) < 100_000
    read = world.call("GET", f"/v1/orders/{placed.body['order_id']}")
    assert read.body["lines"] == placed.body["lines"]


def test_five_hundred_different_lines_are_placed_within_what_a_state_may_hold(world: World) -> None:
    offer(world, 6)
    placed = world.call("POST", "/v1/orders", varied(world, 500), key="different")
    assert placed.status == 201
    assert sum(len(line["unit_runs"]) for line in placed.body["lines"]) > 3_000
    assert largest_state(world) < 200_000
    read = world.call("GET", f"/v1/orders/{placed.body['order_id']}")
    assert read.body["lines"] == placed.body["lines"]


def test_an_order_that_could_not_be_told_is_refused_before_anything_is_written(world: World) -> None:
    offer(world, 20)
    body = varied(world, 500, products=5)
    before = world.aws.scan(TableName="OrdersTable")["Count"]
    answer = world.call("POST", "/v1/orders", body, key="untold")
    assert (answer.status, answer.code) == (422, "too_many_lines")
    assert answer.body["facts"]["bytes"] > answer.body["facts"]["limit_bytes"] > 5_000_000
    assert world.aws.scan(TableName="OrdersTable")["Count"] == before


def test_an_order_whose_price_does_not_fit_into_a_state_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placement, "MAX_PACKED", 1_500)
    answer = world.call("POST", "/v1/orders", many(world, 30, price=1_990), key="wide")
    assert (answer.status, answer.code, answer.body["pointer"]) == (422, "too_many_lines", "/lines")
    assert answer.body["facts"]["size"] > answer.body["facts"]["limit"] == 1_500
