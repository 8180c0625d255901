"""Who gets past API Gateway."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from ordo.catalog.clients import ApiClient, format_key, hash_secret
from ordo.runtime.dynamo import Put, write
from tests.integration.catalog.conftest import load_function

pytestmark = pytest.mark.moto

SECRET = "0f" * 32
KEY = format_key("shop-1", SECRET)
STAGE = "arn:aws:execute-api:eu-west-1:123456789012:abc123/live"


def keep(state: str = "active") -> None:
    client = ApiClient.model_validate(
        {
            "client_id": "shop-1",
            "name": "Shop",
            "key_hash": hash_secret(SECRET),
            "channels": ("web", "app"),
            "scopes": ("orders:read", "orders:write"),
            "state": state,
            "created_at": "2026-06-18T12:00:00.000Z",
        }
    )
    write(Put("catalog", client.to_item()))


@pytest.fixture
def function(tables: None) -> ModuleType:
    return load_function("authorize_client")


def event(authorization: str | None, name: str = "Authorization") -> dict[str, Any]:
    headers = {"Accept": "*/*"} if authorization is None else {name: authorization}
    return {"type": "REQUEST", "methodArn": f"{STAGE}/POST/v1/orders", "headers": headers}


@pytest.mark.parametrize(
    ("name", "scheme"), [("Authorization", "Bearer"), ("authorization", "bearer"), ("AUTHORIZATION", "BEARER")]
)
def test_a_good_key_is_allowed_on_the_whole_stage_with_its_channels_and_scopes(
    function: ModuleType, name: str, scheme: str
) -> None:
    keep()
    answer = function.lambda_handler(event(f"{scheme} {KEY}", name), None)
    assert answer["principalId"] == "shop-1"
    assert answer["context"] == {"client_id": "shop-1", "channels": "web,app", "scopes": "orders:read orders:write"}
    assert answer["policyDocument"]["Statement"] == [
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{STAGE}/*"}
    ]


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        KEY,
        f"Basic {KEY}",
        f"Bearer {format_key('shop-1', 'f0' * 32)}",
        f"Bearer {format_key('shop-2', SECRET)}",
        "Bearer ordo_shop-1_short",
        "Bearer " + "x" * 10_000,
    ],
)
def test_any_other_key_fails_with_the_one_text_that_api_gateway_answers_401_to(
    function: ModuleType, authorization: str | None
) -> None:
    keep()
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        function.lambda_handler(event(authorization), None)


def test_a_revoked_key_fails_the_same_way(function: ModuleType) -> None:
    keep("revoked")
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        function.lambda_handler(event(f"Bearer {KEY}"), None)


def test_a_key_revoked_after_it_was_used_is_refused_at_the_next_asking(function: ModuleType) -> None:
    keep()
    function.lambda_handler(event(f"Bearer {KEY}"), None)
    keep("revoked")
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        function.lambda_handler(event(f"Bearer {KEY}"), None)
