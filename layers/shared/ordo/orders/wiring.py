"""How handlers come to their desk, and who stands before it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol, TypedDict

from ordo.kernel.clock import Clock, system_clock
from ordo.kernel.ids import new_id
from ordo.orders.desk import OrderDesk
from ordo.orders.incident_policy import Channels, policies_of
from ordo.orders.model import Actor, OrderHeader
from ordo.orders.proposals import usual_policies
from ordo.orders.repository import DynamoOrderRepository, OrderTables

if TYPE_CHECKING:
    from ordo.orders.backlog_jobs import BacklogJobs
    from ordo.orders.decision import Decision
    from ordo.orders.verifying import Witnesses
    from ordo.orders.watcher import DueItem


class ApiClient(Protocol):
    """The caller as `ordo.runtime.http` knows it."""

    @property
    def client_id(self) -> str: ...

    def may_use(self, channel: str) -> bool:
        """Whether its key is bound to the channel."""


class Acting(TypedDict):
    """Who acts, and which orders they see; to be passed on as keywords."""

    actor: Actor
    visible: Callable[[OrderHeader], bool]


def order_desk(clock: Clock = system_clock, *, budget_s: float = 5.0, channels: Channels | None = None) -> OrderDesk:
    """The desk on the tables that the environment names; purchasing hears of what orders wait for no longer.

    `channels` is the catalogue, where decisions open incidents by its policies.
    """
    tables = OrderTables.of_environment()

    def tell(decision: Decision) -> None:
        from ordo.inventory.telling import tell_queue

        if decision.type != "fulfilment.filled":  # whoever got what it waited for still wanted it
            tell_queue(tables.supply, decision.queue)

    policies = policies_of(channels) if channels is not None else usual_policies
    repository = DynamoOrderRepository(tables)
    return OrderDesk(repository, clock, new_id, budget_s=budget_s, tell=tell, policies=policies)


def witnesses_of_environment() -> Witnesses:
    """What timelines are verified by: the buckets `FILES_BUCKET` and `ANCHORS_BUCKET`."""
    from ordo.orders.anchor_repository import ObjectAnchors
    from ordo.orders.verifying import Witnesses
    from ordo.runtime.files import FileBucket

    return Witnesses(FileBucket(os.environ["FILES_BUCKET"]), ObjectAnchors(os.environ["ANCHORS_BUCKET"]))


def tell_due(what: str, item: DueItem, why: str) -> None:
    """Log what the watcher tells of an item, by reference."""
    from ordo.runtime.observability import logger

    logger.error(f"deadline_{what}", extra={"kind": item.kind, "pk": item.pk, "sk": item.sk, "error": why})


def backlog_jobs(supply_table: str, desk: OrderDesk | None = None) -> BacklogJobs:
    """Filling queues at the desk; units of other buckets are brought together for it."""
    from ordo.inventory.telling import backlog_in, bring_together
    from ordo.orders.backlog_jobs import BacklogJobs

    def gather(sku: str, node: str) -> None:
        bring_together(supply_table, [(sku, node)])

    return BacklogJobs(desk or order_desk(budget_s=3.0), backlog_in(supply_table), gather)


def acting(
    caller: ApiClient, role: Literal["customer", "staff", "client", "provider"], actor_id: str | None = None
) -> Acting:
    """The caller in a role; orders of channels that its key is not bound to are as if they did not exist."""
    actor = Actor(type=role, id=actor_id or caller.client_id)
    return {"actor": actor, "visible": lambda header: caller.may_use(header.channel)}
