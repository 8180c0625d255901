"""Placing an order: run the workflow, and give one answer for one key however often it is asked."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Protocol

from ordo.kernel.errors import Busy, Code, OrdoError, WorkflowBroken
from ordo.orders.errors import OrderNotFound
from ordo.orders.model import OrderHeader, OrderState
from ordo.orders.place import placement_trace
from ordo.orders.placement import MAX_PACKED, PlacementDraft, pack_draft, read_draft
from ordo.orders.ports import OrderRepository
from ordo.orders.views import OrderView, PlacedOrderView, as_is, as_placed, of_draft
from ordo.runtime.steps import StepOutput


class PlacementWorkflow(Protocol):
    """Price, check, allocate, commit; the state machine in production, the same definition interpreted in tests."""

    def run(self, draft: str, name: str) -> StepOutput:
        """The outcome for a packed draft; raises `WorkflowBroken` when there is none."""


def place_order(draft: PlacementDraft, workflow: PlacementWorkflow, repository: OrderRepository) -> PlacedOrderView:
    """The placed order, or the refusal as an `OrdoError`.

    Before a refusal or a failure is told, the key's record is read: an order that this key has already placed is the
    answer, even if the world has changed since, and even if the workflow's answer was lost.
    """
    packed = pack_draft(draft)
    if len(packed) > MAX_PACKED:
        return _held_or(draft, repository, _too_large(len(packed)))
    try:
        output = workflow.run(packed, draft.order_id)
    except WorkflowBroken:
        lost = OrdoError("The order could not be placed.", code=Code.UNAVAILABLE, retry_after_s=2)
        return _held_or(draft, repository, lost)
    if output.outcome == "committed":
        return _placed(read_draft(output.draft), repository)
    return _held_or(draft, repository, _refusal(output))


def placed_order(repository: OrderRepository, order_id: str) -> PlacedOrderView:
    """The order as it was answered at placement, rebuilt from what was stored then."""
    state = repository.load(order_id)
    (first,) = repository.timeline(order_id, 0, 1)
    return as_placed(state.header, state.placed_lines, trace_of(state, repository), first)


def find_order(
    repository: OrderRepository,
    order_id: str,
    visible: Callable[[OrderHeader], bool],
    scopes: Collection[str],
    tracking_path: Callable[[str], str],
    now: datetime,
) -> OrderView:
    """The order at this time, with what the scopes allow to see: contact data (`customers:read`), the merchant's costs
    and margins (`prices:cost`), why staff gave discounts (`prices:override`), the customer's page, where an order
    can be cancelled (`orders:change`).

    Raises `OrderNotFound` also when it is not visible to the caller.
    """
    state = visible_order(repository, order_id, visible)
    contact = repository.contact(order_id) if "customers:read" in scopes else None
    costs, reasons = "prices:cost" in scopes, "prices:override" in scopes
    plans = repository.later_plans(order_id) if state.header.resourced else None
    track = tracking_path(order_id) if "orders:change" in scopes else None
    return as_is(
        state, trace_of(state, repository), now, contact, costs=costs, reasons=reasons, plans=plans, track=track
    )


def visible_order(repository: OrderRepository, order_id: str, visible: Callable[[OrderHeader], bool]) -> OrderState:
    """The order's state; raises `OrderNotFound` also when it is not visible to the caller."""
    state = repository.load(order_id)
    if not visible(state.header):
        raise OrderNotFound(order_id)
    return state


def trace_of(state: OrderState, repository: OrderRepository) -> dict[str, Any]:
    """The trace, which was read with a small order; that of a large one is another read."""
    return state.trace or repository.trace(state.header.order_id) or {}


def _placed(draft: PlacementDraft, repository: OrderRepository) -> PlacedOrderView:
    if draft.header is None or draft.priced is None or draft.plan is None:
        return placed_order(repository, draft.order_id)
    return of_draft(draft, OrderHeader.model_validate(draft.header), placement_trace(draft, draft.priced, draft.plan))


def _held_or(draft: PlacementDraft, repository: OrderRepository, refusal: OrdoError) -> PlacedOrderView:
    held = repository.claim("idem", (draft.client_id, draft.idempotency_key))
    if held is None:
        raise refusal
    if held["body_hash"] != draft.body_hash:
        raise OrdoError(
            "This Idempotency-Key belongs to another request.",
            code=Code.IDEMPOTENCY_KEY_REUSED,
            facts={"order_id": held["order_id"]},
        )
    return placed_order(repository, held["order_id"])


def _too_large(size: int) -> OrdoError:
    return OrdoError(
        "The order does not fit into the placement workflow, even packed; shorten its texts or place it in parts.",
        code=Code.BODY_TOO_LARGE,
        facts={"limit_bytes": MAX_PACKED, "bytes": size},
    )


def _refusal(output: StepOutput) -> OrdoError:
    problem = output.problem
    if output.outcome == "busy" or problem is None:
        return Busy(problem.detail) if problem else Busy()
    return OrdoError(problem.detail, code=Code.of(problem.code), pointer=problem.pointer, facts=problem.facts)
