"""`ordo redrive` looks first: how much lies there, since when, why and of what; nothing personal, nothing is moved."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

from tools.looking import id_of, look_at_parked, reason_of
from tools.redrive import QUEUES, look, redrive
from tools.target import Target


class Queues:
    """SQS as far as looking and redriving go: messages stay until they are deleted."""

    def __init__(self, *bodies: Any, attributes: dict[str, str] | None = None) -> None:
        self.lying = [
            {
                "MessageId": f"m{number}",
                "ReceiptHandle": f"m{number}",
                "Body": body if isinstance(body, str) else json.dumps(body, ensure_ascii=False),
                "Attributes": {"SentTimestamp": str(1_772_438_400_000 + number), **(attributes or {})},
            }
            for number, body in enumerate(bodies)
        ]
        self.hidden: set[str] = set()
        self.sent: list[dict[str, Any]] = []

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        return {"Attributes": {"ApproximateNumberOfMessages": len(self.lying)}}

    def receive_message(self, MaxNumberOfMessages: int, **_: Any) -> dict[str, Any]:  # noqa: N803
        found = [each for each in self.lying if each["MessageId"] not in self.hidden][:MaxNumberOfMessages]
        self.hidden |= {str(each["MessageId"]) for each in found}
        return {"Messages": found}

    def change_message_visibility(self, ReceiptHandle: str, VisibilityTimeout: int, **_: Any) -> None:  # noqa: N803
        assert VisibilityTimeout == 0
        self.hidden.discard(ReceiptHandle)

    def delete_message_batch(self, Entries: list[dict[str, str]], **_: Any) -> None:  # noqa: N803
        gone = {each["ReceiptHandle"] for each in Entries}
        self.lying = [each for each in self.lying if each["MessageId"] not in gone]

    def send_message(self, **given: Any) -> None:
        self.sent.append(given)

    @property
    def target(self) -> Target:
        return cast(Target, SimpleNamespace(name=lambda name: name, aws=SimpleNamespace(sqs=self)))


def message(body: Any, **more: Any) -> Any:
    return {"MessageId": "m", "Body": body if isinstance(body, str) else json.dumps(body), **more}


def test_a_look_counts_names_and_lets_go() -> None:
    queues = Queues(*({"complaint_id": f"cmp_{number}"} for number in range(23)))
    found = look(queues.target, "complaints")
    assert (found.count, len(found.ids), found.ids[0]) == (23, 23, "complaint_id=cmp_0")
    assert found.oldest == "2026-03-02T08:00:00.000Z"
    assert found.reasons == {"its function failed again and again": 23}
    assert (queues.hidden, len(queues.lying), queues.sent) == (set(), 23, [])


def test_an_empty_queue_and_every_queue_can_be_looked_at() -> None:
    for queue in QUEUES:
        assert look(Queues().target, queue).count == 0


def test_nothing_that_a_carrier_or_a_person_wrote_is_shown() -> None:
    raw = {
        "carrier": "generic",
        "body": "示例顾客 +8613800000000",
        "headers": {"x": "customer@example.com"},
        "text": "secret",
    }
    told = f"{id_of(message(raw))} {reason_of(message(raw))}"
    for personal in ("示例顾客", "13800000000", "example.com", "secret"):
        assert personal not in told
    assert id_of(message("not json")) == "message=m"
    assert id_of(message([1])) == "message=m"


def test_reasons_are_those_that_aws_or_ordo_gave() -> None:
    event = {"detail-type": "order.placed", "detail": {"order_id": "ord_1", "seq": 1}}
    assert reason_of(message(event)) == "order.placed: its function failed again and again"
    assert id_of(message(event)) == "order_id=ord_1 seq=1"
    lost = message(event, MessageAttributes={"ERROR_CODE": {"StringValue": "NO_PERMISSIONS"}})
    assert reason_of(lost) == "the bus could not hand it over: NO_PERMISSIONS"
    assert reason_of(message({"order_id": "ord_1", "seq": 3, "reason": "MalformedDetail"})) == "MalformedDetail"
    assert reason_of(message({"requestContext": {"condition": "RetriesExhausted"}})) == "RetriesExhausted"


def test_what_is_redriven_to_a_queue_in_order_stays_in_its_group() -> None:
    queues = Queues({"complaint_id": "cmp_1"}, {"complaint_id": "cmp_2"}, attributes={"MessageGroupId": "ord_1"})
    assert redrive(queues.target, "complaints", 10).moved == 2
    assert [each["MessageGroupId"] for each in queues.sent] == ["ord_1", "ord_1"]
    assert len({each["MessageDeduplicationId"] for each in queues.sent}) == 2
    assert queues.lying == []


def test_parked_items_are_named_by_their_keys() -> None:
    item = {"pk": {"S": "ord_1"}, "sk": {"S": "order"}, "kind": {"S": "order"}, "deadline_at": {"S": "2026-03-02"}}
    pages = {"OrdersTable": [{"Items": [item]}], "SupplyTable": [{"Items": []}]}
    paginator = SimpleNamespace(paginate=lambda TableName, **_: pages[TableName])  # noqa: N803
    dynamodb = SimpleNamespace(get_paginator=lambda _: paginator)
    there = cast(Target, SimpleNamespace(name=lambda name: name, aws=SimpleNamespace(dynamodb=dynamodb)))
    found = look_at_parked(there, "parked")
    assert (found.count, found.ids, found.oldest) == (1, ["ord_1/order"], "2026-03-02")
