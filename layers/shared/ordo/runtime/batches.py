"""Batches of a queue: each message by itself, so that one that is bad does not hold up the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ordo.runtime.observability import logger


def take_each(event: dict[str, Any], take: Callable[[Any], None], failed: str) -> dict[str, Any]:
    """Hand every body to `take`; the answer names the messages that come again, those for which it raised.

    `failed` is what the log says of one, with the error's type: nothing of the message.
    """
    again = [record["messageId"] for record in event["Records"] if not _taken(record, take, failed)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}


def _taken(record: dict[str, Any], take: Callable[[Any], None], failed: str) -> bool:
    try:
        take(json.loads(record["body"]))
    except Exception as error:  # noqa: BLE001  one bad message must not hold up the others
        facts = {"message_id": record["messageId"], "error": type(error).__name__}
        logger.exception(failed, exc_info=error, extra=facts)
        return False
    return True
