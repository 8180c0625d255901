"""Put a sample shop into a running Ordo, through the public API only. Seeding twice changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.api import Api
from tools.errors import ToolError
from tools.home import PROJECT_ROOT

SAMPLE_SHOP = PROJECT_ROOT / "samples" / "shop"
CLIENTS = 2
"""Calls at once; each more is another cold start of every function that is called, and two keep two cores busy."""

_ROUTES = {
    "price_lists": "/v1/price-lists",
    "channels": "/v1/channels",
    "nodes": "/v1/nodes",
    "products": "/v1/products",
    "promotions": "/v1/promotions",
    "coupons": "/v1/coupons",
    "customers": "/v1/customers",
}
"""In the order in which one may name another."""


@dataclass(frozen=True)
class Shop:
    """The documents of a sample shop, as the API takes them."""

    documents: dict[str, dict[str, Any]]
    """By kind (a key of the routes), then by id."""
    places: dict[str, Any]
    stock: dict[str, dict[str, int]]
    """Units by SKU, then by node."""

    def movements(self) -> Iterator[dict[str, Any]]:
        """The stock as receipts, each with an id of its own so that it counts once however often it is sent."""
        for sku, nodes in self.stock.items():
            for node, quantity in nodes.items():
                yield {
                    "movement_id": f"seed-{sku}-{node}",
                    "kind": "receive",
                    "sku": sku,
                    "node_id": node,
                    "quantity": quantity,
                    "reason": "sample shop",
                }


def read_shop(folder: Path = SAMPLE_SHOP) -> Shop:
    """Read a shop's JSON files; raises `ToolError` naming the file that is missing or not JSON."""
    return Shop(
        documents={kind: _read(folder / f"{kind}.json") for kind in _ROUTES},
        places=_read(folder / "places.json"),
        stock=_read(folder / "stock.json"),
    )


def seed(api: Api, shop: Shop) -> dict[str, int]:
    """Send everything; answers how many of each kind. Stops at the first refusal."""
    counts: dict[str, int] = {}
    for kind, route in _ROUTES.items():
        documents = shop.documents[kind]
        _each([(f"{route}/{name}", body) for name, body in documents.items()], lambda put: api.put(*put))
        counts[kind] = len(documents)
    if shop.places["places"]:
        api.put("/v1/places", shop.places)
    counts["places"] = len(shop.places["places"])
    movements = list(shop.movements())
    _each(movements, lambda movement: api.post("/v1/stock/movements", movement, movement["movement_id"]))
    counts["stock_movements"] = len(movements)
    return counts


def _each(items: list[Any], send: Callable[[Any], object]) -> None:
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(send, items))


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ToolError(f"{path.name} is missing in {path.parent}") from None
    except ValueError as error:
        raise ToolError(f"{path} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ToolError(f"{path} does not hold a JSON object")
    return value
