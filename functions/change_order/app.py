"""Changes of an order: propose with a preview, apply exactly that, or drop."""

from __future__ import annotations

from typing import Any, NamedTuple

from ordo.capacity.repository import DynamoLoads
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.inventory.wiring import stock_in
from ordo.orders.accounts import Accounts
from ordo.orders.adding import Goods
from ordo.orders.again import Again
from ordo.orders.change_kinds import Means, channels_of
from ordo.orders.elsewhere import ElsewhereSearch
from ordo.orders.routes import serve_changes
from ordo.orders.wiring import order_desk
from ordo.runtime.http import handle, http_api
from ordo.runtime.settings import load_settings
from ordo.sourcing.service import SourcingService


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    supply_table: str
    catalog_table: str
    customers_table: str
    secret_id: str


settings = load_settings(Settings)
app = http_api()
desk = order_desk()
catalog = DynamoCatalogRepository(settings.catalog_table)
stock = stock_in(settings.supply_table)
sourcing = SourcingService(catalog, stock, DynamoLoads(settings.supply_table))
again = Again(catalog, stock)
means = Means(
    Accounts(desk.repository, catalog),
    channels_of(catalog),
    desk.repository.contact,
    Goods(again, sourcing),
    ElsewhereSearch(again, sourcing, desk.repository, asked=True),
)
serve_changes(app, desk, means)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    return handle(app, event, context)
