"""GET /complain/{token} and /complaints/{token}, and the forms on them: how customers complain, by signed link."""

from __future__ import annotations

from typing import Any, NamedTuple

from ordo.catalog.repository import DynamoCatalogRepository
from ordo.complaints.pages import ComplaintPages
from ordo.complaints.wiring import complaint_desk, enqueue
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.runtime.settings import load_settings
from ordo.tracking.wiring import link_keys


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    catalog_table: str
    customers_table: str
    link_secret_id: str
    complaints_queue_url: str


settings = load_settings(Settings)
catalog = DynamoCatalogRepository(settings.catalog_table, settings.customers_table)
pages = ComplaintPages(
    complaint_desk(settings.orders_table, settings.customers_table, catalog, budget_s=3.0),
    DynamoOrderRepository(OrderTables.of_environment()),
    link_keys(settings.link_secret_id),
    enqueue(settings.complaints_queue_url),
)


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    return pages.answer(event)
