"""Placement step: which nodes fulfil what. Reads only; it opens the sealed address to measure distances."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ordo.catalog.repository import DynamoCatalogRepository
from ordo.catalog.snapshot import CACHE_S
from ordo.kernel.clock import Clock, system_clock
from ordo.kernel.errors import OrdoError
from ordo.orders.custom_texts import check_texts
from ordo.orders.gifts import does_not_fit, plan_draft, without_gifts
from ordo.orders.placement import pack_draft, read_draft
from ordo.runtime.seal import open_sealed
from ordo.runtime.settings import load_settings
from ordo.runtime.steps import StepInput, StepOutput, StepProblem, step
from ordo.sourcing.service import SourcingService


class Settings(NamedTuple):
    """The environment of this function; `CATALOG_CACHE_S` 0 reads nodes and places afresh each time."""

    catalog_table: str
    secret_id: str
    catalog_cache_s: int = CACHE_S


class AllocateOrderOutput(StepOutput):
    """The draft with its plan, or why no nodes can do it; only with its gifts: the draft says which do not fit."""

    outcome: Literal["planned", "no_node", "gift_short"]


settings = load_settings(Settings)
clock: Clock = system_clock
sourcing = SourcingService(DynamoCatalogRepository(settings.catalog_table, cache_s=settings.catalog_cache_s))


def allocate_order(request: StepInput) -> AllocateOrderOutput:
    """Plan from the stock that check_stock saw; the commit finds out whether it is still there."""
    draft = read_draft(request.draft)
    if draft.priced is None or draft.stock is None:
        raise ValueError("a draft is planned once it is priced and its stock was seen")
    personal = open_sealed(draft.sealed, draft.order_id)
    try:
        check_texts(draft, personal.get("custom", {}))
        plan = plan_draft(draft, draft.priced.lines, personal["ship_to"], sourcing, clock())
    except OrdoError as refusal:
        without = without_gifts(draft, personal["ship_to"], sourcing, clock()) if does_not_fit(refusal) else None
        if without is not None:
            return AllocateOrderOutput(outcome="gift_short", draft=pack_draft(without))
        return AllocateOrderOutput(outcome="no_node", draft=request.draft, problem=StepProblem.of(refusal))
    return AllocateOrderOutput(outcome="planned", draft=pack_draft(draft.with_(stock=None, plan=plan)))


lambda_handler = step(allocate_order)
