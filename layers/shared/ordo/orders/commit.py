"""Committing a draft, and what each refusal of the tables means for the placement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ordo.catalog.errors import CouponUsedUp
from ordo.catalog.snapshot import is_stale
from ordo.catalog.uses import bucket_with_uses, coupon_code
from ordo.kernel.clock import Clock, from_iso
from ordo.kernel.errors import Busy, Code, Conflict, OrdoError
from ordo.kernel.ids import Ids
from ordo.orders.decision import Commit
from ordo.orders.errors import ClaimTaken, CouponShort, StockShort
from ordo.orders.model import OrderHeader
from ordo.orders.place import placement_commit
from ordo.orders.placement import PlacementDraft
from ordo.orders.ports import OrderRepository
from ordo.runtime.retry import with_jitter
from ordo.runtime.steps import StepProblem

BUDGET_S = 3.5
"""Of the step's 5 seconds: conflicts are retried this long, with the same plan."""

Outcome = Literal["committed", "replayed", "reused_key", "refused", "stale_price", "changed", "busy"]


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
    placing = _Placing(draft, personal, repository, now, ids)
    try:
        header = with_jitter(placing.attempt, on=(Conflict,), budget_s=budget_s)
    except ClaimTaken as taken:
        return _claimed(draft, taken, repository)
    except StockShort:
        return CommitResult("changed", draft)
    except CouponUsedUp as refusal:
        return CommitResult("refused", draft, StepProblem.of(refusal))
    except Busy:
        return CommitResult("busy", draft, StepProblem.of(Busy()))
    return CommitResult("committed", draft.with_(header=_plain(header)))


class _Placing:
    """One placement, tried with the same plan; where a bucket of a coupon is empty, from another one."""

    def __init__(
        self, draft: PlacementDraft, personal: dict[str, Any], repository: OrderRepository, now: datetime, ids: Ids
    ) -> None:
        self._draft, self._personal, self._repository = draft, personal, repository
        self._now, self._ids = now, ids
        self._buckets: dict[str, int] = {}
        self._commit = self._made()

    def attempt(self) -> OrderHeader:
        """Commit; `Conflict` also when a use is to be taken elsewhere. Raises `CouponUsedUp` when none is left."""
        try:
            self._repository.commit(self._commit)
        except CouponShort as short:
            self._look_elsewhere(short)
            raise Conflict("a bucket was empty") from None
        return self._commit.header

    def _made(self) -> Commit:
        """With an event id of its own, and so a request token: the same token must not come with other writes."""
        event_id = self._ids("evt", self._now)
        return placement_commit(self._draft, self._personal, now=self._now, event_id=event_id, buckets=self._buckets)

    def _look_elsewhere(self, short: CouponShort) -> None:
        for place, text in enumerate(self._draft.coupons):
            code = coupon_code(text)
            limit = short.limits.get(code)
            if limit is None:
                continue
            left = self._repository.uses_left(code) if limit == "total" else {}
            bucket = bucket_with_uses(self._draft.order_id, code, left)
            if bucket is None:
                raise CouponUsedUp(text, limit, place)
            self._buckets[code] = bucket
        self._commit = self._made()


def _claimed(draft: PlacementDraft, taken: ClaimTaken, repository: OrderRepository) -> CommitResult:
    """Our own order id behind the claim: an earlier try of this very step committed and its answer was lost."""
    if taken.held["order_id"] == draft.order_id:
        return CommitResult("committed", draft.with_(header=_plain(repository.load(draft.order_id).header)))
    if taken.kind == "first_order":
        return CommitResult("stale_price", draft.with_(first_order_of=None, first_order_taken=True))
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
