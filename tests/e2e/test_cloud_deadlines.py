"""The schedule itself settles what is due: nothing here starts the watcher."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Waiting
from tests.support.audit import audit, ledger, plain
from tests.support.cloud import Cloud
from tests.support.polling import eventually
from tests.support.verbs import Json, Shop

pytestmark = pytest.mark.cloud
WITHIN_S = 150
"""The minute that the customer has, and two rounds of the schedule."""


def settled(shop: Shop, order: Json, status: str) -> Json:
    return eventually(
        lambda: shop.order(order["order_id"]), lambda now: now["status"] == status, deadline_s=WITHIN_S, every_s=1
    )


def test_an_order_that_nobody_paid_is_cancelled_and_its_stock_is_back(shop: Shop, waiting: Waiting) -> None:
    now = settled(shop, waiting.unpaid, "cancelled")
    assert now["cancel_reason"] == "unpaid"
    assert shop.history(now["order_id"]) == ["order.placed", "order.cancelled"]
    assert shop.shelf(waiting.sku) == {"hangzhou": (4, 0)}


def test_money_that_comes_after_all_takes_the_stock_again(shop: Shop, waiting: Waiting) -> None:
    settled(shop, waiting.unpaid, "cancelled")
    assert shop.pays(waiting.unpaid)["status"] == "released"
    assert shop.shelf(waiting.sku) == {"hangzhou": (4, 2)}
    shop.changes_their_mind(waiting.unpaid)


def test_a_delivered_order_that_nobody_confirms_completes_by_itself(shop: Shop, waiting: Waiting) -> None:
    now = settled(shop, waiting.delivered, "completed")
    assert now["completed_at"] > now["delivered_at"]
    assert shop.history(now["order_id"])[-2:] == ["shipment.delivered", "order.completed"]


def test_after_all_that_was_done_on_it_the_tables_agree(cloud: Cloud) -> None:
    found = ledger(lambda table: [plain(item) for item in cloud.items(table)])
    assert found.orders
    assert audit(found) == []
