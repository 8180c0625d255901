"""Sourcing units of an order that exists already: by its channel's policy and its products' needs as they are now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from ordo.catalog.incident_terms import IncidentTerms
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.inventory.demand import Wanted, demand_key
from ordo.inventory.spread import usable
from ordo.orders.backorders import wait_of
from ordo.orders.cancellation import NodePart
from ordo.orders.model import OrderState
from ordo.orders.shelving import buckets_of, quantities
from ordo.shipments.model import LineQuantity
from ordo.sourcing.model import Plan
from ordo.sourcing.service import SourcingService, Stock


class Snapshots(Protocol):
    """What is asked of the catalogue."""

    def load_snapshot(
        self, channel: str, skus: Sequence[str], coupons: Sequence[str], now: datetime
    ) -> CatalogSnapshot:
        """The channel and the products, maybe cached."""
        ...


@dataclass(frozen=True, slots=True)
class Again:
    """`stock` is read consistently."""

    catalog: Snapshots
    stock: Stock

    def plan(
        self,
        sourcing: SourcingService,
        state: OrderState,
        lines: Iterable[LineQuantity],
        ship_to: Mapping[str, Any] | None,
        now: datetime,
        *,
        max_fulfilments: int = 0,
        rejected: Collection[str] = (),
    ) -> Plan:
        """The plan for these units, without nodes that `rejected` the order; raises `OutOfStock` or `NoNode`.

        A product that is gone requires nothing.
        """
        channel, skus = state.header.channel, {line.line_id: line.sku for line in state.lines}
        parts = {demand_key(line.line_id, at): each.sku for line in state.lines for at, each in enumerate(line.parts)}
        snapshot = self.catalog.load_snapshot(channel, sorted({*skus.values(), *parts.values()}), (), now)
        terms = snapshot.channel.sourcing if snapshot.channel is not None else None
        wanted = [_wanted(line, skus.get(line.line_id), parts.get(line.key), snapshot) for line in lines]
        return sourcing.source(
            wanted, channel, ship_to, now, max_fulfilments=max_fulfilments, terms=terms, rejected=rejected
        )

    def resourcing(self, state: OrderState, now: datetime) -> Mapping[str, Any]:
        """The channel's policy for units that nodes do not give, as stored (`catalog.resourcing_terms`)."""
        channel = self.catalog.load_snapshot(state.header.channel, (), (), now).channel
        return channel.resourcing if channel is not None else {}

    def incidents(self, state: OrderState, now: datetime) -> IncidentTerms:
        """The channel's policy for what goes wrong."""
        channel = self.catalog.load_snapshot(state.header.channel, (), (), now).channel
        return IncidentTerms.of(channel.incidents, channel.resourcing) if channel is not None else IncidentTerms()

    def parts(self, plan: Plan, state: OrderState) -> tuple[NodePart, ...]:
        """The plan's parts with the buckets from which they are taken; raises `NodeShort` when one has too little."""
        parts, header = _parts(plan), state.header
        skus = sorted({line.sku for part in parts for line in part.lines})
        counters = self.stock.counters(skus, [part.node_id for part in parts], consistent=True)
        shelves = usable(counters, header.channel)
        return tuple(
            replace(
                part,
                buckets=()
                if part.wait
                else buckets_of(header.order_id, header.channel, part.node_id, quantities(part.lines), shelves),
            )
            for part in parts
        )


def _parts(plan: Plan) -> list[NodePart]:
    return [
        NodePart(
            each.node_id,
            tuple(
                LineQuantity(line_id=share.line_id, sku=share.sku, quantity=share.quantity, part=share.part)
                for share in each.lines
            ),
            work_counted=each.work is not None,
            work_limit=each.work.limit if each.work is not None else None,
            wait=wait_of(each.wait.to_dict()) if each.wait else None,
            limit=each.wait.limit if each.wait else None,
        )
        for each in plan.fulfilments
    ]


def _wanted(line: LineQuantity, sku: str | None, part: str | None, snapshot: CatalogSnapshot) -> Wanted:
    product, bundle = snapshot.products.get(part or sku or ""), snapshot.products.get(sku or "") if part else None
    if product is None:
        return Wanted(line.line_id, line.sku, line.quantity, part=line.part)
    return Wanted(
        line.line_id,
        line.sku,
        line.quantity,
        frozenset(product.requires),
        product.preparation_minutes,
        (*product.categories, *(bundle.categories if bundle else ())),
        product.availability,
        line.part,
    )
