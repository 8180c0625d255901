"""The events kept in `events/` are what these functions really take."""

from __future__ import annotations

import base64
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


def test_manage_catalog_makes_the_coupons_of_its_event(tables: None) -> None:
    body = {"name": {"en": "A tenth off"}, "reward": {"type": "percent", "percent": "10"}, "requires_coupon": True}
    DynamoCatalogRepository("catalog").put(Kind.PROMOTION, "vip-10", {**body, "state": "active"}, system_clock())
    asked = event("api/make_coupons.json")
    few = {**json.loads(base64.b64decode(asked["body"])), "count": 3}  # moto takes minutes for 500
    answer = load_function("manage_catalog").lambda_handler(
        {**asked, "body": base64.b64encode(json.dumps(few).encode()).decode()}, None
    )
    assert answer["statusCode"] == 201, answer
    assert len(json.loads(answer["body"])["codes"]) == 3


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
