"""Step commit_order: everything the order takes in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from ordo.inventory.margins import crossed
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


def taken(plan: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    """SKU, node and units of each part of the plan."""
    return ((line["sku"], part["node_id"], line["quantity"]) for part in plan["fulfilments"] for line in part["lines"])


def tell_low(places: list[tuple[str, str]]) -> None:
    """Where this order brought stock below its reorder point: only then is the code for it loaded."""
    if not places:
        return
    from ordo.inventory.refusals import look_at
    from ordo.inventory.shortage_repository import DynamoShortages
    from ordo.inventory.shortages import Shortages
    from ordo.runtime.observability import logger

    shortages = Shortages(DynamoShortages(settings.supply_table, budget_s=0.3), system_clock, new_id)
    look_at(
        shortages,
        places,
        lambda place, error: logger.warning("not told low", extra={"place": place, "why": type(error).__name__}),
    )


@step
def lambda_handler(event: StepInput) -> CommitOutput:
    """Commit the draft; a repeat of a step whose answer was lost finds its own order and says so."""
    draft = read_draft(event.draft)
    result: CommitResult = commit_draft(
        draft, open_sealed(draft.sealed, draft.order_id), repository, clock=system_clock, ids=new_id
    )
    if result.outcome == "committed" and draft.plan is not None:
        tell_low(crossed(draft.margins, taken(draft.plan)))
    return CommitOutput(outcome=result.outcome, draft=pack_draft(result.draft), problem=result.problem)
