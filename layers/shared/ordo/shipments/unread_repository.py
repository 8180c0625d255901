"""Pushes that could not be read, in S3: one object each, written once."""

from __future__ import annotations

import json

from ordo.runtime import objects
from ordo.shipments.unread import UnreadPush, is_push_id


class S3UnreadStore:
    """The `UnreadStore` of production: the object's key is the push's id."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def keep(self, push: UnreadPush) -> None:
        body = json.dumps(push.to_item(), ensure_ascii=False).encode()
        objects.put_once(self._bucket, push.push_id, body, "application/json")

    def find(self, push_id: str) -> UnreadPush | None:
        body = objects.get(self._bucket, push_id) if is_push_id(push_id) else None
        return UnreadPush.of_item(json.loads(body)) if body is not None else None

    def page(self, since: str, after: str, limit: int) -> list[str]:
        return objects.keys(self._bucket, max(since, after), limit)
