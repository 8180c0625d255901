"""Stock for an order that is paid after it was cancelled for not being paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ordo.inventory.errors import OutOfStock
from ordo.orders.again import Again
from ordo.orders.cancellation import NodePart, ended_with_it
from ordo.orders.errors import NodeShort
from ordo.orders.incident import added
from ordo.orders.model import OrderState
from ordo.orders.ports import OrderRepository
from ordo.payments.ways import Resource
from ordo.sourcing.errors import NoNode
from ordo.sourcing.service import SourcingService


def sourced_anew(sourcing: SourcingService, again: Again, repository: OrderRepository) -> Resource:
    """Plans what was left of the order when it was cancelled on what is there now, to the address it has now; nothing
    when that is not enough.
    """

    def resource(state: OrderState, now: datetime) -> Sequence[NodePart]:
        contact = repository.contact(state.header.order_id) or {}
        lines = added((), (line for work in ended_with_it(state) for line in work.lines))
        try:
            return again.parts(again.plan(sourcing, state, lines, contact.get("ship_to"), now), state)
        except (OutOfStock, NoNode, NodeShort):
            return ()

    return resource
