"""The Payments queue: providers move what orders ask for, which is recorded; nightly their lists are compared."""

from __future__ import annotations

import json
from functools import partial
from typing import Any, NamedTuple

from ordo.capacity.repository import DynamoLoads
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.kernel.clock import system_clock
from ordo.orders.wiring import order_desk
from ordo.payments.accounts import account_of, providers_of
from ordo.payments.moved_items import LISTED
from ordo.payments.moved_repository import DynamoMovedRows
from ordo.payments.moving import Mover, take
from ordo.payments.reconciling import Reconciler
from ordo.payments.wiring import credit_provider, resource_in, tell_unmatched
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
secrets = partial(secret, settings.payment_secret_id)
providers = providers_of(secrets, partial(credit_provider, settings.customers_table))
mover = Mover(desk, providers, resource_in(catalog, DynamoLoads(settings.supply_table), settings.supply_table, desk))
reconciler = Reconciler(desk, DynamoMovedRows(settings.orders_table), providers, system_clock, tell_unmatched)


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Lambda's entry, for the queue and for the night."""
    if "Records" not in event:
        return reconciler.run_all(name for name in LISTED if account_of(secrets(), name))
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
