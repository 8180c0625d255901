"""Batches of a queue: each message by itself, so that one that is bad does not hold up the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ordo.runtime.observability import logger


def take_each(event: dict[str, Any], take: Callable[[Any], None], failed: str) -> dict[str, Any]:
    """Hand every body to `take`; the answer names the messages that come again, those for which it raised.

    Of a FIFO queue what comes after one of these in its group is not tried: it comes again after it. `failed` is what
    the log says of one, with the error's type: nothing of the message.
    """
    again: list[str] = []
    stopped: set[str] = set()
    for record in event["Records"]:
        group = (record.get("attributes") or {}).get("MessageGroupId")
        if group in stopped or not _taken(record, take, failed):
            again.append(record["messageId"])
            stopped |= {group} if group is not None else set()
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}


def _taken(record: dict[str, Any], take: Callable[[Any], None], failed: str) -> bool:
    try:
        take(json.loads(record["body"]))
    except Exception as error:  # noqa: BLE001  one bad message must not hold up the others
        facts = {"message_id": record["messageId"], "error": type(error).__name__}
        logger.exception(failed, exc_info=error, extra=facts)
        return False
    return True
