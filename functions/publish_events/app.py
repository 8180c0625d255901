"""The Orders stream to the bus: each new event of a timeline, at least once (docs/events.md)."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from ordo.kernel.clock import system_clock, to_iso
from ordo.notifications.events import TimelineEvent
from ordo.notifications.publisher import Publisher
from ordo.notifications.repository import DynamoOutbox, event_of_item
from ordo.notifications.sweep import sweep_orders
from ordo.runtime.bus import put_events
from ordo.runtime.dynamo import to_item
from ordo.runtime.observability import logger
from ordo.runtime.queues import send_message
from ordo.runtime.settings import load_settings


class Settings(BaseModel):
    """The environment of this function."""

    orders_table: str
    bus_name: str
    stream_dlq_url: str


LEFT_TO_THE_STREAM = timedelta(hours=7)
"""The stream tries for six hours; what is older and not published was lost."""

settings = load_settings(Settings)
outbox = DynamoOutbox(settings.orders_table)


def park(reference: dict[str, Any]) -> None:
    """Put what cannot be published on the dead-letter queue, by reference."""
    logger.error("event parked", extra=reference)
    send_message(settings.stream_dlq_url, reference)


def pause(attempt: int) -> None:
    """Full jitter up to 0.1 s, doubling, at most 2 s."""
    time.sleep(random.uniform(0, min(2.0, 0.1 * 2**attempt)))


def read(record: dict[str, Any]) -> TimelineEvent | None:
    """The event in a stream record; a record that is none is parked with its place in the stream."""
    try:
        return event_of_item(to_item(record["dynamodb"]["NewImage"]))
    except Exception as error:  # noqa: BLE001  one bad record must not stop the stream
        park({"event_id": record.get("eventID"), "reason": f"unreadable record: {type(error).__name__}"})
        return None


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry. Raises when the bus did not take everything: the stream then brings the batch again."""
    publisher = Publisher(outbox, put_events, park, settings.bus_name, pause)
    if "Records" not in event:  # the daily run
        before = to_iso(system_clock() - LEFT_TO_THE_STREAM)
        found = sweep_orders(
            publisher, outbox.behind(), before, lambda: context.get_remaining_time_in_millis() > 15_000
        )
        return {"published": found}
    publisher.publish([found for found in map(read, event["Records"]) if found])
    return {"batchItemFailures": []}
