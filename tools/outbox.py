"""Publish events of the timeline again: read from the table, given to `publish_events` as its stream gives them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from ordo.kernel.clock import system_clock, to_iso
from ordo.notifications.events import is_stock
from ordo.notifications.repository import read_receipt, receipts_pk
from ordo.orders.layout import event_sk
from ordo.runtime.dynamo import to_item
from tools.errors import ToolError
from tools.target import Target

_BATCH = 100
"""Records in one call, as the stream's event source has it."""

DEAD_LETTERS_KEPT = timedelta(days=14)
"""The retention of the StreamDlq; receipts are kept a day longer."""

Item = dict[str, Any]
"""An item in DynamoDB's own form: `{"pk": {"S": "…"}, …}`."""


def republish_references(there: Target, references: Iterable[dict[str, Any]]) -> int:
    """Publish single events, named by `order_id` and `seq`."""
    keys = [(reference["order_id"], event_sk(reference["seq"])) for reference in references]
    return _publish(there, _read(there, keys))


def republish_positions(there: Target, position: dict[str, Any]) -> bool:
    """Publish the events at positions of the Orders stream; False when the stream keeps them no longer (a day)."""
    try:
        keys = list(_keys_at(there, position))
    except ClientError:
        return False
    _publish(there, _read(there, keys))
    return True


def sweep(there: Target) -> int:
    """Publish every event of the last two weeks that no receipt names; reads both tables once."""
    request: Any = {
        "FilterExpression": "begins_with(pk, :receipts) OR begins_with(sk, :event)",
        "ExpressionAttributeValues": {":receipts": {"S": receipts_pk("")}, ":event": {"S": "event#"}},
    }
    since = to_iso(system_clock() - DEAD_LETTERS_KEPT)
    settled: set[tuple[str, int]] = set()
    young: list[tuple[str, int]] = []
    for item in _scanned(there, request):
        if item["pk"].startswith(receipts_pk("")):
            settled.update(read_receipt(item))
        elif json.loads(item["body"])["occurred_at"] >= since:
            young.append((item["pk"], int(item["sk"].removeprefix("event#"))))
    lost = [(order_id, event_sk(seq)) for order_id, seq in young if (order_id, seq) not in settled]
    return _publish(there, _read(there, lost))


def _scanned(there: Target, request: Any) -> Iterator[Item]:
    for table in ("OrdersTable", "SupplyTable"):
        for page in there.aws.dynamodb.get_paginator("scan").paginate(TableName=there.name(table), **request):
            yield from map(to_item, page["Items"])


def invoke(there: Target, function: str, event: dict[str, Any]) -> Any:
    """Call a function and wait for its answer; raises `ToolError` when it fails."""
    answer = there.aws.lambda_.invoke(FunctionName=there.name(function), Payload=json.dumps(event).encode())
    payload = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError"):
        raise ToolError(f"{function} failed: {(payload or {}).get('errorMessage', 'no message')}")
    return payload


def stream_record(item: Item) -> dict[str, Any]:
    """What the Orders stream says of an inserted item."""
    keys = {name: item[name] for name in ("pk", "sk")}
    return {
        "eventID": f"{item['pk']['S']}/{item['sk']['S']}",
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "Keys": keys,
            "NewImage": item,
            "SequenceNumber": item["sk"]["S"].removeprefix("event#"),
            "StreamViewType": "NEW_IMAGE",
        },
    }


def _publish(there: Target, items: Iterable[Item]) -> int:
    count = 0
    waiting = iter(items)
    while batch := list(islice(waiting, _BATCH)):
        answer = invoke(there, "PublishEventsFunction", {"Records": [stream_record(item) for item in batch]})
        if (answer or {}).get("batchItemFailures"):
            raise ToolError("publish_events did not take all events; see its log, mend the cause, try again")
        count += len(batch)
    return count


def _read(there: Target, keys: Iterable[tuple[str, str]]) -> Iterator[Item]:
    for pk, sk in keys:
        table = there.name("SupplyTable" if is_stock(pk) else "OrdersTable")
        answer = there.aws.dynamodb.get_item(
            TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
        )
        if "Item" in answer:
            yield answer["Item"]


def _keys_at(there: Target, position: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Keys of the events between two sequence numbers of one shard, both included."""
    streams = there.aws.streams
    last = int(position["endSequenceNumber"])
    iterator: str | None = streams.get_shard_iterator(
        StreamArn=position["streamArn"],
        ShardId=position["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=position["startSequenceNumber"],
    )["ShardIterator"]
    while iterator:
        page = streams.get_records(ShardIterator=iterator)
        for record in page["Records"]:
            if int(record["dynamodb"]["SequenceNumber"]) > last:
                return
            keys: Any = record["dynamodb"]["Keys"]
            if keys["sk"]["S"].startswith("event#"):
                yield keys["pk"]["S"], keys["sk"]["S"]
            if int(record["dynamodb"]["SequenceNumber"]) == last:
                return
        iterator = page.get("NextShardIterator") if page["Records"] else None
