"""POST /v1/orders: check the contact, seal it, run the placement workflow, answer once for each key."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from aws_lambda_powertools.event_handler.openapi.params import Header

from ordo.kernel.canonical import sha256_hex
from ordo.kernel.clock import system_clock
from ordo.kernel.errors import Code, OrdoError
from ordo.kernel.ids import new_id
from ordo.orders.draft import draft_of
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.orders.schemas import PlaceOrderRequest
from ordo.orders.service import place_order
from ordo.orders.views import PlacedOrderView
from ordo.runtime.http import IdempotencyKey, handle, http_api, keyed, require_scope
from ordo.runtime.observability import logger
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
            tell_short(refusal, sha256_hex(f"{caller.client_id}#{idempotency_key}")[:32])
        raise


def tell_short(refusal: OrdoError, ref: str) -> None:
    """Purchasing hears of what was wanted and is not there; only then is the code for it loaded."""
    from ordo.inventory.refusals import note_refusal
    from ordo.inventory.shortage_repository import DynamoShortages
    from ordo.inventory.shortages import Shortages

    shortages = Shortages(DynamoShortages(settings.supply_table, budget_s=0.3), system_clock, new_id)
    note_refusal(
        shortages,
        refusal.facts.get("lines", ()),
        ref,
        lambda sku, error: logger.warning("not told short", extra={"sku": sku, "why": type(error).__name__}),
    )


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    return handle(app, event, context)
