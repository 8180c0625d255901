"""The desk of complaints: read one, decide purely, write under its version; and what others ask about complaints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ordo.catalog.complaint_terms import ComplaintTerms
from ordo.catalog.departments import Department
from ordo.complaints.deciding import TEXT_SLOT, asking, escalating, forgetting
from ordo.complaints.decision import Decision, NoChange, make_commit
from ordo.complaints.errors import ComplaintMoved, ComplaintNotFound, StaleComplaint
from ordo.complaints.model import Complaint
from ordo.complaints.ports import ComplaintRepository
from ordo.kernel.clock import Clock
from ordo.kernel.errors import Conflict
from ordo.kernel.ids import Ids
from ordo.orders.model import SYSTEM, Actor
from ordo.runtime.retry import with_jitter

Decide = Callable[[Complaint, datetime], Decision | NoChange]
"""A pure function; it may be called several times and raises an `OrdoError` to refuse."""
Visible = Callable[[str], bool]
"""Whether the caller may see complaints of a channel."""


class Policies(Protocol):
    """What channels and departments say."""

    def terms(self, channel: str) -> ComplaintTerms:
        """The channel's; the usual ones of a channel that is gone."""

    def department(self, department_id: str) -> Department:
        """As it is described now; one that nobody has described has the usual terms."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of it; `decision` is None when nothing was written."""

    header: Complaint
    decision: Decision | None = None


class ComplaintDesk:
    """Carries decisions about complaints out. Pages, routes, the machine and the watcher all come here."""

    def __init__(
        self, repository: ComplaintRepository, policies: Policies, clock: Clock, ids: Ids, *, budget_s: float = 5.0
    ) -> None:
        self.policies = policies
        self._repository = repository
        self._clock = clock
        self._ids = ids
        self._budget_s = budget_s

    @property
    def repository(self) -> ComplaintRepository:
        return self._repository

    def now(self) -> datetime:
        """The desk's time."""
        return self._clock()

    def new_id(self, prefix: str) -> str:
        """A new id at the desk's time."""
        return self._ids(prefix, self._clock())

    def read(self, complaint_id: str, visible: Visible = lambda _channel: True) -> Complaint:
        """As it is now; raises `ComplaintNotFound`, for those of other channels too."""
        header = self._repository.load(complaint_id)
        if not visible(header.channel):
            raise ComplaintNotFound(complaint_id)
        return header

    def open(self, decision: Decision, actor: Actor) -> Complaint:
        """Write a complaint that is not there; one that is there already stays as it is."""
        commit = make_commit(None, decision, now=self._clock(), actor=actor, event_id=self.new_id("evt"))
        try:
            self._repository.commit(commit)
        except StaleComplaint:
            return self._repository.load(decision.header.complaint_id)
        return commit.header

    def change(
        self,
        complaint_id: str,
        decide: Decide,
        *,
        actor: Actor,
        expected_version: int | None = None,
        visible: Visible = lambda _channel: True,
    ) -> Changed:
        """Decide on the present complaint and write it, again with full jitter while others are quicker.

        Raises what `decide` raises, `ComplaintNotFound`, `ComplaintMoved`, `ClaimTaken`, and `Busy`.
        """

        def attempt() -> Changed:
            header, now = self.read(complaint_id, visible), self._clock()
            decision = decide(header, now)
            if isinstance(decision, NoChange):
                return Changed(header)
            if expected_version is not None and expected_version != header.version:
                raise ComplaintMoved(expected_version, header.version)
            commit = make_commit(header, decision, now=now, actor=actor, event_id=self._ids("evt", now))
            self._repository.commit(commit)
            return Changed(commit.header, decision)

        return with_jitter(attempt, on=(StaleComplaint, Conflict), budget_s=self._budget_s)

    def settle_due(self, complaint_id: str) -> tuple[str, ...]:
        """Do what is due: pass it on, or ask the customer; gives metrics to count. What is gone has nothing due."""

        def decide(header: Complaint, now: datetime) -> Decision | NoChange:
            if header.is_open:
                return escalating(header, self.policies.department(header.department), now)
            return asking(header, now)

        try:
            changed = self.change(complaint_id, decide, actor=SYSTEM)
        except ComplaintNotFound:
            return ()
        return changed.decision.metrics if changed.decision else ()

    def forget(self, complaint_id: str, *, actor: Actor, visible: Visible = lambda _channel: True) -> Complaint | None:
        """Erase everything personal of it; its events and how it went stay (law 9). Again changes nothing.

        One that was accepted and not opened yet is never opened then: None.
        """

        def decide(header: Complaint, _now: datetime) -> Decision | NoChange:
            return forgetting(header) if self._repository.apart(complaint_id) or header.customer else NoChange()

        try:
            return self.change(complaint_id, decide, actor=actor, visible=visible).header
        except ComplaintNotFound:
            said = self._repository.apart(complaint_id).get(TEXT_SLOT)
            if said is None or not visible(str(said["intake"]["channel"])):
                raise
            self._repository.discard(complaint_id)
            return None
