"""Lan sells garments by size from one warehouse in Guangzhou: 满300减50, and the customer pays on delivery."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.conftest import BothTellings, Tell
from tests.support.verbs import HANGZHOU, Line, Shop

WAREHOUSE = "lan-guangzhou"
M = {"size": "M"}
SHIRT, SHORTS = ("LAN-SHIRT", 1, M), ("LAN-SHORTS", 1, M)
CAP: Line = ("LAN-CAP", 1, {})
SOCKS: Line = ("LAN-SOCKS", 1, {})


def test_the_garment_brands_week(tell: Tell) -> None:
    tell("brand", _week)


@pytest.mark.cloud
def test_the_week_is_told_with_the_same_words_in_process_and_on_the_cloud(both_tellings: BothTellings) -> None:
    ours, theirs = both_tellings("brand", _week)
    assert ours == theirs


def _week(lan: Shop) -> None:
    lan.opens("garment-brand")
    three_tees_pay_250(lan)
    exactly_300_is_enough_and_299_99_is_not(lan)
    order = an_address_that_nobody_knows_stops_the_order(lan)
    two_boxes_leave_and_the_second_one_is_late(lan, order)
    the_courier_brings_the_money(lan, order)


def three_tees_pay_250(lan: Shop) -> None:
    """To the fen, and for each unit: 16.67, 16.67 and 16.66 off. Nobody needs to pay before it is worked on."""
    order = lan.places(lan.asks_for(("LAN-TEE", 3, M), external_id="1"))
    assert (order["status"], order["payment_status"]) == ("released", "payable_later")
    assert order["totals"]["total"] == {"amount": 25_000, "currency": "CNY"}
    assert sorted(discounts(order["lines"][0])) == [1_666, 1_667, 1_667]
    assert lan.changes_their_mind(order)[1]["order"]["status"] == "cancelled"
    assert lan.shelf("LAN-TEE-M") == {WAREHOUSE: (30, 0)}


def exactly_300_is_enough_and_299_99_is_not(lan: Shop) -> None:
    """129.00 + 96.00 + 75.00 reaches the threshold; with socks for 74.99 one fen is missing, and the answer says so."""
    enough = lan.places(lan.asks_for(SHIRT, SHORTS, CAP, external_id="2"))
    assert enough["totals"]["total"]["amount"] == 25_000
    assert [line["total"]["amount"] for line in enough["lines"]] == [10_750, 8_000, 6_250]
    short = lan.places(lan.asks_for(SHIRT, SHORTS, SOCKS, external_id="3"))
    assert short["totals"]["total"]["amount"] == 29_999
    missing = {each["promotion_id"]: each.get("missing") for each in short["price"]["not_applied"]}
    assert missing["lan-300-50"] == 1
    for order in (enough, short):
        lan.changes_their_mind(order)


def an_address_that_nobody_knows_stops_the_order(lan: Shop) -> dict[str, Any]:
    """It is taken, but nobody works on it until the customer has corrected the address."""
    nowhere = {"country": "CN", "city": "杭洲市", "line1": "文三路 1 号"}
    order = lan.places(lan.asks_for(("LAN-TEE", 2, M), CAP, external_id="4") | {"ship_to": nowhere})
    assert (order["status"], order["holds"]) == ("placed", ["address"])
    assert order["order_id"] not in lan.work_at(WAREHOUSE)
    applied = lan.corrects_the_address(order, HANGZHOU)
    assert (applied["order"]["status"], applied["order"]["holds"]) == ("released", [])
    assert lan.order(order["order_id"])["contact"]["ship_to"]["city"] == "杭州市"
    return order


def two_boxes_leave_and_the_second_one_is_late(lan: Shop, order: dict[str, Any]) -> None:
    """One fulfilment, two parcels: the order is delivered with the second."""
    packed = lan.works(WAREHOUSE, order, "accept", "pick", "pack")
    lan.sends_in_parcels(packed, ("BOX1", {"1": 2}), ("BOX2", {"2": 1}))
    assert lan.shelf("LAN-TEE-M") == {WAREHOUSE: (28, 0)}
    assert lan.shelf("LAN-CAP") == {WAREHOUSE: (29, 0)}
    for number, status, then in (
        ("BOX1", "delivered", "shipped"),
        ("BOX2", "exception", "shipped"),
        ("BOX2", "out_for_delivery", "shipped"),
        ("BOX2", "delivered", "delivered"),
    ):
        assert lan.carrier_says(number, status).status == 200
        assert lan.order(order["order_id"])["status"] == then


def the_courier_brings_the_money(lan: Shop, order: dict[str, Any]) -> None:
    """Paid at the door; the customer confirms; the timeline is whole."""
    assert lan.pays(order)["payment_status"] == "paid"
    assert lan.has_it(order)["status"] == "completed"
    history = lan.history(order["order_id"])
    assert (history[0], history[-2], history[-1]) == ("order.placed", "payment.captured", "order.completed")
    assert history.count("shipment.dispatched") == history.count("shipment.delivered") == 1


def discounts(line: dict[str, Any]) -> list[int]:
    """What each unit has off."""
    return [run["discount"]["amount"] for run in line["unit_runs"] for _ in range(run["count"])]
