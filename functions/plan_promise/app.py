"""Promises without an order: where a cart would come from, when, and why. Nothing is written, so it takes no key."""

from __future__ import annotations

from typing import Any, NamedTuple

from ordo.capacity.repository import DynamoLoads
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.inventory.relief import Foreseen
from ordo.inventory.reservation_repository import DynamoReservations
from ordo.inventory.supply_repository import DynamoSupply
from ordo.inventory.wiring import stock_in
from ordo.kernel.clock import system_clock
from ordo.runtime.http import handle, http_api, keyed, require_scope
from ordo.runtime.settings import load_settings
from ordo.sourcing.promise_schemas import PromiseRequest, PromiseView
from ordo.sourcing.promises import Promising
from ordo.sourcing.service import SourcingService


class Settings(NamedTuple):
    """The environment of this function."""

    catalog_table: str
    supply_table: str


settings = load_settings(Settings)
app = http_api()
catalog = DynamoCatalogRepository(settings.catalog_table)
stock = stock_in(settings.supply_table)
reservations = DynamoReservations(settings.supply_table)
loads, supply = DynamoLoads(settings.supply_table), DynamoSupply(settings.supply_table)


@app.post("/v1/promises", responses=keyed(400, 413, 422), tags=["stock"])
def promise(request: PromiseRequest) -> PromiseView:
    """Plan a cart as its order would be planned now, and say why so. By `stock:read`, which lets nobody place one."""
    require_scope(app, "stock:read").require_channel(request.channel)
    foreseen = Foreseen(stock, reservations, system_clock)  # of this question: what has expired is as given back
    sourcing = SourcingService(catalog, foreseen, loads, relief=foreseen, supply=supply)
    return Promising(catalog, sourcing).promise(request, system_clock())


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    return handle(app, event, context)
