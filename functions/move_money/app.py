"""The Payments queue: providers are asked to move what orders ask for, and what they say is recorded in the order."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, NamedTuple

from ordo.capacity.repository import DynamoLoads
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.orders.wiring import order_desk
from ordo.payments.accounts import providers_of
from ordo.payments.moving import Mover, take
from ordo.payments.wiring import credit_provider, resource_in
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
catalog = DynamoCatalogRepository(settings.catalog_table)
desk = order_desk(channels=catalog)
providers = providers_of(
    partial(secret, settings.payment_secret_id), partial(credit_provider, settings.customers_table)
)
mover = Mover(desk, providers, resource_in(catalog, DynamoLoads(settings.supply_table), settings.supply_table, desk))


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Lambda's entry."""
    again = [record["messageId"] for record in event["Records"] if not taken(record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}


def taken(record: dict[str, Any]) -> bool:
    """Whether the message is done with; else it comes again."""
    try:
        list(map(count, take(mover, json.loads(record["body"])).metrics))
    except Exception as error:  # noqa: BLE001  one bad message must not hold up the others
        facts = {"message_id": record["messageId"], "error": type(error).__name__}
        logger.exception("money not moved", exc_info=error, extra=facts)
        return False
    return True
