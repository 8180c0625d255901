"""The Returns queue: what happens to returns begins, wakes or replaces the executions that carry them."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from ordo.aftersales.carrying import LATE, return_cases
from ordo.casework.signals import Executions, Kind, Signals
from ordo.casework.token_repository import DynamoTokenStore
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.runtime.batches import take_each
from ordo.runtime.machines import is_running, start_execution, tell_task
from ordo.runtime.settings import load_settings


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    return_order_arn: str


settings = load_settings(Settings)
orders = DynamoOrderRepository(OrderTables.of_environment())
kind = Kind("return", return_cases(orders), partial(start_execution, settings.return_order_arn), LATE)
signals = Signals(DynamoTokenStore(settings.orders_table), Executions(is_running, tell_task), (kind,))


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Lambda's entry."""
    return take_each(event, signals.take, "return not processed")
