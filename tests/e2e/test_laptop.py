"""The laptop's commands on the embedded cloud: up and down, keys, seed, place, verify, redrive."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from ordo.notifications.repository import read_receipt, receipts_pk
from ordo.orders.layout import event_sk
from ordo.runtime.dynamo import to_item
from tests.support.cloud import Cloud
from tools import cloud as instance
from tools import keys
from tools.api import Refused
from tools.journey import read_order
from tools.redrive import redrive
from tools.seed import read_shop, seed
from tools.timeline import read_timeline

pytestmark = pytest.mark.cloud


@dataclass
class BusTap:
    """A queue that gets a copy of every event on the bus."""

    cloud: Cloud
    url: str

    def count(self, order_id: str, type_: str, at_least: int, deadline_s: float = 20) -> int:
        """How many messages of an order and type have come, once there are `at_least` or time is up."""
        found, until = 0, time.monotonic() + deadline_s
        while found < at_least and time.monotonic() < until:
            answer = self.cloud.aws.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                event = json.loads(message["Body"])
                found += (event["detail"]["order_id"], event["detail-type"]) == (order_id, type_)
                self.cloud.aws.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return found


@pytest.fixture
def bus_tap(cloud: Cloud) -> Iterator[BusTap]:
    name = f"tap-{uuid4().hex[:8]}"
    url = cloud.aws.sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = cloud.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    bus, events = cloud.name("Bus"), cloud.aws.events
    events.put_rule(Name=name, EventBusName=bus, EventPattern='{"source": ["ordo"]}')
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "tap", "Arn": arn}])
    yield BusTap(cloud, url)
    events.remove_targets(Rule=name, EventBusName=bus, Ids=["tap"])
    events.delete_rule(Name=name, EventBusName=bus)
    cloud.aws.sqs.delete_queue(QueueUrl=url)


def place(cloud: Cloud) -> str:
    order_id: str = cloud.api.place(read_order("three-tees"))["order_id"]
    return order_id


def dead_letter(cloud: Cloud, queue: str, body: dict[str, Any]) -> None:
    cloud.aws.sqs.send_message(QueueUrl=cloud.name(queue), MessageBody=json.dumps(body))


def test_orders_stock_and_keys_survive_down_and_up(cloud: Cloud) -> None:
    order_id = place(cloud)
    stock = cloud.api.get("/v1/stock/TEE-WHITE-M")
    home = cloud.target.home
    assert home is not None
    assert instance.down(home)
    assert not instance.status(home)["running"]
    report = instance.up(home)
    assert report.started
    assert report.api_url == cloud.api_url
    assert cloud.api.get(f"/v1/orders/{order_id}")["status"] == "placed"
    assert cloud.api.get("/v1/stock/TEE-WHITE-M") == stock
    assert read_timeline(cloud.api, order_id).findings() == []


def test_up_again_changes_nothing(cloud: Cloud) -> None:
    home = cloud.target.home
    assert home is not None
    report = instance.up(home)
    assert (report.started, report.deployed) == (False, "skipped")


def test_seeding_again_changes_no_stock(cloud: Cloud) -> None:
    before = cloud.api.get("/v1/stock/CAP-NAVY")
    seed(cloud.api, read_shop())
    assert cloud.api.get("/v1/stock/CAP-NAVY") == before


def test_a_key_does_only_what_its_scopes_say(cloud: Cloud) -> None:
    reader = cloud.new_api(scopes=["orders:read"])
    assert reader.get("/v1/orders", status="placed", limit=1)["orders"] is not None
    with pytest.raises(Refused) as refusal:
        reader.place(read_order("three-tees"))
    assert (refusal.value.status, refusal.value.code) == (403, "missing_scope")


def test_a_revoked_client_is_listed_as_revoked(cloud: Cloud) -> None:
    client, _ = keys.create(cloud.target, "Old shop", ["web"], ["orders:read"])
    keys.revoke(cloud.target, client.client_id)
    states = {each.client_id: each.state for each in keys.list_clients(cloud.target)}
    assert states[client.client_id] == "revoked"


def test_a_dead_lettered_reference_is_published_again_from_the_table(cloud: Cloud, bus_tap: BusTap) -> None:
    order_id = place(cloud)
    assert bus_tap.count(order_id, "order.placed", at_least=1) == 1
    dead_letter(cloud, "StreamDlq", {"order_id": order_id, "seq": 1, "reason": "poison"})
    report = redrive(cloud.target, "stream", 100)
    assert (report.moved, report.left, report.problems) == (1, 0, [])
    assert bus_tap.count(order_id, "order.placed", at_least=1) == 1


def test_a_dead_lettered_stream_position_is_published_again_from_the_table(cloud: Cloud, bus_tap: BusTap) -> None:
    order_id = place(cloud)
    assert bus_tap.count(order_id, "order.placed", at_least=1) == 1
    dead_letter(cloud, "StreamDlq", {"DDBStreamBatchInfo": stream_position(cloud, order_id)})
    assert redrive(cloud.target, "stream", 100).problems == []
    assert bus_tap.count(order_id, "order.placed", at_least=1) == 1


def test_events_whose_stream_is_gone_are_found_by_their_missing_receipt(cloud: Cloud, bus_tap: BusTap) -> None:
    order_id = place(cloud)
    assert bus_tap.count(order_id, "order.placed", at_least=1) == 1
    forget_receipts(cloud, order_id)
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/none/stream/2020-01-01T00:00:00.000"
    gone = {"streamArn": arn, "shardId": f"shardId-{'0' * 28}"}
    gone |= {"startSequenceNumber": "1" * 21, "endSequenceNumber": "2" * 21}
    dead_letter(cloud, "StreamDlq", {"DDBStreamBatchInfo": gone})
    assert redrive(cloud.target, "stream", 100).problems == []
    assert bus_tap.count(order_id, "order.placed", at_least=1) == 1


def forget_receipts(cloud: Cloud, order_id: str) -> None:
    """Delete the receipts that name an order, once there is one: it is written after the bus has the event."""
    request: Any = {
        "TableName": cloud.name("OrdersTable"),
        "FilterExpression": "begins_with(pk, :receipts)",
        "ExpressionAttributeValues": {":receipts": {"S": receipts_pk("")}},
    }
    found, until = 0, time.monotonic() + 20
    while not found and time.monotonic() < until:
        for page in cloud.aws.dynamodb.get_paginator("scan").paginate(**request):
            for item in page["Items"]:
                if order_id in dict(read_receipt(to_item(item))):
                    key = {name: item[name] for name in ("pk", "sk")}
                    cloud.aws.dynamodb.delete_item(TableName=cloud.name("OrdersTable"), Key=key)
                    found += 1
    assert found


def test_a_dead_lettered_carrier_event_goes_back_to_its_queue(cloud: Cloud) -> None:
    dead_letter(cloud, "CarrierEventsDlq", {"anything": "unreadable"})
    report = redrive(cloud.target, "carrier-events", 100)
    assert (report.moved, report.left, report.problems) == (1, 0, [])


def test_a_failed_run_of_the_watcher_is_made_up_for(cloud: Cloud) -> None:
    dead_letter(cloud, "ScheduleDlq", {"requestContext": {}})
    report = redrive(cloud.target, "schedule", 100)
    assert (report.moved, report.problems) == (1, [])


def stream_position(cloud: Cloud, order_id: str) -> dict[str, str]:
    """Where the order's first event is in the stream, as a dead letter tells it."""
    streams = cloud.aws.streams
    arn = cloud.aws.dynamodb.describe_table(TableName=cloud.name("OrdersTable"))["Table"]["LatestStreamArn"]
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
        for record in streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]:
            keys_ = record["dynamodb"]["Keys"]
            if (keys_["pk"]["S"], keys_["sk"]["S"]) == (order_id, event_sk(1)):
                number = record["dynamodb"]["SequenceNumber"]
                position = {"startSequenceNumber": number, "endSequenceNumber": number}
                return {"streamArn": arn, "shardId": shard["ShardId"], **position}
    raise AssertionError("the stream does not hold the order's first event")
