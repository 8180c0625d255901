"""Step commit_order: everything the order takes in one transaction, or nothing."""

from __future__ import annotations

from functools import partial
from typing import Literal, NamedTuple

from ordo.inventory.telling import bring_together, shelves_in, tell_low, tell_waiting
from ordo.kernel.clock import system_clock
from ordo.kernel.ids import new_id
from ordo.orders.commit import CommitResult, commit_draft
from ordo.orders.placement import pack_draft, read_draft
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.runtime.seal import open_sealed
from ordo.runtime.settings import load_settings
from ordo.runtime.steps import StepInput, StepOutput, step


class Settings(NamedTuple):
    """What this function needs of its environment."""

    orders_table: str
    supply_table: str
    customers_table: str
    catalog_table: str
    secret_id: str


class CommitOutput(StepOutput):
    """`committed` and `replayed` name an order; `changed` and `stale_price` mean that the world moved.

    `refused`: no use is left of a coupon.
    """

    outcome: Literal["committed", "replayed", "reused_key", "refused", "stale_price", "changed", "busy"]


settings = load_settings(Settings)
repository = DynamoOrderRepository(OrderTables.of_environment())


@step
def lambda_handler(event: StepInput) -> CommitOutput:
    """Commit the draft; a repeat of a step whose answer was lost finds its own order and says so."""
    draft = read_draft(event.draft)
    result: CommitResult = commit_draft(
        draft,
        open_sealed(draft.sealed, draft.order_id),
        repository,
        clock=system_clock,
        ids=new_id,
        shelves=partial(shelves_in, settings.supply_table),
    )
    if result.outcome == "committed":
        tell_low(settings.supply_table, draft.margins, draft.plan)
        tell_waiting(settings.supply_table, draft.plan, draft.order_id)
        bring_together(settings.supply_table, result.collected)
    return CommitOutput(outcome=result.outcome, draft=pack_draft(result.draft), problem=result.problem)
