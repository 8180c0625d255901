"""Coupons through the API on moto: their limits, and many made at once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ordo.runtime.clients import client
from tests.integration.catalog.conftest import ROOT, SCOPES, load_function

pytestmark = pytest.mark.moto

SALE = {"name": {"zh": "九折"}, "reward": {"type": "percent", "percent": "10"}, "requires_coupon": True}
MANY = {"count": 30, "prefix": "SPRING-", "length": 10, "total_limit": 1, "valid_to": "2026-09-01T00:00:00+08:00"}


@pytest.fixture
def call(tables: None) -> Any:
    """`call(method, path, body, key)` of manage_catalog, with a promotion `sale` that asks for a coupon."""
    function = load_function("manage_catalog")

    def send(
        method: str, path: str, body: Any = None, key: str | None = None, scopes: str = SCOPES, shop: str = "shop"
    ) -> tuple[int, dict[str, Any]]:
        event: dict[str, Any] = json.loads((ROOT / "events/api/put_places.json").read_text(encoding="utf-8"))
        headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        event |= {"path": path, "resource": path, "httpMethod": method, "headers": headers}
        event |= {"multiValueHeaders": {name: [value] for name, value in headers.items()}}
        event |= {"body": json.dumps(body) if body is not None else None, "isBase64Encoded": False}
        event["requestContext"] |= {"httpMethod": method, "path": f"/live{path}"}
        event["requestContext"]["authorizer"] = {"client_id": shop, "channels": "web", "scopes": scopes}
        answer = function.lambda_handler(event, None)
        return answer["statusCode"], json.loads(answer["body"])

    assert send("PUT", "/v1/promotions/sale", SALE)[0] == 200
    return send


def test_a_counted_coupon_can_be_read_edited_and_put_back(call: Any) -> None:
    body = {"promotion_id": "sale", "total_limit": 60, "per_customer_limit": 1, "customer_id": "c-1"}
    status, put = call("PUT", "/v1/coupons/vip", body)
    assert (status, put["code"], put["buckets"], put["give_back"], put["version"]) == (200, "VIP", 6, True, 1)
    assert put["uses_left"] == 60
    assert call("GET", "/v1/coupons/VIP") == (200, put)
    assert call("PUT", "/v1/coupons/VIP", put) == (200, put)
    status, raised = call("PUT", "/v1/coupons/VIP", {**put, "total_limit": 600, "buckets": 1})
    assert (status, raised["total_limit"], raised["buckets"], raised["version"]) == (200, 600, 6, 2)


def test_a_limit_below_what_was_used_is_refused_with_how_much_that_is(call: Any) -> None:
    call("PUT", "/v1/coupons/VIP", {"promotion_id": "sale", "total_limit": 9})
    client("dynamodb").update_item(
        TableName="catalog",
        Key={"pk": {"S": "coupon#VIP"}, "sk": {"S": "uses#00"}},
        UpdateExpression="ADD #left :taken",
        ExpressionAttributeNames={"#left": "left"},
        ExpressionAttributeValues={":taken": {"N": "-5"}},
    )
    assert call("GET", "/v1/coupons/VIP")[1]["uses_left"] == 4
    status, problem = call("PUT", "/v1/coupons/VIP", {"promotion_id": "sale", "total_limit": 4})
    assert (status, problem["code"], problem["pointer"], problem["facts"]) == (
        409,
        "coupon_limit_below_used",
        "/total_limit",
        {"used": 5, "limit": 4},
    )
    assert call("PUT", "/v1/coupons/VIP", {"promotion_id": "sale", "total_limit": 5})[0] == 200


def test_a_coupon_without_a_total_limit_never_gets_one(call: Any) -> None:
    call("PUT", "/v1/coupons/VIP", {"promotion_id": "sale"})
    status, problem = call("PUT", "/v1/coupons/VIP", {"promotion_id": "sale", "total_limit": 5})
    assert (status, problem["pointer"]) == (422, "/total_limit")


def test_many_coupons_are_made_once_for_a_key(call: Any) -> None:
    path = "/v1/promotions/sale/coupons"
    status, made = call("POST", path, MANY, key="k1")
    assert (status, made["promotion_id"], len(set(made["codes"]))) == (201, "sale", 30)
    assert call("POST", path, MANY, key="k1") == (201, made)
    one = call("GET", f"/v1/coupons/{made['codes'][0]}")[1]
    assert (one["total_limit"], one["batch_id"], one["valid_to"]) == (1, made["batch_id"], "2026-08-31T16:00:00.000Z")
    other = call("POST", path, MANY, key="k1", shop="another")[1]
    assert not set(made["codes"]) & set(other["codes"])
    assert not set(made["codes"]) & set(call("POST", path, MANY, key="k2")[1]["codes"])


def test_more_coupons_than_fit_into_one_transaction_are_made_at_once(call: Any) -> None:
    status, made = call("POST", "/v1/promotions/sale/coupons", {**MANY, "count": 120}, key="k1")
    assert (status, len(set(made["codes"]))) == (201, 120)
    assert call("GET", f"/v1/coupons/{made['codes'][-1]}")[0] == 200


@pytest.mark.parametrize(
    ("path", "change", "status", "code", "pointer"),
    [
        ("sale", {"total_limit": 2}, 422, "idempotency_key_reused", None),
        ("sale", {"count": 31}, 422, "idempotency_key_reused", None),
        ("other", {}, 422, "idempotency_key_reused", None),
        ("sale", {"count": 0}, 422, "invalid_request", "/count"),
        ("sale", {"count": 1001}, 422, "invalid_request", "/count"),
        ("sale", {"length": 7}, 422, "invalid_request", "/length"),
        ("sale", {"prefix": "spring "}, 422, "invalid_request", "/prefix"),
        ("sale", {"version": 1}, 422, "invalid_request", "/version"),
        ("sale", {"code": "X"}, 422, "invalid_request", "/code"),
    ],
)
def test_a_request_for_many_that_is_wrong_or_another_one_is_refused(
    call: Any, path: str, change: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    assert call("PUT", "/v1/promotions/other", SALE)[0] == 200
    assert call("POST", "/v1/promotions/sale/coupons", MANY, key="k1")[0] == 201
    refused, problem = call("POST", f"/v1/promotions/{path}/coupons", {**MANY, **change}, key="k1")
    assert (refused, problem["code"], problem.get("pointer")) == (status, code, pointer)


def test_many_coupons_need_a_promotion_that_asks_for_one_a_key_and_the_scope(call: Any) -> None:
    assert call("POST", "/v1/promotions/none/coupons", MANY, key="k1")[0] == 404
    call("PUT", "/v1/promotions/open", {**SALE, "requires_coupon": False})
    status, problem = call("POST", "/v1/promotions/open/coupons", MANY, key="k1")
    assert (status, problem["code"]) == (422, "invalid_request")
    assert call("POST", "/v1/promotions/sale/coupons", MANY)[1]["code"] == "idempotency_key_missing"
    status, problem = call("POST", "/v1/promotions/sale/coupons", MANY, key="k1", scopes="catalog:read")
    assert (status, problem["facts"]) == (403, {"scope": "catalog:write"})
    assert call("POST", "/v1/promotions/sale/coupons", MANY, key="k1")[0] == 201
