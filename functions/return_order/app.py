"""Returns: ask for them, decide, count what comes back; and the steps of the machine that carries each to its end."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from ordo.aftersales.routes import serve_receipts, serve_requests
from ordo.aftersales.wiring import label_desk, return_desk
from ordo.capacity.repository import DynamoLoads
from ordo.casework.token_repository import DynamoTokenStore
from ordo.casework.waiting import Waits
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.wiring import relief_in, stock_in
from ordo.runtime.http import handle, http_api
from ordo.runtime.queues import send_message
from ordo.runtime.settings import load_settings
from ordo.shipments.repository import DynamoWaitingStore
from ordo.sourcing.service import SourcingService


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    supply_table: str
    catalog_table: str
    customers_table: str
    secret_id: str
    carrier_secret_id: str
    files_bucket: str
    returns_queue_url: str


settings = load_settings(Settings)
app = http_api()
catalog, supply = DynamoCatalogRepository(settings.catalog_table), settings.supply_table
stock, store = DynamoStockRepository(supply), DynamoWaitingStore(settings.orders_table)
sourcing = SourcingService(catalog, stock_in(supply), DynamoLoads(supply), relief=relief_in(supply))
returns = return_desk(catalog, sourcing, stock, store, supply, settings.files_bucket)
serve_requests(app, returns)
serve_receipts(app, returns)
waits = Waits("return", DynamoTokenStore(settings.orders_table), partial(send_message, settings.returns_queue_url))


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda, for the API and for the machine."""
    return _steps(event) if "step" in event else handle(app, event, context)


def _steps(event: dict[str, Any]) -> dict[str, str]:
    """The machine's steps; loaded when it calls."""
    from ordo.aftersales.carrying import Steps

    return Steps(returns, label_desk(returns, store, settings.carrier_secret_id), waits).do(event)
