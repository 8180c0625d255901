"""What the watcher does about each kind of thing that is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ordo.inventory.relief import Relief, expire_due
from ordo.orders.backlog_jobs import BacklogJobs
from ordo.orders.desk import OrderDesk
from ordo.orders.due import settle_due
from ordo.orders.watcher import DueIndex, Settle, wake_lane
from ordo.shipments.waiting import UNMATCHED, Outcome, WaitingStore, retry


@dataclass(frozen=True, slots=True)
class Due:
    """Who looks after what: `index` is of the Orders table, `supply` of the Supply table."""

    desk: OrderDesk
    index: DueIndex
    supply: DueIndex
    waiting: WaitingStore
    relief: Relief
    jobs: BacklogJobs
    send: Callable[[dict[str, Any]], None]
    """Puts one message on the queue of the deliverer of webhooks."""


def settlers(due: Due) -> dict[str, Settle]:
    """By the kind that an entry of a deadline index has."""
    desk = due.desk
    return {
        "order": lambda item: settle_due(desk, item.pk).metrics,
        "lane": lambda item: wake_lane(item, due.index, desk.now(), due.send),
        "backlog": lambda item: due.jobs.settle(item, due.supply),
        "reservation": lambda item: expire_due(due.relief, item.pk),
        "carrier_event": lambda item: (
            [UNMATCHED] if retry(item.pk, item.sk, desk, due.waiting) is Outcome.PARKED else []
        ),
    }
