"""publish_events on moto: records of the stream arrive on the bus, with a receipt, and what fails is brought again."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ordo.kernel.clock import system_clock, to_iso
from ordo.notifications.event_schemas import detail_model
from ordo.notifications.events import TimelineEvent
from ordo.notifications.repository import DynamoEndpointStore, DynamoOutbox
from ordo.runtime import clients, dynamo
from ordo.runtime.dynamo import Update
from tests.integration.notifications.conftest import Aws, Context, load_function, stream_record
from tests.support.notices import endpoint, event

pytestmark = pytest.mark.moto
EXAMPLES = Path(__file__).parents[3] / "events" / "stream"


def publish(records: list[dict[str, Any]]) -> Any:
    return load_function("publish_events").lambda_handler({"Records": records}, Context())


def settled() -> dict[str, set[int]]:
    return DynamoOutbox("orders").settled(to_iso(system_clock() - timedelta(minutes=1)))


def ids(aws: Aws) -> list[str]:
    return sorted(message["detail"]["id"] for message in aws.messages(aws.bus_queue))


def test_each_event_and_each_implied_type_arrives_and_has_a_receipt(aws: Aws) -> None:
    records = aws.add(event("ord_A", 1), event("ord_A", 2, "payment.captured", "order.released"))
    assert publish(records) == {"batchItemFailures": []}
    messages = aws.messages(aws.bus_queue)
    assert {(one["source"], one["detail-type"]) for one in messages} == {
        ("ordo", "order.changed"),
        ("ordo", "payment.captured"),
        ("ordo", "order.released"),
    }
    assert settled() == {"ord_A": {1, 2}}


def test_what_an_endpoint_wants_is_marked_for_webhooks_from_its_creation_on(aws: Aws) -> None:
    def published(seq: int) -> list[bool]:
        publish(aws.add(event("ord_A", seq)))
        return [message["detail"]["to_webhooks"] for message in aws.messages(aws.bus_queue)]

    endpoints = DynamoEndpointStore("catalog")
    assert published(1) == [False]
    made = endpoints.put(endpoint())
    assert published(2) == [True]
    assert endpoints.disable(made.endpoint_id, "gone")
    assert published(3) == [True]
    endpoints.delete(made.endpoint_id)
    assert published(4) == [False]


def test_poison_goes_to_the_dead_letter_queue_without_its_content(aws: Aws) -> None:
    records = aws.add(event("ord_A", 1), event("ord_B", 1))
    records[0]["dynamodb"]["NewImage"]["body"] = {"S": '{"secret": "13800000000"'}
    records.append(stream_record({"pk": {"S": "ord_C"}, "sk": {"S": "event#x"}}))
    assert publish(records) == {"batchItemFailures": []}
    letters = aws.messages(aws.stream_dlq)
    assert [(letter.get("order_id"), letter.get("seq")) for letter in letters] == [(None, None), ("ord_A", 1)]
    assert "13800000000" not in json.dumps(letters)
    assert ids(aws) == ["evt_ord_B_1"]


def test_a_bus_that_does_not_answer_makes_the_stream_bring_the_batch_again(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = aws.add(event("ord_A", 1))
    events = clients.client("events")
    down = _fail_on(events, "PutEvents")
    with pytest.raises(Exception, match="did not take"):
        publish(records)
    assert settled() == {}
    events.meta.events.unregister("before-send.events.PutEvents", down)
    publish(records)
    assert ids(aws) == ["evt_ord_A_1"]


def _fail_on(client: Any, operation: str) -> Any:
    """Make an operation fail as when nobody answers."""
    from botocore.exceptions import ConnectTimeoutError

    def fail(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://events")

    client.meta.events.register_first(f"before-send.events.{operation}", fail)
    return fail


def test_the_daily_run_publishes_what_the_stream_lost_hours_ago_and_leaves_the_rest(aws: Aws) -> None:
    def ago(order_id: str, seq: int, **since: int) -> TimelineEvent:
        return event(order_id, seq, occurred_at=to_iso(system_clock() - timedelta(**since)))

    records = aws.add(
        ago("ord_A", 1, hours=9), ago("ord_A", 2, hours=8), ago("ord_B", 1, hours=8), ago("ord_C", 1, hours=8)
    )
    aws.add(ago("ord_C", 2, hours=6), ago("ord_D", 1, days=4))
    publish([records[0], records[2], records[3]])
    aws.messages(aws.bus_queue)
    assert daily(1_000) == {"published": 0}
    assert daily() == {"published": 1}
    assert ids(aws) == ["evt_ord_A_2"]
    assert daily() == {"published": 0}


def test_the_daily_run_finds_the_lost_last_event_of_an_order_that_is_closed(aws: Aws) -> None:
    moment = to_iso(system_clock() - timedelta(hours=8))
    events = [event("ord_A", seq, occurred_at=moment) for seq in (1, 2)]
    records = aws.add(*events)
    publish(records[:1])
    aws.messages(aws.bus_queue)
    dynamo.write(Update("orders", "ord_A", "order", "REMOVE status_key"))
    assert daily() == {"published": 1}
    assert ids(aws) == ["evt_ord_A_2"]


def daily(milliseconds: int = 60_000) -> Any:
    return load_function("publish_events").lambda_handler({"source": "aws.scheduler"}, Context(milliseconds))


def test_the_example_is_published_and_fits_its_schema(aws: Aws) -> None:
    example = json.loads((EXAMPLES / "orders_stream.json").read_text())
    assert publish(example["Records"]) == {"batchItemFailures": []}
    details = [message["detail"] for message in aws.messages(aws.bus_queue)]
    assert details
    for detail in details:
        detail_model(detail["type"]).model_validate(detail)
