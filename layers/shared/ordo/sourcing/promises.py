"""What an order would be promised, without an order: the same questions that its placement asks. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from ordo.catalog.custom import split_custom
from ordo.catalog.model import Product
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.inventory.demand import Wanted
from ordo.inventory.errors import OutOfStock
from ordo.kernel.clock import to_iso
from ordo.orders.schemas import LineRequest
from ordo.pricing.model import CartLine
from ordo.pricing.parts import require_few_parts, sold_parts
from ordo.pricing.sold import chosen_of
from ordo.sourcing.errors import NoNode
from ordo.sourcing.promise_schemas import PromisedView, PromiseRequest, PromiseView, ShortView
from ordo.sourcing.service import SourcingService


class Snapshots(Protocol):
    """What a promise needs of the catalogue beside its nodes."""

    def load_snapshot(
        self, channel: str, skus: Sequence[str], coupons: Sequence[str], now: datetime
    ) -> CatalogSnapshot:
        """The channel and the products."""
        ...


@dataclass(frozen=True, slots=True)
class Promising:
    """What a promise is made from."""

    catalog: Snapshots
    sourcing: SourcingService

    def promise(self, request: PromiseRequest, now: datetime) -> PromiseView:
        """The plan that an order of the same cart would have now; that it has none is an answer too.

        Gifts are not looked at, and nothing is kept: others may take the stock. Raises `UnknownChannel`, `UnknownSku`,
        `NotForSale`, `InvalidOption`, and `too_many_lines` where bundles have too many parts together.
        """
        snapshot = self.catalog.load_snapshot(request.channel, [line.sku for line in request.lines], (), now)
        channel = snapshot.selling_channel(request.channel)
        demand = demand_in(request.lines, snapshot)
        ship_to = request.ship_to.model_dump(exclude_none=True) if request.ship_to else None
        limit, terms = channel.max_fulfilments, channel.sourcing
        asked_at = to_iso(now)
        try:
            seen = self.sourcing.seen(demand, request.channel, now, terms=terms)
            found = self.sourcing.plan(
                demand,
                request.channel,
                ship_to,
                seen.stock,
                now,
                max_fulfilments=limit,
                terms=terms,
                open_units=seen.open_units,
                kept=seen.kept,
                prospects=seen.prospects,
            )
        except OutOfStock as short:
            lines = [ShortView.model_validate(each) for each in short.facts["lines"]]
            return PromiseView(outcome="short", lines=lines, asked_at=asked_at)
        except NoNode as none:
            facts = none.facts
            return PromiseView(
                outcome="no_node", reason=facts["reason"], candidates=facts["candidates"], asked_at=asked_at
            )
        plan = found.to_dict()
        return PromiseView(
            outcome="planned", plan=plan, promise=PromisedView.model_validate(plan["promise"]), asked_at=asked_at
        )


def cart_line(line: LineRequest) -> CartLine:
    """The line as pricing knows it."""
    return CartLine(line.line_id, line.sku, line.quantity, line.options, split_custom(line.custom).measures)


def demand_in(lines: Sequence[LineRequest], snapshot: CatalogSnapshot) -> tuple[Wanted, ...]:
    """What lines of a request take of stock; raises as those of an order do."""
    wanted = [wanted_of(cart_line(line), place, snapshot) for place, line in enumerate(lines)]
    require_few_parts([len(parts) if parts[0].part is not None else 0 for parts in wanted])
    return tuple(each for of_line in wanted for each in of_line)


def wanted_of(line: CartLine, place: int, snapshot: CatalogSnapshot) -> list[Wanted]:
    """What the line, at its place in the request, takes of stock: itself, or each part of a bundle; raises as an
    order's line does.
    """
    product, choice = chosen_of(line, f"/lines/{place}", snapshot.products)
    parts = sold_parts(product, f"/lines/{place}", snapshot.products)
    if not parts:
        return [_of_goods(line.line_id, product, choice.stock_sku, line.quantity)]
    return [
        replace(
            _of_goods(line.line_id, part.product, part.choice.stock_sku, line.quantity * part.quantity),
            categories=(*part.product.categories, *product.categories),
            part=number,
        )
        for number, part in enumerate(parts)
    ]


def _of_goods(line_id: str, product: Product, stock_sku: str, quantity: int) -> Wanted:
    return Wanted(
        line_id,
        stock_sku,
        quantity,
        frozenset(product.requires),
        product.preparation_minutes,
        product.categories,
        product.availability,
    )
