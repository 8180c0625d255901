"""GET /track/{token} and the forms on it: the customer's own page of an order, by signed link."""

from __future__ import annotations

from typing import Any, NamedTuple

from ordo.catalog.repository import DynamoCatalogRepository
from ordo.runtime.settings import load_settings
from ordo.tracking.routes import answer_visit
from ordo.tracking.wiring import tracking_service


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    supply_table: str
    catalog_table: str
    customers_table: str
    secret_id: str
    link_secret_id: str
    files_bucket: str


settings = load_settings(Settings)
catalog = DynamoCatalogRepository(settings.catalog_table)
service = tracking_service(settings.link_secret_id, settings.files_bucket, catalog)


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    return answer_visit(event, service)
