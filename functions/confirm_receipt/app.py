"""POST /v1/orders/{order_id}/receipt-confirmation: the customer has it (确认收货)."""

from __future__ import annotations

from typing import Any, NamedTuple

from ordo.orders.command_schemas import ReceiptRequest, ReceiptView
from ordo.orders.completion import confirm_receipt
from ordo.orders.wiring import acting, order_desk
from ordo.runtime.http import handle, http_api, keyed, require_scope
from ordo.runtime.settings import load_settings


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str


settings = load_settings(Settings)
app = http_api()
desk = order_desk()


@app.post("/v1/orders/<order_id>/receipt-confirmation", responses=keyed(400, 404, 409, 413, 422), tags=["orders"])
def confirm(order_id: str, request: ReceiptRequest | None = None) -> ReceiptView:
    """Complete a shipped order at the customer's word; confirming it again changes nothing."""
    request = request or ReceiptRequest()
    by = acting(require_scope(app, "orders:change"), request.confirmed_by)
    changed = desk.change(order_id, confirm_receipt, expected_version=request.version, **by)
    return ReceiptView.done(changed.header)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    return handle(app, event, context)
