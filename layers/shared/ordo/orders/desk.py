"""The one way to change an order: read it, decide purely, write under its version; again when others were quicker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ordo.kernel.clock import Clock, to_iso
from ordo.kernel.errors import Conflict
from ordo.kernel.ids import Ids
from ordo.orders.deadlines import deadlines_of
from ordo.orders.decision import Decision, NoChange, make_commit
from ordo.orders.errors import OrderNotFound, StaleVersion, VersionConflict
from ordo.orders.model import Actor, OrderHeader, OrderState
from ordo.orders.ports import OrderRepository
from ordo.orders.proposals import Policies, usual_policies
from ordo.orders.timeline import StoredEvent
from ordo.runtime.retry import with_jitter

Decide = Callable[[OrderState, datetime], Decision | NoChange]
"""A pure function; it may be called several times and raises an `OrdoError` to refuse."""
Looks = Callable[[OrderState, datetime, dict[str, str]], dict[str, str]]
"""Deadlines of an order, with the times at which to look again in place of those that are over."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of it. `event` is None when nothing was written; `state` is as decided on, `header` as written."""

    header: OrderHeader
    state: OrderState
    event: StoredEvent | None
    decision: Decision | None = None


class OrderDesk:
    """Carries decisions out. Every context that changes an order does it here."""

    def __init__(
        self,
        repository: OrderRepository,
        clock: Clock,
        ids: Ids,
        *,
        budget_s: float = 5.0,
        tell: Callable[[Decision], None] = lambda decision: None,
        policies: Policies = usual_policies,
    ) -> None:
        """`tell` hears of what was written of an order whose parts begin or end to wait; it raises nothing. `policies`
        are for decisions that open incidents.
        """
        self.policies = policies
        self._repository = repository
        self._clock = clock
        self._ids = ids
        self._budget_s = budget_s
        self._tell = tell

    @property
    def repository(self) -> OrderRepository:
        return self._repository

    def now(self) -> datetime:
        """The desk's time."""
        return self._clock()

    def new_id(self, prefix: str) -> str:
        """A new id at the desk's time."""
        return self._ids(prefix, self._clock())

    def change(
        self,
        order_id: str,
        decide: Decide,
        *,
        actor: Actor,
        expected_version: int | None = None,
        change_id: str | None = None,
        visible: Callable[[OrderHeader], bool] | None = None,
    ) -> Changed:
        """Decide on the present order and write it, retrying with full jitter while others are quicker.

        `visible` refuses orders of other channels as not found. Raises what `decide` raises, `VersionConflict` when the
        caller's version is not the present one, `ClaimTaken`, `StockShort`, and `Busy` when the time budget is used up.
        """
        return with_jitter(
            lambda: self._once(order_id, decide, actor, expected_version, change_id, visible),
            on=(StaleVersion, Conflict),
            budget_s=self._budget_s,
        )

    def _once(
        self,
        order_id: str,
        decide: Decide,
        actor: Actor,
        expected_version: int | None,
        change_id: str | None,
        visible: Callable[[OrderHeader], bool] | None,
    ) -> Changed:
        state = self._repository.load(order_id, change_id)
        if visible is not None and not visible(state.header):
            raise OrderNotFound(order_id)
        now = self._clock()
        decision = decide(state, now)
        if isinstance(decision, NoChange):
            return Changed(state.header, state, None)
        if expected_version is not None and expected_version != state.header.version:
            raise VersionConflict(expected_version, state.header.version)
        commit = make_commit(state, decision, now=now, actor=actor, event_id=self._ids("evt", now))
        self._repository.commit(commit)
        if decision.queue:
            self._tell(decision)
        return Changed(commit.header, state, commit.event, decision)

    def wake(self, order_id: str, looks: Looks | None = None) -> OrderHeader:
        """Set an order's entry in the deadline index to its true next deadline, without an event.

        For the watcher, when it finds an order whose entry was due but which has nothing due; `looks` says for what is
        only to be looked at when that is next.
        """

        def attempt() -> OrderHeader:
            state = self._repository.load(order_id)
            deadlines = deadlines_of(state.header)
            if looks is not None:
                deadlines = looks(state, self._clock(), deadlines)
            self._repository.rearm(state.header, min(deadlines.values(), default=None))
            return state.header

        return with_jitter(attempt, on=(StaleVersion, Conflict), budget_s=self._budget_s)

    def moment(self) -> str:
        """The desk's time as stored."""
        return to_iso(self._clock())
