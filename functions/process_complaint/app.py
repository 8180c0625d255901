"""The Complaints queue: each complaint that was accepted is judged, routed and opened, once."""

from __future__ import annotations

from typing import Any, NamedTuple

from ordo.catalog.repository import DynamoCatalogRepository
from ordo.complaints.policies import CatalogPolicies
from ordo.complaints.taking import Opening
from ordo.complaints.wiring import complaint_desk
from ordo.kernel.clock import system_clock
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.runtime.batches import take_each
from ordo.runtime.observability import logger
from ordo.runtime.settings import load_settings


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    catalog_table: str
    customers_table: str


settings = load_settings(Settings)
catalog = DynamoCatalogRepository(settings.catalog_table, settings.customers_table)
opening = Opening(
    complaint_desk(settings.orders_table, settings.customers_table, catalog),
    DynamoOrderRepository(OrderTables.of_environment()),
    CatalogPolicies(catalog, system_clock),
)


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Lambda's entry."""
    return take_each(event, take, "complaint not opened")


def take(message: dict[str, Any]) -> None:
    """Open the complaint that a message names."""
    complaint_id = str(message["complaint_id"])
    if opening.open(complaint_id) is None:
        logger.warning("what was said of a complaint is gone", extra={"complaint_id": complaint_id})
