"""Placement step: is there enough for every line? Reads only."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ordo.catalog.repository import DynamoCatalogRepository
from ordo.catalog.snapshot import CACHE_S
from ordo.inventory.demand import demand_of
from ordo.inventory.errors import OutOfStock
from ordo.inventory.margins import MarginsSeen
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.service import StockService
from ordo.inventory.supply_repository import DynamoSupply
from ordo.kernel.clock import Clock, system_clock
from ordo.orders.gifts import without_short_gifts
from ordo.orders.placement import pack_draft, read_draft
from ordo.runtime.settings import load_settings
from ordo.runtime.steps import StepInput, StepOutput, StepProblem, step
from ordo.sourcing.errors import NoNode
from ordo.sourcing.service import SourcingService


class Settings(NamedTuple):
    """The environment of this function; `CATALOG_CACHE_S` 0 reads the nodes afresh each time."""

    supply_table: str
    catalog_table: str
    catalog_cache_s: int = CACHE_S


class CheckStockOutput(StepOutput):
    """The draft with the stock that was seen, or what is short; only of gifts: the draft says which are not there."""

    outcome: Literal["enough", "short", "gift_short"]


settings = load_settings(Settings)
clock: Clock = system_clock
nodes = DynamoCatalogRepository(settings.catalog_table, cache_s=settings.catalog_cache_s)
counters = StockService(DynamoStockRepository(settings.supply_table), clock)


def check_stock(request: StepInput) -> CheckStockOutput:
    """Look at the nodes that serve the channel; after the world has changed (`attempt` > 0) with consistent reads."""
    draft, seen = read_draft(request.draft), MarginsSeen(counters)
    demand, again = demand_of(draft.require_priced().lines, draft.needs), request.attempt > 0
    try:
        service = SourcingService(nodes, seen, supply=DynamoSupply(settings.supply_table))
        found = service.seen(demand, draft.channel, clock(), consistent=again, terms=draft.sourcing)
    except (OutOfStock, NoNode) as refusal:
        without = without_short_gifts(draft, refusal) if isinstance(refusal, OutOfStock) else None
        if without is not None:
            return CheckStockOutput(outcome="gift_short", draft=pack_draft(without))
        return CheckStockOutput(outcome="short", draft=request.draft, problem=StepProblem.of(refusal))
    return CheckStockOutput(outcome="enough", draft=pack_draft(draft.with_(**found.facts(), **seen.facts(draft))))


lambda_handler = step(check_stock)
