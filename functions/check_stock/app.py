"""Placement step: is there enough for every line? Reads only."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ordo.capacity.repository import DynamoLoads
from ordo.catalog.repository import DynamoCatalogRepository
from ordo.catalog.snapshot import CACHE_S
from ordo.inventory.errors import OutOfStock
from ordo.inventory.supply_repository import DynamoSupply
from ordo.inventory.wiring import relief_in, stock_in
from ordo.kernel.clock import Clock, system_clock
from ordo.orders.checking import Views, with_stock
from ordo.orders.gifts import without_short_gifts
from ordo.orders.placement import pack_draft, read_draft
from ordo.runtime.settings import load_settings
from ordo.runtime.steps import StepInput, StepOutput, StepProblem, step
from ordo.sourcing.errors import NoNode


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
views = Views(DynamoLoads(settings.supply_table), DynamoSupply(settings.supply_table))
counters = stock_in(settings.supply_table)


def check_stock(request: StepInput) -> CheckStockOutput:
    """Look at the nodes that serve the channel; after the world has changed (`attempt` > 0) with consistent reads."""
    draft, relief = read_draft(request.draft), relief_in(settings.supply_table, clock)
    try:
        checked = with_stock(draft, nodes, counters, relief, clock(), views, consistent=request.attempt > 0)
    except (OutOfStock, NoNode) as refusal:
        without = without_short_gifts(draft, refusal)
        if without is not None:
            return CheckStockOutput(outcome="gift_short", draft=pack_draft(without))
        return CheckStockOutput(outcome="short", draft=request.draft, problem=StepProblem.of(refusal))
    return CheckStockOutput(outcome="enough", draft=pack_draft(checked))


lambda_handler = step(check_stock)
