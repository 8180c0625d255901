"""Two hundred customers for the last twenty pieces, on the deployed workflow with its real tables."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.audit import audit, ledger, plain
from tests.support.cloud import Cloud
from tests.support.verbs import Shop
from tests.support.world import Answer

pytestmark = pytest.mark.cloud
PLACEMENTS, AT_ONCE, UNITS = 200, 6, 20
"""Each client at once keeps a process of every function busy: with sixteen the embedded cloud, which is one process
itself, starts and kills them for minutes. Sixteen and more meet in `tests/proof/test_contention.py`.
"""


def test_the_last_twenty_units_go_to_exactly_twenty_of_two_hundred(cloud: Cloud, shop: Shop, sku: str) -> None:
    shop.sells(sku, {"hangzhou": UNITS - 5, "beijing": 5})

    def customer(number: int) -> Answer:
        """Told to come again, it does so with the same key."""
        return shop.stage.place(shop.asks_for((sku, 1, {}), external_id=f"{sku}-{number}"), f"{sku}-{number}")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(customer, range(PLACEMENTS)))
    outcome = Counter((answer.status, answer.code) for answer in answers)
    assert outcome == {(201, ""): UNITS, (409, "out_of_stock"): PLACEMENTS - UNITS}
    assert shop.shelf(sku) == {"hangzhou": (15, 15), "beijing": (5, 5)}
    placed = {answer.body["order_id"] for answer in answers if answer.status == 201}
    found = ledger(lambda table: [plain(item) for item in cloud.items(table)])
    assert placed == {each for each in found.orders if found.header(each).get("external_id", "").count(f"{sku}-")}
    assert [finding for finding in audit(found) if sku in finding or any(each in finding for each in placed)] == []
