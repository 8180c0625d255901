"""Buckets and fences over the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.audit import audit, ledger
from tests.support.shop import cancel, must, order_body, pay, place, promise_body, sell, simple
from tests.support.wire import Answer as Wired
from tests.support.wire import Call, NoFault
from tests.support.world import Client, World

pytestmark = pytest.mark.moto

PATH = "/v1/stock/HOT/nodes/hangzhou"


def free(world: World) -> dict[str, int]:
    return {name: item["available"] for name, item in sorted(ledger().buckets["HOT", "hangzhou"].items())}


def shown(world: World) -> dict[str, Any]:
    found: list[dict[str, Any]] = must(world.call("GET", "/v1/stock/HOT"))["nodes"]
    return found[0]


def test_free_units_are_spread_and_brought_together_again(world: World) -> None:
    sell(world, "HOT", {"hangzhou": 40})
    assert must(world.call("PUT", PATH, {"buckets": 4}))["buckets"] == 4
    assert free(world) == {"0": 10, "1": 10, "2": 10, "3": 10}
    assert shown(world)["available"] == 40
    must(world.call("PUT", PATH, {"buckets": 1}))
    assert free(world) == {"0": 40, "1": 0, "2": 0, "3": 0}
    assert audit() == []


def test_an_order_takes_from_one_bucket_and_gives_back_to_it(world: World) -> None:
    sell(world, "HOT", {"hangzhou": 40})
    must(world.call("PUT", PATH, {"buckets": 4}))
    order = place(world, order_body(("HOT", 3, {})))
    assert sorted(free(world).values()) == [7, 10, 10, 10]
    cancel(world, order["order_id"])
    assert set(free(world).values()) == {10}
    assert audit() == []


def test_an_order_larger_than_any_bucket_collects_its_units_and_the_rest_is_brought_together(world: World) -> None:
    sell(world, "HOT", {"hangzhou": 16})
    must(world.call("PUT", PATH, {"buckets": 4}))
    order = place(world, order_body(("HOT", 10, {})))
    assert free(world) == {"0": 6, "1": 0, "2": 0, "3": 0}
    (part,) = ledger().parts(order["order_id"], "fulfilment")
    assert sum(take["quantity"] for take in part["buckets"]) == 10
    assert audit() == []


@dataclass
class BucketEmptied(NoFault):
    """Just before the first commit others buy all that is in the bucket from which it takes."""

    world: World
    done: bool = False

    def before(self, call: Call) -> Wired | None:
        if call.function != "commit_order" or call.operation != "TransactWriteItems" or self.done:
            return None
        self.done = True
        keys = [each["Update"]["Key"]["pk"] for each in call.request["TransactItems"] if "Update" in each]
        (bucket,) = [plain(key) for key in keys if plain(key).startswith("stock#HOT#")]
        self.world.aws.update_item(
            TableName="SupplyTable",
            Key={"pk": {"S": bucket}, "sk": {"S": "counter"}},
            UpdateExpression="SET available = :none, on_hand = :none",
            ExpressionAttributeValues={":none": {"N": "0"}},
        )
        return None


def plain(key: Any) -> str:
    return key["S"] if isinstance(key, dict) else str(key)


def test_an_order_whose_bucket_was_emptied_takes_from_another_in_the_same_plan(world: World) -> None:
    sell(world, "HOT", {"hangzhou": 40})
    must(world.call("PUT", PATH, {"buckets": 4}))
    with world.fault(BucketEmptied(world)):
        place(world, order_body(("HOT", 3, {})))
    assert sorted(free(world).values()) == [0, 7, 10, 10]
    commits = [visit for visit in world.executions[-1].visits if visit.state == "CommitOrder"]
    assert len(commits) == 1, "it was planned again though the node had enough"


def test_what_is_kept_for_a_channel_others_cannot_buy(world: World) -> None:
    sell(world, "HOT", {"hangzhou": 10})
    settings = must(world.call("PUT", PATH, {"fences": {"live": {"quantity": 8}}}))
    assert settings["fences"] == {"live": {"quantity": 8, "share_percent": None}}
    assert (shown(world)["available"], shown(world)["kept"]) == (10, {"live": 8})
    refused = world.call("POST", "/v1/orders", order_body(("HOT", 3, {})), key="3")
    assert (refused.status, refused.code) == (409, "out_of_stock")
    assert refused.body["facts"]["lines"][0]["available"] == 2
    place(world, order_body(("HOT", 2, {})))
    must(world.call("PUT", PATH, {"fences": {}}))
    assert shown(world)["kept"] == {}
    place(world, order_body(("HOT", 8, {})))
    assert audit() == []


def test_what_comes_back_to_a_fence_that_has_ended_is_everyones(world: World) -> None:
    sell(world, "HOT", {"hangzhou": 10})
    must(world.call("PUT", PATH, {"fences": {"web": {"quantity": 10}}}))
    order = place(world, order_body(("HOT", 6, {})))
    must(world.call("PUT", PATH, {"fences": {}}))
    channel = must(world.call("GET", "/v1/channels/web"))
    channel.pop("channel_id")
    must(world.call("PUT", "/v1/channels/live", {**channel, "version": 0}))
    cancel(world, order["order_id"])
    assert free(world) == {"0": 4, "@web": 6}
    live = Client(channels=("live",))
    bought = must(
        world.call("POST", "/v1/orders", order_body(("HOT", 10, {}), channel="live"), key="live", client=live)
    )
    assert bought["status"] == "placed"
    assert set(free(world).values()) == {0}
    assert audit() == []


def test_the_channel_itself_buys_what_is_kept_for_it_first(world: World) -> None:
    sell(world, "HOT", {"hangzhou": 10})
    must(world.call("PUT", PATH, {"fences": {"web": {"quantity": 4}}}))
    place(world, order_body(("HOT", 3, {})))
    assert free(world) == {"0": 6, "@web": 1}
    place(world, order_body(("HOT", 3, {})))
    assert free(world) == {"0": 4, "@web": 0}


def test_a_policy_may_take_what_is_kept_for_others_at_a_price(world: World) -> None:
    sell(world, "HOT", {"hangzhou": 10})
    must(world.call("PUT", PATH, {"fences": {"live": {"quantity": 8}}}))
    channel = must(world.call("GET", "/v1/channels/web"))
    soft = {"objective": "cheapest", "cost_per_parcel": 5, "ring_fence": {"penalty": 7}}
    must(world.call("PUT", "/v1/channels/web", channel | {"sourcing": soft}))
    world.clock.advance(minutes=1)
    promised = must(world.call("POST", "/v1/promises", promise_body(("HOT", 5, {}))))
    order = place(world, order_body(("HOT", 5, {})))
    relaxed = {"constraint": "ring_fence", "times": 3, "penalty": "21", "node_id": "hangzhou"}
    assert (promised["outcome"], order["plan"]["relaxed"]) == ("planned", [relaxed])
    assert promised["plan"]["relaxed"] == [relaxed]
    assert free(world) == {"0": 0, "@live": 5}
    assert audit() == []


def test_a_share_is_kept_of_each_receipt(world: World) -> None:
    sell(world, "HOT", {"hangzhou": 10})
    must(world.call("PUT", PATH, {"fences": {"live": {"share_percent": 50}}}))
    receipt = {
        "movement_id": "r1",
        "kind": "receive",
        "sku": "HOT",
        "node_id": "hangzhou",
        "quantity": 7,
        "reason": "x",
    }
    must(world.call("POST", "/v1/stock/movements", receipt))
    assert free(world) == {"0": 9, "@live": 8}
    assert audit() == []


def test_an_order_that_comes_back_takes_its_units_where_they_are_now(world: World) -> None:
    sell(world, "HOT", {"hangzhou": 20})
    must(world.call("PUT", PATH, {"buckets": 4}))
    order = place(world, order_body(("HOT", 4, {})))
    world.clock.advance(days=2)
    world.tick()
    assert must(world.call("GET", f"/v1/orders/{order['order_id']}"))["status"] == "cancelled"
    must(world.call("PUT", PATH, {"buckets": 1}))
    pay(world, order)
    assert must(world.call("GET", f"/v1/orders/{order['order_id']}"))["status"] == "released"
    assert shown(world)["available"] == 16
    assert audit() == []


@pytest.mark.parametrize(
    ("settings", "status", "pointer"),
    [
        ({"buckets": 0}, 422, "/buckets"),
        ({"buckets": 65}, 422, "/buckets"),
        ({"fences": {"live": {}}}, 422, "/fences/live"),
        ({"fences": {"live": {"quantity": 1, "share_percent": 5}}}, 422, "/fences/live"),
        ({"fences": {"a": {"share_percent": 60}, "b": {"share_percent": 50}}}, 422, ""),
        ({"fences": {"live": {"quantity": 11}}}, 409, "/fences"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    world: World, settings: dict[str, Any], status: int, pointer: str
) -> None:
    sell(world, "HOT", {"hangzhou": 10})
    before = ledger().buckets
    answer = world.call("PUT", PATH, settings)
    assert (answer.status, answer.body.get("pointer", "")) == (status, pointer), answer.body
    assert ledger().buckets == before


def test_layouts_take_the_scope_to_write_stock(world: World) -> None:
    sell(world, "HOT", {"hangzhou": 10})
    refused = world.call("PUT", PATH, {"buckets": 2}, client=Client(scopes=("stock:read",)))
    assert refused.code == "missing_scope"


def test_safety_of_a_spread_sku_is_kept_back_whatever_bucket_orders_begin_at(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 16})
    must(world.call("PUT", "/v1/stock/LAMP/nodes/hangzhou", {"buckets": 4}))
    body = {"movement_id": "s1", "kind": "safety", "sku": "LAMP", "node_id": "hangzhou", "quantity": 10, "reason": "x"}
    must(world.call("POST", "/v1/stock/movements", body))
    placed = [world.call("POST", "/v1/orders", simple("LAMP", 1), key=f"o{number}").status for number in range(8)]
    assert placed == [201] * 6 + [409] * 2
