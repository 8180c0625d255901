"""What the complaints context needs of its storage and of other contexts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ordo.complaints.decision import Commit
from ordo.complaints.model import Complaint, Remedy
from ordo.orders.decision import Claim, ClaimKind
from ordo.orders.timeline import StoredEvent


@dataclass(frozen=True, slots=True)
class ComplaintPage:
    """Complaints as they are now, and the key to go on from."""

    rows: list[Complaint]
    next_key: dict[str, Any] | None


class ComplaintRepository(Protocol):
    """Complaints by id; memory and DynamoDB pass the same tests. The one write of one is `commit`."""

    def load(self, complaint_id: str) -> Complaint:
        """As it is now; raises `ComplaintNotFound`."""

    def commit(self, commit: Commit) -> None:
        """All or nothing. Raises `StaleComplaint` when it is not at `expected_seq`, `ClaimTaken`, `Conflict`."""

    def accept(self, complaint_id: str, claim: Claim, said: Mapping[str, Any]) -> None:
        """Keep what was said until it is opened, with its key; raises `ClaimTaken`."""

    def discard(self, complaint_id: str) -> None:
        """Forget what was said of one that is not opened yet."""

    def claim(self, kind: ClaimKind, parts: tuple[str, ...]) -> dict[str, Any] | None:
        """What the holder of a key stored."""

    def apart(self, complaint_id: str) -> dict[str, dict[str, Any]]:
        """Everything personal of it, by slot."""

    def earlier(self, customer: str, since: str) -> list[str]:
        """When the customer's complaints since then were opened, one that is just being opened apart."""

    def timeline(self, complaint_id: str, after_seq: int = 0) -> list[StoredEvent]:
        """Its events in order."""

    def of_owner(self, owner: str, limit: int, start: dict[str, Any] | None) -> ComplaintPage:
        """Open ones of an owner, the earliest deadline first."""

    def of_department(self, department: str, state: str, limit: int, start: dict[str, Any] | None) -> ComplaintPage:
        """Those of a department in a state, the newest first."""

    def of_order(self, order_id: str) -> list[Complaint]:
        """Those of an order, the oldest first."""


class Remedies(Protocol):
    """What makes a complaint good where words do not; both may be called again with the same remedy."""

    def check(self, complaint: Complaint, remedy: Remedy) -> None:
        """Raise the refusal, if it cannot be done; changes nothing."""

    def carry_out(self, complaint: Complaint, remedy: Remedy) -> Remedy:
        """Do it, or find it done, and give it with what carried it out. Raises `OrdoError` when it cannot be done."""
