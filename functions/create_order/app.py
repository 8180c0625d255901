"""POST /v1/orders: check the contact, seal it, run the placement workflow, answer once for each key."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from aws_lambda_powertools.event_handler.openapi.params import Header

from ordo.inventory.telling import tell_short
from ordo.kernel.clock import system_clock
from ordo.kernel.errors import Code, OrdoError
from ordo.kernel.ids import new_id
from ordo.orders.draft import draft_of
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.orders.schemas import PlaceOrderRequest
from ordo.orders.service import place_order
from ordo.orders.views import PlacedOrderView
from ordo.runtime.http import IdempotencyKey, handle, http_api, keyed, require_scope
from ordo.runtime.seal import seal
from ordo.runtime.settings import load_settings
from ordo.runtime.workflow import StepFunctionsWorkflow


class Settings(NamedTuple):
    """What this function needs of its environment."""

    place_order_arn: str
    orders_table: str
    supply_table: str
    secret_id: str


settings = load_settings(Settings)
app = http_api()
repository = DynamoOrderRepository(OrderTables.of_environment())
workflow = StepFunctionsWorkflow(settings.place_order_arn)


@app.post("/v1/orders", status_code=201, responses=keyed(400, 409, 413, 422, good=201), tags=["orders"])
def create_order(
    request: PlaceOrderRequest, idempotency_key: Annotated[IdempotencyKey, Header(alias="Idempotency-Key")]
) -> PlacedOrderView:
    """Place an order; the same key and body always answer with the same order."""
    caller = require_scope(app, "orders:write")
    caller.require_channel(request.channel)
    if request.manual_discounts:
        require_scope(app, "prices:override")
    draft = draft_of(request, caller.client_id, idempotency_key, new_id("ord", system_clock()), seal)
    try:
        return place_order(draft, workflow, repository)
    except OrdoError as refusal:
        if refusal.code is Code.OUT_OF_STOCK:
            tell_short(settings.supply_table, refusal.facts.get("lines", ()), caller.client_id, idempotency_key)
        raise


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    return handle(app, event, context)
