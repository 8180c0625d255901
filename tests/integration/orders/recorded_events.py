"""Makes the events of placing and reading an order anew: `python -m tests.integration.orders.recorded_events`.

`commit_order`'s is what the workflow really handed to it (after a change of the draft's form); the others are written
around the sample order in the form of API Gateway.
"""

from __future__ import annotations

import base64
import copy
import json
from pathlib import Path
from typing import Any

from ordo.orders.placement import read_draft
from tests.support.shop import order_body, place, promise_body, quote_body, shop_world

EVENTS = Path(__file__).parents[3] / "events"
ENVELOPE: dict[str, Any] = json.loads((EVENTS / "api" / "record_payment.json").read_text(encoding="utf-8"))
PROOF: dict[str, Any] = {
    "handover": "delivered",
    "device_at": "2026-03-03T18:05:00+08:00",
    "condition": "intact",
    "receiver": {"name": "示例邻居", "relation": "neighbour"},
    "place": {"lat": 30.2701, "lon": 120.1502, "accuracy_m": 8},
    "signature": {"strokes": [[[10, 12, 0], [14, 20, 35]], [[20, 12, 300]]]},
}
SIMULATION: dict[str, Any] = {
    "carts": [
        quote_body(),
        quote_body(("SHIRT-LINEN", 1, {"size": "M"}), ("SOCKS-3", 1, {})),
    ],
    "promotion": {
        "name": {"en": "Garments: 30 off 200", "zh": "服饰满200减30"},
        "channels": ["web"],
        "scope": {"categories": ["garments"]},
        "conditions": [{"type": "subtotal", "at_least": {"CNY": 20000}}],
        "reward": {"type": "amount", "amounts": {"CNY": 3000}},
    },
}
REFUND: dict[str, Any] = {
    "lines": [{"line_id": "1", "quantity": 1}],
    "after": [{"lines": [{"line_id": "1", "units": [0]}]}],
}
STOREFRONT = {"client_id": "web-shop", "principalId": "web-shop", "channels": "web"}


def api_event(
    method: str,
    resource: str,
    scopes: str,
    *,
    parameters: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    body: Any = None,
) -> dict[str, Any]:
    """What API Gateway hands to a function, with everything that it says of a request."""
    event = copy.deepcopy(ENVELOPE)
    path = resource.format(**parameters or {})
    sent = {**event["headers"], "Authorization": f"Bearer ordo_web-shop_{'0f' * 32}", **(headers or {})}
    context = event["requestContext"]
    context |= {"resourcePath": resource, "httpMethod": method, "path": f"/live{path}"}
    context["authorizer"] |= {**STOREFRONT, "scopes": scopes}
    return event | {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
        "pathParameters": parameters,
        "body": base64.b64encode(json.dumps(body, ensure_ascii=False).encode()).decode() if body else None,
        "isBase64Encoded": body is not None,
    }


def recorded() -> dict[str, Any]:
    """The events by file name; a new order id each time."""
    with shop_world() as world:
        place(world, order_body())
        (commit,) = (visit for visit in world.executions[-1].visits if visit.state == "CommitOrder")
    order_id = read_draft(commit.input["draft"]).order_id
    key = {"Idempotency-Key": "cart-20260302-77"}
    endpoint = {
        "url": "https://shop.example/ordo-events",
        "event_types": ["order.placed", "shipment.delivered"],
        "channels": ["web"],
    }
    shipment = {"shipment_id": f"shp_{order_id.removeprefix('ord_')}_1"}
    work = {"fulfilment_id": f"ful_{order_id.removeprefix('ord_')}_1"}
    proves, works = "shipments:prove", "fulfilments:work"
    one, reads, hooks = {"order_id": order_id}, "orders:read", "webhooks:write"
    hook, path = {"endpoint_id": "shop"}, "/v1/webhook-endpoints/{endpoint_id}"
    return {
        "api/create_order": api_event("POST", "/v1/orders", "orders:write", headers=key, body=order_body()),
        "api/list_orders": api_event("GET", "/v1/orders", reads, query={"status": "placed", "limit": "20"}),
        "api/read_order": api_event("GET", "/v1/orders/{order_id}", reads, parameters=one),
        "api/read_timeline": api_event(
            "GET", "/v1/orders/{order_id}/timeline", reads, parameters=one, query={"verify": "true"}
        ),
        "api/upload_packing_photo": api_event(
            "POST",
            "/v1/fulfilments/{fulfilment_id}/uploads",
            works,
            parameters=work,
            body={"content_type": "image/jpeg"},
        ),
        "api/upload_delivery_photo": api_event(
            "POST",
            "/v1/shipments/{shipment_id}/uploads",
            proves,
            parameters=shipment,
            body={"kind": "photo", "content_type": "image/jpeg"},
        ),
        "api/prove_delivery": api_event(
            "POST",
            "/v1/shipments/{shipment_id}/proof",
            proves,
            parameters=shipment,
            headers={"Idempotency-Key": "device-7-000123"},
            body=PROOF,
        ),
        "api/read_proofs": api_event("GET", "/v1/shipments/{shipment_id}/proof", reads, parameters=shipment),
        "api/judge_liability": api_event(
            "GET", "/v1/orders/{order_id}/liability", reads, parameters=one, query={"line_id": "1"}
        ),
        "api/put_webhook_endpoint": api_event("PUT", path, hooks, parameters=hook, body=endpoint),
        "api/get_webhook_endpoint": api_event("GET", path, hooks, parameters=hook),
        "api/delete_webhook_endpoint": api_event("DELETE", path, hooks, parameters=hook),
        "api/quote_cart": api_event("POST", "/v1/quotes", "prices:read", body=quote_body()),
        "api/plan_promise": api_event("POST", "/v1/promises", "stock:read", body=promise_body()),
        "api/reserve_stock": api_event(
            "POST", "/v1/reservations", "stock:reserve", headers=key, body={**promise_body(), "customer_id": "c-77"}
        ),
        "api/simulate_promotion": api_event(
            "POST",
            "/v1/promotions/{promotion_id}/simulate",
            "catalog:read prices:cost",
            parameters={"promotion_id": "garments-300-50"},
            body=SIMULATION,
        ),
        "api/preview_refund": api_event(
            "POST", "/v1/orders/{order_id}/refunds/preview", reads, parameters=one, body=REFUND
        ),
        "steps/commit_order": {name: commit.input[name] for name in ("draft", "attempt")},
    }


if __name__ == "__main__":
    for name, event in recorded().items():
        text = json.dumps(event, ensure_ascii=False, indent=2) + "\n"
        (EVENTS / f"{name}.json").write_text(text, encoding="utf-8")
