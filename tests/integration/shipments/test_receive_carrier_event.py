"""Carriers' pushes through the handler: what is signed is never lost, and nothing else gets in."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from ordo.orders.repository import DynamoOrderRepository
from ordo.orders.verification import verify_chain
from ordo.orders.wiring import order_desk
from ordo.runtime import clients, dynamo, secrets
from ordo.shipments.model import TrackingStatus
from ordo.shipments.repository import DynamoWaitingStore, waiting_pk
from ordo.shipments.waiting import Outcome, retry
from tests.integration.shipments.conftest import (
    NEW_SECRET,
    OLD_SECRET,
    Work,
    api_event,
    push,
    signed,
    update,
)
from tests.support.shipping import ORDER, first

pytestmark = pytest.mark.moto

SENT = {"carrier": "generic", "tracking_number": "GEN1"}
RECORDED = {"recorded": 1, "known": 0, "waiting": 0, "queued": False}


@pytest.fixture
def shipped(work: Work, placed: str) -> str:
    """An order whose one parcel GEN1 has left."""
    assert work("POST", f"/v1/fulfilments/{first()}/dispatch", SENT)[0] == 200
    return placed


def types(repository: DynamoOrderRepository) -> list[str]:
    header, events = repository.load(ORDER).header, repository.timeline(ORDER)
    assert verify_chain(events, header.seq, header.head_hash) == []
    return [event.read()["type"] for event in events]


def status(repository: DynamoOrderRepository) -> TrackingStatus:
    (shipment,) = repository.load(ORDER).shipments.values()
    return shipment.parcels[0].status


def messages() -> list[dict[str, Any]]:
    """What is in the queue, as records of the function's other event source."""
    answer = clients.client("sqs").receive_message(
        QueueUrl=os.environ["CARRIER_EVENTS_QUEUE_URL"], MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return [
        {"messageId": message["MessageId"], "body": message["Body"], "eventSource": "aws:sqs"}
        for message in answer.get("Messages", [])
    ]


@pytest.fixture
def faults() -> Iterator[set[str]]:
    """Names of AWS operations that do not answer as long as they are in the set."""
    broken: set[str] = set()

    def fail(event_name: str, **_: Any) -> None:
        if event_name.rpartition(".")[2] in broken:
            raise EndpointConnectionError(endpoint_url="aws")

    hooks = [clients.client(service).meta.events for service in ("dynamodb", "sqs", "secretsmanager")]
    for hook in hooks:
        hook.register("before-call", fail)
    yield broken
    for hook in hooks:
        hook.unregister("before-call", fail)


def test_a_parcel_goes_to_delivered(carrier: ModuleType, repository: DynamoOrderRepository, shipped: str) -> None:
    for hour, told in enumerate(("picked_up", "out_for_delivery", "delivered"), start=10):
        assert push(carrier, update(told, hour=hour)) == (200, RECORDED)
    assert types(repository)[2:] == ["shipment.tracking_updated"] * 2 + ["shipment.delivered"]
    assert repository.load(ORDER).header.status == "delivered"


def test_a_repeat_under_another_id_is_known(
    carrier: ModuleType, repository: DynamoOrderRepository, shipped: str
) -> None:
    body = update("in_transit")
    push(carrier, body)
    code, answer = push(carrier, body, signed(body, name="msg_2"))
    assert (code, answer["known"]) == (200, 1)
    assert types(repository).count("shipment.tracking_updated") == 1


def test_an_old_event_is_taken_and_moves_nothing(
    carrier: ModuleType, repository: DynamoOrderRepository, shipped: str
) -> None:
    push(carrier, update("delivered", hour=12))
    assert push(carrier, update("in_transit", hour=11)) == (200, RECORDED)
    assert status(repository) is TrackingStatus.DELIVERED


def test_both_secrets_are_good_while_one_replaces_the_other(carrier: ModuleType, shipped: str) -> None:
    body = update("in_transit")
    assert push(carrier, body, signed(body, OLD_SECRET))[0] == 200
    assert push(carrier, body, signed(body, NEW_SECRET))[0] == 200


def test_a_body_in_base64_is_verified_as_the_bytes_that_were_sent(
    carrier: ModuleType, repository: DynamoOrderRepository, shipped: str
) -> None:
    body = update("in_transit", place="杭州")
    event = api_event("POST", "/v1/carriers/generic/events", body, signed(body))
    event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    assert carrier.lambda_handler(event, None)["statusCode"] == 200
    (shipment,) = repository.load(ORDER).shipments.values()
    assert shipment.parcels[0].history[0].place == "杭州"


BODY = update("in_transit")


@pytest.mark.parametrize(
    ("body", "headers", "name", "code", "problem"),
    [
        (BODY, {}, "generic", 401, "signature_invalid"),
        (BODY.replace(b"GEN1", b"GEN2"), None, "generic", 401, "signature_invalid"),
        (BODY, {"ago_s": 301}, "generic", 401, "signature_invalid"),
        (BODY, {"secret": "whsec_" + "A" * 32}, "generic", 401, "signature_invalid"),
        (BODY, {"ago_s": 0}, "nobody", 404, "unknown_carrier"),
        (b"x" * (256 * 1024 + 1), {"ago_s": 0}, "generic", 413, "body_too_large"),
        (b"", {"ago_s": 0}, "generic", 422, "invalid_request"),
        (b"not json", {"ago_s": 0}, "generic", 400, "malformed_body"),
        (b"[" * 20 + b"]" * 20, {"ago_s": 0}, "generic", 400, "body_too_deep"),
        (b"[]", {"ago_s": 0}, "generic", 422, "invalid_request"),
        (update("teleported"), {"ago_s": 0}, "generic", 422, "invalid_request"),
    ],
)
def test_what_is_not_taken_has_its_own_code_and_writes_nothing(
    carrier: ModuleType,
    repository: DynamoOrderRepository,
    shipped: str,
    body: bytes,
    headers: dict[str, Any] | None,
    name: str,
    code: int,
    problem: str,
) -> None:
    given = signed(BODY) if headers is None else signed(body, **headers) if headers else {}
    found, answer = push(carrier, body, given, name)
    assert (found, answer["code"]) == (code, problem)
    assert types(repository) == ["order.placed", "shipment.dispatched"]
    assert messages() == []


def test_a_push_of_another_type_is_taken_and_ignored(
    carrier: ModuleType, repository: DynamoOrderRepository, shipped: str
) -> None:
    body = b'{"type": "label.voided", "timestamp": "2026-11-22T10:00:00Z", "data": {"x": 1}}'
    assert push(carrier, body)[0] == 200
    assert len(types(repository)) == 2


def due_items() -> list[tuple[str, str]]:
    """Keys of everything of ours in the deadline index."""
    found = [
        item
        for shard in range(8)
        for item in dynamo.query("orders", f"due#{shard}", index="by_deadline", pk_name="deadline_shard").items
    ]
    return [(item["pk"], item["sk"]) for item in found if item["kind"] == "carrier_event"]


def test_an_event_that_came_too_early_waits_and_is_recorded_after_the_dispatch(
    carrier: ModuleType, work: Work, repository: DynamoOrderRepository, placed: str
) -> None:
    for _ in range(2):
        code, answer = push(carrier, update("label_created", description="张三"))
        assert (code, answer["waiting"]) == (202, 1)
    ((pk, sk),) = due_items()
    desk, store = order_desk(), DynamoWaitingStore("orders")
    assert retry(pk, sk, desk, store) is Outcome.WAITING
    work("POST", f"/v1/fulfilments/{first()}/dispatch", SENT)
    ((pk, sk),) = due_items()
    assert retry(pk, sk, desk, store) is Outcome.RECORDED
    assert retry(pk, sk, desk, store) is Outcome.GONE
    assert types(repository)[-1] == "shipment.tracking_updated"
    assert dynamo.query("orders", waiting_pk("generic", "GEN1")).items == []


def test_a_push_that_cannot_be_recorded_goes_through_the_queue(
    carrier: ModuleType, repository: DynamoOrderRepository, shipped: str, faults: set[str]
) -> None:
    faults.add("TransactWriteItems")
    code, answer = push(carrier, update("in_transit", place="杭州"))
    assert (code, answer["queued"]) == (202, True)
    records = messages()
    failed = carrier.lambda_handler({"Records": records}, None)
    assert failed == {"batchItemFailures": [{"itemIdentifier": records[0]["messageId"]}]}
    faults.clear()
    assert carrier.lambda_handler({"Records": records}, None) == {"batchItemFailures": []}
    assert carrier.lambda_handler({"Records": records}, None) == {"batchItemFailures": []}
    assert types(repository)[2:] == ["shipment.tracking_updated"]


def test_a_push_that_cannot_be_kept_at_all_is_asked_for_again(
    carrier: ModuleType, repository: DynamoOrderRepository, shipped: str, faults: set[str]
) -> None:
    faults |= {"GetItem", "SendMessage"}
    code, problem = push(carrier, update("in_transit"))
    assert (code, problem["code"]) == (503, "unavailable")
    faults.clear()
    assert push(carrier, update("in_transit"))[0] == 200


def test_without_the_carriers_secret_nothing_is_taken_and_the_carrier_is_asked_again(
    carrier: ModuleType, shipped: str, faults: set[str]
) -> None:
    faults.add("GetSecretValue")
    secrets.forget()
    code, problem = push(carrier, update("in_transit"))
    assert (code, problem["code"]) == (503, "unavailable")


def test_one_bad_message_does_not_hold_back_the_others(
    carrier: ModuleType, repository: DynamoOrderRepository, shipped: str, faults: set[str]
) -> None:
    faults.add("Query")
    push(carrier, update("in_transit"))
    faults.clear()
    records = [{"messageId": "bad", "body": "{}", "eventSource": "aws:sqs"}, *messages()]
    answer = carrier.lambda_handler({"Records": records}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert status(repository) is TrackingStatus.IN_TRANSIT


def test_a_push_of_many_events_answers_how_each_fared(
    carrier: ModuleType, repository: DynamoOrderRepository, shipped: str
) -> None:
    push(carrier, update("picked_up", hour=9))
    events = [
        {"status": "picked_up", "occurred_at": "2026-11-22T09:00:00Z"},
        {"status": "in_transit", "occurred_at": "2026-11-22T10:00:00Z"},
        {"status": "in_transit", "occurred_at": "2026-11-22T10:00:00Z", "tracking_number": "GEN2"},
    ]
    body = json.dumps(
        {
            "type": "tracking.updated",
            "timestamp": "2026-11-22T10:00:00Z",
            "data": {"tracking_number": "GEN1", "events": events},
        }
    ).encode()
    assert push(carrier, body) == (202, {"recorded": 1, "known": 1, "waiting": 1, "queued": False})
