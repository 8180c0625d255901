"""What payment providers say happened, each report once; how an order is paid, and store credit (`payments.routes`)."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.content_types import APPLICATION_JSON

from ordo.capacity.repository import DynamoLoads
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.kernel.clock import system_clock
from ordo.orders.wiring import acting, order_desk
from ordo.payments.accounts import order_of_payment
from ordo.payments.intake import PaymentIntake
from ordo.payments.routes import REPORTS, WEBHOOKS, serve_payments
from ordo.payments.schemas import PaymentRequest, PaymentView
from ordo.payments.service import record_payment
from ordo.payments.wiring import credit_service, resource_in
from ordo.runtime.http import handle, http_api, require_scope
from ordo.runtime.observability import count, logger
from ordo.runtime.secrets import secret
from ordo.runtime.settings import load_settings


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    supply_table: str
    catalog_table: str
    customers_table: str
    payment_secret_id: str


settings = load_settings(Settings)
app, catalog = http_api(), DynamoCatalogRepository(settings.catalog_table)
desk = order_desk(channels=catalog)
resource = resource_in(catalog, DynamoLoads(settings.supply_table), settings.supply_table, desk)
secrets = partial(secret, settings.payment_secret_id)
intake = PaymentIntake(desk, resource, secrets, system_clock, order_of_payment)
serve_payments(app, desk, intake, credit_service(settings.customers_table))


@app.post("/v1/orders/<order_id>/payments", status_code=201, responses=REPORTS, tags=["payments"])
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
