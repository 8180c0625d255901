"""Nova makes phones in Shenzhen and earphones in Ningbo, and sells both in its own shop.

A phone is chosen by memory and colour, the earphones match it, and one order may come from both works.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.conftest import BothTellings, Tell
from tests.support.verbs import Line, Shop

PHONES, EARPHONES = "nova-shenzhen", "nova-ningbo"
BLUE_PHONE = ("NOVA", 1, {"memory": "256GB", "colour": "blue"})
BLUE_PAIRS = ("NOVA-BUDS", 2, {"colour": "blue"})
COMBINATION = {"memory": "512GB", "colour": "white"}


def test_the_electronics_makers_day(tell: Tell) -> None:
    tell("maker", _day)


@pytest.mark.cloud
def test_the_day_is_told_with_the_same_words_in_process_and_on_the_cloud(both_tellings: BothTellings) -> None:
    ours, theirs = both_tellings("maker", _day)
    assert ours == theirs


def _day(nova: Shop) -> None:
    nova.opens("electronics-maker")
    what_is_not_made_is_not_sold(nova)
    order = a_phone_and_matching_earphones(nova)
    the_money_comes_once(nova, order)
    both_works_send_their_part(nova, order)
    the_carrier_brings_both_parcels(nova, order)
    the_customer_has_it(nova, order)
    another_customer_changes_their_mind(nova)
    more_phones_are_wanted_than_there_are(nova)
    a_kit_is_one_price_and_two_works(nova)


def what_is_not_made_is_not_sold(nova: Shop) -> None:
    """A wrong choice is refused, and the answer points at it."""
    wrong: list[tuple[Line, str]] = [
        (("NOVA", 1, COMBINATION), "/lines/1/options"),
        (("NOVA", 1, {"memory": "1TB", "colour": "blue"}), "/lines/1/options/memory"),
        (("NOVA", 1, {"memory": "256GB"}), "/lines/1/options/colour"),
        (("NOVA-BUDS", 1, {"colour": "blue", "memory": "256GB"}), "/lines/1/options/memory"),
    ]
    for line, pointer in wrong:
        refused = nova.tries(nova.asks_for(BLUE_PAIRS, line, external_id="1000"))
        assert (refused.status, refused.code, refused.body["pointer"]) == (422, "invalid_option", pointer)
    assert nova.shelf("NOVA-BUDS-BLUE") == {EARPHONES: (12, 0)}
    assert nova.orders_of("1000") == []


def a_phone_and_matching_earphones(nova: Shop) -> dict[str, Any]:
    """One order: 3799.00 for the phone, 2 × 499.00 less 20 % for the earphones; each from where it is made."""
    order = nova.places(nova.asks_for(BLUE_PHONE, BLUE_PAIRS, external_id="1001", coupons=("NOVASET",)))
    assert (order["status"], order["payment_status"], order["version"]) == ("placed", "unpaid", 1)
    assert amounts(order["totals"]) == {
        "items": 479_700,
        "discount": 19_960,
        "shipping": 0,
        "tax": 52_890,
        "total": 459_740,
    }
    phone, pairs = order["lines"]
    assert (phone["stock_sku"], phone["options"]) == ("NOVA-256-BLUE", {"memory": "256GB", "colour": "blue"})
    assert phone["name"]["zh"] == "新星手机"
    assert units(phone) == [(379_900, 0, 336_195, 43_705, 379_900)]
    assert sorted(units(pairs)) == [(49_900, 9_980, 35_327, 4_593, 39_920), (49_900, 9_980, 35_328, 4_592, 39_920)]
    assert [each["promotion_id"] for each in pairs["adjustments"]] == ["nova-set"]
    assert from_where(order) == {PHONES: {"NOVA-256-BLUE": 1}, EARPHONES: {"NOVA-BUDS-BLUE": 2}}
    assert order["promise"]["ready_by"] < order["promise"]["deliver_by"]
    assert nova.shelf("NOVA-256-BLUE") == {PHONES: (8, 1)}
    assert nova.shelf("NOVA-BUDS-BLUE") == {EARPHONES: (12, 2)}
    assert nova.orders_of("1001")[0]["order_id"] == order["order_id"]
    return order


def the_money_comes_once(nova: Shop, order: dict[str, Any]) -> None:
    """Nobody works before the money is there; the provider's second report counts for nothing."""
    assert order["order_id"] not in nova.work_at(PHONES)
    paid = nova.pays(order)
    assert (paid["status"], paid["payment_status"]) == ("released", "paid")
    assert amounts(paid["balance"])["due"] == 0
    assert nova.pays(order)["version"] == paid["version"]


def both_works_send_their_part(nova: Shop, order: dict[str, Any]) -> None:
    """Shenzhen packs and sends the phone, then Ningbo the earphones."""
    phone = nova.works(PHONES, order, "accept", "pick", "pack")
    assert (phone["state"], phone["order_status"]) == ("packed", "in_fulfilment")
    nova.sends(phone, "P1")
    assert nova.order(order["order_id"])["status"] == "partially_shipped"
    assert nova.shelf("NOVA-256-BLUE") == {PHONES: (7, 0)}
    assert nova.shelf("NOVA-BUDS-BLUE") == {EARPHONES: (12, 2)}
    pairs = nova.works(EARPHONES, order, "accept", "pick")
    nova.sends(pairs, "B1")
    assert nova.order(order["order_id"])["status"] == "shipped"
    assert nova.shelf("NOVA-BUDS-BLUE") == {EARPHONES: (10, 0)}


