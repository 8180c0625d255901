"""API clients and keys of a stack: make, list, revoke. A secret is shown once and kept only as its hash."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError
from pydantic import ValidationError

from ordo.catalog.clients import SCOPES, SECRET_BYTES, ApiClient, client_item_key, format_key, hash_secret
from ordo.kernel.clock import system_clock, to_iso
from tools.errors import ToolError
from tools.target import Target

CACHE_S = 60
"""How long the authorizer remembers a key (design section 6)."""


def client_id_for(name: str) -> str:
    """A readable id that is new each time: `Web shop` -> `web-shop-3f9a1c`."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    return "-".join(part for part in (slug, secrets.token_hex(3)) if part)


def chosen_scopes(texts: Sequence[str]) -> list[str]:
    """Scopes from repeated or comma-separated texts; `all` means every scope. Raises `ToolError` for unknown ones."""
    scopes = _split(texts)
    if scopes == ["all"]:
        return sorted(SCOPES)
    unknown = sorted(set(scopes) - SCOPES)
    if unknown or not scopes:
        raise ToolError(
            f"Unknown scope: {', '.join(unknown)}" if unknown else "A key needs at least one scope",
            todo=f"Choose from: {', '.join(sorted(SCOPES))} (or `all`).",
        )
    return scopes


def create(target: Target, name: str, channels: Sequence[str], scopes: Sequence[str]) -> tuple[ApiClient, str]:
    """A new client and its key. The key is not kept anywhere: show it now."""
    secret = secrets.token_bytes(SECRET_BYTES).hex()
    try:
        client = ApiClient(
            client_id=client_id_for(name),
            name=name,
            key_hash=hash_secret(secret),
            channels=tuple(_split(channels)),
            scopes=tuple(chosen_scopes(scopes)),
            created_at=to_iso(system_clock()),
        )
    except ValidationError as error:
        raise ToolError("The client cannot be made", details=[e["msg"] for e in error.errors()]) from error
    put = TypeSerializer()
    target.aws.dynamodb.put_item(
        TableName=target.name("CatalogTable"),
        Item={name: put.serialize(value) for name, value in client.to_item().items()},
        ConditionExpression="attribute_not_exists(pk)",
    )
    return client, format_key(client.client_id, secret)


def list_clients(target: Target) -> list[ApiClient]:
    """All clients, oldest first."""
    pages = target.aws.dynamodb.get_paginator("scan").paginate(
        TableName=target.name("CatalogTable"),
        FilterExpression="sk = :client AND begins_with(pk, :prefix)",
        ExpressionAttributeValues={":client": {"S": "client"}, ":prefix": {"S": "client#"}},
    )
    get = TypeDeserializer()
    items = [{name: get.deserialize(value) for name, value in item.items()} for page in pages for item in page["Items"]]
    return sorted((ApiClient.model_validate(item) for item in items), key=lambda client: client.created_at)


def revoke(target: Target, client_id: str) -> None:
    """The key stops working once the authorizer's cache has passed (`CACHE_S`)."""
    try:
        target.aws.dynamodb.update_item(
            TableName=target.name("CatalogTable"),
            Key={name: {"S": value} for name, value in client_item_key(client_id).items()},
            UpdateExpression="SET #state = :revoked",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":revoked": {"S": "revoked"}},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        raise ToolError(f"There is no client {client_id}", todo="See `ordo keys list`.") from error


def may_everything(target: Target, client_id: str) -> bool:
    """Whether this client exists, is not revoked, and has every scope there is now (an older one lacks new ones)."""
    clients = [client for client in list_clients(target) if client.client_id == client_id]
    return any(client.state == "active" and set(client.scopes) == SCOPES for client in clients)


def _split(texts: Sequence[str]) -> list[str]:
    return [part for text in texts for part in re.split(r"[,\s]+", text) if part]
