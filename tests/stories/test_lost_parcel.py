"""A lost parcel, sent again and found again: the customer pays once, and is owed everything once.

The carrier says that two lamps are lost. The shop has them sent again, free of charge. Before they leave, the first
parcel is scanned: it has turned up. The shop ends what was to replace it, and the first parcel comes after all.
Another order's parcel is lost and sent again too; it turns up when the other has left, and the customer keeps both.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ordo.kernel.clock import system_clock, to_iso
from tests.stories.conftest import BothTellings, Tell
from tests.support.stage import Pages
from tests.support.verbs import Shop

Json = dict[str, Any]


def test_a_lost_parcel_is_sent_again_and_found_again(tell: Tell) -> None:
    tell("web", _lost_and_found)


@pytest.mark.cloud
def test_it_is_told_with_the_same_words_in_process_and_on_the_cloud(both_tellings: BothTellings) -> None:
    ours, theirs = both_tellings("web", _lost_and_found)
    assert ours == theirs


def _lost_and_found(shop: Shop) -> None:
    sku = shop.sells(f"{shop.stage.run}-LAMP", {"hangzhou": 9})
    number = "1"
    order = on_its_way(shop, sku, number)
    paid = shop.order(order["order_id"])["balance"]
    shop.carrier_says(number, "lost", at=ago(30))
    lost = the_case(shop, order, "lost")
    assert [each["action"] for each in lost["proposals"]][:2] == ["reship", "refund"]
    assert shop.does("POST", decision(lost), {"resolution": "reship"})["resolution"] == "reshipped"
    now = shop.order(order["order_id"])
    assert (now["status"], now["balance"], now["units"]["lost"]) == ("released", paid, 2)
    assert shop.shelf(sku) == {"hangzhou": (7, 2)}
    the_page_says(shop, order, "Solved: we have sent it again.")
    shop.carrier_says(number, "in_transit", at=ago(20))
    found = the_case(shop, order, "turned_up")
    the_page_says(shop, order, "We see to it that you get everything once.")
    assert shop.does("POST", decision(found), {"resolution": "intercept"})["resolution"] == "intercepted"
    assert shop.shelf(sku) == {"hangzhou": (7, 0)}
    shop.carrier_says(number, "delivered", at=ago(10))
    came = shop.order(order["order_id"])
    assert (came["status"], came["balance"], came["units"]["lost"]) == ("delivered", paid, 0)
    customer_keeps_both(shop, sku)


def customer_keeps_both(shop: Shop, sku: str) -> None:
    """What has left can no longer be stopped; nobody is charged for it."""
    number, second = "2", "2-again"
    order = on_its_way(shop, sku, number)
    paid = shop.order(order["order_id"])["balance"]
    shop.carrier_says(number, "lost", at=ago(30))
    shop.does("POST", decision(the_case(shop, order, "lost")), {"resolution": "reship"})
    again = shop.order(order["order_id"])["fulfilments"][1]
    shop.sends(again, second)
    shop.carrier_says(number, "delivered", at=ago(10))
    shop.carrier_says(second, "delivered", at=ago(10))
    found = the_case(shop, order, "turned_up")
    assert "intercept" not in [each["action"] for each in found["proposals"]]
    assert shop.does("POST", decision(found), {"resolution": "keep"})["resolution"] == "kept"
    now = shop.order(order["order_id"])
    assert (now["status"], now["balance"], now["units"]["delivered"]) == ("delivered", paid, 2)
    assert shop.shelf(sku) == {"hangzhou": (3, 0)}


def on_its_way(shop: Shop, sku: str, number: str) -> Json:
    """Two lamps, paid and sent off."""
    order = shop.places(shop.asks_for((sku, 2, {}), external_id=number))
    shop.pays(order)
    shop.sends(shop.works("hangzhou", order, "pack"), number)
    return order


def ago(minutes: int) -> str:
    """So many minutes ago."""
    return to_iso(system_clock() - timedelta(minutes=minutes))


def the_case(shop: Shop, order: Json, kind: str) -> Json:
    """The order's newest incident, which is open and of this kind."""
    last = shop.order(order["order_id"])["incidents"][-1]
    assert (last["kind"], last["state"]) == (kind, "open")
    return shop.does("GET", f"/v1/incidents/{last['incident_id']}")


def decision(incident: Json) -> str:
    return f"/v1/incidents/{incident['incident_id']}/resolution"


def the_page_says(shop: Shop, order: Json, words: str) -> None:
    """The customer's own page."""
    assert words in Pages(shop.stage).shows(f"{shop.order(order['order_id'])['links']['track']}?lang=en")
