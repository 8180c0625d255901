"""POST /v1/orders/{order_id}/refunds/preview. Nothing is written, so it takes no Idempotency-Key."""

from __future__ import annotations

from typing import Any, NamedTuple

from ordo.catalog.repository import DynamoCatalogRepository
from ordo.orders.refund_previews import preview_of
from ordo.orders.refund_schemas import RefundPreviewRequest, RefundPreviewView
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.runtime.http import handle, http_api, keyed, require_scope
from ordo.runtime.settings import load_settings


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    catalog_table: str


settings = load_settings(Settings)
app = http_api()
repository = DynamoOrderRepository(OrderTables.of_environment())
catalog = DynamoCatalogRepository(settings.catalog_table)


@app.post("/v1/orders/<order_id>/refunds/preview", responses=keyed(400, 404, 409, 413, 422), tags=["orders"])
def preview_refund(order_id: str, request: RefundPreviewRequest) -> RefundPreviewView:
    """What refunding these units and amounts would come to, to the cent. It tells no more than the order itself, so
    whoever may read the order may ask.
    """
    caller = require_scope(app, "orders:read")
    return preview_of(repository, catalog, order_id, request, lambda header: caller.may_use(header.channel))


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    return handle(app, event, context)