def the_carrier_brings_both_parcels(nova: Shop, order: dict[str, Any]) -> None:
    """Each parcel is told of by itself; the order is delivered with the last one."""
    for number in ("P1", "B1"):
        assert nova.order(order["order_id"])["status"] == "shipped"
        for status in ("picked_up", "in_transit", "delivered"):
            told = nova.carrier_says(number, status)
            assert (told.status, told.body["recorded"]) == (200, 1)
    forged = nova.carrier_says("P1", "lost", secret="whsec_" + "A" * 40)
    assert (forged.status, forged.code) == (401, "signature_invalid")
    now = nova.order(order["order_id"])
    assert now["status"] == "delivered"
    parcels = [parcel for shipment in now["shipments"] for parcel in shipment["parcels"]]
    assert [[event["status"] for event in parcel["history"]] for parcel in parcels] == [
        ["picked_up", "in_transit", "delivered"]
    ] * 2


def the_customer_has_it(nova: Shop, order: dict[str, Any]) -> None:
    """确认收货; and the whole story stands in the order's timeline."""
    assert nova.has_it(order)["status"] == "completed"
    assert nova.order(order["order_id"])["completed_at"]
    parcel = ["shipment.tracking_updated", "shipment.tracking_updated", "shipment.delivered"]
    assert nova.history(order["order_id"]) == [
        "order.placed",
        "payment.captured",
        *["fulfilment.accepted", "fulfilment.picked", "fulfilment.packed", "shipment.dispatched"],
        *["fulfilment.accepted", "fulfilment.picked", "shipment.dispatched"],
        *parcel,
        *parcel,
        "order.completed",
    ]


def another_customer_changes_their_mind(nova: Shop) -> None:
    """Paid, then cancelled before anyone has worked: the stock is back, and so will be the money."""
    order = nova.places(nova.asks_for(("NOVA", 2, {"memory": "512GB", "colour": "black"}), external_id="1002"))
    nova.pays(order)
    assert nova.shelf("NOVA-512-BLACK") == {PHONES: (2, 2)}
    proposed, applied = nova.changes_their_mind(order)
    assert proposed["preview"]["stock_returned"] == [{"sku": "NOVA-512-BLACK", "node_id": PHONES, "quantity": 2}]
    assert proposed["preview"]["refund"] == order["totals"]["total"] == {"amount": 899_800, "currency": "CNY"}
    assert applied["order"]["status"] == "cancelled"
    assert amounts(applied["balance"])["refund_due"] == 899_800
    assert nova.shelf("NOVA-512-BLACK") == {PHONES: (2, 0)}
    assert nova.work_at(PHONES) == {}
    assert nova.history(order["order_id"])[-1] == "order.cancelled"


def more_phones_are_wanted_than_there_are(nova: Shop) -> None:
    """All or nothing: the earphones would be there, but nothing is taken; with two phones less it goes."""
    black = {"memory": "512GB", "colour": "black"}
    pair = ("NOVA-BUDS", 1, {"colour": "black"})
    refused = nova.tries(nova.asks_for(("NOVA", 4, black), pair, external_id="1003"))
    assert (refused.status, refused.code) == (409, "out_of_stock")
    short = {"line_id": "1", "sku": "NOVA-512-BLACK", "requested": 4, "available": 2, "more_due": []}
    assert refused.body["facts"]["lines"] == [short]
    assert nova.orders_of("1003") == []
    assert (nova.shelf("NOVA-512-BLACK"), nova.shelf("NOVA-BUDS-BLACK")) == ({PHONES: (2, 0)}, {EARPHONES: (12, 0)})
    order = nova.places(nova.asks_for(("NOVA", 2, black), pair, external_id="1003"))
    assert from_where(order) == {PHONES: {"NOVA-512-BLACK": 2}, EARPHONES: {"NOVA-BUDS-BLACK": 1}}
    nova.changes_their_mind(order)


def a_kit_is_one_price_and_two_works(nova: Shop) -> None:
    """A phone with matching earphones as a bundle: as many as there are phones, each part from where it is made."""
    assert nova.does("GET", "/v1/stock/NOVA-KIT")["available"] == 7
    order = nova.places(nova.asks_for(("NOVA-KIT", 1, {}), external_id="1004"))
    (kit,) = order["lines"]
    assert kit["total"]["amount"] == 399_900
    assert [(each["stock_sku"], each["total"]["amount"]) for each in kit["parts"]] == [
        ("NOVA-256-BLUE", 353_471),
        ("NOVA-BUDS-BLUE", 46_429),
    ]
    assert from_where(order) == {PHONES: {"NOVA-256-BLUE": 1}, EARPHONES: {"NOVA-BUDS-BLUE": 1}}
    nova.changes_their_mind(order)
    assert nova.shelf("NOVA-256-BLUE") == {PHONES: (7, 0)}


# ---------------------------------------------------------------------- reading answers
def amounts(money: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Minor units by name; all in the shop's one currency."""
    assert {each["currency"] for each in money.values()} == {"CNY"}
    return {name: each["amount"] for name, each in money.items()}


def units(line: dict[str, Any]) -> list[tuple[int, ...]]:
    """Each unit's list price, discount, net, tax and gross."""
    names = ("list_price", "discount", "net", "tax", "gross")
    return [tuple(run[name]["amount"] for name in names) for run in line["unit_runs"] for _ in range(run["count"])]


def from_where(order: dict[str, Any]) -> dict[str, dict[str, int]]:
    """What the plan takes from each node."""
    return {
        each["node_id"]: {line["sku"]: line["quantity"] for line in each["lines"]}
        for each in order["plan"]["fulfilments"]
    }
