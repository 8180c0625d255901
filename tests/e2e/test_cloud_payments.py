"""An order that is paid by card and refunded on the cloud: bus, queue, worker, and a Stripe of our own."""

from __future__ import annotations

import pytest

from tests.support.polling import eventually
from tests.support.stripe_server import StripeServer
from tests.support.till import CARD
from tests.support.verbs import Shop

pytestmark = pytest.mark.cloud


def test_an_order_is_charged_released_cancelled_and_refunded(shop: Shop, sku: str, stripe: StripeServer) -> None:
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
    intent = next(each for each in stripe.intents.values() if each["metadata"].get("ordo_order") == order_id)
    refund = next(each for each in stripe.refunds.values() if each["payment_intent"] == intent["id"])
    assert refund["amount"] == intent["amount_received"]
