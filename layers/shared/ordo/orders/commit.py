"""Committing a draft, and what each refusal of the tables means for the placement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ordo.catalog.snapshot import is_stale
from ordo.kernel.clock import Clock, from_iso
from ordo.kernel.errors import Busy, Code, Conflict, OrdoError
from ordo.kernel.ids import Ids
from ordo.orders.errors import ClaimTaken, StockShort
from ordo.orders.model import OrderHeader
from ordo.orders.place import placement_commit
from ordo.orders.placement import PlacementDraft
from ordo.orders.ports import OrderRepository
from ordo.runtime.retry import with_jitter
from ordo.runtime.steps import StepProblem

BUDGET_S = 3.5
"""Of the step's 5 seconds: conflicts are retried this long, with the same plan."""

Outcome = Literal["committed", "replayed", "reused_key", "stale_price", "changed", "busy"]


@dataclass(frozen=True, slots=True)
class CommitResult:
    """What came of it. `draft` carries the header once committed."""

    outcome: Outcome
    draft: PlacementDraft
    problem: StepProblem | None = None


def commit_draft(
    draft: PlacementDraft,
    personal: dict[str, Any],
    repository: OrderRepository,
    *,
    clock: Clock,
    ids: Ids,
    budget_s: float = BUDGET_S,
) -> CommitResult:
    """Write the order or say why not. Only a failed condition means that the world has changed (design section 4)."""
    now = clock()
    if draft.catalog_read_at is None or is_stale(from_iso(draft.catalog_read_at), now):
        return CommitResult("stale_price", draft)
    commit = placement_commit(draft, personal, now=now, event_id=ids("evt", now))
    try:
        with_jitter(lambda: repository.commit(commit), on=(Conflict,), budget_s=budget_s)
    except ClaimTaken as taken:
        return _claimed(draft, taken, repository)
    except StockShort:
        return CommitResult("changed", draft)
    except Busy:
        return CommitResult("busy", draft, StepProblem.of(Busy()))
    return CommitResult("committed", draft.with_(header=_plain(commit.header)))


def _claimed(draft: PlacementDraft, taken: ClaimTaken, repository: OrderRepository) -> CommitResult:
    """Our own order id behind the claim: an earlier try of this very step committed and its answer was lost."""
    if taken.held["order_id"] == draft.order_id:
        return CommitResult("committed", draft.with_(header=_plain(repository.load(draft.order_id).header)))
    if taken.kind == "idem":
        same = taken.held["body_hash"] == draft.body_hash
        return CommitResult("replayed" if same else "reused_key", draft, None if same else _reused(taken))
    problem = OrdoError(
        "Another order of this channel has this external id.",
        code=Code.EXTERNAL_ID_TAKEN,
        pointer="/external_id",
        facts={"order_id": taken.held["order_id"]},
    )
    return CommitResult("reused_key", draft, StepProblem.of(problem))


def _plain(header: OrderHeader) -> dict[str, Any]:
    return header.model_dump(mode="json", exclude_none=True)


def _reused(taken: ClaimTaken) -> StepProblem:
    return StepProblem.of(
        OrdoError(
            "This Idempotency-Key belongs to another request.",
            code=Code.IDEMPOTENCY_KEY_REUSED,
            facts={"order_id": taken.held["order_id"]},
        )
    )
