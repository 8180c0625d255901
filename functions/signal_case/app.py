"""The Cases queue: what happens to cases begins, wakes or replaces the executions that carry them."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, NamedTuple

from ordo.casework.signals import Executions, Kind, Signals
from ordo.casework.token_repository import DynamoTokenStore
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.runtime.machines import is_running, start_execution, tell_task
from ordo.runtime.observability import logger
from ordo.runtime.settings import load_settings
from ordo.shipments.carrying import incident_cases


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    resolve_incident_arn: str


settings = load_settings(Settings)
orders = DynamoOrderRepository(OrderTables.of_environment())
kinds = (
    Kind(
        "incident",
        incident_cases(orders),
        partial(start_execution, settings.resolve_incident_arn),
        late=frozenset({"incident.escalated"}),
    ),
)
signals = Signals(DynamoTokenStore(settings.orders_table), Executions(is_running, tell_task), kinds)


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
        logger.exception("case not signalled", exc_info=error, extra=facts)
        return False
    return True
