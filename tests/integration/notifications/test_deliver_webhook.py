"""deliver_webhook on moto with a real receiver: events and wake-ups of the queue become signed requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from standardwebhooks import Webhook

from ordo.kernel.clock import system_clock, to_iso
from ordo.notifications.model import Lane
from ordo.notifications.repository import DynamoEndpointStore, DynamoLaneStore
from tests.integration.notifications.conftest import Aws, Context, load_function
from tests.support.notices import SECRET, endpoint, event
from tests.support.receiver import Receiver, receiver

pytestmark = pytest.mark.moto
EXAMPLES = Path(__file__).parents[3] / "events" / "sqs"


@pytest.fixture
def shop() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture
def function(aws: Aws, shop: Receiver) -> ModuleType:
    """The handler, with one endpoint that wants everything."""
    DynamoEndpointStore("catalog").put(endpoint(url=shop.url))
    return load_function("deliver_webhook")


def record(body: Any, message_id: str = "m1") -> dict[str, Any]:
    return {"messageId": message_id, "body": body if isinstance(body, str) else json.dumps(body)}


def on_the_bus(order_id: str, seq: int) -> dict[str, Any]:
    """An event as the rule puts it on the queue."""
    body = json.loads(event(order_id, seq).body)
    detail = {"id": body["event_id"], "timestamp": body["occurred_at"]} | {
        name: body[name] for name in ("type", "seq", "order_id", "channel", "status", "payment_status", "data")
    }
    return {"version": "0", "source": "ordo", "detail-type": body["type"], "detail": detail}


def deliver(function: ModuleType, *records: dict[str, Any], left_ms: int = 60_000) -> list[str]:
    answer = function.lambda_handler({"Records": list(records)}, Context(left_ms))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def lane(order_id: str) -> Lane:
    found = DynamoLaneStore("orders").get("ep", order_id)
    assert found is not None
    return found


def test_an_event_of_the_bus_is_delivered_signed(aws: Aws, function: ModuleType, shop: Receiver) -> None:
    aws.add(event("ord_A", 1))
    assert deliver(function, record(on_the_bus("ord_A", 1))) == []
    (taken,) = shop.taken
    assert Webhook(SECRET).verify(taken.body, taken.headers)["data"]["order_id"] == "ord_A"
    assert (lane("ord_A").next_seq, lane("ord_A").lease_until) == (2, None)


def test_many_orders_of_one_batch_are_each_delivered_in_order(aws: Aws, function: ModuleType, shop: Receiver) -> None:
    records = []
    for seq in (1, 2, 3):
        for order in ("ord_A", "ord_B", "ord_C"):
            aws.add(event(order, seq))
            records.append(record(on_the_bus(order, seq), f"{order}-{seq}"))
    assert deliver(function, *reversed(records)) == []
    for order in ("ord_A", "ord_B", "ord_C"):
        taken = [one.headers["webhook-id"] for one in shop.taken if order in one.headers["webhook-id"]]
        assert taken == [f"evt_{order}_{seq}" for seq in (1, 2, 3)]


def test_a_failed_delivery_waits_in_the_deadline_index_and_a_wake_up_sends_it(
    aws: Aws, function: ModuleType, shop: Receiver
) -> None:
    aws.add(event("ord_A", 1))
    shop.status = 500
    assert deliver(function, record(on_the_bus("ord_A", 1))) == []
    waiting = lane("ord_A")
    assert waiting.attempts == 1
    assert waiting.deadline_at is not None
    assert waiting.deadline_at > to_iso(system_clock())
    shop.status = 204
    assert deliver(function, record({"endpoint_id": "ep", "order_id": "ord_A"})) == []
    assert len(shop.taken) == 1, "sent before its time"
    DynamoLaneStore("orders").put(replace(waiting, not_before=to_iso(system_clock())))
    assert deliver(function, record({"endpoint_id": "ep", "order_id": "ord_A"})) == []
    assert len(shop.taken) == 2
    assert lane("ord_A").deadline_at is None


def test_a_disabled_endpoints_lanes_are_woken_by_a_resume_message(
    aws: Aws, function: ModuleType, shop: Receiver
) -> None:
    store = DynamoEndpointStore("catalog")
    store.disable("ep", "gone")
    aws.add(event("ord_A", 1))
    deliver(function, record(on_the_bus("ord_A", 1)))
    assert (shop.taken, lane("ord_A").deadline_at) == ([], None)
    held = store.get("ep")
    assert held is not None
    store.put(replace(held, state="active"))
    assert deliver(function, record({"endpoint_id": "ep"})) == []
    assert lane("ord_A").deadline_at is not None
    deliver(function, record({"endpoint_id": "ep", "order_id": "ord_A"}))
    assert len(shop.taken) == 1


def test_unreadable_messages_alone_come_again(aws: Aws, function: ModuleType, shop: Receiver) -> None:
    aws.add(event("ord_A", 1))
    bad = [record("{", "bad-1"), record({"detail": {}}, "bad-2"), record([], "bad-3")]
    assert deliver(function, *bad, record(on_the_bus("ord_A", 1), "good")) == ["bad-1", "bad-2", "bad-3"]
    assert len(shop.taken) == 1


def test_a_run_without_time_leaves_the_lane_to_the_watcher(aws: Aws, function: ModuleType, shop: Receiver) -> None:
    aws.add(event("ord_A", 1))
    assert deliver(function, record(on_the_bus("ord_A", 1)), left_ms=9_000) == []
    assert (shop.taken, lane("ord_A").deadline_at is not None) == ([], True)


def test_a_failing_delivery_is_not_the_queues_failure_but_a_failing_table_is(
    aws: Aws, function: ModuleType, shop: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.add(event("ord_A", 1), event("ord_B", 1))

    def broken(self: object, endpoint_id: str, order_id: str) -> Lane | None:
        if order_id == "ord_A":
            raise RuntimeError("no table")
        return None

    monkeypatch.setattr(DynamoLaneStore, "get", broken)
    records = [record(on_the_bus(order, 1), order) for order in ("ord_A", "ord_B")]
    assert deliver(function, *records) == ["ord_A"]


@pytest.mark.parametrize("name", ["webhook_event.json", "webhook_wake_up.json", "webhook_resume.json"])
def test_the_examples_are_readable(aws: Aws, function: ModuleType, name: str) -> None:
    example = json.loads((EXAMPLES / name).read_text())
    assert function.lambda_handler(example, Context()) == {"batchItemFailures": []}


def test_a_failed_attempt_is_logged_with_its_reason(
    aws: Aws, function: ModuleType, shop: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[tuple[str, dict[str, str]]] = []
    monkeypatch.setattr(function.logger, "warning", lambda text, extra: logged.append((text, extra)))
    shop.status = 500
    aws.add(event("ord_A", 1))
    assert deliver(function, record(on_the_bus("ord_A", 1))) == []
    facts = {"endpoint_id": "ep", "event_id": "evt_ord_A_1", "reason": "http_500"}
    assert logged == [("webhook not delivered", facts)]
