"""Shu sells sofas: 30 % at once, the rest before they leave. One customer pays the balance, another cancels half way.

By then the sofa is being worked on, and the shop keeps a fifth of its price: what goes back is previewed before the
customer says yes, and goes back once the provider has said so.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.conftest import BothTellings, Tell
from tests.support.shop import must
from tests.support.verbs import Shop

Json = dict[str, Any]
SOFA, DEPOSIT = 300_000, 90_000
KEPT = 60_000
"""A fifth of the price."""
NODE = "shu-foshan"


def test_a_sofa_with_deposit_is_paid_in_parts_or_cancelled_half_way(tell: Tell) -> None:
    tell("sofas", _sofas)


@pytest.mark.cloud
def test_it_is_told_with_the_same_words_in_process_and_on_the_cloud(both_tellings: BothTellings) -> None:
    ours, theirs = both_tellings("sofas", _sofas)
    assert ours == theirs


def _sofas(shu: Shop) -> None:
    shu.opens("furniture")
    it_leaves_when_the_balance_is_paid(shu)
    order = it_is_cancelled_half_way(shu)
    the_rest_of_the_deposit_goes_back_on_the_providers_word(shu, order)


def it_leaves_when_the_balance_is_paid(shu: Shop) -> None:
    order = with_deposit(shu, "1")
    work = shu.works(NODE, order, "accept", "pick", "pack")
    path = f"/v1/fulfilments/{work['fulfilment_id']}/dispatch"
    refused = shu.stage.call("POST", path, {"carrier": "generic", "tracking_number": f"{shu.stage.run}-SOFA1"})
    assert (refused.status, refused.body["code"]) == (409, "payment_required")
    assert shu.shelf("SHU-SOFA") == {NODE: (5, 1)}
    reports(shu, order, "captured", SOFA - DEPOSIT, "balance")
    shu.sends(work, "SOFA1")
    sent = shu.order(order["order_id"])
    assert (sent["status"], sent["payment_status"]) == ("shipped", "paid")


def it_is_cancelled_half_way(shu: Shop) -> Json:
    """The fee is what the channel says for a sofa that is being worked on; nothing is booked until it is applied."""
    order = with_deposit(shu, "2")
    shu.works(NODE, order, "accept")
    path = f"/v1/orders/{order['order_id']}/changes"
    body = {"kind": "cancel", "reason": "The room is too small", "requested_by": "customer"}
    proposed: Json = must(shu.stage.call("POST", path, body, key=f"{shu.stage.run}-cancel"))
    assert proposed["preview"]["refund"]["amount"] == DEPOSIT - KEPT
    assert shu.order(order["order_id"])["balance"]["refund_due"]["amount"] == 0
    applied = shu.does("POST", f"{path}/{proposed['change_id']}/apply")
    assert applied["order"]["status"] == "cancelled"
    assert shu.order(order["order_id"])["balance"]["refund_due"]["amount"] == DEPOSIT - KEPT
    assert shu.shelf("SHU-SOFA") == {NODE: (4, 0)}
    return order


def the_rest_of_the_deposit_goes_back_on_the_providers_word(shu: Shop, order: Json) -> None:
    reports(shu, order, "refunded", DEPOSIT - KEPT, "back")
    balance = shu.order(order["order_id"])["balance"]
    assert (balance["owed"]["amount"], balance["refunded"]["amount"]) == (KEPT, DEPOSIT - KEPT)
    assert (balance["due"]["amount"], balance["refund_due"]["amount"]) == (0, 0)
    assert shu.history(order["order_id"])[-1] == "refund.issued"


def with_deposit(shu: Shop, number: str) -> Json:
    """Placed and released by its deposit: the rest is not due yet."""
    order = shu.places(shu.asks_for(("SHU-SOFA", 1, {}), external_id=number))
    assert (order["status"], order["totals"]["total"]["amount"]) == ("placed", SOFA)
    reports(shu, order, "captured", DEPOSIT, "deposit")
    paid = shu.order(order["order_id"])
    assert (paid["status"], paid["payment_status"]) == ("released", "part_paid")
    return order


def reports(shu: Shop, order: Json, kind: str, amount: int, name: str) -> None:
    """The storefront tells what its provider said."""
    money = {"amount": amount, "currency": "CNY"}
    report = {"kind": kind, "amount": money, "provider": "alipay", "reference": f"{order['external_id']}-{name}"}
    shu.does("POST", f"/v1/orders/{order['order_id']}/payments", report)
