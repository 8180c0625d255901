"""Events as AWS hands them to functions."""

from __future__ import annotations

import base64
import json
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.blueprint import ACCOUNT, REGION


@dataclass
class Message:
    """One message in a queue."""

    body: str
    message_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    receives: int = 0
    group: str | None = None
    """Of a FIFO queue's message."""


SCHEDULED = {"version": "0", "source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": {}}


def api_event(
    method: str, path: str, resource: str, parameters: dict[str, str], headers: dict[str, str], body: Any
) -> dict[str, Any]:
    """What API Gateway (REST, proxy, every media type binary) hands to a function."""
    parts = urlsplit(path)
    query = parse_qsl(parts.query, keep_blank_values=True)
    raw = (
        body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode() if body is not None else None
    )
    several: dict[str, list[str]] = defaultdict(list)
    for name, value in query:
        several[name].append(value)
    return {
        "resource": resource,
        "path": parts.path,
        "httpMethod": method,
        "headers": dict(headers),
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": dict(several) or None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "path": f"/live{parts.path}",
            "stage": "live",
            "requestId": str(uuid.uuid4()),
            "accountId": ACCOUNT,
            "apiId": "api",
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": base64.b64encode(raw).decode() if raw is not None else None,
        "isBase64Encoded": raw is not None,
    }


def sqs_record(message: Message, queue: str) -> dict[str, Any]:
    """A message as an SQS event source gives it."""
    return {
        "messageId": message.message_id,
        "receiptHandle": message.message_id,
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.receives),
            **({"MessageGroupId": message.group} if message.group else {}),
        },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
        "awsRegion": REGION,
    }


def stream_record(number: int, keys: dict[str, Any], image: dict[str, Any]) -> dict[str, Any]:
    """A new item as a DynamoDB stream gives it."""
    return {
        "eventID": str(number),
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": keys, "NewImage": image, "SequenceNumber": str(number)},
    }


def bus_event(entry: dict[str, Any]) -> dict[str, Any]:
    """A PutEvents entry as the bus hands it to its targets."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "source": entry["Source"],
        "detail-type": entry["DetailType"],
        "detail": json.loads(entry["Detail"]),
    }
