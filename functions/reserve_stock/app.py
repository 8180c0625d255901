"""Reservations before the order: take, read, extend, give back."""

from __future__ import annotations

from typing import Any, NamedTuple

from ordo.capacity.repository import DynamoLoads
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.inventory.reservation_service import ReservationDesk
from ordo.inventory.wiring import relief_in, stock_in
from ordo.kernel.clock import system_clock
from ordo.kernel.ids import new_id
from ordo.runtime.headers import KeyHeader
from ordo.runtime.http import handle, http_api, keyed, require_scope
from ordo.runtime.settings import load_settings
from ordo.sourcing.reservation_schemas import ReservationRequest, ReservationView
from ordo.sourcing.reserving import Reserving
from ordo.sourcing.routes import serve_reservations


class Settings(NamedTuple):
    """The environment of this function."""

    catalog_table: str
    supply_table: str


settings = load_settings(Settings)
app = http_api()
relief = relief_in(settings.supply_table)
catalog = DynamoCatalogRepository(settings.catalog_table)
stock, loads = stock_in(settings.supply_table), DynamoLoads(settings.supply_table)
reserving = Reserving(catalog, stock, relief.store, relief, system_clock, new_id, loads)
serve_reservations(app, ReservationDesk(relief.store, system_clock))


@app.post("/v1/reservations", status_code=201, responses=keyed(400, 409, 413, 422, good=201), tags=["stock"])
def reserve_stock(request: ReservationRequest, idempotency_key: KeyHeader) -> ReservationView:
    """Hold a cart's stock until its order comes, for some minutes; the same key and body is the same reservation."""
    caller = require_scope(app, "stock:reserve")
    caller.require_channel(request.channel)
    reservation = reserving.reserve(request, caller.client_id, idempotency_key)
    return ReservationView.of(reservation, system_clock())


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    return handle(app, event, context)
