"""The Incidents queue: what happens to incidents begins, wakes or replaces the executions that carry them."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, NamedTuple

from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.runtime.machines import is_running, start_execution, tell_task
from ordo.runtime.observability import logger
from ordo.runtime.settings import load_settings
from ordo.shipments.carrying import Machines, Signals
from ordo.shipments.token_repository import DynamoTokenStore


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    machine_arn: str


settings = load_settings(Settings)
machines = Machines(partial(start_execution, settings.machine_arn), is_running, tell_task)
orders = DynamoOrderRepository(OrderTables.of_environment())
signals = Signals(orders, DynamoTokenStore(settings.orders_table), machines)


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Lambda's entry."""
    again = [record["messageId"] for record in event["Records"] if not taken(record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}


def taken(record: dict[str, Any]) -> bool:
    """Whether the message is done with; else it comes again."""
    try:
        signals.take(json.loads(record["body"]))
    except Exception as error:  # noqa: BLE001  one bad message must not hold up the others
        facts = {"message_id": record["messageId"], "error": type(error).__name__}
        logger.exception("incident not signalled", exc_info=error, extra=facts)
        return False
    return True
