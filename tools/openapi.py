"""`docs/openapi.json`, generated from the handlers: run `python -m tools.openapi` after a change of the API."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "openapi.json"
FUNCTIONS = (
    "create_order",
    "query_orders",
    "change_order",
    "hold_order",
    "record_payment",
    "work_fulfilment",
    "confirm_receipt",
    "receive_carrier_event",
    "manage_catalog",
    "move_stock",
)
_NAMES = [
    "ORDERS_TABLE",
    "SUPPLY_TABLE",
    "CATALOG_TABLE",
    "CUSTOMERS_TABLE",
    "SECRET_ID",
    "CARRIER_SECRET_ID",
    "PLACE_ORDER_ARN",
    "WEBHOOKS_QUEUE_URL",
    "CARRIER_EVENTS_QUEUE_URL",
    "STREAM_DLQ_URL",
    "BUS_NAME",
]
OPEN_ROUTES = {"/v1/carriers/{carrier}/events"}
"""Routes that a carrier's signature guards instead of an API key."""
_RESOLVERS_OWN = {"ValidationError", "HTTPValidationError", "ResponseValidationError"}
DESCRIPTION = (
    "Ordo runs the whole life of an order. Every amount is in minor units of its currency; every refusal is "
    "`application/problem+json` (RFC 9457) with a `code` of a closed set and a JSON pointer."
)


def load_app(function: str) -> ModuleType:
    """A function's `app` module under a name of its own; settings that it does not find get a stand-in."""
    for name in _NAMES:
        os.environ.setdefault(name, f"openapi-{name.lower()}")
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    path = ROOT / "functions" / function / "app.py"
    spec = importlib.util.spec_from_file_location(f"functions_{function}_app", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of all routes; raises `ValueError` when two functions claim one route or model name."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for function in FUNCTIONS:
        part = json.loads(load_app(function).app.get_openapi_json_schema(title="Ordo", version="1.0.0"))
        for path, methods in part["paths"].items():
            _merge(paths.setdefault(path, {}), methods, f"route {path}")
        models = part.get("components", {}).get("schemas", {})
        _merge(schemas, {name: model for name, model in models.items() if name not in _RESOLVERS_OWN}, "model")
    for path, methods in paths.items():
        for operation in methods.values():
            if operation["responses"].get("422", {}).get("description") == "Validation Error":
                del operation["responses"]["422"]  # the resolver adds it to every route; ours say when they can give it
            operation["security"] = [] if path in OPEN_ROUTES else [{"ApiKey": []}]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ordo", "version": "1.0.0", "description": DESCRIPTION, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": "https://{host}/live", "variables": {"host": {"default": "api.example.com"}}}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "ApiKey": {"type": "http", "scheme": "bearer", "description": "ordo_<client>_<secret>"}
            },
        },
    }


def _merge(target: dict[str, Any], part: dict[str, Any], what: str) -> None:
    for name, value in part.items():
        if name in target and target[name] != value:
            raise ValueError(f"{what} {name} is described twice, differently")
        target[name] = value


def render() -> str:
    """The file's text."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}")
