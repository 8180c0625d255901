"""Tables on moto, an example shop of three nodes, and handlers loaded as Lambda would load them."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from moto import mock_aws

from ordo.catalog.documents import Kind
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.inventory.movements import MovementKind, RecordMovement
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.service import StockService
from ordo.runtime import clients, secrets

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "events"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SCOPES = "stock:read stock:write"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "CATALOG_TABLE": "catalog",
    "SUPPLY_TABLE": "supply",
    "ORDERS_TABLE": "orders",
    "SECRET_ID": "ordo",
    "CATALOG_CACHE_S": "0",
}
NODES: dict[str, dict[str, Any]] = {
    "hz": {"lat": "30.27", "lon": "120.15", "channels": []},
    "sh": {"lat": "31.23", "lon": "121.47", "channels": []},
    "bj": {"lat": "39.90", "lon": "116.40", "channels": ["shop"]},
}


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Catalog and Supply tables and the stack's secret; nodes hz and sh for every channel, bj only for `shop`."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        clients.forget()
        secrets.forget()
        for table in ("catalog", "supply"):
            clients.client("dynamodb").create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            )
        clients.client("secretsmanager").create_secret(Name="ordo", SecretString=json.dumps({"key": "example" * 9}))
        for node in NODES:
            put_node(node)
        yield
        clients.forget()
        secrets.forget()


def put_node(node_id: str, state: str = "active") -> None:
    """Write one of the example nodes."""
    node = NODES[node_id]
    body = {
        "name": {"en": node_id},
        "kind": "warehouse",
        "location": {"lat": node["lat"], "lon": node["lon"]},
        "state": state,
        "channels": node["channels"],
    }
    DynamoCatalogRepository("catalog").put(Kind.NODE, node_id, body, NOON)


def put_place(country: str, city: str, lat: str, lon: str) -> None:
    """Write the centroid of a city."""
    body = {"location": {"lat": lat, "lon": lon}, "precision": "city"}
    DynamoCatalogRepository("catalog").put_places({f"{country}#{city}": body}, NOON)


def service() -> StockService:
    """Stock as another context would use it."""
    return StockService(DynamoStockRepository("supply"), lambda: NOON)


def receive(sku: str, node: str, units: int) -> None:
    """Goods come in."""
    service().record(
        RecordMovement(f"in-{sku}-{node}-{units}", MovementKind.RECEIVE, sku, node, units, "purchase", "test")
    )


def load_function(name: str) -> ModuleType:
    """A function's `app` module, fresh, under a name of its own."""
    spec = importlib.util.spec_from_file_location(f"function_{name}", ROOT / "functions" / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # as Lambda has it: pydantic looks annotations up there
    spec.loader.exec_module(module)
    return module


def api_event(method: str, path: str, body: Any = None, scopes: str = SCOPES) -> dict[str, Any]:
    """What API Gateway sends, with an authorizer's context."""
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"content-type": "application/json"},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {},
        "requestContext": {
            "httpMethod": method,
            "path": f"/live{path}",
            "stage": "live",
            "requestId": "test",
            "authorizer": {"client_id": "wms", "channels": "*", "scopes": scopes},
        },
        "body": json.dumps(body) if body is not None else None,
        "isBase64Encoded": False,
    }


Api = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def api(tables: None) -> Api:
    """`api(method, path, body=None, scopes=…)` -> status and JSON body of move_stock, at noon."""
    function = load_function("move_stock")

    def call(method: str, path: str, body: Any = None, scopes: str = SCOPES) -> tuple[int, dict[str, Any]]:
        answer = function.lambda_handler(api_event(method, path, body, scopes), None)
        return answer["statusCode"], json.loads(answer["body"])

    return call
