"""The carrier's webhooks on the cloud: twice, too early, forged, too large."""

from __future__ import annotations

import json

import pytest

from ordo.kernel.clock import system_clock, to_iso
from tests.support.carrier_bodies import Scan, bytes_of, kuaidi100
from tests.support.cloud import Cloud
from tests.support.events import SCHEDULED
from tests.support.polling import eventually
from tests.support.pushes import signed
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


def test_a_push_that_nobody_can_read_is_kept_in_s3_and_shown(shop: Shop, sku: str) -> None:
    body = json.dumps({"type": "tracking.updated", "sku": sku}).encode()
    for _ in range(2):
        assert shop.carrier_sends(body).status == 422
    pushes = shop.stage.call("GET", "/v1/carrier-pushes?limit=200").body["pushes"]
    shown = [shop.stage.call("GET", f"/v1/carrier-pushes/{each['push_id']}").body for each in pushes]
    assert [each["unread"] for each in shown if each["body"] == body.decode()] == [["invalid_request"]]


def test_a_chinese_carriers_form_comes_through_the_gateway_as_it_was_sent(cloud: Cloud, shop: Shop, sku: str) -> None:
    name, salt = cloud.name("CarrierSecret"), f"salt-{sku}"
    kept = {**cloud.secret("CarrierSecret"), f"kuaidi100/{sku}": [salt]}
    cloud.aws.secretsmanager.put_secret_value(SecretId=name, SecretString=json.dumps(kept))
    order = released(shop, sku)
    shop.sends(shop.works("hangzhou", order), sku)
    said = json.loads(kuaidi100(f"{shop.stage.run}-{sku}", [Scan("3", system_clock(), "301", "已签收，感谢使用 🚚")]))
    said["lastResult"]["com"] = "generic"
    push = signed("kuaidi100", bytes_of(said), system_clock(), salt)
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    path = f"/v1/carriers/kuaidi100/events?account={sku}"
    # A new account is known within half a minute, once another push was refused for want of it.
    answer = eventually(
        lambda: shop.stage.call("POST", path, push.body, headers),
        lambda told: told.status != 404,
        deadline_s=60,
        every_s=1,
    )
    assert (answer.status, answer.body) == (200, {"result": True, "returnCode": "200", "message": "成功"})
    assert shop.order(order["order_id"])["status"] == "delivered"
    forged = shop.stage.call("POST", path, push.body.replace(b"sign=", b"sign=0"), headers)
    assert (forged.status, forged.body["result"]) == (401, False)
