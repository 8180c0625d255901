"""Committing a draft, and what each refusal of the tables means for the placement."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ordo.capacity.model import NodeFull
from ordo.catalog.errors import CouponUsedUp
from ordo.catalog.snapshot import is_stale
from ordo.catalog.uses import bucket_with_uses, coupon_code
from ordo.inventory.layout import is_general
from ordo.inventory.model import StockCounter
from ordo.inventory.reservations import own_counted
from ordo.inventory.spread import usable
from ordo.kernel.clock import Clock, from_iso
from ordo.kernel.errors import Busy, Code, Conflict, OrdoError
from ordo.kernel.ids import Ids
from ordo.orders.decision import Commit
from ordo.orders.errors import ClaimTaken, CouponShort, NodeShort, ReservationGone, StockShort
from ordo.orders.model import OrderHeader
from ordo.orders.place import placement_commit
from ordo.orders.placement import PlacementDraft
from ordo.orders.ports import OrderRepository
from ordo.runtime.retry import with_jitter
from ordo.runtime.steps import StepProblem

BUDGET_S = 3.5
"""Of the step's 5 seconds: conflicts are retried this long, with the same plan."""

Shelves = Callable[[Sequence[str], Sequence[str]], list[StockCounter]]
"""Every counter of these SKUs at these nodes, read consistently."""

Outcome = Literal["committed", "replayed", "reused_key", "refused", "stale_price", "changed", "busy"]


@dataclass(frozen=True, slots=True)
class CommitResult:
    """What came of it. `draft` carries the header once committed."""

    outcome: Outcome
    draft: PlacementDraft
    problem: StepProblem | None = None
    collected: tuple[tuple[str, str], ...] = ()
    """SKU and node where it was taken from more than one general bucket: too little is in each of them."""


def commit_draft(
    draft: PlacementDraft,
    personal: dict[str, Any],
    repository: OrderRepository,
    *,
    clock: Clock,
    ids: Ids,
    shelves: Shelves | None = None,
    budget_s: float = BUDGET_S,
) -> CommitResult:
    """Write the order or say why not. Only a failed condition means that the world has changed (design section 4).

    `shelves` reads counters consistently: where a bucket had too little, the node's others are looked at before it is
    said that the world has changed.
    """
    now = clock()
    if draft.catalog_read_at is None or is_stale(from_iso(draft.catalog_read_at), now):
        return CommitResult("stale_price", draft)
    placing: _Placing | None = None
    try:
        placing = _Placing(draft, personal, repository, now, ids, shelves)
        header = with_jitter(placing.attempt, on=(Conflict,), budget_s=budget_s)
    except ClaimTaken as taken:
        return _claimed(draft, taken, repository)
    except (StockShort, NodeShort, NodeFull, ReservationGone):
        return CommitResult("changed", draft)
    except CouponUsedUp as refusal:
        return CommitResult("refused", draft, StepProblem.of(refusal))
    except Busy:
        if placing is not None:
            placing.abandon()
        return CommitResult("busy", draft, StepProblem.of(Busy()))
    return CommitResult("committed", draft.with_(header=_plain(header)), collected=placing.collected)


class _Placing:
    """One placement, tried with the same plan; where a bucket of a coupon is empty, from another one."""

    def __init__(
        self,
        draft: PlacementDraft,
        personal: dict[str, Any],
        repository: OrderRepository,
        now: datetime,
        ids: Ids,
        shelves: Shelves | None,
    ) -> None:
        self._shelves, self._by_bucket = shelves, dict(draft.by_bucket or {})
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
        except StockShort as short:
            self._look_in_other_buckets(short)
            raise Conflict("a bucket had too little") from None
        return self._commit.header

    def abandon(self) -> None:
        """Give back what was taken before the commit; what cannot be, the watcher gives back."""
        with contextlib.suppress(Busy, Conflict):
            self._repository.abandon(self._commit)

    def _made(self) -> Commit:
        """With an event id of its own, and so a request token: the same token must not come with other writes."""
        event_id = self._ids("evt", self._now)
        return placement_commit(
            self._draft,
            self._personal,
            now=self._now,
            event_id=event_id,
            buckets=self._buckets,
            shelves=self._by_bucket,
        )

    @property
    def collected(self) -> tuple[tuple[str, str], ...]:
        """Where units were taken from more than one general bucket."""
        found: dict[tuple[str, str], int] = {}
        for move in self._commit.stock:
            if is_general(move.bucket) and move.reserved > 0:
                found[move.sku, move.node] = found.get((move.sku, move.node), 0) + 1
        return tuple(key for key, count in found.items() if count > 1)

    def _look_in_other_buckets(self, short: StockShort) -> None:
        """Read again what has several buckets and was short; raises the refusal when nothing of it has."""
        places = {(sku, node) for sku, node, _ in short.available if node in self._by_bucket.get(sku, {})}
        queues = {move.key for move in self._commit.stock if move.backordered}
        if queues & set(short.available):  # too many wait there: other buckets do not help
            raise short
        if self._shelves is None or len(places) < len({key[:2] for key in short.available}):
            raise short
        soft = self._draft.kept is not None
        counters = self._shelves([sku for sku, _ in places], [node for _, node in places])
        counters = own_counted(counters, self._draft.pending())
        for sku, by_node in usable(counters, self._draft.channel, others=soft).items():
            for node, units in by_node.items():
                if (sku, node) in places:
                    self._by_bucket.setdefault(sku, {})[node] = units
        self._commit = self._made()

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
