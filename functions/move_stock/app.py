"""Stock: record movements, read what each node has."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from ordo.catalog.documents import Kind
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.inventory.errors import UnknownNode
from ordo.inventory.ledger_repository import DynamoLedger
from ordo.inventory.ledger_schemas import LedgerList, LedgerQuery, ledger_page
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.schemas import ID_PATTERN, MovementRequest, MovementResponse, StockResponse
from ordo.inventory.service import StockService
from ordo.kernel.clock import Clock, system_clock
from ordo.kernel.errors import NotFound
from ordo.runtime.http import handle, http_api, keyed, require_scope
from ordo.runtime.settings import load_settings


class Settings(NamedTuple):
    """The environment of this function."""

    supply_table: str
    catalog_table: str
    secret_id: str


settings = load_settings(Settings)
clock: Clock = system_clock
catalog = DynamoCatalogRepository(settings.catalog_table)
stock = StockService(DynamoStockRepository(settings.supply_table), clock)
ledger = DynamoLedger(settings.supply_table)
app = http_api()


@app.post("/v1/stock/movements", status_code=201, responses=keyed(400, 409, 413, 422, good=201), tags=["stock"])
def record_movement(request: MovementRequest) -> MovementResponse:
    """Record that stock came, went, broke, moved or was counted; the same movement again answers the same."""
    actor = require_scope(app, "stock:write").client_id
    known = catalog.get_many(Kind.NODE, request.nodes().values())
    for pointer, node in request.nodes().items():
        if node not in known:
            raise UnknownNode(node, pointer)
    return MovementResponse.of(stock.record(request.to_command(actor)))


@app.get("/v1/stock/movements", responses=keyed(400, 422), tags=["stock"])
def list_movements(query: Annotated[LedgerQuery, Query()]) -> LedgerList:
    """Every movement of a SKU at a node, the oldest first: dispatches of orders too."""
    require_scope(app, "stock:read")
    return ledger_page(ledger, query)


@app.get("/v1/stock/<sku>", responses=keyed(404, 422), tags=["stock"])
def read_stock(sku: Annotated[str, Path(pattern=ID_PATTERN)]) -> StockResponse:
    """What every node has of a SKU, as of now."""
    require_scope(app, "stock:read")
    counters = stock.stock_of(sku)
    if not counters:
        raise NotFound("No stock of this SKU was ever recorded.")
    return StockResponse.of(sku, counters)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry."""
    return handle(app, event, context)
