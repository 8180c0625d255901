"""Webhook endpoints through the API on moto: secrets shown once, channels kept apart, enabling resumes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from ordo.notifications.repository import DynamoEndpointStore
from tests.integration.notifications.conftest import Aws, load_function

pytestmark = pytest.mark.moto
PATH = "/v1/webhook-endpoints/shop"
BODY = {"url": "https://shop.example/hook", "event_types": ["order.placed"], "channels": ["web"]}
Api = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def api(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Api:
    """`api(method, body, channels=…, scopes=…)` -> status and answer of manage_catalog; only public addresses."""
    monkeypatch.setenv("ALLOW_PRIVATE_WEBHOOKS", "false")
    function = load_function("manage_catalog")

    def call(
        method: str, body: Any = None, channels: str = "web", scopes: str = "webhooks:write"
    ) -> tuple[int, dict[str, Any]]:
        event = {
            "resource": PATH,
            "path": PATH,
            "httpMethod": method,
            "headers": {"content-type": "application/json"},
            "multiValueHeaders": {},
            "queryStringParameters": None,
            "multiValueQueryStringParameters": None,
            "pathParameters": {},
            "requestContext": {
                "httpMethod": method,
                "path": f"/live{PATH}",
                "stage": "live",
                "requestId": "test",
                "authorizer": {"client_id": "shop", "channels": channels, "scopes": scopes},
            },
            "body": json.dumps(body) if body is not None else None,
            "isBase64Encoded": False,
        }
        answer = function.lambda_handler(event, None)
        return answer["statusCode"], json.loads(answer["body"] or "{}")

    return call


def test_the_secret_is_shown_once_and_is_one_that_the_libraries_take(api: Api) -> None:
    status, made = api("PUT", BODY)
    assert (status, made["state"], made["event_types"]) == (200, "active", ["order.placed"])
    assert made["secret"].startswith("whsec_")
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"))) == 32
    assert api("GET")[1]["secret"] is None
    assert api("PUT", BODY)[1]["secret"] is None


def test_a_rotation_shows_a_new_secret_and_keeps_the_old_one_for_a_while(api: Api) -> None:
    first = api("PUT", BODY)[1]["secret"]
    second = api("PUT", {**BODY, "rotate_secret": True})[1]["secret"]
    assert second != first
    held = DynamoEndpointStore("catalog").get("shop")
    assert held is not None
    assert (held.secret, held.previous_secret) == (second, first)


def test_enabling_an_endpoint_forgets_its_failures_and_asks_for_what_waited(api: Api, aws: Aws) -> None:
    api("PUT", BODY)
    assert aws.messages(aws.webhooks) == []
    store = DynamoEndpointStore("catalog")
    store.count_failure("shop", "2026-03-01T12:00:00.000Z")
    store.disable("shop", "exhausted")
    assert api("GET")[1]["disabled_reason"] == "exhausted"
    enabled = api("PUT", BODY)[1]
    assert (enabled["state"], enabled["failures"], enabled["disabled_reason"]) == ("active", 0, None)
    assert aws.messages(aws.webhooks) == [{"endpoint_id": "shop"}]


def test_disabling_by_request_says_so_and_wakes_nothing(api: Api, aws: Aws) -> None:
    api("PUT", BODY)
    assert api("PUT", {**BODY, "state": "disabled"})[1]["disabled_reason"] == "by_request"
    assert aws.messages(aws.webhooks) == []


def test_a_removed_endpoint_is_gone(api: Api) -> None:
    api("PUT", BODY)
    assert api("DELETE") == (204, {})
    for method in ("GET", "DELETE"):
        status, problem = api(method)
        assert (status, problem["code"]) == (404, "not_found")


def test_a_key_of_another_channel_neither_sees_nor_changes_nor_makes_it(api: Api) -> None:
    api("PUT", BODY)
    assert api("GET", channels="retail")[0] == 404
    assert api("DELETE", channels="retail")[0] == 404
    assert api("PUT", {**BODY, "channels": ["retail"]}, channels="retail")[0] == 404
    status, problem = api("PUT", BODY, channels="retail")
    assert (status, problem["code"], problem["pointer"]) == (403, "channel_not_allowed", "/channels/0")
    assert api("PUT", {**BODY, "channels": ["*"]})[1]["code"] == "channel_not_allowed"


def test_a_key_without_the_scope_is_refused(api: Api) -> None:
    for method, body in (("PUT", BODY), ("GET", None), ("DELETE", None)):
        status, problem = api(method, body, scopes="catalog:write")
        assert (status, problem["facts"]) == (403, {"scope": "webhooks:write"})


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"url": "http://shop.example/"}, "/url"),
        ({"url": "https://169.254.169.254/"}, "/url"),
        ({"event_types": ["order.exploded"]}, "/event_types"),
        ({"event_types": []}, "/event_types"),
        ({"channels": []}, "/channels"),
        ({"surprise": 1}, "/surprise"),
    ],
)
def test_what_cannot_be_is_refused_with_its_pointer(api: Api, change: dict[str, Any], pointer: str) -> None:
    status, problem = api("PUT", {**BODY, **change})
    assert (status, problem["pointer"]) == (422, pointer)
    assert api("GET")[0] == 404
