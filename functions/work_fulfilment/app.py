"""A node's work: find it, accept, pick and pack it, send it off; or reject it, or pick short."""

from __future__ import annotations

from typing import Any, NamedTuple

from ordo.capacity.repository import DynamoLoads
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.inventory.wiring import lot_shelf, relief_in, stock_in
from ordo.orders.again import Again
from ordo.orders.elsewhere import ElsewhereSearch
from ordo.orders.wiring import order_desk
from ordo.runtime.http import handle, http_api, keyed
from ordo.runtime.settings import load_settings
from ordo.shipments.picking import Pick
from ordo.shipments.repository import DynamoWaitingStore
from ordo.shipments.routes import TAGS, serve_list, serve_work, worker
from ordo.shipments.schemas import DispatchRequest, WorkView
from ordo.shipments.service import dispatch_fulfilment
from ordo.shipments.transit_repository import CatalogRoads
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
store = DynamoWaitingStore(settings.orders_table)
catalog = DynamoCatalogRepository(settings.catalog_table)
stock, relief = stock_in(settings.supply_table), relief_in(settings.supply_table)
sourcing = SourcingService(catalog, stock, DynamoLoads(settings.supply_table), relief=relief)
elsewhere = ElsewhereSearch(Again(catalog, stock), sourcing, desk.repository)
lots = lot_shelf(settings.supply_table, settings.catalog_table)
roads = CatalogRoads(catalog, settings.catalog_table)
serve_list(app, settings.orders_table)
serve_work(app, desk, elsewhere, lots)


@app.post("/v1/fulfilments/<fulfilment_id>/dispatch", responses=keyed(400, 404, 409, 413, 422), tags=TAGS)
def dispatch(fulfilment_id: str, request: DispatchRequest) -> WorkView:
    """Everything has left with a carrier: makes the shipment and lowers the stock. The same again changes nothing."""
    actor, visible = worker(app)
    return WorkView.done(
        dispatch_fulfilment(desk, store, request.to_command(fulfilment_id, actor), visible, Pick(lots), roads)
    )


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    return handle(app, event, context)
