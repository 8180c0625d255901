"""From the table's stream over the bus and the queue to the shop's own endpoint: each event once, signed, in order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from standardwebhooks import Webhook

from tests.support.cloud import Cloud
from tests.support.events import SCHEDULED
from tests.support.polling import eventually
from tests.support.receiver import Receiver, receiver
from tests.support.verbs import Json, Shop
from tools.outbox import invoke

pytestmark = pytest.mark.cloud
STREAM_S = 40


@contextmanager
def endpoint(cloud: Cloud, name: str) -> Iterator[tuple[Receiver, str]]:
    """A receiver that gets the channel's events, and its secret."""
    path = f"/v1/webhook-endpoints/{name.lower()}"
    with receiver() as taking:
        made = cloud.api.put(path, {"url": taking.url, "channels": ["e2e"]})
        try:
            yield taking, made["secret"]
        finally:
            cloud.api.call("DELETE", path)


def heard(taking: Receiver, secret: str, order: Json) -> list[tuple[int, str]]:
    """`(seq, type)` of an order's messages as they came, each once by its id; every signature must verify."""
    found: dict[str, tuple[int, str]] = {}
    for each in list(taking.taken):
        Webhook(secret).verify(each.body, each.headers)
        message = json.loads(each.body)
        if message["data"]["order_id"] == order["order_id"]:
            found.setdefault(each.headers["webhook-id"], (message["data"]["seq"], message["type"]))
    return list(found.values())


def told(shop: Shop, order: Json) -> list[tuple[int, str]]:
    """`(seq, type)` of all that the timeline has to tell."""
    events = shop.stage.call("GET", f"/v1/orders/{order['order_id']}/timeline").body["events"]
    return [(each["seq"], type_) for each in events for type_ in (each["event"]["type"], *each["event"]["implies"])]


def test_a_life_is_told_to_the_shop_whole_signed_and_in_order(cloud: Cloud, shop: Shop, sku: str) -> None:
    shop.sells(sku, {"hangzhou": 1})
    with endpoint(cloud, sku) as (taking, secret):
        order = shop.places(shop.asks_for((sku, 1, {}), external_id=sku))
        shop.pays(order)
        shop.sends(shop.works("hangzhou", order, "accept", "pick", "pack"), sku)
        for status in ("picked_up", "in_transit", "delivered"):
            shop.carrier_says(sku, status)
        assert shop.has_it(order)["status"] == "completed"
        expected = told(shop, order)
        got = eventually(
            lambda: heard(taking, secret, order), lambda came: len(came) >= len(expected), deadline_s=STREAM_S
        )
    assert got == expected
    types = [type_ for _, type_ in got]
    assert types[0] == "order.placed"
    assert {"payment.captured", "order.released", "shipment.dispatched", "shipment.delivered"} <= set(types)
    assert types[-1] == "order.completed"


def test_an_endpoint_that_fails_gets_everything_in_order_once_it_works_again(
    cloud: Cloud, shop: Shop, sku: str
) -> None:
    shop.sells(sku, {"hangzhou": 2})
    with endpoint(cloud, sku) as (taking, secret):
        taking.status = 500
        order = shop.places(shop.asks_for((sku, 1, {}), external_id=sku))
        eventually(lambda: heard(taking, secret, order), bool, deadline_s=STREAM_S)
        shop.pays(order)
        taking.taken.clear()
        taking.status = 204
        expected = told(shop, order)
        eventually(
            lambda: invoke(cloud.target, "WatchDeadlinesFunction", SCHEDULED) and heard(taking, secret, order),
            lambda came: came == expected,
            deadline_s=STREAM_S,
            every_s=1,
        )
