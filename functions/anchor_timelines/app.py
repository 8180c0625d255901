"""Once a day: the heads of the timelines that changed, written down outside of the tables."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from ordo.kernel.clock import system_clock
from ordo.notifications.repository import DynamoOutbox
from ordo.orders.anchor_repository import ObjectAnchors, heads_of
from ordo.orders.anchors import anchor_changed
from ordo.runtime.observability import count, logger
from ordo.runtime.settings import load_settings

RESERVE_MS = 45_000
"""For reading the heads of a full run (2,000 reads) and writing them (257 objects)."""


class Settings(NamedTuple):
    """The environment of this function."""

    orders_table: str
    anchors_bucket: str


settings = load_settings(Settings)
outbox = DynamoOutbox(settings.orders_table)
anchors = ObjectAnchors(settings.anchors_bucket)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry."""
    left_ms = context.get_remaining_time_in_millis
    heads = partial(heads_of, settings.orders_table)
    run = anchor_changed(anchors, outbox.receipts, heads, system_clock(), lambda: left_ms() > RESERVE_MS)
    if not run.finished:
        count("AnchorsBehind")
        logger.error("there were more orders than one run anchors", extra={"until": run.until, "orders": run.orders})
    return {"root": run.key, "orders": run.orders, "until": run.until, "finished": run.finished}
