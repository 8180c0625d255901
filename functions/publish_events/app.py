"""The streams of Orders and Supply to the bus: each new event, at least once; and once a day what they lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from ordo.kernel.clock import Clock, system_clock, to_iso
from ordo.notifications.repository import DynamoEndpointStore, DynamoOutbox
from ordo.notifications.sweep import sweep
from ordo.notifications.wiring import publisher, read_records
from ordo.runtime.observability import logger
from ordo.runtime.settings import load_settings

LEFT_TO_THE_STREAM = timedelta(hours=7)
"""The stream tries for six hours; what is older and not published was lost."""

LOOKED_BACK = timedelta(days=3)
"""A daily run that failed is made up for by the next two."""

RESERVE_MS = 15_000


class Settings(NamedTuple):
    """The environment of this function."""

    orders_table: str
    supply_table: str
    catalog_table: str
    bus_name: str
    stream_dlq_url: str


settings = load_settings(Settings)
clock: Clock = system_clock
outbox = DynamoOutbox(settings.orders_table, supply=settings.supply_table)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry. Raises when the bus did not take everything: the stream then brings the batch again."""
    listeners = DynamoEndpointStore(settings.catalog_table).all  # a new one has nothing cached
    publishing = publisher(outbox, listeners, settings.bus_name, settings.stream_dlq_url)
    if "Records" not in event:  # the daily run
        now, left_ms = clock(), context.get_remaining_time_in_millis
        since, before = to_iso(now - LOOKED_BACK), to_iso(now - LEFT_TO_THE_STREAM)
        lost = sweep(publishing, since, before, lambda: left_ms() > RESERVE_MS)
        if lost:
            logger.error("the stream lost events", extra={"published": lost})
        if left_ms() <= RESERVE_MS:
            logger.error("the sweep ran out of time before it had looked at every order")
        return {"published": lost}
    publishing.publish(read_records(event["Records"], publishing.park))
    return {"batchItemFailures": []}
