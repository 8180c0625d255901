"""Reservations before the order, through the API: taken, extended, given back, expired, taken over by an order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ordo.kernel.clock import from_iso, to_iso
from tests.support.audit import audit, ledger
from tests.support.events import SCHEDULED
from tests.support.reservations import ask, order_with, policy, reservation_body, reserve, shown
from tests.support.shop import fulfilments, must, order_body, pay, place, promise_body, sell, simple
from tests.support.world import Client, World

pytestmark = pytest.mark.moto
ELSEWHERE = Client(channels=("shop",))


@pytest.fixture
def lamps(world: World) -> World:
    """Five lamps in one node, three in another."""
    sell(world, "LAMP", {"hangzhou": 5, "shenzhen": 3})
    return world


def available(sku: str) -> int:
    return sum(counter["available"] for (name, _), counter in ledger().counters.items() if name == sku)


def header(reservation: dict[str, Any]) -> dict[str, Any]:
    return ledger().reserved.headers[reservation["reservation_id"]]


# ---------------------------------------------------------------- taking
def test_a_reservation_holds_its_units_where_an_order_would_take_them(lamps: World) -> None:
    made = reserve(lamps, ("LAMP", 4))
    assert made["held"] == [{"sku": "LAMP", "node_id": "hangzhou", "quantity": 4}]
    assert from_iso(made["expires_at"]) - from_iso(made["created_at"]) == timedelta(minutes=15)
    assert from_iso(made["latest_at"]) - from_iso(made["created_at"]) == timedelta(minutes=60)
    assert available("LAMP") == 4
    assert shown(lamps, made["reservation_id"]) == made
    assert audit() == []


def test_units_of_several_nodes_are_held_when_no_node_has_all(lamps: World) -> None:
    made = reserve(lamps, ("LAMP", 7))
    assert sum(each["quantity"] for each in made["held"]) == 7
    assert {each["node_id"] for each in made["held"]} == {"hangzhou", "shenzhen"}
    assert audit() == []


def test_nobody_else_gets_what_is_reserved(lamps: World) -> None:
    reserve(lamps, ("LAMP", 7))
    assert lamps.call("POST", "/v1/orders", simple("LAMP", 2), key="k").code == "out_of_stock"
    assert ask(lamps, reservation_body(("LAMP", 2), customer_id="c-2")).code == "out_of_stock"
    place(lamps, simple("LAMP", 1))
    assert audit() == []


def test_the_same_key_and_body_is_the_same_reservation_and_another_body_is_refused(lamps: World) -> None:
    body = reservation_body(("LAMP", 4))
    first = must(ask(lamps, body, key="one"))
    assert ask(lamps, body, key="one").body == first
    assert ask(lamps, reservation_body(("LAMP", 1)), key="one").code == "idempotency_key_reused"
    must(ask(lamps, body | {"customer_id": "c-2"}, key="two"))
    assert ask(lamps, body | {"customer_id": "c-3"}, key="three").code == "out_of_stock"
    assert ask(lamps, body, key="one").body == first  # though nothing is left
    assert audit() == []


def test_a_key_belongs_to_its_client(lamps: World) -> None:
    body = reservation_body(("LAMP", 1))
    first = must(ask(lamps, body, key="one"))
    other = must(ask(lamps, body, key="one", client=Client(client_id="another")))
    assert other["reservation_id"] != first["reservation_id"]


def test_somebody_must_hold_it(lamps: World) -> None:
    refused = ask(lamps, reservation_body(("LAMP", 1), customer_id=None))
    assert (refused.status, refused.code) == (422, "invalid_request")
    assert must(ask(lamps, reservation_body(("LAMP", 1), customer_id=None, session_id="s-1")))["session_id"] == "s-1"
    assert audit() == []


def test_lines_are_refused_as_an_orders_are(lamps: World) -> None:
    refused = ask(lamps, reservation_body(("NONE", 1)))
    assert (refused.code, refused.body["pointer"]) == ("unknown_sku", "/lines/0/sku")
    tee = reservation_body()
    tee["lines"] = [{"line_id": "1", "sku": "TEE-WHITE", "quantity": 1, "options": {"size": "none"}}]
    assert ask(lamps, tee).code == "invalid_option"
    assert ask(lamps, reservation_body(("LAMP", 1), channel="none")).code == "channel_not_allowed"
    assert ledger().reserved.headers == {}


def test_more_than_one_transaction_holds_is_refused_with_the_limit(lamps: World) -> None:
    for number in range(21):
        sell(lamps, f"S{number}", {"hangzhou": 1})
    skus = [(f"S{number}", 1) for number in range(21)]
    refused = ask(lamps, reservation_body(*skus))
    assert (refused.code, refused.body["facts"]) == ("too_many_lines", {"skus": 21, "limit": 20})
    refused = ask(lamps, reservation_body(*[("S1", 1)] * 51))
    assert (refused.code, refused.body["facts"]) == ("too_many_lines", {"lines": 51, "limit": 50})
    made = reserve(lamps, *skus[:20])
    placed = must(lamps.call("POST", "/v1/orders", order_with(made), key="o"))
    assert shown(lamps, made["reservation_id"])["order_id"] == placed["order_id"]
    assert audit() == []


def test_the_channel_says_for_how_long_and_whether_at_all(lamps: World) -> None:
    policy(lamps, minutes=5, max_minutes=8)
    made = reserve(lamps, ("LAMP", 1))
    assert from_iso(made["expires_at"]) - from_iso(made["created_at"]) == timedelta(minutes=5)
    asked = reserve(lamps, ("LAMP", 1), minutes=60)
    assert asked["expires_at"] == asked["latest_at"]
    assert from_iso(asked["latest_at"]) - from_iso(asked["created_at"]) == timedelta(minutes=8)
    policy(lamps, off=True)
    refused = ask(lamps, reservation_body(("LAMP", 1)))
    assert (refused.status, refused.code, refused.body["pointer"]) == (422, "reservation_not_allowed", "/channel")
    policy(lamps)
    assert ask(lamps, reservation_body(("LAMP", 1))).status == 201


def test_a_policy_that_contradicts_itself_is_refused(lamps: World) -> None:
    document = must(lamps.call("GET", "/v1/channels/web"))
    refused = lamps.call("PUT", "/v1/channels/web", {**document, "reservations": {"minutes": 30, "max_minutes": 10}})
    assert (refused.status, refused.body["pointer"]) == (422, "/reservations/minutes")


# ---------------------------------------------------------------- quotas
def test_a_customer_holds_at_most_what_the_channel_allows_of_each_sku(lamps: World) -> None:
    policy(lamps, max_units_per_customer=3)
    made = reserve(lamps, ("LAMP", 2))
    refused = ask(lamps, reservation_body(("LAMP", 2)))
    assert (refused.status, refused.code) == (409, "reservation_limit")
    assert refused.body["facts"] == {"sku": "LAMP", "requested": 2, "held": 2, "limit": 3}
    assert refused.body["pointer"] == "/lines/0/quantity"
    assert ask(lamps, reservation_body(("LAMP", 4), customer_id="c-2")).code == "reservation_limit"
    must(ask(lamps, reservation_body(("LAMP", 2), customer_id="c-2")))
    must(lamps.call("DELETE", f"/v1/reservations/{made['reservation_id']}"), 204)
    must(ask(lamps, reservation_body(("LAMP", 3))))
    assert audit() == []


def test_a_session_has_a_quota_of_its_own_for_each_client(lamps: World) -> None:
    policy(lamps, max_units_per_customer=2)
    body = reservation_body(("LAMP", 2), customer_id=None, session_id="s")
    must(ask(lamps, body))
    assert ask(lamps, body).code == "reservation_limit"
    must(ask(lamps, body, client=Client(client_id="another")))
    assert audit() == []


def test_what_has_expired_no_longer_counts_against_its_customer(lamps: World) -> None:
    policy(lamps, max_units_per_customer=3)
    first = reserve(lamps, ("LAMP", 3))
    lamps.clock.advance(minutes=16)
    reserve(lamps, ("LAMP", 2))  # though the watcher was not there yet
    assert shown(lamps, first["reservation_id"])["state"] == "released"
    assert audit() == []


def test_a_customer_at_the_limit_is_relieved_of_their_own_and_of_nobody_elses(lamps: World) -> None:
    policy(lamps, max_units_per_customer=3)
    others = reserve(lamps, ("LAMP", 3), customer_id="c-2", minutes=5)
    mine = reserve(lamps, ("LAMP", 3), minutes=10)
    lamps.clock.advance(minutes=11)
    reserve(lamps, ("LAMP", 2))
    assert (header(mine)["state"], header(others)["state"]) == ("released", "pending")
    assert audit() == []


def test_an_order_gives_its_reservations_quota_back(lamps: World) -> None:
    policy(lamps, max_units_per_customer=3)
    must(lamps.call("POST", "/v1/orders", order_with(reserve(lamps, ("LAMP", 3))), key="o"))
    reserve(lamps, ("LAMP", 3))
    assert audit() == []


# ---------------------------------------------------------------- extending and giving back
def test_a_reservation_is_extended_from_now_but_never_beyond_its_limit(lamps: World) -> None:
    made = reserve(lamps, ("LAMP", 4))
    path = f"/v1/reservations/{made['reservation_id']}/extension"
    assert must(lamps.call("POST", path, {"minutes": 1}))["expires_at"] == made["expires_at"]  # never earlier
    lamps.clock.advance(minutes=10)
    longer = must(lamps.call("POST", path, {"minutes": 20}))
    assert from_iso(longer["expires_at"]) > from_iso(made["expires_at"])
    assert audit() == []
    lamps.clock.advance(minutes=15)
    assert must(lamps.call("POST", path, {"minutes": 60}))["expires_at"] == made["latest_at"]
    assert lamps.tick()["failed"] == 0
    assert shown(lamps, made["reservation_id"])["state"] == "pending"
    assert audit() == []


def test_what_has_ended_is_not_extended(lamps: World) -> None:
    made = reserve(lamps, ("LAMP", 4))
    path = f"/v1/reservations/{made['reservation_id']}"
    lamps.clock.advance(minutes=16)
    refused = lamps.call("POST", f"{path}/extension", {"minutes": 5})
    assert (refused.status, refused.code, refused.body["facts"]) == (409, "reservation_ended", {"state": "expired"})
    must(lamps.call("DELETE", path), 204)
    assert lamps.call("POST", f"{path}/extension", {"minutes": 5}).body["facts"] == {"state": "released"}


def test_a_reservation_is_given_back_once_and_again_changes_nothing(lamps: World) -> None:
    made = reserve(lamps, ("LAMP", 4))
    for _ in range(2):
        must(lamps.call("DELETE", f"/v1/reservations/{made['reservation_id']}"), 204)
        assert available("LAMP") == 8
        assert audit() == []
    assert shown(lamps, made["reservation_id"])["state"] == "released"


def test_what_is_an_orders_own_is_not_given_back_by_itself(lamps: World) -> None:
    made = reserve(lamps, ("LAMP", 4))
    order = must(lamps.call("POST", "/v1/orders", order_with(made), key="o"))
    refused = lamps.call("DELETE", f"/v1/reservations/{made['reservation_id']}")
    assert (refused.status, refused.code) == (409, "reservation_ended")
    assert refused.body["facts"] == {"state": "committed", "order_id": order["order_id"]}
    assert audit() == []


def test_reservations_of_other_channels_are_not_found(lamps: World) -> None:
    path = f"/v1/reservations/{reserve(lamps, ('LAMP', 4))['reservation_id']}"
    for method, where, body in (
        ("GET", path, None),
        ("POST", f"{path}/extension", {"minutes": 5}),
        ("DELETE", path, None),
    ):
        assert lamps.call(method, where, body, client=ELSEWHERE).status == 404
        assert lamps.call(method, where, body, client=Client(scopes=("stock:read",))).code == "missing_scope"
        assert lamps.call(method, where.replace("res_", "x" * 70), body).status == 404


# ---------------------------------------------------------------- expiry
def test_an_expired_reservation_reads_so_and_the_watcher_gives_it_back(lamps: World) -> None:
    made = reserve(lamps, ("LAMP", 4))
    assert lamps.tick()["settled"] == 0
    lamps.clock.advance(minutes=16)
    assert shown(lamps, made["reservation_id"])["state"] == "expired"
    assert available("LAMP") == 4
    assert lamps.tick()["settled"] == 1
    assert (available("LAMP"), header(made)["state"]) == (8, "released")
    assert lamps.tick()["settled"] == 0
    assert audit() == []


def test_whoever_is_short_gives_expired_ones_back_at_once(lamps: World) -> None:
    for customer in ("c-1", "c-2", "c-3", "c-4"):
        reserve(lamps, ("LAMP", 2), customer_id=customer)
    assert lamps.call("POST", "/v1/orders", simple("LAMP", 1), key="early").code == "out_of_stock"
    lamps.clock.advance(minutes=16)
    place(lamps, simple("LAMP", 3))
    states = sorted(item["state"] for item in ledger().reserved.headers.values())
    assert states == ["pending", "pending", "released", "released"]  # no more than it needs
    reserve(lamps, ("LAMP", 5), customer_id="c-9")
    assert audit() == []


def test_a_movement_that_is_short_gives_expired_ones_back(lamps: World) -> None:
    reserve(lamps, ("LAMP", 5))
    broken = {"movement_id": "m-broken", "kind": "damage", "sku": "LAMP", "node_id": "hangzhou", "quantity": 4}
    broken |= {"reason": "fell down"}
    assert lamps.call("POST", "/v1/stock/movements", broken).code == "stock_movement_refused"
    lamps.clock.advance(minutes=16)
    must(lamps.call("POST", "/v1/stock/movements", broken))
    assert available("LAMP") == 4
    assert audit() == []


def test_units_for_a_channel_are_set_aside_from_what_has_expired(lamps: World) -> None:
    reserve(lamps, ("LAMP", 5))
    settings = {"fences": {"shop": {"quantity": 4}}}
    path = "/v1/stock/LAMP/nodes/hangzhou"
    assert lamps.call("PUT", path, settings).code == "stock_movement_refused"
    lamps.clock.advance(minutes=16)
    must(lamps.call("PUT", path, settings))
    assert audit() == []


def test_a_promise_counts_what_has_expired_and_writes_nothing(lamps: World) -> None:
    made = reserve(lamps, ("LAMP", 8))
    assert must(lamps.call("POST", "/v1/promises", promise_body(("LAMP", 1, {}))))["outcome"] == "short"
    lamps.clock.advance(minutes=16)
    assert must(lamps.call("POST", "/v1/promises", promise_body(("LAMP", 6, {}))))["outcome"] == "planned"
    assert must(lamps.call("POST", "/v1/promises", promise_body(("LAMP", 9, {}))))["outcome"] == "short"
    assert header(made)["state"] == "pending"


# ---------------------------------------------------------------- the order
def test_an_order_takes_its_reservation_over_and_the_counters_do_not_move(lamps: World) -> None:
    made = reserve(lamps, ("LAMP", 5))
    with lamps.record() as calls:
        order = must(lamps.call("POST", "/v1/orders", order_with(made), key="o"))
    (commit,) = [call for call in calls if call.function == "commit_order" and call.operation == "TransactWriteItems"]
    touched = [
        next(iter(write.values())).get("Key", {}).get("sk", {}).get("S") for write in commit.request["TransactItems"]
    ]
    assert "counter" not in touched
    assert [part["node_id"] for part in order["plan"]["fulfilments"]] == ["hangzhou"]
    seen = shown(lamps, made["reservation_id"])
    assert (seen["state"], seen["order_id"]) == ("committed", order["order_id"])
    assert ledger().events(order["order_id"])[0]["data"]["reservation_id"] == made["reservation_id"]
    assert available("LAMP") == 3
    assert audit() == []
    lamps.clock.advance(minutes=16)
    assert lamps.tick()["failed"] == 0
    assert available("LAMP") == 3
    assert audit() == []


@pytest.mark.parametrize("wanted", [1, 7])
def test_an_order_may_want_less_or_more_than_was_reserved(lamps: World, wanted: int) -> None:
    made = reserve(lamps, ("LAMP", 5))
    must(lamps.call("POST", "/v1/orders", order_with(made, ("LAMP", wanted)), key="o"))
    assert available("LAMP") == 8 - wanted
    assert audit() == []


def test_an_order_of_other_goods_gives_back_what_it_does_not_take(lamps: World) -> None:
    sell(lamps, "CHAIR", {"hangzhou": 2})
    made = reserve(lamps, ("LAMP", 5))
    must(lamps.call("POST", "/v1/orders", order_with(made, ("CHAIR", 2)), key="o"))
    assert (available("LAMP"), available("CHAIR")) == (8, 0)
    assert audit() == []


def test_the_same_order_again_is_the_same_answer(lamps: World) -> None:
    body = order_with(reserve(lamps, ("LAMP", 8)))
    first = must(lamps.call("POST", "/v1/orders", body, key="o"))
    assert must(lamps.call("POST", "/v1/orders", body, key="o")) == first
    assert audit() == []


def test_a_reservation_becomes_one_orders_only(lamps: World) -> None:
    made = reserve(lamps, ("LAMP", 3))
    must(lamps.call("POST", "/v1/orders", order_with(made), key="a"))
    must(lamps.call("POST", "/v1/orders", order_with(made), key="b"))
    assert available("LAMP") == 2
    assert lamps.call("POST", "/v1/orders", order_with(made), key="c").code == "out_of_stock"
    assert audit() == []


def test_an_expired_reservation_is_still_its_orders_until_another_takes_it(lamps: World) -> None:
    made = reserve(lamps, ("LAMP", 8))
    lamps.clock.advance(minutes=16)
    order = must(lamps.call("POST", "/v1/orders", order_with(made), key="o"))
    assert shown(lamps, made["reservation_id"])["order_id"] == order["order_id"]
    assert audit() == []


def test_an_order_is_not_refused_because_its_reservation_has_ended(lamps: World) -> None:
    made = reserve(lamps, ("LAMP", 5))
    lamps.clock.advance(minutes=16)
    lamps.tick()
    order = must(lamps.call("POST", "/v1/orders", order_with(made), key="o"))
    assert shown(lamps, made["reservation_id"])["state"] == "released"
    assert "reservation_id" not in ledger().events(order["order_id"])[0]["data"]
    assert audit() == []


@pytest.mark.parametrize("whose", ["client", "channel", "nobody"])
def test_a_reservation_helps_no_other_client_or_channel(lamps: World, whose: str) -> None:
    made = reserve(lamps, ("LAMP", 8))
    body, client = order_with(made, ("LAMP", 1)), Client()
    if whose == "client":
        client = Client(client_id="another")
    elif whose == "channel":
        body, client = body | {"channel": "shop"}, Client(channels=("*",))
    else:
        body |= {"reservation_id": "res_none"}
    answer = lamps.call("POST", "/v1/orders", body, key="o", client=client)
    assert answer.code in {"out_of_stock", "no_node", "unknown_channel"}
    assert header(made)["state"] == "pending"
    assert audit() == []


def test_an_order_short_of_something_else_does_not_lose_its_own_expired_reservation(lamps: World) -> None:
    made = reserve(lamps, ("LAMP", 5))
    lamps.clock.advance(minutes=16)
    assert lamps.call("POST", "/v1/orders", order_with(made, ("LAMP", 9)), key="o").code == "out_of_stock"
    assert header(made)["state"] == "pending"
    assert audit() == []


def test_a_hot_skus_buckets_are_held_and_taken_over(lamps: World) -> None:
    must(lamps.call("PUT", "/v1/stock/LAMP/nodes/hangzhou", {"buckets": 4}))
    sell(lamps, "LAMP", {"hangzhou": 35})
    must(lamps.call("PUT", "/v1/stock/LAMP/nodes/hangzhou", {"buckets": 4}))
    first = reserve(lamps, ("LAMP", 18), customer_id="c-1")
    second = reserve(lamps, ("LAMP", 20), customer_id="c-2")
    assert audit() == []
    for number, made in enumerate((first, second)):
        must(lamps.call("POST", "/v1/orders", order_with(made), key=f"o{number}"))
        assert shown(lamps, made["reservation_id"])["state"] == "committed"
        assert audit() == []


def test_what_is_kept_for_the_channel_is_reserved_first(lamps: World) -> None:
    must(
        lamps.call(
            "PUT", "/v1/stock/LAMP/nodes/hangzhou", {"fences": {"web": {"quantity": 2}, "shop": {"quantity": 2}}}
        )
    )
    made = reserve(lamps, ("LAMP", 3))
    assert sorted(each[2:] for each in header(made)["held"]) == [["0", 1], ["@web", 2]]
    must(lamps.call("POST", "/v1/orders", order_with(made), key="o"))
    assert ask(lamps, reservation_body(("LAMP", 4))).code == "out_of_stock"  # two of the five are the shop's
    assert audit() == []


# ---------------------------------------------------------------- who waits
def test_orders_that_wait_take_nothing_of_a_reservation_that_its_order_then_has(lamps: World) -> None:
    body = {"name": {"en": "LAMP"}, "prices": {"cny-retail": 1000}}
    must(lamps.call("PUT", "/v1/products/LAMP", {**body, "availability": {"mode": "backorder", "lead_days": 10}}))
    lamps.clock.advance(minutes=1)
    made = reserve(lamps, ("LAMP", 8))
    waiting = place(lamps, simple("LAMP", 3))
    assert waiting["plan"]["fulfilments"][0]["backorder"]
    order = must(lamps.call("POST", "/v1/orders", order_with(made), key="o"))
    assert sum(line["quantity"] for part in order["plan"]["fulfilments"] for line in part["lines"]) == 8
    assert not any(part.get("backorder") for part in order["plan"]["fulfilments"])
    assert shown(lamps, made["reservation_id"])["state"] == "committed"
    assert audit() == []


@pytest.mark.parametrize("buckets", [1, 4])
def test_an_order_that_wants_more_than_it_reserved_waits_for_the_rest_behind_the_others(
    lamps: World, buckets: int
) -> None:
    body = {"name": {"en": "LAMP"}, "prices": {"cny-retail": 1000}}
    must(lamps.call("PUT", "/v1/products/LAMP", {**body, "availability": {"mode": "backorder", "lead_days": 10}}))
    must(lamps.call("PUT", "/v1/stock/LAMP/nodes/hangzhou", {"buckets": buckets}))
    lamps.clock.advance(minutes=1)
    made = reserve(lamps, ("LAMP", 8))
    place(lamps, simple("LAMP", 3))
    order = must(lamps.call("POST", "/v1/orders", order_with(made, ("LAMP", 10)), key="o"))
    parts = order["plan"]["fulfilments"]
    assert sum(line["quantity"] for part in parts if not part.get("backorder") for line in part["lines"]) == 8
    assert sum(line["quantity"] for part in parts if part.get("backorder") for line in part["lines"]) == 2
    assert audit() == []


def test_units_of_a_reservation_that_was_given_back_are_for_those_who_wait(lamps: World) -> None:
    body = {"name": {"en": "LAMP"}, "prices": {"cny-retail": 1000}}
    must(lamps.call("PUT", "/v1/products/LAMP", {**body, "availability": {"mode": "backorder", "lead_days": 10}}))
    lamps.clock.advance(minutes=1)
    made = reserve(lamps, ("LAMP", 8))
    waiting = place(lamps, simple("LAMP", 3))
    must(lamps.call("DELETE", f"/v1/reservations/{made['reservation_id']}"), 204)
    assert ask(lamps, reservation_body(("LAMP", 8))).code == "out_of_stock"
    reserve(lamps, ("LAMP", 5), customer_id="c-2")
    lamps.clock.advance(minutes=11)
    lamps.tick()
    assert "fulfilment.filled" in ledger().types(waiting["order_id"])
    assert audit() == []


def test_what_a_node_rejects_is_taken_from_what_has_expired_elsewhere(lamps: World) -> None:
    order = place(lamps, simple("LAMP", 3))
    must(pay(lamps, order))
    reserve(lamps, ("LAMP", 5))
    lamps.clock.advance(minutes=16)
    (first,) = fulfilments(order)
    must(lamps.call("POST", f"/v1/fulfilments/{first}/reject", {"reason": "closed"}))
    assert len([part for part in ledger().parts(order["order_id"], "fulfilment") if part["state"] == "open"]) == 1
    assert audit() == []


# ---------------------------------------------------------------- bundles
def test_a_bundle_is_reserved_part_by_part_and_taken_over_so(lamps: World) -> None:
    sell(lamps, "BULB", {"hangzhou": 20, "shenzhen": 20})
    parts = [{"sku": "LAMP", "quantity": 1}, {"sku": "BULB", "quantity": 2}]
    body = {"name": {"en": "Set"}, "kind": "bundle", "parts": parts, "prices": {"cny-retail": 3000}}
    must(lamps.call("PUT", "/v1/products/SET", body))
    policy(lamps, max_units_per_customer=10)
    made = reserve(lamps, ("SET", 4))
    assert {each["sku"]: each["quantity"] for each in made["held"]} == {"LAMP": 4, "BULB": 8}
    refused = ask(lamps, reservation_body(("LAMP", 1), ("SET", 2)))
    assert (refused.code, refused.body["facts"]["sku"]) == ("reservation_limit", "BULB")
    assert refused.body["pointer"] == "/lines/1/quantity"
    must(lamps.call("POST", "/v1/orders", order_with(made), key="o"))
    assert shown(lamps, made["reservation_id"])["state"] == "committed"
    assert (available("LAMP"), available("BULB")) == (4, 32)
    assert audit() == []


# ---------------------------------------------------------------- the books
def test_the_nightly_verification_knows_reservations(lamps: World) -> None:
    reserve(lamps, ("LAMP", 4))
    must(lamps.call("POST", "/v1/orders", order_with(reserve(lamps, ("LAMP", 2))), key="o"))
    lamps.call("DELETE", f"/v1/reservations/{reserve(lamps, ('LAMP', 1))['reservation_id']}")
    assert lamps.invoke("verify_stock", SCHEDULED)["differences"] == []


def test_a_late_payment_takes_what_has_expired(lamps: World) -> None:
    order = place(lamps, simple("LAMP", 8))
    lamps.clock.advance(minutes=31)
    lamps.tick()
    reserve(lamps, ("LAMP", 8))
    lamps.clock.advance(minutes=16)
    total = order["totals"]["total"]
    report = {"kind": "captured", "amount": total, "provider": "alipay", "reference": "late"}
    must(lamps.call("POST", f"/v1/orders/{order['order_id']}/payments", report))
    assert ledger().header(order["order_id"])["status"] == "released"
    assert audit() == []


def test_what_the_watcher_cannot_give_back_is_tried_again_and_parked(lamps: World) -> None:
    made = reserve(lamps, ("LAMP", 4))
    lamps.aws.update_item(  # somebody broke the counter by hand
        TableName="SupplyTable",
        Key={"pk": {"S": "stock#LAMP#hangzhou#0"}, "sk": {"S": "counter"}},
        UpdateExpression="SET reserved = :zero",
        ExpressionAttributeValues={":zero": {"N": "0"}},
    )
    lamps.clock.advance(minutes=16)
    parked = 0
    for _ in range(9):
        parked += lamps.tick()["parked"]
        lamps.clock.advance(hours=2)
    assert parked == 1
    assert header(made)["state"] == "pending"
    lamps.aws.update_item(
        TableName="SupplyTable",
        Key={"pk": {"S": "stock#LAMP#hangzhou#0"}, "sk": {"S": "counter"}},
        UpdateExpression="SET reserved = :four",
        ExpressionAttributeValues={":four": {"N": "4"}},
    )
    assert lamps.invoke("watch_deadlines", {"redrive": 10})["redriven"]
    lamps.tick()
    assert header(made)["state"] == "released"
    assert audit() == []


def test_times_are_told_as_texts_that_sort(lamps: World) -> None:
    made = reserve(lamps, ("LAMP", 1))
    assert made["created_at"] < made["expires_at"] < made["latest_at"]
    assert to_iso(from_iso(made["expires_at"])) == made["expires_at"]
    assert order_body()["channel"] == made["channel"]
