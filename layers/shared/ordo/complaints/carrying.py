"""The machine that carries a complaint: what its steps do (`ordo.casework.steps.Work`), and who it is told of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ordo.casework.signals import Case
from ordo.casework.steps import Outcome
from ordo.complaints.errors import ComplaintNotFound
from ordo.complaints.model import Complaint
from ordo.complaints.ports import ComplaintRepository, Remedies
from ordo.complaints.resolving import carry_out
from ordo.complaints.service import ComplaintDesk

REMEDY_REFUSED = "ComplaintRemedyRefused"
"""The metric of what was decided and could not be done; it has an alarm."""


@dataclass(frozen=True, slots=True)
class ComplaintWork:
    """Steps on one complaint. What was decided and is not done yet is done (`act`): who decided it may have died."""

    desk: ComplaintDesk
    remedies: Remedies
    count: Callable[[str], None]

    def subject(self, case_id: str) -> str:
        """Itself."""
        return case_id

    def look(self, case_id: str) -> Outcome:
        """Open, solved, or with something to carry out."""
        try:
            return _outcome(self.desk.read(case_id))
        except ComplaintNotFound:
            return "ended"

    def has_news(self, case_id: str) -> bool:
        """Whether something was decided and is not done."""
        return self.look(case_id) == "act"

    def act(self, case_id: str) -> Outcome:
        """Carry out what is pending; what cannot be done is noted, and left to people."""
        try:
            header = self.desk.read(case_id)
        except ComplaintNotFound:
            return "ended"
        after = carry_out(self.desk, self.remedies, header)
        if header.pending is not None and after.is_open:
            self.count(REMEDY_REFUSED)
        return "open" if after.is_open else "ended"

    def escalate(self, case_id: str) -> Outcome:
        """By the same decision as the watcher, so it is made once."""
        for metric in self.desk.settle_due(case_id):
            self.count(metric)
        return self.look(case_id)


def complaint_cases(repository: ComplaintRepository) -> Callable[[str], list[Case]]:
    """The one case of a complaint, for who begins and wakes executions."""

    def find(complaint_id: str) -> list[Case]:
        try:
            header = repository.load(complaint_id)
        except ComplaintNotFound:
            return []
        return [Case(complaint_id, header.is_open, header.changed_at, header.pending is not None)]

    return find


def _outcome(header: Complaint) -> Outcome:
    if not header.is_open:
        return "ended"
    return "act" if header.pending is not None else "open"
