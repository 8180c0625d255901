"""Records orders exactly as a commit's own code stores them, with what a client was told.

    git archive 7aaddb9 | tar -x -C OLD
    cd OLD && PYTHONPATH=layers/shared:. python ORDO/tests/integration/upgrade/recorded_orders.py > FILE

`placed_by_7aaddb9.json` was made so; it is never made anew, since that code never changes again.
"""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

from tests.support.metering import backend
from tests.support.shop import must, order_body, pay, shop_world
from tests.support.world import World

SIZES = [{"size": size} for size in ("S", "M", "L")]
MANY = [(sku, 1 + number % 3, SIZES[number % 3]) for number, sku in enumerate(["TEE-WHITE", "SHIRT-LINEN"] * 25)]
ORDERS: dict[str, dict[str, Any]] = {
    "small": order_body(external_id="OLD-1"),
    "large": order_body(*MANY, external_id="OLD-50"),
    "untaxed": order_body(name="phone-earphones-tees", coupons=["audio10"]),
}
"""By key. The first is one item, the second has its trace apart, the third is of a channel that lists without tax."""


def recorded(world: World) -> dict[str, Any]:
    """Bodies, answers, and the items of the orders and of the promotions that they name, in typed JSON (B: base64)."""
    channel = must(world.call("GET", "/v1/channels/web"))
    placed = {}
    for key, body in ORDERS.items():
        mode = "exclusive" if key == "untaxed" else "inclusive"
        changed = {"shipping": {"CNY": 1300}, "tax": {**channel["tax"], "mode": mode}, "version": None}
        must(world.call("PUT", "/v1/channels/web", channel | changed))
        world.clock.advance(minutes=1)
        placed[key] = must(world.call("POST", "/v1/orders", body, key=key))
        must(pay(world, placed[key], reference=key))
    return {
        "orders": [{"key": key, "body": ORDERS[key], "placed": told} for key, told in placed.items()],
        "tables": {
            "OrdersTable": _items("OrdersTable", ""),
            "CustomersTable": _items("CustomersTable", "contact#"),
            "CatalogTable": _items("CatalogTable", "promotions"),
        },
    }


def _items(table: str, prefix: str) -> list[dict[str, Any]]:
    items = backend().tables[table].items
    found = [item for part in items.values() for item in part.values()]
    kept = (each for each in found if each.hash_key.value.startswith(prefix) and each.range_key.value[0] != "#")
    return [each.to_json()["Attributes"] for each in kept]


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value))


if __name__ == "__main__":
    with shop_world() as shop:
        json.dump(recorded(shop), sys.stdout, ensure_ascii=False, separators=(",", ":"), default=_text)
