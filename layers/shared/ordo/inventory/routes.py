"""Routes of stock beside movements and levels: the ledger, settings of a SKU at a node, purchase requirements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

from ordo.inventory.arranging import Arranging
from ordo.inventory.bundles import bundle_levels, stock_parts
from ordo.inventory.ledger_repository import DynamoLedger
from ordo.inventory.ledger_schemas import LedgerList, LedgerQuery, ledger_page
from ordo.inventory.nodes import Documents, bundle_of
from ordo.inventory.relief import Relief
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.requirement_schemas import RequirementList, RequirementQuery, requirement_page
from ordo.inventory.reservation_repository import DynamoReservations
from ordo.inventory.schemas import ID_PATTERN, StockResponse
from ordo.inventory.service import StockService
from ordo.inventory.setting_repository import DynamoStockSettings
from ordo.inventory.setting_schemas import StockSettingsRequest, StockSettingsResponse
from ordo.inventory.shortages import Shortages
from ordo.kernel.clock import system_clock
from ordo.kernel.errors import NotFound
from ordo.kernel.ids import new_id
from ordo.runtime.http import HttpApi, Path, Query, keyed, require_scope

TAGS = ["stock"]


def serve_ledger(app: HttpApi, table: str) -> None:
    """Add `GET /v1/stock/movements`; before the route of one SKU, whose path would take it."""
    ledger = DynamoLedger(table)

    @app.get("/v1/stock/movements", responses=keyed(400, 422), tags=TAGS)
    def list_movements(query: Annotated[LedgerQuery, Query()]) -> LedgerList:
        """Every movement of a SKU at a node, the oldest first: dispatches of orders too."""
        require_scope(app, "stock:read")
        return ledger_page(ledger, query)


def serve_levels(app: HttpApi, stock: StockService, catalog: Documents) -> None:
    """Add `GET /v1/stock/{sku}`; the catalogue knows which SKUs are bundles, and of what."""

    @app.get("/v1/stock/<sku>", responses=keyed(404, 422), tags=TAGS)
    def read_stock(sku: Annotated[str, Path(pattern=ID_PATTERN)]) -> StockResponse:
        """What every node has of a SKU, as of now; of a bundle how many could be made of its parts."""
        require_scope(app, "stock:read")
        bundle = bundle_of(catalog, sku)
        if bundle is not None:
            needs = stock_parts(*bundle)
            counters = [counter for each in needs for counter in stock.stock_of(each)]
            return StockResponse.of_bundle(sku, bundle_levels(needs, counters))
        counters = stock.stock_of(sku)
        if not counters:
            raise NotFound("No stock of this SKU was ever recorded.")
        lots = stock.lots_of(sku, (counter.node for counter in counters if counter.by_lot))
        return StockResponse.of(sku, counters, lots)


def serve_settings(
    app: HttpApi,
    table: str,
    shortages: Shortages,
    require_nodes: Callable[[Mapping[str, str]], None],
    require_own_stock: Callable[[str], None],
) -> None:
    """Add `PUT /v1/stock/{sku}/nodes/{node_id}`; `require_nodes` refuses nodes, by pointer, that do not exist, and
    `require_own_stock` SKUs of bundles.
    """
    settings = DynamoStockSettings(table)
    arranging = Arranging(
        DynamoStockRepository(table), system_clock, new_id, Relief(DynamoReservations(table), system_clock)
    )

    @app.put("/v1/stock/<sku>/nodes/<node_id>", responses=keyed(400, 409, 413, 422), tags=TAGS)
    def put_stock_settings(
        sku: Annotated[str, Path(pattern=ID_PATTERN)],
        node_id: Annotated[str, Path(pattern=ID_PATTERN)],
        request: StockSettingsRequest,
    ) -> StockSettingsResponse:
        """When a node buys a SKU again, over how many counters it is spread, and what is kept for channels.

        What is not given stays as it is. Orders may run meanwhile.
        """
        actor = require_scope(app, "stock:write").client_id
        require_nodes({"/node_id": node_id})
        require_own_stock(sku)
        if request.sets_layout:
            arranging.arrange(sku, node_id, actor=actor, buckets=request.buckets, fences=request.kept())
        if request.sets_reorder:
            settings.put(sku, node_id, request.to_settings())
            shortages.look(sku, node_id)
        return StockSettingsResponse.of(sku, node_id, settings.get(sku, node_id))


def serve_requirements(app: HttpApi, shortages: Shortages) -> None:
    """Add `GET /v1/purchase-requirements`."""

    @app.get("/v1/purchase-requirements", responses=keyed(400, 422), tags=TAGS)
    def list_requirements(query: Annotated[RequirementQuery, Query()]) -> RequirementList:
        """What is to be bought, one open requirement for each SKU and node."""
        require_scope(app, "stock:read")
        return requirement_page(shortages.repository, query)
