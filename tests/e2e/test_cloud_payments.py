"""An order that is paid by card and refunded on the cloud: bus, queue, worker, and a Stripe of our own."""

from __future__ import annotations

import json

import pytest

from tests.support.cloud import Cloud
from tests.support.polling import eventually
from tests.support.stripe_server import KEY, SECRET, stripe_server
from tests.support.till import CARD
from tests.support.verbs import Shop

pytestmark = pytest.mark.cloud


def test_an_order_is_charged_released_cancelled_and_refunded(cloud: Cloud, shop: Shop, sku: str) -> None:
    with stripe_server() as stripe:
        account = {"stripe": {"key": KEY, "webhook_secrets": SECRET, "address": stripe.address}}
        name = cloud.name("PaymentSecret")
        cloud.aws.secretsmanager.put_secret_value(SecretId=name, SecretString=json.dumps(account))
        shop.sells(sku, {"hangzhou": 1})
        order = shop.places(shop.asks_for((sku, 1, {}), external_id=sku) | {"tenders": [CARD]})
        order_id = order["order_id"]

        def status() -> str:
            return str(shop.order(order_id)["payment_status"])

        eventually(status, lambda found: found == "paid", deadline_s=90, every_s=0.5)
        assert shop.order(order_id)["status"] == "released"
        path = f"/v1/orders/{order_id}/changes"
        body = {"kind": "cancel", "reason": "test", "requested_by": "staff"}
        change = shop.stage.call("POST", path, body, key=f"cancel-{sku}").body["change_id"]
        assert shop.stage.call("POST", f"{path}/{change}/apply").status == 200
        eventually(status, lambda found: found == "refunded", deadline_s=90, every_s=0.5)
        (intent,), (refund,) = stripe.intents.values(), stripe.refunds.values()
        assert (refund["amount"], refund["payment_intent"]) == (intent["amount_received"], intent["id"])
