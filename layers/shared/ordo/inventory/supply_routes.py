"""Routes of dated supply."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

from ordo.inventory.schemas import ID_PATTERN
from ordo.inventory.shortages import Shortages
from ordo.inventory.supply_repository import DynamoSupply
from ordo.inventory.supply_schemas import SupplyList, SupplyQuery, SupplyRequest, SupplyResponse, supply_page
from ordo.inventory.supplying import Supplying
from ordo.runtime.http import HttpApi, Path, Query, keyed, require_scope

TAGS = ["stock"]


def serve_supply(
    app: HttpApi, table: str, shortages: Shortages, require_nodes: Callable[[Mapping[str, str]], None]
) -> None:
    """Add the routes below `/v1/supply`; `require_nodes` refuses nodes, by pointer, that do not exist."""
    supplying = Supplying(DynamoSupply(table), shortages, shortages.clock)

    @app.put("/v1/supply/<supply_id>", responses=keyed(400, 409, 413, 422), tags=TAGS)
    def put_supply(supply_id: Annotated[str, Path(pattern=ID_PATTERN)], request: SupplyRequest) -> SupplyResponse:
        """What is on its way to a node, and when: orders are promised by it. The same again changes nothing."""
        require_scope(app, "stock:write")
        require_nodes(request.nodes())
        return SupplyResponse.of(supplying.put(request.to_supply(supply_id)))

    @app.get("/v1/supply", responses=keyed(400, 422), tags=TAGS)
    def list_supply(query: Annotated[SupplyQuery, Query()]) -> SupplyList:
        """What is due of a SKU, the first day first."""
        require_scope(app, "stock:read")
        return supply_page(supplying.repository, query)

    @app.delete("/v1/supply/<supply_id>", responses=keyed(404, 409, 422), tags=TAGS)
    def cancel_supply(supply_id: Annotated[str, Path(pattern=ID_PATTERN)]) -> SupplyResponse:
        """Nothing more of it comes; orders that wait keep their place. Again changes nothing."""
        require_scope(app, "stock:write")
        return SupplyResponse.of(supplying.cancel(supply_id))
