"""Stock: record movements, read what each node has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from ordo.catalog.documents import Kind
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.inventory.errors import UnknownNode
from ordo.inventory.ledger_repository import DynamoLedger
from ordo.inventory.ledger_schemas import LedgerList, LedgerQuery, ledger_page
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.requirement_schemas import RequirementList, RequirementQuery, requirement_page
from ordo.inventory.schemas import ID_PATTERN, MovementRequest, MovementResponse, StockResponse
from ordo.inventory.service import StockService
from ordo.inventory.setting_schemas import StockSettingsRequest, StockSettingsResponse
from ordo.inventory.settings import DynamoStockSettings
from ordo.inventory.shortage_repository import DynamoShortages
from ordo.inventory.shortages import Shortages
from ordo.kernel.clock import Clock, system_clock
from ordo.kernel.errors import NotFound
from ordo.kernel.ids import new_id
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
reorder = DynamoStockSettings(settings.supply_table)
shortages = Shortages(DynamoShortages(settings.supply_table), clock, new_id)
app = http_api()


@app.post("/v1/stock/movements", status_code=201, responses=keyed(400, 409, 413, 422, good=201), tags=["stock"])
def record_movement(request: MovementRequest) -> MovementResponse:
    """Record that stock came, went, broke, moved or was counted; the same movement again answers the same."""
    actor = require_scope(app, "stock:write").client_id
    require_nodes(request.nodes())
    movement = stock.record(request.to_command(actor))
    shortages.moved(movement)  # a repeat after a failure here does it again; what was done counts once
    return MovementResponse.of(movement)


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


@app.put("/v1/stock/<sku>/nodes/<node_id>", responses=keyed(400, 413, 422), tags=["stock"])
def put_settings(
    sku: Annotated[str, Path(pattern=ID_PATTERN)],
    node_id: Annotated[str, Path(pattern=ID_PATTERN)],
    request: StockSettingsRequest,
) -> StockSettingsResponse:
    """When a node buys a SKU again, and up to what; what is not given stays as it is."""
    require_scope(app, "stock:write")
    require_nodes({"/node_id": node_id})
    if request.sets_reorder:
        reorder.put(sku, node_id, request.to_settings())
        shortages.look(sku, node_id)
    return StockSettingsResponse.of(sku, node_id, reorder.get(sku, node_id))


@app.get("/v1/purchase-requirements", responses=keyed(400, 422), tags=["stock"])
def list_requirements(query: Annotated[RequirementQuery, Query()]) -> RequirementList:
    """What is to be bought, one open requirement for each SKU and node."""
    require_scope(app, "stock:read")
    return requirement_page(shortages.repository, query)


def require_nodes(named: Mapping[str, str]) -> None:
    """Nodes by their pointers; raises `UnknownNode` for the first that the catalogue does not have."""
    known = catalog.get_many(Kind.NODE, named.values())
    for pointer, node in named.items():
        if node not in known:
            raise UnknownNode(node, pointer)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry."""
    return handle(app, event, context)
