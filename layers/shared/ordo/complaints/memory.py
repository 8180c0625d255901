"""Complaints in memory, with the same refusals as in DynamoDB: for tests with many examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ordo.complaints.decision import Apart, Commit
from ordo.complaints.errors import ComplaintNotFound, StaleComplaint
from ordo.complaints.model import Complaint
from ordo.complaints.ports import ComplaintPage
from ordo.orders.decision import Claim, ClaimKind
from ordo.orders.errors import ClaimTaken
from ordo.orders.timeline import StoredEvent


class InMemoryComplaintRepository:
    """A `ComplaintRepository` in dictionaries, open to a test's eyes."""

    def __init__(self) -> None:
        self.headers: dict[str, Complaint] = {}
        self.events: dict[str, list[StoredEvent]] = {}
        self.claims: dict[tuple[str, ...], dict[str, Any]] = {}
        self.slots: dict[str, dict[str, dict[str, Any]]] = {}

    def load(self, complaint_id: str) -> Complaint:
        if complaint_id not in self.headers:
            raise ComplaintNotFound(complaint_id)
        return self.headers[complaint_id]

    def commit(self, commit: Commit) -> None:
        header, claim = commit.header, commit.decision.claim
        present = self.headers.get(header.complaint_id)
        if present is not None and present.head_hash == header.head_hash:
            return
        if claim is not None and claim.parts in self.claims:
            raise ClaimTaken("idem", self.claims[claim.parts])
        if (present.seq if present else 0) != commit.expected_seq:
            raise StaleComplaint
        self.headers[header.complaint_id] = header
        self.events.setdefault(header.complaint_id, []).append(commit.event)
        if claim is not None:
            self.claims[claim.parts] = dict(claim.facts)
        for each in commit.decision.apart:
            self._keep(header.complaint_id, each)

    def accept(self, complaint_id: str, claim: Claim, said: Mapping[str, Any]) -> None:
        if claim.parts in self.claims:
            raise ClaimTaken("idem", self.claims[claim.parts])
        self.claims[claim.parts] = dict(claim.facts)
        self._keep(complaint_id, Apart("text", said))

    def discard(self, complaint_id: str) -> None:
        self._keep(complaint_id, Apart("text", None))

    def claim(self, _kind: ClaimKind, parts: tuple[str, ...]) -> dict[str, Any] | None:
        return self.claims.get(parts)

    def apart(self, complaint_id: str) -> dict[str, dict[str, Any]]:
        return dict(self.slots.get(complaint_id, {}))

    def earlier(self, customer: str, since: str) -> list[str]:
        moments = [each.opened_at for each in self.headers.values() if each.customer == customer]
        return sorted((each for each in moments if each >= since), reverse=True)

    def timeline(self, complaint_id: str, after_seq: int = 0) -> list[StoredEvent]:
        return self.events.get(complaint_id, [])[after_seq:]

    def of_owner(self, owner: str, limit: int, start: dict[str, Any] | None) -> ComplaintPage:
        mine = [each for each in self.headers.values() if each.is_open and each.owner == owner]
        return _page(sorted(mine, key=lambda each: (each.deadline, each.complaint_id)), limit, start)

    def of_department(self, department: str, state: str, limit: int, start: dict[str, Any] | None) -> ComplaintPage:
        mine = [each for each in self.headers.values() if (each.department, each.state) == (department, state)]
        return _page(sorted(mine, key=lambda each: (each.opened_at, each.complaint_id), reverse=True), limit, start)

    def of_order(self, order_id: str) -> list[Complaint]:
        mine = [each for each in self.headers.values() if each.order_id == order_id]
        return sorted(mine, key=lambda each: each.complaint_id)

    def _keep(self, complaint_id: str, each: Apart) -> None:
        slots = self.slots.setdefault(complaint_id, {})
        if each.content is None:
            slots.pop(each.slot, None)
        else:
            slots[each.slot] = dict(each.content)


def _page(rows: list[Complaint], limit: int, start: dict[str, Any] | None) -> ComplaintPage:
    first = int(start["at"]) if start else 0
    following = {"at": first + limit} if first + limit < len(rows) else None
    return ComplaintPage(rows[first : first + limit], following)
