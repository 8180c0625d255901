"""The embedded cloud for tests: one per run, with the template deployed, in a folder and on a port of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from tools import cloud, keys
from tools.api import Api
from tools.aws import Aws
from tools.home import PROJECT_ROOT, Home
from tools.seed import read_shop, seed
from tools.target import Target

KEPT_HOME = "ORDO_TEST_HOME"
"""Name a folder in this variable to keep the instance between runs (quicker while writing tests)."""

SHOPS = (
    *("shop", "electronics-maker", "garment-brand", "big-sale", "restaurant-chain", "chain-store", "workshops"),
    "furniture",
)
"""Folders of samples/. All are there from the beginning: functions keep lists of nodes for 30 s."""


@dataclass(frozen=True)
class Cloud:
    """A running Ordo. `api` has every scope on every channel."""

    target: Target
    api: Api

    @property
    def aws(self) -> Aws:
        """SDK clients of the embedded account, as its root."""
        return self.target.aws

    @property
    def api_url(self) -> str:
        """Base of the API, stage included; paths begin with /v1."""
        return self.target.api_url

    def name(self, logical_id: str) -> str:
        """Physical name of a resource, such as `OrdersTable` or `PlaceOrderMachine`."""
        return self.target.name(logical_id)

    def new_key(self, channels: Sequence[str] = ("web",), scopes: Sequence[str] = ("all",)) -> str:
        """The key of a new client."""
        return keys.create(self.target, "test", channels, scopes)[1]

    def new_api(self, channels: Sequence[str] = ("web",), scopes: Sequence[str] = ("all",)) -> Api:
        """The API as a new client sees it."""
        return Api(self.api_url, self.new_key(channels, scopes))

    def items(self, table: str, pk: str | None = None) -> list[dict[str, Any]]:
        """All items of a table (by its logical id), or of one partition, as plain values, read consistently."""
        request: dict[str, Any] = {"TableName": self.name(table), "ConsistentRead": True}
        if pk is not None:
            request |= {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": pk}}}
        pages = self.aws.dynamodb.get_paginator("query" if pk is not None else "scan").paginate(**request)
        read = TypeDeserializer()
        return [
            {name: read.deserialize(value) for name, value in item.items()} for page in pages for item in page["Items"]
        ]

    def secret(self, logical_id: str) -> dict[str, str]:
        """The JSON object in a secret, such as `CarrierSecret`."""
        text = self.aws.secretsmanager.get_secret_value(SecretId=self.name(logical_id))["SecretString"]
        value: dict[str, str] = json.loads(text)
        return value


@contextmanager
def running_cloud(folder: Path, *, with_shop: bool = True) -> Iterator[Cloud]:
    """Start, deploy and (unless told otherwise) seed the sample shops; stopped and removed afterwards.

    With `ORDO_TEST_HOME` set, that instance is used and left running.
    """
    kept = os.environ.get(KEPT_HOME)
    home = Home(Path(kept).resolve()) if kept else Home(folder)
    report = cloud.up(home, None if kept and home.read() else 0)
    target = Target(Aws(report.port), home=home)
    running = Cloud(target, Api(target.api_url, target.own_key()))
    try:
        if with_shop:
            for shop in SHOPS:
                seed(running.api, read_shop(PROJECT_ROOT / "samples" / shop))
        yield running
    finally:
        running.api.close()
        if not kept:
            cloud.down(home, wipe=True)
