"""The carrier's webhooks on the cloud: twice, too early, forged, too large."""

from __future__ import annotations

import json

import pytest

from ordo.kernel.clock import system_clock, to_iso
from tests.support.cloud import Cloud
from tests.support.events import SCHEDULED
from tests.support.polling import eventually
from tests.support.verbs import Json, Shop
from tools.outbox import invoke

pytestmark = pytest.mark.cloud


def released(shop: Shop, sku: str) -> Json:
    """A paid order of one piece."""
    shop.sells(sku, {"hangzhou": 1})
    order = shop.places(shop.asks_for((sku, 1, {}), external_id=sku))
    shop.pays(order)
    return order


def statuses(shop: Shop, order: Json) -> list[str]:
    """What the order's only parcel tells."""
    (shipment,) = shop.order(order["order_id"])["shipments"]
    return [event["status"] for event in shipment["parcels"][0]["history"]]


def test_a_push_that_comes_twice_counts_once(shop: Shop, sku: str) -> None:
    order = released(shop, sku)
    shop.sends(shop.works("hangzhou", order), sku)
    at = to_iso(system_clock())
    first, again = [shop.carrier_says(sku, "in_transit", at=at, message_id=f"msg-{sku}") for _ in range(2)]
    assert (first.status, first.body["recorded"]) == (200, 1)
    assert (again.status, again.body["recorded"], again.body["known"]) == (200, 0, 1)
    assert statuses(shop, order) == ["in_transit"]


def test_an_old_event_is_kept_but_moves_nothing_back(shop: Shop, sku: str) -> None:
    order = released(shop, sku)
    shop.sends(shop.works("hangzhou", order), sku)
    earlier = to_iso(system_clock())
    assert shop.carrier_says(sku, "delivered").status == 200
    assert shop.carrier_says(sku, "picked_up", at=earlier).status == 200
    assert shop.order(order["order_id"])["status"] == "delivered"
    assert statuses(shop, order) == ["picked_up", "delivered"]


def test_an_event_of_a_number_that_nobody_knows_waits_until_the_parcel_leaves(
    cloud: Cloud, shop: Shop, sku: str
) -> None:
    order = released(shop, sku)
    early = shop.carrier_says(sku, "picked_up")
    assert (early.status, early.body["waiting"]) == (202, 1)
    shop.sends(shop.works("hangzhou", order), sku)
    eventually(
        lambda: invoke(cloud.target, "WatchDeadlinesFunction", SCHEDULED) and statuses(shop, order),
        lambda told: told == ["picked_up"],
    )
    assert shop.history(order["order_id"])[-1] == "shipment.tracking_updated"
    number = f"{shop.stage.run}-{sku}"
    assert not [
        item for item in cloud.items("OrdersTable") if number in str(item) and item["pk"].startswith("carrier#")
    ]


@pytest.mark.parametrize("secret", ["whsec_" + "A" * 40, None])
def test_what_the_carrier_has_not_signed_is_refused(shop: Shop, sku: str, secret: str | None) -> None:
    if secret:
        refused = shop.carrier_says(sku, "lost", secret=secret)
    else:
        refused = shop.stage.call("POST", "/v1/carriers/generic/events", b"{}")
    assert (refused.status, refused.code) == (401, "signature_invalid")


def test_a_carrier_without_an_account_is_not_found(shop: Shop) -> None:
    assert shop.stage.call("POST", "/v1/carriers/nobody/events", b"{}").code == "unknown_carrier"


def test_a_push_of_more_than_256_kib_is_too_large(shop: Shop) -> None:
    refused = shop.carrier_sends(json.dumps({"type": "tracking.updated", "more": "x" * 256 * 1024}).encode())
    assert (refused.status, refused.code) == (413, "body_too_large")
