"""What else is done with orders, each with its own function's role: holds, changes, finding, master data, stock."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.support.cloud import Cloud
from tests.support.shop import must
from tests.support.verbs import HANGZHOU, Json, Shop

pytestmark = pytest.mark.cloud


@pytest.fixture
def order(shop: Shop, sku: str) -> Json:
    """Two pieces, unpaid."""
    shop.sells(sku, {"hangzhou": 5})
    return shop.places(shop.asks_for((sku, 2, {}), external_id=sku))


def test_a_hold_stops_the_work_until_it_is_released(shop: Shop, order: Json) -> None:
    shop.pays(order)
    path = f"/v1/orders/{order['order_id']}/holds"
    body = {"kind": "fraud", "reason": "Two cards, one address"}
    hold = must(shop.stage.call("POST", path, body, key=order["order_id"]), 201)
    fulfilment = shop.order(order["order_id"])["fulfilments"][0]["fulfilment_id"]
    refused = shop.stage.call("POST", f"/v1/fulfilments/{fulfilment}/accept")
    assert (refused.status, refused.code) == (409, "order_on_hold")
    must(shop.stage.call("POST", f"{path}/{hold['hold_id']}/release", {"reason": "Known customer"}))
    assert shop.works("hangzhou", order, "accept")["state"] == "accepted"


def test_an_address_is_changed_once_the_change_is_applied(shop: Shop, order: Json) -> None:
    path = f"/v1/orders/{order['order_id']}/changes"
    elsewhere = {**HANGZHOU, "line1": "文三路 2 号"}
    body = {"kind": "address", "reason": "Moved house", "requested_by": "customer", "ship_to": elsewhere}
    change = must(shop.stage.call("POST", path, body, key=order["order_id"]), 201)
    assert shop.order(order["order_id"])["contact"]["ship_to"]["line1"] == "文三路 1 号"
    must(shop.stage.call("POST", f"{path}/{change['change_id']}/apply"))
    assert shop.order(order["order_id"])["contact"]["ship_to"]["line1"] == "文三路 2 号"


def test_a_dropped_change_is_never_applied(shop: Shop, order: Json) -> None:
    path = f"/v1/orders/{order['order_id']}/changes"
    body = {"kind": "cancel", "reason": "Ordered twice", "requested_by": "customer"}
    change = must(shop.stage.call("POST", path, body, key=order["order_id"]), 201)
    dropped = shop.stage.call("DELETE", f"{path}/{change['change_id']}")
    assert (dropped.status, dropped.body) == (204, None)
    assert shop.stage.call("POST", f"{path}/{change['change_id']}/apply").status == 409
    assert shop.order(order["order_id"])["status"] == "placed"


def test_an_order_is_found_by_everything_that_a_customer_may_know_of_it(shop: Shop, sku: str) -> None:
    shop.sells(sku, {"hangzhou": 1})
    email, phone = f"{sku.lower()}@example.com", f"+861{int(sku[4:], 16) % 10**8 + 38 * 10**8:010d}"
    customer = {"customer_id": sku, "name": "示例顾客", "phone": phone, "email": email}
    order = shop.places(shop.asks_for((sku, 1, {}), external_id=sku) | {"customer": customer})
    shop.pays(order)
    shop.sends(shop.works("hangzhou", order), sku)
    number = f"{shop.stage.run}-{sku}"
    for query in (
        f"phone={quote(phone)}",
        f"email={email}",
        f"customer_id={sku}",
        f"carrier=generic&tracking_number={number}",
        f"channel=e2e&external_id={order['external_id']}",
    ):
        found = must(shop.stage.call("GET", f"/v1/orders?{query}"))["orders"]
        assert [each["order_id"] for each in found] == [order["order_id"]], query


def test_master_data_is_read_as_it_was_put(cloud: Cloud) -> None:
    for path in (
        "/v1/products/AURORA",
        "/v1/price-lists/cny-retail",
        "/v1/channels/web",
        "/v1/nodes/hangzhou",
        "/v1/promotions/garments-300-50",
        "/v1/coupons/AUDIO10",
        "/v1/customers/c-1001",
    ):
        assert cloud.api.get(path)["version"] >= 1, path


def test_stock_comes_breaks_and_moves(shop: Shop, sku: str) -> None:
    shop.sells(sku, {"hangzhou": 5})
    for kind, quantity, more in (
        ("receive", 4, {}),
        ("adjust", -2, {}),
        ("transfer", 3, {"to_node_id": "beijing"}),
    ):
        movement = {"movement_id": f"{kind}-{sku}", "kind": kind, "sku": sku, "node_id": "hangzhou", "reason": "test"}
        for _ in range(2):  # the same movement again is the same movement
            must(shop.stage.call("POST", "/v1/stock/movements", movement | {"quantity": quantity} | more), 201)
    assert shop.shelf(sku) == {"beijing": (3, 0), "hangzhou": (4, 0)}
