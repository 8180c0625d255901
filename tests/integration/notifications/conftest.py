"""Orders and Catalog tables, a bus and queues on moto; handlers loaded as Lambda would load them."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from moto import mock_aws

from ordo.notifications.events import TimelineEvent
from ordo.runtime import clients, dynamo
from ordo.runtime.dynamo import Put

ROOT = Path(__file__).parents[3]


@dataclass
class Aws:
    """What the tests look at."""

    bus_queue: str
    stream_dlq: str
    webhooks: str

    def messages(self, queue_url: str) -> list[dict[str, Any]]:
        """Everything in a queue, taken out."""
        sqs, found = clients.client("sqs"), []
        while batch := sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def add(self, *events: TimelineEvent) -> list[dict[str, Any]]:
        """Write events, their orders' headers, and give the stream records of the events."""
        records = []
        for event in events:
            item = {"pk": event.order_id, "sk": f"event#{event.seq:06d}", "schema": 1, "body": event.body, "hash": "x"}
            header = {"pk": event.order_id, "sk": "order", "seq": event.seq, "schema": 1}
            header |= {"status_key": "placed#3", "placed_key": f"2026-03-01#{event.order_id}"}
            dynamo.write(Put("orders", item))
            dynamo.write(Put("orders", header))
            records.append(stream_record(dynamo.to_attributes(item)))
        return records


def stream_record(image: dict[str, Any]) -> dict[str, Any]:
    """What the Orders stream says of an inserted item."""
    return {
        "eventID": "c4ca4238a0b923820dcc509a6f75849b",
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": {}, "NewImage": image, "SequenceNumber": "111", "StreamViewType": "NEW_IMAGE"},
    }


def _table(name: str, **indexes: tuple[str, str]) -> None:
    keys = {"pk", "sk", *(key for pair in indexes.values() for key in pair)}
    gsi = [
        {
            "IndexName": index,
            "KeySchema": [
                {"AttributeName": hash_key, "KeyType": "HASH"},
                {"AttributeName": range_key, "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
        for index, (hash_key, range_key) in indexes.items()
    ]
    clients.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in sorted(keys)],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        **({"GlobalSecondaryIndexes": gsi} if gsi else {}),
    )


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """A small account; the bus has the template's rule, which puts every event on a queue."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "ORDERS_TABLE": "orders",
        "SUPPLY_TABLE": "supply",
        "CATALOG_TABLE": "catalog",
        "CUSTOMERS_TABLE": "customers",
        "SECRET_ID": "ordo",
        "BUS_NAME": "ordo",
        "ALLOW_PRIVATE_WEBHOOKS": "true",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        clients.forget()
        _table("orders", by_status=("status_key", "placed_key"), by_deadline=("deadline_shard", "deadline_at"))
        _table("catalog")
        _table("supply")
        _table("customers")
        sqs, events = clients.client("sqs"), clients.client("events")
        urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("on-the-bus", "stream-dlq", "webhooks")]
        arn = sqs.get_queue_attributes(QueueUrl=urls[0], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.create_event_bus(Name="ordo")
        events.put_rule(Name="all", EventBusName="ordo", EventPattern=json.dumps({"source": ["ordo"]}))
        events.put_targets(Rule="all", EventBusName="ordo", Targets=[{"Id": "queue", "Arn": arn}])
        monkeypatch.setenv("STREAM_DLQ_URL", urls[1])
        monkeypatch.setenv("WEBHOOKS_QUEUE_URL", urls[2])
        yield Aws(*urls)
        clients.forget()


def load_function(name: str) -> ModuleType:
    """A function's `app` module, fresh, under a name of its own."""
    spec = importlib.util.spec_from_file_location(f"function_{name}", ROOT / "functions" / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Context:
    """A Lambda context with time left."""

    def __init__(self, milliseconds: int = 60_000) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds
