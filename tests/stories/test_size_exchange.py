"""A size exchange in a clothes shop: a tee is too small, a larger one is kept for its customer, and leaves when the
small one is back on the shelf. Nothing is paid and nothing refunded, and both sizes add up.
"""

from __future__ import annotations

from typing import Any

from tests.stories.conftest import Tell
from tests.support.shop import must
from tests.support.verbs import Shop

Json = dict[str, Any]


def test_a_tee_is_exchanged_for_a_larger_one(tell: Tell) -> None:
    tell("web", _exchange)


def _exchange(shop: Shop) -> None:
    small, large = (shop.sells(f"{shop.stage.run}-TEE-{size}", {"hangzhou": 5}) for size in ("M", "L"))
    order = shop.places(shop.asks_for((small, 1, {}), external_id="1"))
    shop.pays(order)
    path, number = f"/v1/orders/{order['order_id']}", f"{shop.stage.run}-OUT"
    work = shop.works("hangzhou", order, "accept", "pick", "pack")
    shop.does("POST", f"/v1/fulfilments/{work['fulfilment_id']}/dispatch", _parcel(number))
    shop.does("POST", f"{path}/receipt-confirmation")
    wanted = {
        "lines": [{"line_id": "1", "quantity": 1}],
        "reason": "too_small",
        "outcome": "exchange",
        "exchange": {"lines": [{"sku": large, "quantity": 1}]},
    }
    seen = _keyed(shop, f"{path}/returns", {**wanted, "preview": True}, "seen")
    assert {name: seen["expected"][name]["amount"] for name in ("to_pay", "refund")} == {"to_pay": 0, "refund": 0}
    back = _keyed(shop, f"{path}/returns", wanted, "asked")["return_id"]
    if shop.does("GET", f"/v1/returns/{back}")["state"] == "requested":
        shop.does("POST", f"/v1/returns/{back}/decision", {"decision": "approve"})
    assert shop.shelf(large)["hangzhou"] == (5, 1)
    units = [{"line_id": "1", "quantity": 1, "condition": "as_new", "disposition": "restock"}]
    done = _keyed(shop, f"/v1/returns/{back}/receipt", {"node_id": "hangzhou", "units": units}, "back")
    assert (done["state"], done["exchange"]["credit"]["amount"]) == ("settled", 1000)
    assert shop.shelf(small)["hangzhou"] == (5, 0)
    (new,) = done["exchange"]["fulfilment_ids"]
    shop.does("POST", f"/v1/fulfilments/{new}/dispatch", _parcel(f"{number}-2"))
    assert shop.shelf(large)["hangzhou"] == (4, 0)


def _keyed(shop: Shop, path: str, body: Json, key: str) -> Json:
    answered: Json = must(shop.stage.call("POST", path, body, key=f"{shop.stage.run}-{key}"))
    return answered


def _parcel(number: str) -> Json:
    return {"carrier": "generic", "tracking_number": number}
