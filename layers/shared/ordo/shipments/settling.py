"""What the watcher does about each kind of thing that is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from ordo.inventory.relief import Relief, expire_due
from ordo.orders.backlog_jobs import BacklogJobs
from ordo.orders.desk import OrderDesk
from ordo.orders.due import settle_due
from ordo.orders.watcher import DueIndex, Settle, wake_lane, wake_message
from ordo.shipments.patience import patience_of
from ordo.shipments.silence import Patiences
from ordo.shipments.waiting import UNMATCHED, Outcome, WaitingStore, retry


class Takings(Protocol):
    """What gives back what an order took and did not commit (`ordo.inventory.taking_repository`)."""

    def settle_due(self, pk: str) -> None: ...


class Moves(Protocol):
    """What makes moves that a commit has left (`ordo.inventory.taking_repository`)."""

    def make(self, pk: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Due:
    """Who looks after what: `index` is of the Orders table, `supply` of the Supply table."""

    desk: OrderDesk
    index: DueIndex
    supply: DueIndex
    waiting: WaitingStore
    relief: Relief
    jobs: BacklogJobs
    takings: Takings
    moves: Moves
    send: Callable[[dict[str, Any]], None]
    """Puts one message on the queue of the deliverer of webhooks."""
    send_message: Callable[[dict[str, Any]], None]
    """Puts one message on the queue of messages to customers."""
    complaint: Callable[[str], tuple[str, ...]]
    """Does what is due of a complaint (`ordo.complaints.service`)."""
    patiences: Patiences = patience_of


def settlers(due: Due) -> dict[str, Settle]:
    """By the kind that an entry of a deadline index has."""
    desk = due.desk
    return {
        "order": lambda item: settle_due(desk, item.pk, due.patiences).metrics,
        "complaint": lambda item: due.complaint(item.pk),
        "lane": lambda item: wake_lane(item, due.index, desk.now(), due.send),
        "customer_message": lambda item: wake_message(item, due.index, desk.now(), due.send_message),
        "backlog": lambda item: due.jobs.settle(item, due.supply),
        "taking": lambda item: _done(due.takings.settle_due, item.pk),
        "moves": lambda item: _done(due.moves.make, item.pk),
        "reservation": lambda item: expire_due(due.relief, item.pk),
        "carrier_event": lambda item: (
            [UNMATCHED] if retry(item.pk, item.sk, desk, due.waiting) is Outcome.PARKED else []
        ),
    }


def _done(settle: Callable[[str], None], pk: str) -> tuple[str, ...]:
    """Nothing is counted."""
    settle(pk)
    return ()
