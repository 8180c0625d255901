"""Looking at stock for a draft: what its order may take, its own reservation with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ordo.inventory.demand import demand_of
from ordo.inventory.errors import OutOfStock
from ordo.inventory.margins import MarginsSeen
from ordo.inventory.relief import OwnCounted, Relief
from ordo.inventory.takings import request_id
from ordo.orders.placement import PlacementDraft
from ordo.sourcing.service import Loads, Nodes, SourcingService, Stock

if TYPE_CHECKING:
    from ordo.sourcing.prospects import SupplyView


class Earlier(Protocol):
    """Where large orders take stock before their commit (`ordo.inventory.taking_repository.DynamoTakings`)."""

    def give_back_earlier(self, taking_id: str) -> bool:
        """Whether an earlier try of the same request had taken something, which is given back now."""
        ...


class Views(NamedTuple):
    """What is looked at beside stock: the work of nodes, what is due, and what this request took when it failed."""

    loads: Loads | None = None
    supply: SupplyView | None = None
    earlier: Earlier | None = None


BARE = Views()


def with_stock(
    draft: PlacementDraft,
    nodes: Nodes,
    stock: Stock,
    relief: Relief,
    now: datetime,
    views: Views = BARE,
    *,
    consistent: bool,
) -> PlacementDraft:
    """The draft with what the nodes that serve its channel have; raises `OutOfStock` or `NoNode`.

    What its reservation holds is available to it, even if it has expired; `relief` gives back others' that have.
    """
    try:
        seen = _seen(draft, nodes, stock, relief, now, views, consistent=consistent)
        if not seen.backorders or not _was_given_back(draft, views):
            return seen
    except OutOfStock:
        if not _was_given_back(draft, views):
            raise
    return _seen(draft, nodes, stock, relief, now, views, consistent=True)


def _was_given_back(draft: PlacementDraft, views: Views) -> bool:
    """Whether an earlier try of the request had taken something: who is short, or would wait, looks again then."""
    taking_id = request_id(draft.client_id, draft.idempotency_key)
    return views.earlier is not None and views.earlier.give_back_earlier(taking_id)


def _seen(
    draft: PlacementDraft, nodes: Nodes, stock: Stock, relief: Relief, now: datetime, views: Views, *, consistent: bool
) -> PlacementDraft:
    own = OwnCounted.of(stock, relief.store, draft)
    seen = MarginsSeen(own)
    service = SourcingService(
        nodes, seen, views.loads, relief=replace(relief, spare=draft.reservation_id), supply=views.supply
    )
    demand = demand_of(draft.require_priced().lines, draft.needs)
    found = service.seen(demand, draft.channel, now, consistent=consistent, terms=draft.sourcing)
    return draft.with_(**found.facts(), reserved=own.facts(), **seen.facts(draft))
