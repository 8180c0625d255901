"""Every night: how long carriers' parcels were on the road and silent, from the merchant's own deliveries."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, NamedTuple

from ordo.catalog.documents import Kind
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.kernel.clock import system_clock
from ordo.notifications.repository import DynamoOutbox
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.runtime.observability import count, logger
from ordo.runtime.settings import load_settings
from ordo.shipments.measuring import measure
from ordo.shipments.patience import rests_of
from ordo.shipments.rests import Rests
from ordo.shipments.transit_repository import DynamoDeliveries, DynamoTransit


class Settings(NamedTuple):
    """The environment of this function."""

    orders_table: str
    catalog_table: str


settings = load_settings(Settings)
orders = DynamoOrderRepository(OrderTables.of_environment())
deliveries = DynamoDeliveries(settings.orders_table, DynamoOutbox(settings.orders_table).receipts, orders.load)
transit, catalog = DynamoTransit(settings.catalog_table), DynamoCatalogRepository(settings.catalog_table)


def rests(carrier: str) -> Rests:
    """When a carrier rests, as its document says: those hours are no silence."""
    found = catalog.get(Kind.CARRIER, carrier)
    return rests_of(carrier, found.body if found else None)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's entry."""
    run = measure(transit, deliveries, system_clock(), lambda: context.get_remaining_time_in_millis() / 1000, rests)
    if not run.finished:
        count("TransitBehind")
        logger.error("there was more than one run measures", extra={"until": run.until, "orders": run.orders})
    return asdict(run)
