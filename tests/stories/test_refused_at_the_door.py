"""Cash on delivery: one customer pays the courier at the door, another will not take the parcel.

The amount stands on the shipment. What is collected counts once it was reported; of what was refused at the door
nothing is to be paid, and nothing to be paid back.
"""

from __future__ import annotations

from typing import Any

import pytest

from ordo.kernel.clock import system_clock, to_iso
from ordo.orders.model import shipment_id
from tests.stories.conftest import BothTellings, Tell
from tests.support.shop import must
from tests.support.verbs import Shop

Json = dict[str, Any]
PRICE = 1_000


def test_cash_on_delivery_is_collected_or_refused_at_the_door(tell: Tell) -> None:
    tell("web", _cash)


@pytest.mark.cloud
def test_it_is_told_with_the_same_words_in_process_and_on_the_cloud(both_tellings: BothTellings) -> None:
    ours, theirs = both_tellings("web", _cash)
    assert ours == theirs


def _cash(shop: Shop) -> None:
    sku = shop.sells(f"{shop.stage.run}-LAMP", {"hangzhou": 4}, price=PRICE)
    taken = on_its_way(shop, sku, "COD1")
    shop.carrier_says("COD1", "delivered")
    shop.does("POST", f"/v1/orders/{taken['order_id']}/payments", collected(taken))
    paid = shop.order(taken["order_id"])
    assert (paid["status"], paid["payment_status"]) == ("delivered", "paid")
    the_carrier_hands_it_on(shop, taken)
    refused = on_its_way(shop, sku, "COD2")
    the_customer_will_not_have_it(shop, refused)
    staff_takes_it_back(shop, refused)


def on_its_way(shop: Shop, sku: str, number: str) -> Json:
    """Nothing is paid, and it leaves all the same, with what is to be collected."""
    wanted = shop.asks_for((sku, 2, {}), external_id=number) | {"tenders": [{"provider": "cash_on_delivery"}]}
    order = shop.places(wanted)
    assert order["status"] == "released"
    shop.sends(shop.works("hangzhou", order, "accept", "pick", "pack"), number)
    (shipment,) = shop.order(order["order_id"])["shipments"]
    assert shipment["collect"]["amount"] == 2 * PRICE
    (cash,) = shop.does("GET", f"/v1/orders/{order['order_id']}/payments")["cash"]
    assert (cash["collect"]["amount"], cash["collected"]["amount"], cash["remitted"]) == (2 * PRICE, 0, None)
    return order


def collected(order: Json) -> Json:
    money = {"amount": 2 * PRICE, "currency": "CNY"}
    return {
        "kind": "captured",
        "amount": money,
        "provider": "cash_on_delivery",
        "reference": shipment_id(order["order_id"], 1),
    }


def the_carrier_hands_it_on(shop: Shop, order: Json) -> None:
    """What the courier has collected is the carrier's debt until it is remitted."""
    shipment, whole = shipment_id(order["order_id"], 1), {"amount": 2 * PRICE, "currency": "CNY"}
    cash = {"shipment_id": shipment, "collect": whole, "collected": whole}
    path = f"/v1/orders/{order['order_id']}/payments"
    assert shop.does("GET", path)["cash"] == [{**cash, "remitted": None}]
    shop.does("POST", f"/v1/shipments/{shipment}/remittance", {"amount": whole})
    assert shop.does("GET", path)["cash"] == [{**cash, "remitted": whole}]


def the_customer_will_not_have_it(shop: Shop, order: Json) -> None:
    """The courier's proof says that all of it was refused."""
    told = {
        "handover": "refused",
        "device_at": to_iso(system_clock()),
        "condition": "intact",
        "refusal_reason": "changed_mind",
    }
    path = f"/v1/shipments/{shipment_id(order['order_id'], 1)}/proof"
    must(shop.stage.call("POST", path, told, key=f"{order['external_id']}-refused"))


def staff_takes_it_back(shop: Shop, order: Json) -> None:
    """Its case is ended by a refund of nothing: nothing was paid, and the order costs nothing any more."""
    (incident,) = shop.order(order["order_id"])["incidents"]
    assert incident["kind"] == "refused"
    solved = shop.does("POST", f"/v1/incidents/{incident['incident_id']}/resolution", {"resolution": "refund"})
    assert solved["resolution"] == "refunded"
    over = shop.order(order["order_id"])
    assert over["status"] == "cancelled"
    assert {name: over["balance"][name]["amount"] for name in ("owed", "due", "refund_due")} == {
        "owed": 0,
        "due": 0,
        "refund_due": 0,
    }
