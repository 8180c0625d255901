"""Send what lies in a dead-letter queue on its way again.

Queue messages are received, sent to the queue they came from, and deleted, in that order: one may go twice, none is
lost. (StartMessageMoveTask would do on AWS only.) A dead-lettered record of the Orders stream holds no payload: its
events are read from the table and given to `publish_events` as the stream would have. `parked` is no queue, but items
that the deadline watcher has given up; they are made due again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from tools.errors import ToolError
from tools.looking import Look, look_at_parked, look_at_queue
from tools.outbox import invoke, republish_positions, republish_references, sweep
from tools.target import Target

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_BATCH = 10
_HIDE_S = 120
"""For so long a received message is hidden from others; what is not handled by then comes back."""


@dataclass
class Report:
    """What a redrive did."""

    queue: str
    moved: int = 0
    left: int = 0
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return asdict(self)


PARKED = "parked"
"""Not a queue: orders, lanes and carrier events that the deadline watcher has set aside."""
_PARKED_BATCH = 100

Handle = Callable[[Target, "list[MessageTypeDef]"], None]


def look(there: Target, queue: str) -> Look:
    """What lies there now; nothing is moved."""
    if queue == PARKED:
        return look_at_parked(there, queue)
    url = there.name(QUEUES[queue][0])
    return look_at_queue(there, queue, url, _depth(there, url))


def redrive(there: Target, queue: str, limit: int) -> Report:
    """Handle what lies in the queue's DLQ now, at most `limit`; what comes in meanwhile waits for the next redrive."""
    if queue == PARKED:
        return _unpark(there, limit)
    dead_letters, handle = QUEUES[queue]
    url = there.name(dead_letters)
    report = Report(queue)
    for messages in _receive(there, url, min(limit, _depth(there, url))):
        try:
            handle(there, messages)
        except ToolError as error:
            report.problems.append(error.what)
            break
        _delete(there, url, messages)
        report.moved += len(messages)
    report.left = _depth(there, url)
    return report


def _receive(there: Target, url: str, count: int) -> Iterator[list[MessageTypeDef]]:
    """Batches until `count` messages have come or the queue gives none."""
    while count > 0:
        answer = there.aws.sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(_BATCH, count),
            VisibilityTimeout=_HIDE_S,
            WaitTimeSeconds=1,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        if not messages:
            return
        count -= len(messages)
        yield messages


def _depth(there: Target, url: str) -> int:
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    values = there.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(value) for value in values.values())


def _delete(there: Target, url: str, messages: list[MessageTypeDef]) -> None:
    entries: Any = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(messages)]
    there.aws.sqs.delete_message_batch(QueueUrl=url, Entries=entries)


def _send_to(logical_id: str) -> Handle:
    """Back to the queue that they came from."""

    def send(there: Target, messages: list[MessageTypeDef]) -> None:
        entries: Any = [
            {"Id": str(n), "MessageBody": message["Body"], "MessageAttributes": message.get("MessageAttributes", {})}
            for n, message in enumerate(messages)
        ]
        answer = there.aws.sqs.send_message_batch(QueueUrl=there.name(logical_id), Entries=entries)
        if answer.get("Failed"):
            raise ToolError(f"{logical_id} did not take {len(answer['Failed'])} messages; none was deleted")

    return send


def _send_in_order_to(logical_id: str) -> Handle:
    """Back to the FIFO queue that they came from, each in its group; one that is sent twice is told by its content."""

    def send(there: Target, messages: list[MessageTypeDef]) -> None:
        for message in messages:
            attributes = message.get("Attributes", {})
            group = attributes.get("MessageGroupId") or message["MessageId"]
            there.aws.sqs.send_message(
                QueueUrl=there.name(logical_id),
                MessageBody=message["Body"],
                MessageGroupId=group,
                MessageDeduplicationId=f"{message['MessageId']}-again",
            )

    return send


def _publish_again(there: Target, messages: list[MessageTypeDef]) -> None:
    """Stream dead letters: references to single events, or positions of a batch in the stream."""
    bodies = [json.loads(message["Body"]) for message in messages]
    republish_references(there, [body for body in bodies if "order_id" in body])
    positions = [body["DDBStreamBatchInfo"] for body in bodies if "DDBStreamBatchInfo" in body]
    if not all(republish_positions(there, position) for position in positions):
        sweep(there)


def _run_again(there: Target, messages: list[MessageTypeDef]) -> None:
    """Failed runs of the deadline watcher, the look at open cases or the daily sweep: one good run makes up for all."""
    invoke(there, "WatchDeadlinesFunction", {})
    if any("signalcase" in json.dumps(message).lower().replace("_", "") for message in messages):
        invoke(there, "SignalCaseFunction", {})
    if any("publishevents" in json.dumps(message).lower().replace("_", "") for message in messages):
        invoke(there, "PublishEventsFunction", {})


def _unpark(there: Target, limit: int) -> Report:
    """Make what the deadline watcher has parked due again; its next run, within a minute, handles it."""
    report = Report(PARKED)
    while report.moved < limit:
        wanted = min(_PARKED_BATCH, limit - report.moved)
        found = len(invoke(there, "WatchDeadlinesFunction", {"redrive": wanted})["redriven"])
        report.moved += found
        if found < wanted:
            break
    return report


QUEUES: dict[str, tuple[str, Handle]] = {
    "webhooks": ("WebhooksDlq", _send_to("Webhooks")),
    "customer-messages": ("CustomerMessagesDlq", _send_to("CustomerMessages")),
    "payments": ("PaymentsDlq", _send_to("Payments")),
    "cases": ("CasesDlq", _send_to("Cases")),
    "complaints": ("ComplaintsDlq", _send_in_order_to("Complaints")),
    "returns": ("ReturnsDlq", _send_to("Returns")),
    "carrier-events": ("CarrierEventsDlq", _send_to("CarrierEvents")),
    "stream": ("StreamDlq", _publish_again),
    "schedule": ("ScheduleDlq", _run_again),
}
"""By name: the logical id of the dead-letter queue, and what is done with its messages."""

NAMES = (*QUEUES, PARKED)
"""What can be redriven."""
