"""The Webhooks queue to the merchant's endpoints: events of the bus, and wake-ups of lanes (docs/events.md)."""

from __future__ import annotations

import random
import uuid
from typing import Any, NamedTuple

from ordo.kernel.clock import Clock, system_clock
from ordo.notifications.delivery import Delivery
from ordo.notifications.inbox import work_off
from ordo.notifications.repository import DynamoEndpointStore, DynamoLaneStore, DynamoOutbox
from ordo.notifications.sender import RESOLVE_S, TIMEOUT_S, WebhookSender
from ordo.runtime.observability import count, logger
from ordo.runtime.settings import load_settings


class Settings(NamedTuple):
    """The environment of this function."""

    orders_table: str
    supply_table: str
    catalog_table: str
    allow_private_webhooks: bool = False


RESERVE_MS = int((RESOLVE_S + TIMEOUT_S) * 1000) + 5_000
"""No attempt is begun with less time than it may take, and some to write down what came of it."""

settings = load_settings(Settings)
clock: Clock = system_clock
endpoints = DynamoEndpointStore(settings.catalog_table)
sender = WebhookSender(
    clock, settings.allow_private_webhooks, tell=lambda facts: logger.warning("webhook not delivered", extra=facts)
)


def failed(what: str, error: Exception) -> None:
    """Log a message or order that is brought again."""
    logger.exception("delivery failed", exc_info=error, extra={"subject": what, "error": type(error).__name__})


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry."""
    delivery = Delivery(
        timeline=DynamoOutbox(settings.orders_table, supply=settings.supply_table),
        lanes=DynamoLaneStore(settings.orders_table),
        endpoints=endpoints,
        send=sender,
        clock=clock,
        worker=uuid.uuid4().hex,
        spread=random.random,
        alarm=count,
    )
    again = work_off(event["Records"], delivery, lambda: context.get_remaining_time_in_millis() > RESERVE_MS, failed)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}
