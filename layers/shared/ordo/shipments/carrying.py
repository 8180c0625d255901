"""The machine that carries an incident: its steps. Everything may happen twice or late.

The order is the truth, and the steps read it each time; how executions begin, wait and are replaced is as for all cases
(`ordo.casework`). Deadlines are the watcher's; the machine escalates too when it looks and finds one passed. Both do it
by the same decision, which is made once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ordo.casework.signals import Case
from ordo.casework.steps import Outcome
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotFound, OrdoError
from ordo.orders.decision import Decision, NoChange
from ordo.orders.desk import OrderDesk
from ordo.orders.errors import OrderNotFound
from ordo.orders.escalation import escalation
from ordo.orders.incident import Incident
from ordo.orders.model import SYSTEM, OrderState, order_of
from ordo.orders.ports import OrderRepository
from ordo.shipments.resolving import Remedies, Resolve, find_incident, may_decide, resolve_incident

LATE = frozenset({"incident.escalated"})
"""Events on which its execution is looked at, whether it lives."""
ALONE_REFUSED = "IncidentNotSolvedAlone"
"""The metric of what a policy was to do alone and could not; it has an alarm."""


@dataclass(frozen=True, slots=True)
class IncidentWork:
    """What the machine's steps do to an incident (`ordo.casework.steps.Work`)."""

    desk: OrderDesk
    remedies: Remedies
    count: Callable[[str], None]

    def subject(self, case_id: str) -> str:
        """Its order."""
        return order_of(case_id)

    def look(self, case_id: str) -> Outcome:
        """Open, ended, or something that the policy does alone is not done yet."""
        return _outcome(self._incident(case_id))

    def has_news(self, _case_id: str) -> bool:
        """Never: what a policy does alone is tried when it looks, and decisions end an incident or wait for people."""
        return False

    def act(self, case_id: str) -> Outcome:
        """What the policy does alone, in the system's name; what is refused is left to people."""
        incident = self._incident(case_id)
        if incident is None or _outcome(incident) != "act" or incident.alone is None:
            return "ended" if _outcome(incident) == "ended" else "open"
        command = Resolve(case_id, incident.alone, self.desk.new_id("chg"), reason="policy")
        try:
            after = resolve_incident(self.desk, self.remedies, command, actor=SYSTEM).incident
        except OrdoError as refused:
            if refused.code.status >= 500:  # it was busy: again
                raise
            self.count(ALONE_REFUSED)
            return "ended" if _outcome(self._incident(case_id)) == "ended" else "open"
        return "open" if after.is_open else "ended"

    def escalate(self, case_id: str) -> Outcome:
        """By the same decision as the watcher, so it is made once."""
        try:
            self.desk.change(order_of(case_id), escalated(case_id), actor=SYSTEM)
        except OrderNotFound:
            return "ended"
        return self.look(case_id)

    def _incident(self, incident_id: str) -> Incident | None:
        try:
            return find_incident(self.desk.repository.load(order_of(incident_id)), incident_id)
        except NotFound:  # the order was erased, and its incidents with it
            return None


def escalated(incident_id: str) -> Callable[[OrderState, datetime], Decision | NoChange]:
    """Escalate the incident if its deadline has passed and nobody has yet."""

    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        incident = find_incident(state, incident_id)
        is_due = incident.is_open and incident.deadline <= to_iso(now)
        return escalation(state, incident, now) if is_due else NoChange()

    return decide


def _outcome(incident: Incident | None) -> Outcome:
    if incident is None or not incident.is_open:
        return "ended"
    undone = incident.alone in may_decide(incident) and not any(act.action == incident.alone for act in incident.done)
    return "act" if incident.alone and undone else "open"


def incident_cases(orders: OrderRepository) -> Callable[[str], list[Case]]:
    """The incidents of an order, for who begins and wakes executions; none of one that was erased."""

    def find(order_id: str) -> list[Case]:
        try:
            found = orders.load(order_id).incidents.values()
        except OrderNotFound:
            return []
        return [Case(each.incident_id, each.is_open, each.changed_at) for each in found]

    return find
