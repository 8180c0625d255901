"""`docs/openapi.json`, generated from the handlers: run `python -m tools.openapi` after a change of the API."""

from __future__ import annotations

import base64
import importlib.util
import inspect
import json
import os
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

from ordo.shipments.schemas import TrackingPush

ROOT = Path(__file__).parent.parent
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
TARGET = ROOT / "docs" / "openapi.json"
EVENTS = ROOT / "events" / "api"
FUNCTIONS = (
    "create_order",
    "query_orders",
    "quote_cart",
    "plan_promise",
    "preview_refund",
    "change_order",
    "hold_order",
    "record_payment",
    "work_fulfilment",
    "resolve_incident",
    "resolve_complaint",
    "return_order",
    "confirm_receipt",
    "prove_delivery",
    "receive_carrier_event",
    "manage_catalog",
    "move_stock",
    "reserve_stock",
)
_NAMES = [
    "ORDERS_TABLE",
    "SUPPLY_TABLE",
    "CATALOG_TABLE",
    "CUSTOMERS_TABLE",
    "SECRET_ID",
    "CARRIER_SECRET_ID",
    "LINK_SECRET_ID",
    "PAYMENT_SECRET_ID",
    "PLACE_ORDER_ARN",
    "WEBHOOKS_QUEUE_URL",
    "CARRIER_EVENTS_QUEUE_URL",
    "CASES_QUEUE_URL",
    "COMPLAINTS_QUEUE_URL",
    "RETURNS_QUEUE_URL",
    "UNREAD_BUCKET",
    "FILES_BUCKET",
    "ANCHORS_BUCKET",
    "STREAM_DLQ_URL",
    "BUS_NAME",
    "AWS_DEFAULT_REGION",
]
CARRIER_EVENTS = "/v1/carriers/{carrier}/events"
PAYMENT_EVENTS = "/v1/payments/{provider}/events"
OPEN_ROUTES = {CARRIER_EVENTS, PAYMENT_EVENTS}
"""Routes that a carrier's or payment provider's signature guards instead of an API key."""
TAGS = {
    "orders": "Place, find and read orders; their timeline; the customer's confirmation.",
    "prices": "Price a cart without an order, and try a promotion on carts. Nothing is stored.",
    "changes": "Propose a change, see what it would do, apply exactly that, or drop it.",
    "holds": "Stop an order, with a reason; let it go.",
    "payments": "How an order is paid, what has moved, and what payment providers report, each report once.",
    "credits": "Store credit of customers: a ledger with expiry.",
    "fulfilments": "A node's work: accept, pick, pack, dispatch; or reject, or pick short.",
    "deliveries": "Proofs of delivery with signature and photos, packing photos, and whose a damage is.",
    "incidents": "What went wrong with an order and needs a person.",
    "complaints": "What customers are not content with: said, answered, made good, asked about.",
    "returns": "Returns, exchanges and claims of customers: asked for, decided, received and settled.",
    "claims": "Claims against carriers for what was lost or damaged: opened, filed, answered, paid.",
    "carriers": "What carriers tell of parcels, each in its own way (docs/carriers.md); what of it could not be read.",
    "webhooks": "Where events are sent to; see docs/events.md.",
    "stock": "Movements of stock, what every node has, and reservations before the order.",
    "catalog": "Master data: products, price lists, promotions, coupons, nodes, channels, customers, places, carriers.",
}
"""Every tag of the routes, in the order in which a reader meets them; a route without one is of the catalogue."""
_RESOLVERS_OWN = {"ValidationError", "HTTPValidationError", "ResponseValidationError"}
DESCRIPTION = (
    "Ordo runs the whole life of an order. Every amount is in minor units of its currency; every refusal is "
    "`application/problem+json` (RFC 9457) with a `code` of a closed set and a JSON pointer."
)


def load_app(function: str) -> ModuleType:
    """A function's `app` module under a name of its own; settings that it does not find get a stand-in."""
    path = ROOT / "functions" / function / "app.py"
    spec = importlib.util.spec_from_file_location(f"functions_{function}_app", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    missing = [name for name in _NAMES if name not in os.environ]
    os.environ.update({name: f"openapi-{name.lower()}" for name in missing})
    try:
        spec.loader.exec_module(module)
    finally:
        for name in missing:
            del os.environ[name]
    return module


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of all routes; raises `ValueError` when two functions claim one route or model name."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for function in FUNCTIONS:
        app = load_app(function).app
        part = json.loads(app.get_openapi_json_schema(title="Ordo", version=VERSION))
        _describe(part["paths"], [*app._static_routes, *app._dynamic_routes])
        for path, methods in part["paths"].items():
            _merge(paths.setdefault(path, {}), methods, f"route {path}")
        models = part.get("components", {}).get("schemas", {})
        _merge(schemas, {name: model for name, model in models.items() if name not in _RESOLVERS_OWN}, "model")
    paths[CARRIER_EVENTS]["post"]["requestBody"] = _carrier_body(schemas)
    paths[PAYMENT_EVENTS]["post"]["requestBody"] = {
        "description": "As the payment provider sends it (docs/payments.md).",
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    for path, methods in paths.items():
        for method, operation in methods.items():
            _add_examples(operation, method, path)
            if operation["responses"].get("422", {}).get("description") == "Validation Error":
                del operation["responses"]["422"]  # the resolver adds it to every route; ours say when they can give it
            operation["security"] = [] if path in OPEN_ROUTES else [{"ApiKey": []}]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ordo", "version": VERSION, "description": DESCRIPTION, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": "https://{host}/live", "variables": {"host": {"default": "api.example.com"}}}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "ApiKey": {"type": "http", "scheme": "bearer", "description": "ordo_<client>_<secret>"}
            },
        },
    }


def _carrier_body(schemas: dict[str, Any]) -> dict[str, Any]:
    """Carriers send what they like, so the handler declares nothing; what the generic carrier sends is described."""
    push = TrackingPush.model_json_schema(ref_template="#/components/schemas/{model}")
    _merge(schemas, {**push.pop("$defs"), TrackingPush.__name__: push}, "model")
    generic = {"schema": {"$ref": f"#/components/schemas/{TrackingPush.__name__}"}}
    others = {kind: {"schema": {"type": "string"}} for kind in ("application/x-www-form-urlencoded", "text/xml")}
    description = "As the carrier sends it (docs/carriers.md); the JSON is the generic carrier's."
    return {"description": description, "required": True, "content": {"application/json": generic, **others}}


def _describe(paths: dict[str, Any], routes: list[Any]) -> None:
    """Summaries and descriptions from the handlers' docstrings; raises `KeyError` for a tag that is not in `TAGS`."""
    for route in routes:
        operation = paths[route.openapi_path][route.method.lower()]
        text = " ".join((inspect.getdoc(route.func) or "").split())
        operation["summary"] = route.summary or re.split(r"[.:;](?: |$)", text)[0]
        operation["description"] = text
        operation.setdefault("tags", ["catalog"])
        for tag in operation["tags"]:
            TAGS[tag]


def _add_examples(operation: dict[str, Any], method: str, path: str) -> None:
    """The bodies of the real events in `events/api/`, which tests run, are the examples of their operations."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    for file in sorted(EVENTS.glob("*.json")) if content else ():
        event = json.loads(file.read_text(encoding="utf-8"))
        if event["httpMethod"].lower() == method and event["resource"] == path and event.get("body"):
            body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"]
            content.setdefault("examples", {})[file.stem] = {"value": json.loads(body)}


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
