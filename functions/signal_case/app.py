"""The Cases queue: what happens to cases begins, wakes or replaces their executions; hourly all are looked at."""

from __future__ import annotations

from typing import Any, NamedTuple

from ordo.aftersales.carrying import LATE as RETURN_LATE
from ordo.aftersales.carrying import return_cases
from ordo.casework.resuming import Resuming, Stuck
from ordo.casework.signals import Executions, Signals
from ordo.casework.token_repository import DynamoTokenStore
from ordo.casework.wiring import kind_of_orders
from ordo.complaints.wiring import complaint_kind
from ordo.kernel.clock import system_clock
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.runtime.batches import take_each
from ordo.runtime.machines import is_running, tell_task
from ordo.runtime.observability import logger
from ordo.runtime.settings import load_settings
from ordo.shipments.carrying import LATE as INCIDENT_LATE
from ordo.shipments.carrying import incident_cases

RESERVE_MS = 5_000


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    resolve_incident_arn: str
    resolve_complaint_arn: str
    return_order_arn: str


settings = load_settings(Settings)
orders = DynamoOrderRepository(OrderTables.of_environment())
kinds = (
    kind_of_orders(
        "incident", incident_cases(orders), INCIDENT_LATE, settings.orders_table, settings.resolve_incident_arn
    ),
    complaint_kind(settings.orders_table, settings.resolve_complaint_arn),
    kind_of_orders("return", return_cases(orders), RETURN_LATE, settings.orders_table, settings.return_order_arn),
)
signals = Signals(DynamoTokenStore(settings.orders_table), Executions(is_running, tell_task), kinds)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry: messages of the queue, or the hourly look (`{"look": true}` only looks)."""
    if "Records" in event:
        return take_each(event, signals.take, "case not signalled")
    left_ms = context.get_remaining_time_in_millis
    return Resuming(signals, system_clock, stuck).run(
        look=bool(event.get("look")), go_on=lambda: left_ms() > RESERVE_MS
    )


def stuck(found: Stuck) -> None:
    """Log a case whose execution is begun anew."""
    logger.warning("execution begun anew", extra=found._asdict())
