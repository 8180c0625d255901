"""Complaints: said, read, answered, decided; and the steps of the machine that carries each to its end."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from ordo.casework.steps import Steps
from ordo.casework.token_repository import DynamoTokenStore
from ordo.casework.waiting import Waits
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.complaints.carrying import ComplaintWork
from ordo.complaints.routes import serve_deciding, serve_reading, serve_taking
from ordo.complaints.wiring import all_remedies, complaint_desk, enqueue
from ordo.orders.change_wiring import change_means
from ordo.orders.wiring import order_desk
from ordo.runtime.http import handle, http_api
from ordo.runtime.observability import count
from ordo.runtime.queues import send_message
from ordo.runtime.settings import load_settings


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    supply_table: str
    catalog_table: str
    customers_table: str
    secret_id: str
    cases_queue_url: str
    complaints_queue_url: str


settings = load_settings(Settings)
app = http_api()
catalog = DynamoCatalogRepository(settings.catalog_table, settings.customers_table)
orders = order_desk(channels=catalog)
desk = complaint_desk(settings.orders_table, settings.customers_table, catalog)
remedies = all_remedies(orders, catalog, change_means(orders, catalog, settings.supply_table))
serve_taking(app, desk, orders.repository, enqueue(settings.complaints_queue_url))
serve_reading(app, desk)
serve_deciding(app, desk, remedies)
wake = partial(send_message, settings.cases_queue_url)
waits = Waits("complaint", DynamoTokenStore(settings.orders_table), wake)
steps = Steps(ComplaintWork(desk, remedies, count), waits)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda, for the API and for the machine."""
    return steps.do(event) if "step" in event else handle(app, event, context)
