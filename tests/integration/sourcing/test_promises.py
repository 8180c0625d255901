"""Promises over the API: the plan that placing the same cart has, or why it would have none; nothing is written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.audit import items
from tests.support.shop import must, order_body, pay, place, promise_body, receive, sell
from tests.support.world import Answer, Client, World

pytestmark = pytest.mark.moto


def ask(world: World, body: dict[str, Any], *scopes: str) -> Answer:
    return world.call("POST", "/v1/promises", body, client=Client(scopes=scopes or ("stock:read",)))


def source(world: World, **policy: Any) -> None:
    """Give the channel a sourcing policy."""
    present = must(world.call("GET", "/v1/channels/web"))
    must(world.call("PUT", "/v1/channels/web", present | {"sourcing": policy}))
    world.clock.advance(minutes=1)  # what functions have read of the catalogue they read again


def node(world: World, node_id: str, **changes: Any) -> None:
    present = must(world.call("GET", f"/v1/nodes/{node_id}"))
    must(world.call("PUT", f"/v1/nodes/{node_id}", present | changes))
    world.clock.advance(minutes=1)  # what functions have read of the catalogue they read again


def nodes_of(plan: dict[str, Any]) -> list[str]:
    return [part["node_id"] for part in plan["fulfilments"]]


@pytest.mark.parametrize("name", ["three-tees", "two-warehouses"])
def test_the_promise_is_the_plan_that_the_order_gets(world: World, name: str) -> None:
    promised = must(ask(world, promise_body(name=name)))
    placed = place(world, order_body(name=name))
    assert promised["outcome"] == "planned"
    assert promised["plan"]["fulfilments"] == [
        {part: each[part] for part in ("node_id", "km", "lines")} for each in placed["plan"]["fulfilments"]
    ]
    for part in ("ready_by", "deliver_by"):  # the clock goes on a little with each request
        assert promised["promise"][part][:19] == placed["promise"][part][:19]


def test_asking_writes_nothing(world: World) -> None:
    before = {table: items(table) for table in ("OrdersTable", "SupplyTable", "CustomersTable")}
    must(ask(world, promise_body()))
    assert {table: items(table) for table in before} == before


def test_a_cart_of_which_there_is_too_little_is_answered_line_by_line(world: World) -> None:
    short = must(ask(world, promise_body(name="out-of-stock")))
    assert (short["outcome"], short["plan"], short["promise"]) == ("short", None, None)
    assert all(line["available"] < line["requested"] for line in short["lines"])
    assert short["lines"]


def test_the_channels_policy_decides_and_the_plan_tells_every_nodes_costs(world: World) -> None:
    sell(world, "MUG", {"hangzhou": 5, "beijing": 5})
    cart = promise_body(("MUG", 1, {}))
    assert nodes_of(must(ask(world, cart))["plan"]) == ["hangzhou"]
    source(world, objective="cheapest", cost_per_parcel=500, cost_per_km=1)
    node(world, "hangzhou", costs={"handling": 5000})
    plan = must(ask(world, cart))["plan"]
    assert (nodes_of(plan), plan["objective"], plan["proven"]) == (["beijing"], "cheapest", True)
    costs = {each["node_id"]: each.get("terms") for each in plan["candidates"]}
    assert costs["hangzhou"]["handling"] == "5000"
    assert set(costs["beijing"]) == {"parcel", "distance"}
    placed = place(world, order_body(("MUG", 1, {})))
    assert nodes_of(placed["plan"]) == ["beijing"]


def test_what_a_product_requires_a_node_must_be_able_to_do(world: World) -> None:
    sell(world, "ICE", {"hangzhou": 5, "beijing": 5})
    present = must(world.call("GET", "/v1/products/ICE"))
    must(world.call("PUT", "/v1/products/ICE", present | {"requires": ["cold"]}))
    world.clock.advance(minutes=1)  # what functions have read of the catalogue they read again
    cart = promise_body(("ICE", 1, {}))
    none = must(ask(world, cart))
    assert (none["outcome"], none["reason"]) == ("no_node", "capability")
    assert {each["node_id"]: each["removed"] for each in none["candidates"]}["hangzhou"] == "capability"
    node(world, "beijing", capabilities=["cold"])
    assert nodes_of(must(ask(world, cart))["plan"]) == ["beijing"]
    placed = place(world, order_body(("ICE", 1, {})))
    assert nodes_of(placed["plan"]) == ["beijing"]
    node(world, "beijing", capabilities=[])
    refused = world.call("POST", "/v1/orders", order_body(("ICE", 1, {})), key="no-node")
    assert (refused.status, refused.body["code"], refused.body["facts"]["reason"]) == (409, "no_node", "capability")


@pytest.mark.parametrize(("able", "status"), [(["cold"], "released"), ([], "cancelled")])
def test_an_order_paid_late_comes_back_only_from_a_node_that_can_do_it(
    world: World, able: list[str], status: str
) -> None:
    sell(world, "ICE", {"hangzhou": 1})
    present = must(world.call("GET", "/v1/products/ICE"))
    must(world.call("PUT", "/v1/products/ICE", present | {"requires": ["cold"]}))
    node(world, "hangzhou", capabilities=["cold"])
    late = place(world, order_body(("ICE", 1, {})))
    world.clock.advance(days=2)
    world.tick()
    place(world, order_body(("ICE", 1, {})))  # the unit it had is another's now
    receive(world, "ICE", "beijing", 1)
    node(world, "beijing", capabilities=able)
    must(pay(world, late))
    assert must(world.call("GET", f"/v1/orders/{late['order_id']}"))["status"] == status


def test_hours_are_kept_in_the_promise(world: World) -> None:
    week = {"time_zone": "Asia/Shanghai", "weekly": {"sat": ["10:00-11:00"]}}
    node(world, "hangzhou", hours=week)
    promised = must(ask(world, promise_body()))["promise"]
    assert "when it works next" in promised["reason"]
    assert promised["ready_by"].endswith("T02:00:00.000Z")


@pytest.mark.parametrize(
    ("changes", "status", "code", "pointer"),
    [
        ({"channel": "nowhere"}, 403, "channel_not_allowed", "/channel"),
        ({"lines": []}, 422, "invalid_request", "/lines"),
        ({"lines": [{"line_id": "1", "sku": "NO", "quantity": 1}]}, 422, "unknown_sku", "/lines/0/sku"),
        ({"lines": [{"line_id": "1", "sku": "TEE-WHITE", "quantity": 1}]}, 422, "invalid_option", None),
        ({"ship_to": {"city": "x"}}, 422, "invalid_request", "/ship_to/country"),
        ({"coupons": []}, 422, "invalid_request", "/coupons"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    world: World, changes: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    answer = ask(world, promise_body() | changes)
    assert (answer.status, answer.body["code"]) == (status, code), answer.body
    assert pointer is None or answer.body["pointer"] == pointer


def test_it_takes_the_scope_to_read_stock(world: World) -> None:
    assert ask(world, promise_body(), "prices:read").body["code"] == "missing_scope"


def test_a_policy_or_a_nodes_terms_that_contradict_themselves_are_refused(world: World) -> None:
    channel, place_ = must(world.call("GET", "/v1/channels/web")), must(world.call("GET", "/v1/nodes/hangzhou"))
    for path, body, pointer in (
        ("/v1/channels/web", channel | {"sourcing": {"cost_per_km": 5}}, "/sourcing/cost_per_km"),
        ("/v1/channels/web", channel | {"sourcing": {"objective": "best"}}, "/sourcing/objective"),
        ("/v1/channels/web", channel | {"max_fulfilments": 2, "sourcing": {"max_fulfilments": {"count": 1}}}, None),
        ("/v1/nodes/hangzhou", place_ | {"hours": {"time_zone": "Asia/Shanghai", "weekly": {}}}, "/hours"),
        ("/v1/nodes/hangzhou", place_ | {"hours": {"time_zone": "Mars", "weekly": {"mon": []}}}, "/hours/time_zone"),
        ("/v1/nodes/hangzhou", place_ | {"capacity": {"units": 0}}, "/capacity/units"),
    ):
        answer = world.call("PUT", path, body)
        assert answer.status == 422, (path, answer.body)
        assert pointer is None or answer.body["pointer"] == pointer
