"""What is refused before or at the door, through the real gateway and authorizer."""

from __future__ import annotations

import httpx
import pytest

from tests.support.cloud import Cloud
from tests.support.stage import on_the_cloud
from tests.support.verbs import Shop

pytestmark = pytest.mark.cloud
PROBLEM_JSON = "application/problem+json"
MIB = 1024 * 1024


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem document; anything else fails."""
    assert answer.headers["content-type"].startswith(PROBLEM_JSON), answer.text
    body = answer.json()
    assert body["status"] == answer.status_code
    assert {"type", "title", "detail"} <= set(body)
    return answer.status_code, body["code"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic c2hvcDprZXk="}, {"Authorization": "Bearer nonsense"}])
def test_without_a_key_of_ours_nothing_is_served(cloud: Cloud, headers: dict[str, str]) -> None:
    answer = httpx.get(f"{cloud.api_url}/v1/orders?status=placed", headers=headers)
    assert problem(answer) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_key_with_one_wrong_letter_is_refused(cloud: Cloud) -> None:
    key = cloud.new_key()
    wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
    headers = {"Authorization": f"Bearer {wrong}"}
    assert problem(httpx.get(f"{cloud.api_url}/v1/orders?status=placed", headers=headers)) == (401, "unauthenticated")


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/nothing"), ("DELETE", "/v1/orders"), ("GET", "/v2/orders")])
def test_an_unknown_route_is_not_found(cloud: Cloud, method: str, path: str) -> None:
    headers = {"Authorization": f"Bearer {cloud.target.own_key()}"}
    assert problem(httpx.request(method, cloud.api_url + path, headers=headers)) == (404, "not_found")


def test_a_key_without_the_scope_is_told_which_one_it_lacks(cloud: Cloud, shop: Shop) -> None:
    with on_the_cloud(cloud, "e2e", scopes=["orders:read"]) as stage:
        refused = Shop(stage, "e2e").tries(shop.asks_for(("ANY", 1, {}), external_id="scope"))
    assert (refused.status, refused.code) == (403, "missing_scope")
    assert refused.body["facts"] == {"scope": "orders:write"}


def test_a_channel_that_the_key_is_not_bound_to_stays_closed(cloud: Cloud, shop: Shop, sku: str) -> None:
    shop.sells(sku, {"hangzhou": 1})
    order = shop.places(shop.asks_for((sku, 1, {}), external_id=f"mine-{sku}"))
    with on_the_cloud(cloud, "web") as stage:
        refused = Shop(stage, "web").tries(shop.asks_for((sku, 1, {}), external_id="theirs"))
        unseen = stage.call("GET", f"/v1/orders/{order['order_id']}")
    assert (refused.status, refused.code, refused.body["pointer"]) == (403, "channel_not_allowed", "/channel")
    assert (unseen.status, unseen.code) == (404, "not_found")
    assert shop.shelf(sku) == {"hangzhou": (1, 1)}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"channel": "e2e", "padding": "' + b"x" * MIB + b'"}', (413, "body_too_large")),
        (b'{"a":' * 20 + b"1" + b"}" * 20, (400, "body_too_deep")),
        (b"[" * 100_000, (400, "body_too_deep")),
        (b'{"channel": "e2e"', (400, "malformed_body")),
        (b'{"quantity": NaN}', (400, "malformed_body")),
        (b"\xff\xfe", (400, "malformed_body")),
    ],
    ids=["too large", "too deep", "far too deep", "cut short", "not a number", "not UTF-8"],
)
def test_a_body_that_cannot_be_taken_has_its_own_code(shop: Shop, body: bytes, expected: tuple[int, str]) -> None:
    refused = shop.stage.call("POST", "/v1/orders", body, key="body")
    assert (refused.status, refused.code) == expected
    assert refused.headers["content-type"].startswith(PROBLEM_JSON)


def test_an_order_needs_an_idempotency_key(shop: Shop) -> None:
    refused = shop.stage.call("POST", "/v1/orders", shop.asks_for(("ANY", 1, {}), external_id="no-key"))
    assert (refused.status, refused.code) == (400, "idempotency_key_missing")
