"""Tables on moto, and handlers loaded as Lambda would load them."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs

import pytest
from moto import mock_aws

from ordo.runtime import clients, secrets

ROOT = Path(__file__).parents[3]
SCOPES = "catalog:read catalog:write customers:read prices:cost"


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Empty Catalog and Customers tables."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "CATALOG_TABLE": "catalog",
        "CUSTOMERS_TABLE": "customers",
        "ORDERS_TABLE": "orders",
        "SECRET_ID": "ordo",
        "WEBHOOKS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/webhooks",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        clients.forget()
        secrets.forget()
        clients.client("secretsmanager").create_secret(Name="ordo", SecretString=json.dumps({"key": "example" * 9}))
        for table in ("catalog", "customers"):
            clients.client("dynamodb").create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            )
        yield
        clients.forget()
        secrets.forget()


def load_function(name: str) -> ModuleType:
    """A function's `app` module, fresh, under a name of its own."""
    spec = importlib.util.spec_from_file_location(f"function_{name}", ROOT / "functions" / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # pydantic looks up annotations there
    spec.loader.exec_module(module)
    return module


Api = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def api(tables: None) -> Api:
    """`api(method, path, body=None, scopes=…)` -> status and JSON body of manage_catalog."""
    function = load_function("manage_catalog")

    def call(method: str, path: str, body: Any = None, scopes: str = SCOPES) -> tuple[int, dict[str, Any]]:
        path, _, query = path.partition("?")
        asked = parse_qs(query)
        event = {
            "resource": path,
            "path": path,
            "httpMethod": method,
            "headers": {"content-type": "application/json"},
            "multiValueHeaders": {},
            "queryStringParameters": {name: values[-1] for name, values in asked.items()} or None,
            "multiValueQueryStringParameters": asked or None,
            "pathParameters": {},
            "requestContext": {
                "httpMethod": method,
                "path": f"/live{path}",
                "stage": "live",
                "requestId": "test",
                "authorizer": {"client_id": "shop", "channels": "web", "scopes": scopes},
            },
            "body": json.dumps(body) if body is not None else None,
            "isBase64Encoded": False,
        }
        answer = function.lambda_handler(event, None)
        return answer["statusCode"], json.loads(answer["body"])

    return call
