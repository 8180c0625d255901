"""Tables, secrets and the queue on moto, and the two handlers loaded as Lambda would load them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from moto import mock_aws
from standardwebhooks import Webhook

from ordo.inventory.movements import MovementKind, RecordMovement
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.service import StockService
from ordo.kernel.clock import from_iso, system_clock
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.runtime import clients, secrets
from tests.support.shipping import Clock, place
from tools.openapi import load_app

ROOT = Path(__file__).parents[3]
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "ORDERS_TABLE": "orders",
    "SUPPLY_TABLE": "supply",
    "CATALOG_TABLE": "catalog",
    "CUSTOMERS_TABLE": "customers",
    "SECRET_ID": "ordo",
    "CARRIER_SECRET_ID": "carriers",
    "UNREAD_BUCKET": "unread",
}
OLD_SECRET, NEW_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


class Loader(yaml.SafeLoader):
    """Reads a template whose short forms of functions do not matter here."""


Loader.add_multi_constructor("!", lambda loader, suffix, node: suffix)


def create_table(name: str, logical_id: str) -> None:
    """A table with the keys and indexes that the template gives it."""
    template = yaml.load((ROOT / "infrastructure" / "data.yaml").read_text(), Loader)
    properties = template["Resources"][logical_id]["Properties"]
    wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    clients.client("dynamodb").create_table(
        TableName=name, **{key: value for key, value in properties.items() if key in wanted}
    )


@pytest.fixture(scope="module", autouse=True)
def sdk() -> Iterator[None]:
    """One set of SDK clients for a module: making them takes longer than a test."""
    clients.forget()
    yield
    clients.forget()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Empty tables, both secrets, and the queue of carriers' pushes."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        secrets.forget()
        for table, logical_id in (
            ("orders", "OrdersTable"),
            ("supply", "SupplyTable"),
            ("customers", "CustomersTable"),
            ("catalog", "CatalogTable"),
        ):
            create_table(table, logical_id)
        manager = clients.client("secretsmanager")
        manager.create_secret(Name="ordo", SecretString=json.dumps({"key": "example" * 9}))
        manager.create_secret(Name="carriers", SecretString=json.dumps({"generic": f"{OLD_SECRET} {NEW_SECRET}"}))
        clients.client("s3").create_bucket(Bucket="unread")
        queue = clients.client("sqs").create_queue(QueueName="carrier-events")
        monkeypatch.setenv("CARRIER_EVENTS_QUEUE_URL", queue["QueueUrl"])
        yield
        secrets.forget()


@pytest.fixture
def repository(aws: None) -> DynamoOrderRepository:
    """Orders in DynamoDB, with ten units of each SKU at each node."""
    stock = StockService(DynamoStockRepository("supply"), Clock())
    for sku in ("TEE", "MUG"):
        for node in ("WH-1", "WH-2"):
            stock.record(RecordMovement(f"{sku}-{node}", MovementKind.RECEIVE, sku, node, 10, "purchase", "test"))
    return DynamoOrderRepository(OrderTables.of_environment())


loaded = cache(load_app)
"""The environment is the same in every test, so one cold start of each function is enough."""

Answer = tuple[int, dict[str, Any]]


def api_event(method: str, path: str, body: bytes | None, headers: dict[str, str]) -> dict[str, Any]:
    """What API Gateway sends (with `BinaryMediaTypes: */*` it would send base64; see test_receive_carrier_event)."""
    route, _, query = path.partition("?")
    parameters = dict(pair.split("=", 1) for pair in query.split("&")) if query else {}
    return {
        "resource": route,
        "path": route,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json", **headers},
        "multiValueHeaders": {},
        "queryStringParameters": parameters or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in parameters.items()} or None,
        "pathParameters": {"carrier": route.split("/")[3]} if route.startswith("/v1/carriers/") else {},
        "requestContext": {"httpMethod": method, "path": f"/live{route}", "stage": "live", "requestId": "test"},
        "body": body.decode() if body is not None else None,
        "isBase64Encoded": False,
    }


Work = Callable[..., Answer]


@pytest.fixture
def work(repository: DynamoOrderRepository) -> Work:
    """`work(method, path, body=None, scopes=…, channels=…)` -> status and JSON body of work_fulfilment."""
    function = loaded("work_fulfilment")

    def call(
        method: str, path: str, body: Any = None, scopes: str = "fulfilments:work", channels: str = "web"
    ) -> Answer:
        event = api_event(method, path, json.dumps(body).encode() if body is not None else None, {})
        event["requestContext"]["authorizer"] = {"client_id": "wms", "channels": channels, "scopes": scopes}
        answer = function.lambda_handler(event, None)
        return answer["statusCode"], json.loads(answer["body"])

    return call


@pytest.fixture
def carrier(repository: DynamoOrderRepository) -> ModuleType:
    """The function receive_carrier_event."""
    return loaded("receive_carrier_event")


def signed(body: bytes, secret: str = NEW_SECRET, name: str = "msg_1", ago_s: int = 0) -> dict[str, str]:
    """Headers that the carrier would send."""
    at = system_clock() - timedelta(seconds=ago_s)
    return {
        "Webhook-Id": name,
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign(name, at, body.decode()),
    }


def push(carrier: ModuleType, body: bytes, headers: dict[str, str] | None = None, name: str = "generic") -> Answer:
    """Send a push to the function; signed if no headers are given."""
    event = api_event("POST", f"/v1/carriers/{name}/events", body, signed(body) if headers is None else headers)
    answer = carrier.lambda_handler(event, None)
    return answer["statusCode"], json.loads(answer["body"])


def update(status: str, number: str = "GEN1", hour: int = 12, **data: Any) -> bytes:
    """The body of a push."""
    occurred = f"2026-11-22T{hour:02d}:00:00Z"
    told = {"tracking_number": number, "status": status, "occurred_at": occurred, **data}
    return json.dumps({"type": "tracking.updated", "timestamp": occurred, "data": told}, ensure_ascii=False).encode()


@pytest.fixture
def placed(repository: DynamoOrderRepository) -> str:
    """A paid order that waits at WH-1."""
    return place(repository, now=from_iso("2026-11-22T09:00:00Z"))
