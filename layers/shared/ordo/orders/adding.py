"""Goods that an order gets later: priced as a cart of their own at the present prices, and sourced. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ordo.catalog.custom import check_custom
from ordo.catalog.rewards import GiftReward
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.inventory.demand import demand_of
from ordo.inventory.model import StockCounter, StockKey, StockMove, merge
from ordo.kernel.errors import Code, OrdoError
from ordo.orders.again import Again
from ordo.orders.cancellation import NodePart
from ordo.orders.model import OrderState
from ordo.orders.placement import MAX_COUNTERS, MAX_TAKES
from ordo.pricing.model import Buyer, Cart, CartLine, PricedCart
from ordo.pricing.service import price
from ordo.shipments.model import LineQuantity
from ordo.sourcing.service import SourcingService, Stock


@dataclass(frozen=True, slots=True)
class NewLine:
    """What is to be added. `custom` are measures of what is made for the customer; texts, being personal, it can only
    take over from the line that it is `like`.
    """

    line_id: str
    sku: str
    quantity: int
    options: Mapping[str, str] = field(default_factory=dict)
    custom: Mapping[str, int] = field(default_factory=dict)
    like: str | None = None


@dataclass(frozen=True, slots=True)
class Sourced:
    """Where goods come from, the plan that explains it, and when they come if it is done now (ISO texts)."""

    parts: tuple[NodePart, ...]
    plan: dict[str, Any]
    ready_by: str
    deliver_by: str


@dataclass(frozen=True, slots=True)
class Goods:
    """Prices and sources for orders that exist already, by their channel's policy as it is now."""

    again: Again
    sourcing: SourcingService

    def price(
        self,
        state: OrderState,
        lines: Sequence[NewLine],
        ship_to: Mapping[str, Any] | None,
        segment: str | None,
        now: datetime,
    ) -> PricedCart:
        """The added lines at the present prices, without coupons, gifts and shipping: they go with the order's own.

        Raises what pricing does, with pointers into the lines.
        """
        header = state.header
        snapshot = self._snapshot(state, [line.sku for line in lines], now)
        _require_numbers(snapshot, lines)
        country, region = place_of(ship_to, header.destination)
        cart = Cart(
            channel=header.channel,
            currency=header.currency,
            lines=tuple(CartLine(each.line_id, each.sku, each.quantity, each.options, each.custom) for each in lines),
            buyer=Buyer(header.customer_id, segment, False if header.customer_id else None),
            country=country,
            region=region,
        )
        return price(cart, _without_shipping(snapshot), now)

    def snapshot(self, state: OrderState, now: datetime) -> CatalogSnapshot:
        """The channel, and the products of the order's lines."""
        return self._snapshot(state, list(dict.fromkeys(line.sku for line in state.lines)), now)

    def source(
        self,
        state: OrderState,
        lines: Sequence[LineQuantity],
        ship_to: Mapping[str, Any] | None,
        freed: Iterable[StockMove],
        now: datetime,
    ) -> Sourced:
        """Where the units come from; the order's own that the same commit gives back (`freed`) may be taken again.

        Raises `OutOfStock`, `NoNode`, `NodeShort`, and `too_many_lines` where one commit could not take it all.
        """
        stock = _Freed(self.again.stock, {move.key: move for move in merge(freed)})
        again = replace(self.again, stock=stock)
        plan = again.plan(replace(self.sourcing, stock=stock), state, lines, ship_to, now)
        parts = again.parts(plan, state)
        _require_commit(parts)
        promise = plan.promise
        return Sourced(
            parts,
            plan.to_dict(),
            promise.ready_by,
            promise.deliver_by,
        )

    def _snapshot(self, state: OrderState, skus: Sequence[str], now: datetime) -> CatalogSnapshot:
        return self.again.catalog.load_snapshot(state.header.channel, list(dict.fromkeys(skus)), (), now)


def place_of(ship_to: Mapping[str, Any] | None, destination: str | None) -> tuple[str | None, str | None]:
    """Country and region where an order goes, by its address, or what its header kept of an address that is erased."""
    if ship_to:
        return ship_to.get("country"), ship_to.get("region")
    country, _, region = (destination or "").partition("/")
    return country or None, region or None


def units_of(priced: PricedCart) -> list[LineQuantity]:
    """What the lines take from stock."""
    return [
        LineQuantity(line_id=each.line_id, sku=each.sku, quantity=each.quantity, part=each.part)
        for each in demand_of(priced.lines)
    ]


def new_ids(known: Iterable[str], count: int) -> list[str]:
    """Ids for added lines that no line of the order has: `add-1`, `add-2`."""
    taken, found, number = set(known), list[str](), 0
    while len(found) < count:
        number += 1
        if f"add-{number}" not in taken:
            found.append(f"add-{number}")
    return found


def _require_numbers(snapshot: CatalogSnapshot, lines: Sequence[NewLine]) -> None:
    """Raise `InvalidOption` where a line is made with a text of the customer's: that is ordered by itself."""
    for place, line in enumerate(lines):
        product = snapshot.products.get(line.sku)
        if product is not None and line.like is None:
            check_custom(product, line.custom, f"/lines/{place}/custom", {})


def _without_shipping(snapshot: CatalogSnapshot) -> CatalogSnapshot:
    """As pricing is to see it: nothing is charged beside the lines, and nothing given away for an order's worth."""
    if snapshot.channel is None:
        return snapshot
    free = replace(snapshot.channel, shipping={}, shipping_methods=(), surcharges=())
    earned = tuple(each for each in snapshot.promotions if not isinstance(each.reward, GiftReward))
    return replace(snapshot, channel=free, promotions=earned)


@dataclass(frozen=True, slots=True)
class _Freed:
    """Stock as if the moves were made."""

    stock: Stock
    moves: Mapping[StockKey, StockMove]

    def counters(self, skus: Sequence[str], nodes: Sequence[str], *, consistent: bool = False) -> list[StockCounter]:
        """See `Stock`."""
        found = self.stock.counters(skus, nodes, consistent=consistent)
        return [self._freed(counter) for counter in found]

    def _freed(self, counter: StockCounter) -> StockCounter:
        move = self.moves.get(counter.key)
        if move is None:
            return counter
        return replace(
            counter, reserved=counter.reserved + move.reserved, backordered=counter.backordered + move.backordered
        )


def _require_commit(parts: Sequence[NodePart]) -> None:
    writes = sum(1 + part.work_counted for part in parts)
    counters = sum(max(len(part.buckets), len({line.sku for line in part.lines})) for part in parts)
    if writes > MAX_TAKES or counters > MAX_COUNTERS:
        raise OrdoError(
            "The goods come from more places at once than one commit can hold; change less at once.",
            code=Code.TOO_MANY_LINES,
            facts={"takes": writes + counters},
        )
