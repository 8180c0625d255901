"""Every minute: settle what is due. `{"redrive": 100}` instead makes that many parked items due again."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from ordo.catalog.repository import DynamoCatalogRepository
from ordo.complaints.wiring import complaint_desk
from ordo.inventory.taking_repository import DynamoPendingMoves, DynamoTakings
from ordo.inventory.wiring import relief_in
from ordo.kernel.clock import system_clock
from ordo.orders.due_repository import DynamoDueIndex
from ordo.orders.watcher import Watcher, redrive
from ordo.orders.wiring import backlog_jobs, order_desk, tell_due
from ordo.runtime.observability import count
from ordo.runtime.queues import send_message
from ordo.runtime.settings import load_settings
from ordo.shipments.repository import DynamoWaitingStore
from ordo.shipments.settling import Due, settlers
from ordo.shipments.transit_repository import patiences_in


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    supply_table: str
    catalog_table: str
    secret_id: str
    webhooks_queue_url: str
    customer_messages_queue_url: str


settings = load_settings(Settings)
catalog = DynamoCatalogRepository(settings.catalog_table)
desk = order_desk(budget_s=3.0, channels=catalog)
index, supply = DynamoDueIndex(settings.orders_table), DynamoDueIndex(settings.supply_table)
due = Due(
    desk=desk,
    index=index,
    supply=supply,
    waiting=DynamoWaitingStore(settings.orders_table),
    relief=relief_in(settings.supply_table),
    jobs=backlog_jobs(settings.supply_table, desk),
    takings=DynamoTakings(settings.supply_table),
    moves=DynamoPendingMoves(settings.supply_table),
    send=partial(send_message, settings.webhooks_queue_url),
    complaint=complaint_desk(settings.orders_table, "", catalog, budget_s=3.0).settle_due,
    send_message=partial(send_message, settings.customer_messages_queue_url),
    patiences=patiences_in(catalog, settings.catalog_table),
)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    if limit := int(event.get("redrive") or 0):
        return {"redriven": [item.key for each in (index, supply) for item in redrive(each, system_clock, limit)]}
    watcher = Watcher(index, settlers(due), system_clock, tell_due, (supply,))
    watch = watcher.run(lambda: context.get_remaining_time_in_millis() / 1000)
    return watch.told(count)
