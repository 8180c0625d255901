"""API Gateway's authorizer: who is this key, and what may it do.

API Gateway keeps the answer for 60 s, so nothing is cached here: a revoked key is refused a minute later at most.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ordo.catalog.clients import ApiClient, client_item_key, parse_key
from ordo.runtime.dynamo import get_item
from ordo.runtime.settings import load_settings


class Settings(NamedTuple):
    """The environment of this function."""

    catalog_table: str


class Unauthorized(Exception):
    """API Gateway answers 401 when an authorizer fails with exactly this text, and 500 for any other."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


settings = load_settings(Settings)


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Allow the whole stage to a good key (routes check its scopes); raises `Unauthorized` for any other."""
    headers = {name.lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    client = find_client(headers.get("authorization", ""))
    api, stage, *_ = event["methodArn"].split("/")
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{api}/{stage}/*"}
    return {
        "principalId": client.client_id,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {
            "client_id": client.client_id,
            "channels": ",".join(client.channels),
            "scopes": " ".join(client.scopes),
        },
    }


def find_client(header: str) -> ApiClient:
    """The active client whose key is in an Authorization header."""
    scheme, _, text = header.partition(" ")
    key = parse_key(text.strip()) if scheme.lower() == "bearer" else None
    where = client_item_key(key.client_id) if key else None
    item = get_item(settings.catalog_table, where["pk"], where["sk"]) if where else None
    client = ApiClient.model_validate(item) if item else None
    if key is None or client is None or not client.verify(key):
        raise Unauthorized
    return client
