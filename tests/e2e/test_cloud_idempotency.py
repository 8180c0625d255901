"""One key, one order, however often it is asked and whatever has happened since."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.cloud import Cloud
from tests.support.shop import must
from tests.support.stage import on_the_cloud
from tests.support.verbs import Json, Shop
from tests.support.world import Answer

pytestmark = pytest.mark.cloud


def place(shop: Shop, body: Json, key: str) -> Answer:
    return shop.stage.place(body, key)


def test_the_same_key_gets_its_order_even_when_nothing_is_left_and_the_price_is_another(shop: Shop, sku: str) -> None:
    shop.sells(sku, {"hangzhou": 1}, price=1000)
    body = shop.asks_for((sku, 1, {}), external_id=sku)
    placed = must(place(shop, body, sku), 201)
    shop.sells(sku, {}, price=2000)
    shop.pays(placed)
    again = place(shop, body, sku)
    assert (again.status, again.body) == (201, placed)
    assert place(shop, body | {"external_id": f"other-{sku}"}, f"other-{sku}").code == "out_of_stock"
    assert shop.shelf(sku) == {"hangzhou": (1, 1)}


def test_the_same_key_with_another_body_is_refused(shop: Shop, sku: str) -> None:
    shop.sells(sku, {"hangzhou": 5})
    placed = must(place(shop, shop.asks_for((sku, 1, {}), external_id=sku), sku), 201)
    refused = place(shop, shop.asks_for((sku, 2, {}), external_id=sku), sku)
    assert (refused.status, refused.code) == (422, "idempotency_key_reused")
    assert refused.body["facts"] == {"order_id": placed["order_id"]}
    assert shop.shelf(sku) == {"hangzhou": (5, 1)}


def test_a_refusal_binds_no_key(shop: Shop, sku: str) -> None:
    shop.sells(sku, {"hangzhou": 0})
    body = shop.asks_for((sku, 1, {}), external_id=sku)
    assert place(shop, body, sku).code == "out_of_stock"
    shop.counts(sku, "hangzhou", 1)
    assert place(shop, body, sku).status == 201


def test_another_clients_key_is_another_key(cloud: Cloud, shop: Shop, sku: str) -> None:
    shop.sells(sku, {"hangzhou": 5})
    body = shop.asks_for((sku, 1, {}), external_id=sku)
    placed = must(place(shop, body, sku), 201)
    with on_the_cloud(cloud, "e2e") as stage:
        theirs = stage.place(body | {"external_id": f"theirs-{sku}"}, sku)
        taken = stage.place(body, f"new-{sku}")
    assert theirs.status == 201
    assert theirs.body["order_id"] != placed["order_id"]
    assert (taken.status, taken.code, taken.body["pointer"]) == (409, "external_id_taken", "/external_id")
    assert shop.shelf(sku) == {"hangzhou": (5, 2)}


def test_one_key_sent_six_times_at_once_places_one_order(shop: Shop, sku: str) -> None:
    shop.sells(sku, {"hangzhou": 10})
    body = shop.asks_for((sku, 1, {}), external_id=sku)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: place(shop, body, sku), range(6)))
    assert {answer.status for answer in answers} == {201}
    assert all(answer.body == answers[0].body for answer in answers)
    assert shop.shelf(sku) == {"hangzhou": (10, 1)}
