"""Stock: record movements, read what each node has, its ledger, its settings and what is to be bought."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from ordo.catalog.repository import DynamoCatalogRepository
from ordo.inventory.nodes import require_nodes, require_own_stock
from ordo.inventory.routes import serve_ledger, serve_levels, serve_requirements, serve_settings
from ordo.inventory.schemas import MovementRequest, MovementResponse
from ordo.inventory.shortage_repository import DynamoShortages
from ordo.inventory.shortages import Shortages
from ordo.inventory.supply_routes import serve_supply
from ordo.inventory.wiring import stock_in
from ordo.kernel.clock import Clock, system_clock
from ordo.kernel.ids import new_id
from ordo.orders.arrivals import fill_after
from ordo.runtime.http import handle, http_api, keyed, require_scope
from ordo.runtime.settings import load_settings


class Settings(NamedTuple):
    """The environment of this function."""

    orders_table: str
    supply_table: str
    catalog_table: str
    secret_id: str


settings = load_settings(Settings)
clock: Clock = system_clock
catalog = DynamoCatalogRepository(settings.catalog_table)
stock = stock_in(settings.supply_table, clock)
shortages = Shortages(DynamoShortages(settings.supply_table), clock, new_id)
app = http_api()
serve_ledger(app, settings.supply_table)
known, own = partial(require_nodes, catalog), partial(require_own_stock, catalog)
serve_settings(app, settings.supply_table, shortages, known, own)
serve_requirements(app, shortages)
serve_supply(app, settings.supply_table, shortages, known)
serve_levels(app, stock, catalog)


@app.post("/v1/stock/movements", status_code=201, responses=keyed(400, 409, 413, 422, good=201), tags=["stock"])
def record_movement(request: MovementRequest) -> MovementResponse:
    """Record that stock came, went, broke, moved or was counted; the same movement again answers the same."""
    actor = require_scope(app, "stock:write").client_id
    known(request.nodes())
    own(request.sku)
    movement = stock.record(request.to_command(actor))
    shortages.moved(movement)  # a repeat after a failure here does it again: what was done counts once
    fill_after(settings.supply_table, movement)
    return MovementResponse.of(movement)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry."""
    return handle(app, event, context)
