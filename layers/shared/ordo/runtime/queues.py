"""SQS as Ordo uses it: one message of JSON."""

from __future__ import annotations

import json
from typing import Any

from ordo.runtime.clients import client


def send_message(queue_url: str, body: dict[str, Any]) -> None:
    """Put one JSON message on a queue."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    client("sqs").send_message(QueueUrl=queue_url, MessageBody=text)


def send_in_order(queue_url: str, body: dict[str, Any], group: str) -> None:
    """Put one JSON message on a FIFO queue that tells repeats by their content; those of a group come one by one."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    client("sqs").send_message(QueueUrl=queue_url, MessageBody=text, MessageGroupId=group)
