"""A bundle's life over the API: from two nodes, in two parcels, delivered, and one part of it refunded."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.shop import (
    cancel,
    dispatch,
    fulfilments,
    must,
    order_body,
    pay,
    place,
    promise_body,
    quote_body,
    read,
    sell,
    simple,
    tell,
)
from tests.support.world import World

pytestmark = pytest.mark.moto
Json = dict[str, Any]


@pytest.fixture
def shop(world: World) -> World:
    """A camera set: the body is in Hangzhou, the two batteries in Shenzhen, the strap in both."""
    sell(world, "CAMERA", {"hangzhou": 3}, price=6000)
    sell(world, "BATTERY", {"shenzhen": 5}, price=1000)
    sell(world, "STRAP", {"hangzhou": 1, "shenzhen": 4}, price=500)
    put_set(world)
    return world


def put_set(world: World, **changes: Any) -> Json:
    body = {
        "name": {"en": "Camera set", "zh": "相机套装"},
        "kind": "bundle",
        "prices": {"cny-retail": 6800},
        "parts": [{"sku": "CAMERA"}, {"sku": "BATTERY", "quantity": 2}, {"sku": "STRAP"}],
    }
    put: Json = must(world.call("PUT", "/v1/products/CAMERA-SET", body | changes))
    world.clock.advance(minutes=1)
    return put


def stock(world: World, sku: str) -> Json:
    found: Json = must(world.call("GET", f"/v1/stock/{sku}"))
    return found


def reserved(world: World) -> dict[tuple[str, str], int]:
    return {
        (sku, each["node_id"]): each["reserved"]
        for sku in ("CAMERA", "BATTERY", "STRAP")
        for each in stock(world, sku)["nodes"]
        if each["reserved"]
    }


def test_a_bundle_comes_from_two_nodes_and_is_delivered_when_all_its_parts_are(shop: World) -> None:
    order = place(shop, simple("CAMERA-SET", 1))
    (line,) = order["lines"]
    assert [(each["part"], each["sku"], each["name"]["en"], each["quantity"]) for each in line["parts"]] == [
        (0, "CAMERA", "CAMERA", 1),
        (1, "BATTERY", "BATTERY", 2),
        (2, "STRAP", "STRAP", 1),
    ]
    assert [each["weight"] for each in line["parts"]] == [6000, 1000, 500]
    assert [each["total"]["amount"] for each in line["parts"]] == [4800, 1600, 400]
    assert sum(each["tax"]["amount"] for each in line["parts"]) == line["tax"]["amount"]
    assert [(each["part"], each["units"], each["gross"]["amount"]) for each in line["unit_runs"][0]["parts"]] == [
        (0, 1, 4800),
        (1, 2, 800),
        (2, 1, 400),
    ]
    planned = {
        each["node_id"]: [(one["part"], one["quantity"]) for one in each["lines"]]
        for each in order["plan"]["fulfilments"]
    }
    assert planned == {
        "hangzhou": [(0, 1), (2, 1)],
        "shenzhen": [(1, 2)],
    }
    assert reserved(shop) == {("CAMERA", "hangzhou"): 1, ("STRAP", "hangzhou"): 1, ("BATTERY", "shenzhen"): 2}
    must(pay(shop, order))
    work = must(shop.call("GET", "/v1/fulfilments?node=shenzhen"))["fulfilments"]
    (batteries,) = [each for each in work if each["order_id"] == order["order_id"]]
    assert batteries["lines"] == [{"line_id": "1", "sku": "BATTERY", "quantity": 2, "part": 1}]
    here, there = fulfilments(order)
    boxes = [
        {"tracking_number": "BOX-1", "lines": [{"line_id": "1", "part": 0, "quantity": 1}]},
        {"tracking_number": "BOX-2", "lines": [{"line_id": "1", "part": 2, "quantity": 1}]},
    ]
    must(shop.call("POST", f"/v1/fulfilments/{here}/dispatch", {"carrier": "generic", "parcels": boxes}))
    assert read(shop, order["order_id"])["status"] == "partially_shipped"
    must(dispatch(shop, there, "BOX-3"))
    assert read(shop, order["order_id"])["status"] == "shipped"
    for number in ("BOX-1", "BOX-2"):
        must(tell(shop, number, "delivered"))
    now = read(shop, order["order_id"])
    assert (now["status"], now["units"]["total"], now["units"]["delivered"]) == ("shipped", 4, 2)
    must(tell(shop, "BOX-3", "delivered"))
    assert read(shop, order["order_id"])["status"] == "delivered"
    assert stock(shop, "CAMERA-SET")["available"] == 1
    path = f"/v1/orders/{order['order_id']}/refunds/preview"
    battery = {"lines": [{"line_id": "1", "parts": [{"part": 1, "quantity": 1}]}]}
    told = must(shop.call("POST", path, battery))
    assert told["payout"]["amount"] == 800
    assert told["lines"][0]["parts"] == [{"start": 0, "count": 1, "part": 1, "quantity": 1}]
    rest = must(shop.call("POST", path, {"lines": [{"line_id": "1", "quantity": 1}], "after": [battery]}))
    assert rest["refund"]["amount"] == order["totals"]["total"]["amount"] - 800


def test_parts_that_are_asked_back_wrongly_are_refused_where_they_are(shop: World) -> None:
    order = place(shop, simple("CAMERA-SET", 1))
    path = f"/v1/orders/{order['order_id']}/refunds/preview"
    wrong: list[tuple[Json, int, str, str]] = [
        ({"parts": [{"part": 3, "quantity": 1}]}, 422, "unknown_line", "/lines/0/parts/0/part"),
        ({"parts": [{"part": 0, "quantity": 2}]}, 409, "refund_exceeds_paid", "/lines/0/parts/0/quantity"),
        ({"parts": [{"part": 0, "quantity": 1}], "quantity": 1}, 422, "invalid_request", "/lines/0"),
        ({"parts": [{"part": 0, "quantity": 1}] * 2}, 422, "invalid_request", "/lines/0"),
    ]
    for line, status, code, pointer in wrong:
        refused = shop.call("POST", path, {"lines": [{"line_id": "1", **line}]})
        assert (refused.status, refused.code, refused.body["pointer"]) == (status, code, pointer)


def test_what_is_short_of_a_bundle_is_told_by_its_part(shop: World) -> None:
    cart: tuple[str, int, dict[str, str]] = ("CAMERA-SET", 3, {})
    short = [{"line_id": "1", "sku": "BATTERY", "requested": 6, "available": 5, "part": 1, "more_due": []}]
    refused = shop.call("POST", "/v1/orders", order_body(cart), key="short")
    assert (refused.status, refused.code, refused.body["facts"]["lines"]) == (409, "out_of_stock", short)
    promised = must(shop.call("POST", "/v1/promises", promise_body(cart)))
    assert (promised["outcome"], promised["lines"]) == ("short", short)
    assert must(shop.call("POST", "/v1/promises", promise_body(("CAMERA-SET", 2, {}))))["outcome"] == "planned"


def test_the_promise_of_a_bundle_is_the_plan_of_its_order(shop: World) -> None:
    promised = must(shop.call("POST", "/v1/promises", promise_body(("CAMERA-SET", 2, {}))))
    placed = place(shop, simple("CAMERA-SET", 2))
    kept = [{name: each[name] for name in ("node_id", "km", "lines")} for each in placed["plan"]["fulfilments"]]
    assert promised["plan"]["fulfilments"] == kept


def test_stock_of_a_bundle_is_the_least_of_its_parts(shop: World) -> None:
    assert stock(shop, "CAMERA-SET") == {
        "sku": "CAMERA-SET",
        "available": 2,
        "nodes": [],
        "bundle": {
            "parts": [
                {"sku": "CAMERA", "quantity": 1, "available": 3},
                {"sku": "BATTERY", "quantity": 2, "available": 5},
                {"sku": "STRAP", "quantity": 1, "available": 5},
            ],
            "nodes": [{"node_id": "hangzhou", "available": 0}, {"node_id": "shenzhen", "available": 0}],
        },
    }


def test_a_bundle_has_no_movements_and_no_settings_of_its_own(shop: World) -> None:
    movement = {"movement_id": "m-set", "kind": "receive", "sku": "CAMERA-SET", "node_id": "hangzhou"}
    body = {**movement, "quantity": 1, "reason": "x"}
    refused = shop.call("POST", "/v1/stock/movements", body)
    assert (refused.status, refused.code, refused.body["pointer"]) == (409, "stock_movement_refused", "/sku")
    assert refused.body["facts"]["parts"] == ["CAMERA", "BATTERY", "STRAP"]
    settings = {"reorder_point": 10, "reorder_to": 40}
    refused = shop.call("PUT", "/v1/stock/CAMERA-SET/nodes/hangzhou", settings)
    assert (refused.status, refused.code) == (409, "stock_movement_refused")


def test_a_quote_tells_the_parts_and_the_put_what_is_wrong_with_them(shop: World) -> None:
    quoted = must(shop.call("POST", "/v1/quotes", quote_body(("CAMERA-SET", 1, {}))))
    assert [each["sku"] for each in quoted["lines"][0]["parts"]] == ["CAMERA", "BATTERY", "STRAP"]
    put = put_set(shop, parts=[{"sku": "CAMERA"}, {"sku": "NOPE"}])
    assert [(each["code"], each["pointer"]) for each in put["warnings"]] == [("unknown_part", "/parts/1")]
    refused = shop.call("POST", "/v1/quotes", quote_body(("CAMERA-SET", 1, {})))
    assert (refused.status, refused.code, refused.body["facts"]["part_sku"]) == (422, "not_for_sale", "NOPE")


def test_an_order_keeps_the_parts_that_it_was_sold(shop: World) -> None:
    order = place(shop, simple("CAMERA-SET", 1))
    put_set(shop, parts=[{"sku": "STRAP"}])
    assert read(shop, order["order_id"])["lines"][0]["parts"] == order["lines"][0]["parts"]
    must(pay(shop, order))
    for number, each in enumerate(fulfilments(order)):
        must(dispatch(shop, each, f"KEPT-{number}"))
    assert read(shop, order["order_id"])["status"] == "shipped"


def test_cancelling_a_bundle_gives_all_its_parts_back_and_late_money_takes_them_again(shop: World) -> None:
    order = place(shop, simple("CAMERA-SET", 1))
    must(cancel(shop, order["order_id"])[1])
    assert reserved(shop) == {}
    other = place(shop, simple("CAMERA-SET", 1))
    shop.clock.advance(days=2)
    shop.tick()
    assert read(shop, other["order_id"])["status"] == "cancelled"
    # The strap is sold out where it was: the order is planned anew, part by part.
    shop_gone = {"movement_id": "m-strap", "kind": "damage", "sku": "STRAP", "node_id": "hangzhou"}
    must(shop.call("POST", "/v1/stock/movements", {**shop_gone, "quantity": 1, "reason": "broken"}))
    must(pay(shop, other))
    back = read(shop, other["order_id"])
    assert back["status"] == "released"
    assert reserved(shop) == {("CAMERA", "hangzhou"): 1, ("STRAP", "shenzhen"): 1, ("BATTERY", "shenzhen"): 2}


def test_a_bundle_is_given_away_while_its_parts_are_there(shop: World) -> None:
    gift = {
        "name": {"en": "Set for free", "zh": "送套装"},
        "conditions": [{"type": "quantity", "at_least": 1, "of": {"skus": ["CAMERA"]}}],
        "reward": {"type": "gift", "sku": "CAMERA-SET", "quantity": 1},
    }
    must(shop.call("PUT", "/v1/promotions/free-set", gift))
    shop.clock.advance(minutes=1)
    given = place(shop, simple("CAMERA", 1))
    assert [(each["sku"], each["total"]["amount"]) for each in given["lines"]] == [("CAMERA", 6000), ("CAMERA-SET", 0)]
    assert reserved(shop)["CAMERA", "hangzhou"] == 2
    without = place(shop, simple("CAMERA", 1))  # the last camera is what is paid for
    assert [each["sku"] for each in without["lines"]] == ["CAMERA"]
