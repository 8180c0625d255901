"""What lies in a dead-letter queue, or was parked: how much, since when, why, and of what. Nothing is moved.

Messages are received to be looked at and let go at once. Of each only ids and codes are shown: bodies of carriers and
texts of people are not.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ordo.kernel.clock import to_iso
from ordo.orders.due_repository import INDEX
from ordo.orders.due_repository import PARKED as PARKED_SHARD
from ordo.runtime.dynamo import to_item
from tools.target import Target

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

SAMPLE = 100
"""So many are looked at; all are counted."""
_HIDE_S = 30
_IDS = (
    "complaint_id",
    "return_id",
    "order_id",
    "endpoint_id",
    "push_id",
    "message",
    "subject",
    "sku",
    "node_id",
    "seq",
)
"""Fields that name what a message is of, in bodies and in details of events."""


@dataclass
class Look:
    """What lies there. `reasons` counts those that were looked at, `ids` names them."""

    queue: str
    count: int = 0
    oldest: str | None = None
    reasons: dict[str, int] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return asdict(self)


def look_at_queue(there: Target, queue: str, url: str, count: int) -> Look:
    """Look at up to `SAMPLE` messages of a dead-letter queue with `count` messages."""
    look, reasons, oldest = Look(queue, count), Counter[str](), list[int]()
    for message in _peek(there, url, min(SAMPLE, count)):
        reasons[reason_of(message)] += 1
        look.ids.append(id_of(message))
        oldest.append(int(message.get("Attributes", {}).get("SentTimestamp", 0)))
    look.reasons = dict(reasons.most_common())
    look.oldest = to_iso(datetime.fromtimestamp(min(oldest) / 1000, UTC)) if any(oldest) else None
    return look


def look_at_parked(there: Target, queue: str) -> Look:
    """Look at what the deadline watcher has set aside, in both tables."""
    items = [item for table in ("OrdersTable", "SupplyTable") for item in _parked(there, table)]
    kinds = Counter(str(item.get("kind", "?")) for item in items)
    oldest = min((str(item["deadline_at"]) for item in items), default=None)
    ids = [f"{item['pk']}/{item['sk']}" for item in items[:SAMPLE]]
    return Look(queue, len(items), oldest, {f"{kind}: failed again and again": n for kind, n in kinds.items()}, ids)


def reason_of(message: MessageTypeDef) -> str:
    """Why it lies there, as far as the queue knows: what the bus, the stream or Ordo itself said, else what it is."""
    told = message.get("MessageAttributes", {})
    if "ERROR_CODE" in told:
        return f"the bus could not hand it over: {told['ERROR_CODE'].get('StringValue')}"
    body = _body(message)
    context = body.get("requestContext") or {}
    if context.get("condition"):
        return str(context["condition"])
    if "detail-type" in body:
        return f"{body['detail-type']}: its function failed again and again"
    if isinstance(body.get("reason"), str) and "seq" in body:
        return str(body["reason"])
    return "its function failed again and again"


def id_of(message: MessageTypeDef) -> str:
    """What it is of, by ids only; the message's own id where it names none."""
    body = _body(message)
    detail = body.get("detail")
    found = {**body, **(detail if isinstance(detail, dict) else {})}
    named = [f"{name}={found[name]}" for name in _IDS if isinstance(found.get(name), str | int) and found[name] != ""]
    batch = body.get("DDBStreamBatchInfo")
    if isinstance(batch, dict):
        named.append(f"stream shard={batch.get('shardId')} records={batch.get('batchSize')}")
    return " ".join(named) or f"message={message['MessageId']}"


def _body(message: MessageTypeDef) -> dict[str, Any]:
    try:
        body = json.loads(message["Body"])
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _peek(there: Target, url: str, count: int) -> Iterator[MessageTypeDef]:
    """Each message once; all are let go at the end, so that they are there for whoever comes next."""
    seen: dict[str, MessageTypeDef] = {}
    try:
        while len(seen) < count:
            answer = there.aws.sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=_HIDE_S,
                WaitTimeSeconds=1,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            fresh = {each["MessageId"]: each for each in answer.get("Messages", []) if each["MessageId"] not in seen}
            if not fresh:
                break
            seen |= fresh
    finally:
        for message in seen.values():
            handle = message["ReceiptHandle"]
            there.aws.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    yield from list(seen.values())[:count]


def _parked(there: Target, table: str) -> Iterator[dict[str, Any]]:
    pages = there.aws.dynamodb.get_paginator("query").paginate(
        TableName=there.name(table),
        IndexName=INDEX,
        KeyConditionExpression="deadline_shard = :parked",
        ExpressionAttributeValues={":parked": {"S": PARKED_SHARD}},
    )
    for page in pages:
        yield from map(to_item, page["Items"])
