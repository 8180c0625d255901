"""A batch of a queue, message by message: what failed comes again, and in its group nothing goes before it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any


def work_off(
    records: Iterable[dict[str, Any]], take: Callable[[dict[str, Any]], None], failed: Callable[[str, Exception], None]
) -> dict[str, Any]:
    """Lambda's answer: which messages come again. `failed` hears of each failure, by the message's id (to log it).

    Of a FIFO queue what comes after a failure in the same group is not tried: it comes again after it.
    """
    again: list[str] = []
    stopped: set[str] = set()
    for record in records:
        group = (record.get("attributes") or {}).get("MessageGroupId")
        if group in stopped:
            again.append(record["messageId"])
            continue
        try:
            take(json.loads(record["body"]))
        except Exception as error:  # noqa: BLE001  one bad message must not hold up the others
            failed(record["messageId"], error)
            again.append(record["messageId"])
            if group is not None:
                stopped.add(group)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}
