"""Stock for an order that is paid after it was cancelled for not being paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ordo.inventory.demand import demand_of
from ordo.inventory.errors import OutOfStock
from ordo.inventory.spread import usable
from ordo.orders.cancellation import NodePart
from ordo.orders.errors import NodeShort
from ordo.orders.model import OrderState
from ordo.orders.ports import OrderRepository
from ordo.orders.shelving import buckets_of, quantities
from ordo.payments.ways import Resource
from ordo.shipments.model import LineQuantity
from ordo.sourcing.errors import NoNode
from ordo.sourcing.service import SourcingService


def sourced_anew(sourcing: SourcingService, repository: OrderRepository) -> Resource:
    """Plans the whole order on what is there now, to the address it has now; nothing when that is not enough."""

    def resource(state: OrderState, now: datetime) -> Sequence[NodePart]:
        contact = repository.contact(state.header.order_id) or {}
        try:
            plan = sourcing.source(demand_of(state.lines), state.header.channel, contact.get("ship_to"), now)
        except (OutOfStock, NoNode):
            return ()
        parts = [
            NodePart(
                each.node_id,
                tuple(LineQuantity(line_id=part.line_id, sku=part.sku, quantity=part.quantity) for part in each.lines),
            )
            for each in plan.fulfilments
        ]
        return spread_over(parts, state, sourcing)

    return resource


def spread_over(parts: Sequence[NodePart], state: OrderState, sourcing: SourcingService) -> Sequence[NodePart]:
    """The parts with the buckets from which they are taken; nothing when a node has too little in all of them."""
    if sourcing.stock is None:
        return parts
    skus = {line.sku for part in parts for line in part.lines}
    counters = sourcing.stock.counters(sorted(skus), [part.node_id for part in parts], consistent=True)
    shelves = usable(counters, state.header.channel)
    try:
        return [
            replace(
                part,
                buckets=buckets_of(
                    state.header.order_id, state.header.channel, part.node_id, quantities(part.lines), shelves
                ),
            )
            for part in parts
        ]
    except NodeShort:
        return ()
