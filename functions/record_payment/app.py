"""What payment providers say happened, each report once; how an order is paid, and store credit (`payments.routes`)."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.content_types import APPLICATION_JSON

from ordo.capacity.repository import DynamoLoads
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.inventory.supply_repository import DynamoSupply
from ordo.inventory.wiring import relief_in, stock_in
from ordo.kernel.clock import system_clock
from ordo.orders.again import Again
from ordo.orders.wiring import acting, order_desk
from ordo.payments.accounts import order_of_payment
from ordo.payments.intake import PaymentIntake
from ordo.payments.resupply import sourced_anew
from ordo.payments.routes import WEBHOOKS, serve_credits, serve_tenders, serve_webhooks
from ordo.payments.schemas import PaymentRequest, PaymentView
from ordo.payments.service import record_payment
from ordo.payments.wiring import credit_service
from ordo.runtime.http import answer, handle, http_api, keyed, require_scope
from ordo.runtime.observability import count, logger
from ordo.runtime.secrets import secret
from ordo.runtime.settings import load_settings
from ordo.sourcing.service import SourcingService


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    supply_table: str
    catalog_table: str
    customers_table: str
    payment_secret_id: str


settings = load_settings(Settings)
app, catalog = http_api(), DynamoCatalogRepository(settings.catalog_table)
desk, stock = order_desk(channels=catalog), stock_in(settings.supply_table)
relief, loads = relief_in(settings.supply_table), DynamoLoads(settings.supply_table)
sourcing = SourcingService(catalog, stock, loads, relief=relief, supply=DynamoSupply(settings.supply_table))
resource = sourced_anew(sourcing, Again(catalog, stock), desk.repository)
secrets = partial(secret, settings.payment_secret_id)
serve_tenders(app, desk)
serve_webhooks(app, PaymentIntake(desk, resource, secrets, system_clock, order_of_payment))
serve_credits(app, credit_service(settings.customers_table))

RESPONSES = keyed(400, 404, 409, 413, 422, good=201) | answer(200, PaymentView, "The same report again")


@app.post("/v1/orders/<order_id>/payments", status_code=201, responses=RESPONSES, tags=["payments"])
def report_payment(order_id: str, request: PaymentRequest) -> Response[PaymentView]:
    """Record a provider's report: 201 the first time, 200 when the same report comes again."""
    caller = require_scope(app, "payments:write")
    by = acting(caller, "provider", request.provider)
    recorded = record_payment(desk, resource, order_id, request.to_report(), **by)
    for name in recorded.metrics:
        count(name)
        logger.error(name, extra={"order_id": order_id})
    return Response(201 if recorded.first else 200, APPLICATION_JSON, PaymentView.of(recorded))


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    return handle(app, event, context, as_sent=WEBHOOKS)
