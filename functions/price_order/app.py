"""Placement step: price the cart. Reads only."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ordo.catalog.repository import DynamoCatalogRepository
from ordo.catalog.snapshot import CACHE_S
from ordo.kernel.clock import Clock, system_clock
from ordo.kernel.errors import OrdoError
from ordo.orders.history import OrderHistory
from ordo.orders.placement import pack_priced, read_draft
from ordo.pricing.drafts import price_draft
from ordo.runtime.settings import load_settings
from ordo.runtime.steps import StepInput, StepOutput, StepProblem, step


class Settings(NamedTuple):
    """The environment of this function; `CATALOG_CACHE_S` 0 reads the catalogue afresh each time."""

    catalog_table: str
    customers_table: str
    orders_table: str
    catalog_cache_s: int = CACHE_S


class PriceOrderOutput(StepOutput):
    """The draft with its price and terms, or what refuses it."""

    outcome: Literal["priced", "refused"]


settings = load_settings(Settings)
catalog = DynamoCatalogRepository(settings.catalog_table, settings.customers_table, settings.catalog_cache_s)
history = OrderHistory(settings.orders_table)
clock: Clock = system_clock


def price_order(request: StepInput) -> PriceOrderOutput:
    """Price the draft as of now; a refusal leaves it as it was."""
    try:
        packed = pack_priced(price_draft(read_draft(request.draft), catalog, history, clock()))
    except OrdoError as refusal:
        return PriceOrderOutput(outcome="refused", draft=request.draft, problem=StepProblem.of(refusal))
    return PriceOrderOutput(outcome="priced", draft=packed)


lambda_handler = step(price_order)
