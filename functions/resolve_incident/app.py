"""Incidents: read them, decide about them, and the steps of the machine that carries each to its end."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from ordo.capacity.repository import DynamoLoads
from ordo.casework.steps import Steps
from ordo.casework.token_repository import DynamoTokenStore
from ordo.casework.waiting import Waits
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.inventory.wiring import relief_in, stock_in
from ordo.orders.accounts import Accounts
from ordo.orders.again import Again
from ordo.orders.elsewhere import ElsewhereSearch
from ordo.orders.giving_back import RefundRules
from ordo.orders.wiring import order_desk
from ordo.runtime.http import handle, http_api
from ordo.runtime.observability import count
from ordo.runtime.queues import send_message
from ordo.runtime.settings import load_settings
from ordo.shipments.carrying import IncidentWork
from ordo.shipments.claiming import ClaimDesk
from ordo.shipments.incident_routes import serve_deciding, serve_reading
from ordo.shipments.resolving import Remedies
from ordo.sourcing.service import SourcingService


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    supply_table: str
    catalog_table: str
    customers_table: str
    secret_id: str
    cases_queue_url: str


settings = load_settings(Settings)
app = http_api()
catalog = DynamoCatalogRepository(settings.catalog_table)
desk = order_desk(channels=catalog)
stock, relief = stock_in(settings.supply_table), relief_in(settings.supply_table)
sourcing = SourcingService(catalog, stock, DynamoLoads(settings.supply_table), relief=relief)
anywhere = ElsewhereSearch(Again(catalog, stock), sourcing, desk.repository, asked=True)
remedies = Remedies(anywhere, RefundRules(Accounts(desk.repository, catalog)), ClaimDesk(desk, catalog).terms)
serve_reading(app, desk, settings.orders_table)
serve_deciding(app, desk, anywhere, remedies)
wake = partial(send_message, settings.cases_queue_url)
steps = Steps(IncidentWork(desk, remedies, count), Waits("incident", DynamoTokenStore(settings.orders_table), wake))


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda, for the API and for the machine."""
    return steps.do(event) if "step" in event else handle(app, event, context)
