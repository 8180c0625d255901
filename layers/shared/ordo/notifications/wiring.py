"""How publish_events comes to its publisher, and reads its records."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from ordo.notifications.events import TimelineEvent
from ordo.notifications.ports import Listeners, Outbox, Park
from ordo.notifications.publisher import Publisher
from ordo.notifications.repository import event_of_item
from ordo.runtime.bus import put_events
from ordo.runtime.dynamo import to_item
from ordo.runtime.observability import logger
from ordo.runtime.queues import send_message


def publisher(outbox: Outbox, listeners: Listeners, bus_name: str, dead_letters_url: str) -> Publisher:
    """A publisher for one batch."""
    return Publisher(outbox, listeners, put_events, partial(_park, dead_letters_url), bus_name, _pause)


def _park(queue_url: str, reference: dict[str, Any]) -> None:
    logger.error("event parked", extra=reference)
    send_message(queue_url, reference)


def _pause(attempt: int) -> None:
    """Full jitter up to 0.1 s, doubling, at most 2 s."""
    time.sleep(random.uniform(0, min(2.0, 0.1 * 2**attempt)))


def read_records(records: Iterable[dict[str, Any]], park: Park) -> Iterator[TimelineEvent]:
    """The events in stream records; a record that is none is parked with its id, and the others go on."""
    for record in records:
        try:
            event = event_of_item(to_item(record["dynamodb"]["NewImage"]))
        except Exception as error:  # noqa: BLE001  one bad record must not stop the stream
            park({"event_id": record.get("eventID"), "reason": f"unreadable record: {type(error).__name__}"})
        else:
            yield event
