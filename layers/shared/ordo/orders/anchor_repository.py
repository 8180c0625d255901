"""Anchors in S3, and the heads of orders in DynamoDB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from ordo.orders.anchors import Head
from ordo.orders.layout import HEADER_SK
from ordo.runtime import dynamo, objects

BATCH = 100


class ObjectAnchors:
    """The `AnchorStore` of production: a bucket that keeps each object for a time, whoever asks to delete it."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def put(self, key: str, body: bytes) -> None:
        objects.put_once(self._bucket, key, body, "application/json")

    def get(self, key: str) -> bytes | None:
        return objects.get(self._bucket, key)

    def keys(self, after: str, limit: int) -> list[str]:
        return objects.keys(self._bucket, after, limit)


def heads_of(table: str, order_ids: Iterable[str]) -> Iterator[Head]:
    """The present heads of orders, a hundred in a call; half a read unit for each."""
    ids = iter(order_ids)
    while chunk := list(islice(ids, BATCH)):
        for item in dynamo.batch_get([(table, order_id, HEADER_SK) for order_id in chunk]):
            yield item["pk"], int(item["seq"]), item["head_hash"]
