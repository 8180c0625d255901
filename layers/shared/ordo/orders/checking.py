"""Looking at stock for a draft: what its order may take, its own reservation with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from ordo.inventory.demand import demand_of
from ordo.inventory.margins import MarginsSeen
from ordo.inventory.relief import OwnCounted, Relief
from ordo.orders.placement import PlacementDraft
from ordo.sourcing.service import Loads, Nodes, SourcingService, Stock

if TYPE_CHECKING:
    from ordo.sourcing.prospects import SupplyView


class Views(NamedTuple):
    """What is looked at beside stock: the work of nodes, and what is due."""

    loads: Loads | None = None
    supply: SupplyView | None = None


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
    own = OwnCounted.of(stock, relief.store, draft)
    seen = MarginsSeen(own)
    service = SourcingService(
        nodes, seen, views.loads, relief=replace(relief, spare=draft.reservation_id), supply=views.supply
    )
    demand = demand_of(draft.require_priced().lines, draft.needs)
    found = service.seen(demand, draft.channel, now, consistent=consistent, terms=draft.sourcing)
    return draft.with_(**found.facts(), reserved=own.facts(), **seen.facts(draft))
