"""GET /track/{token} and /unsubscribe/{token}, and the forms on them: the customer's own pages, by signed link."""

from __future__ import annotations

from typing import Any, NamedTuple

from ordo.catalog.repository import DynamoCatalogRepository
from ordo.messages.wiring import consent_of
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
catalog = DynamoCatalogRepository(settings.catalog_table, settings.customers_table)
wishes = consent_of(catalog, settings.orders_table, settings.customers_table)
service = tracking_service(settings.link_secret_id, settings.files_bucket, catalog, wishes)


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    return answer_visit(event, service)
