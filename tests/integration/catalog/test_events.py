"""The events kept in `events/` are what these functions really take."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ordo.catalog.clients import ApiClient, hash_secret, parse_key
from ordo.catalog.documents import Kind
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.kernel.clock import system_clock
from ordo.runtime.dynamo import Put, write
from tests.integration.catalog.conftest import ROOT, load_function

pytestmark = pytest.mark.moto


def event(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((ROOT / "events" / name).read_text(encoding="utf-8"))
    return body


def test_manage_catalog_answers_its_events(tables: None) -> None:
    function = load_function("manage_catalog")
    for name in ("put_product", "get_product", "put_promotion", "put_places"):
        answer = function.lambda_handler(event(f"api/{name}.json"), None)
        assert answer["statusCode"] == 200, answer


def test_authorize_client_allows_its_event(tables: None) -> None:
    asked = event("api/authorize_client.json")
    key = parse_key(asked["headers"]["Authorization"].removeprefix("Bearer "))
    assert key is not None
    client = ApiClient(
        client_id=key.client_id,
        name="Back office",
        key_hash=hash_secret(key.secret),
        channels=("*",),
        scopes=("orders:write",),
        created_at="2026-06-18T12:00:00.000Z",
    )
    write(Put("catalog", client.to_item()))
    assert load_function("authorize_client").lambda_handler(asked, None)["principalId"] == key.client_id


def test_price_order_prices_its_event(tables: None) -> None:
    catalog, now = DynamoCatalogRepository("catalog"), system_clock()
    tax = {"mode": "inclusive", "rate_percent": "13"}
    catalog.put(Kind.CHANNEL, "web", {"price_lists": {"CNY": "cny"}, "tax": tax}, now)
    product = {
        "name": {"en": "T-shirt", "zh": "T恤"},
        "options": [{"axis": "size", "values": ["S", "M"]}],
        "prices": {"cny": 9900},
    }
    catalog.put(Kind.PRODUCT, "TEE-WHITE", product, now)
    answer = load_function("price_order").lambda_handler(event("steps/price_order.json"), None)
    assert answer["outcome"] == "priced", answer
