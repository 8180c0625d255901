"""Prices without an order: quotes, and promotions tried on carts. Nothing is written, so no route takes a key."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from ordo.catalog.fields import PathId
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.service import StockService
from ordo.kernel.clock import system_clock
from ordo.orders.gifts import short_gifts
from ordo.orders.history import OrderHistory
from ordo.pricing.quote_schemas import QuoteRequest, QuoteView
from ordo.pricing.quotes import Quoting
from ordo.pricing.routes import may_ask
from ordo.pricing.simulation_schemas import SimulationRequest, SimulationView
from ordo.pricing.simulations import Simulating
from ordo.runtime.http import handle, http_api, keyed, require_scope
from ordo.runtime.settings import load_settings
from ordo.sourcing.service import SourcingService


class Settings(NamedTuple):
    """The environment of this function."""

    catalog_table: str
    customers_table: str
    orders_table: str
    supply_table: str


settings = load_settings(Settings)
app = http_api()
catalog = DynamoCatalogRepository(settings.catalog_table, settings.customers_table)
history = OrderHistory(settings.orders_table)
sourcing = SourcingService(catalog, StockService(DynamoStockRepository(settings.supply_table), system_clock))
quoting = Quoting(catalog, history, partial(short_gifts, sourcing))
simulating = Simulating(catalog, history, system_clock)


@app.post("/v1/quotes", responses=keyed(400, 409, 413, 422), tags=["prices"])
def quote(request: QuoteRequest) -> QuoteView:
    """Price a cart: what its order would cost now, and why. By `prices:read`, which lets nobody place an order."""
    caller = may_ask(require_scope(app, "prices:read"), {"": request})
    return quoting.quote(request, system_clock(), costs="prices:cost" in caller.scopes)


@app.post("/v1/promotions/<promotion_id>/simulate", responses=keyed(400, 404, 413, 422), tags=["prices"])
def simulate(promotion_id: PathId, request: SimulationRequest) -> SimulationView:
    """Try a promotion, stored or sent along, on carts: what each gains by it, and what margin is left."""
    carts = {f"/carts/{place}": cart for place, cart in enumerate(request.carts)}
    caller = may_ask(require_scope(app, "catalog:read"), carts)
    return simulating.simulate(promotion_id, request, system_clock(), costs="prices:cost" in caller.scopes)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    return handle(app, event, context)
