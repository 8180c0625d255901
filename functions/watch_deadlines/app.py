"""Every minute: settle what is due. `{"redrive": 100}` instead makes that many parked items due again."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from ordo.kernel.clock import system_clock
from ordo.orders.due import settle_due
from ordo.orders.due_repository import DynamoDueIndex
from ordo.orders.watcher import DueItem, Settle, redrive, run_all, wake_lane
from ordo.orders.wiring import backlog_jobs, order_desk
from ordo.runtime.observability import count, logger
from ordo.runtime.queues import send_message
from ordo.runtime.settings import load_settings
from ordo.shipments.repository import DynamoWaitingStore
from ordo.shipments.waiting import UNMATCHED, Outcome, retry


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    supply_table: str
    catalog_table: str
    secret_id: str
    webhooks_queue_url: str


settings = load_settings(Settings)
desk = order_desk(budget_s=3.0)
index = DynamoDueIndex(settings.orders_table)
waiting = DynamoWaitingStore(settings.orders_table)
supply = DynamoDueIndex(settings.supply_table)
jobs = backlog_jobs(settings.supply_table, desk)


def tell(what: str, item: DueItem, why: str) -> None:
    """Log by reference."""
    logger.error(f"deadline_{what}", extra={"kind": item.kind, "pk": item.pk, "sk": item.sk, "error": why})


settle: dict[str, Settle] = {
    "order": lambda item: settle_due(desk, item.pk).metrics,
    "lane": lambda item: wake_lane(item, index, desk.now(), partial(send_message, settings.webhooks_queue_url)),
    "carrier_event": lambda item: [UNMATCHED] if retry(item.pk, item.sk, desk, waiting) is Outcome.PARKED else [],
}
settle_supply: dict[str, Settle] = {"backlog": lambda item: jobs.settle(item, supply)}


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry of the Lambda."""
    if event.get("redrive"):
        limit = int(event["redrive"])
        return {"redriven": [item.key for each in (index, supply) for item in redrive(each, system_clock, limit)]}
    runs = [(index, settle), (supply, settle_supply)]
    watch = run_all(runs, system_clock, tell, lambda: context.get_remaining_time_in_millis() / 1000)
    for name in watch.metrics:
        count(name)
    return {"settled": watch.settled, "failed": watch.failed, "parked": watch.parked, "finished": watch.finished}
