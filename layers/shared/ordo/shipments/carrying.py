"""The machine that carries an incident: its steps. Everything may happen twice or late.

The order is the truth, and the steps read it each time; how executions begin, wait and are replaced is as for all cases
(`ordo.casework`). Deadlines are the watcher's; the machine escalates too when it looks and finds one passed. Both do it
by the same decision, which is made once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ordo.casework.signals import Case
from ordo.casework.waiting import Waiting, Waits
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

Outcome = Literal["open", "act", "ended"]
ALONE_REFUSED = "IncidentNotSolvedAlone"
"""The metric of what a policy was to do alone and could not; it has an alarm."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of the machine."""

    desk: OrderDesk
    remedies: Remedies
    waits: Waits
    count: Callable[[str], None]

    def do(self, given: Mapping[str, Any]) -> dict[str, str]:
        """One step by its name; raises what storage raises, and is then called again."""
        incident_id = str(given["incident_id"])
        if given["step"] == "await":
            waiting = Waiting(
                order_of(incident_id), incident_id, int(given["run"]), str(given["execution"]), str(given["token"])
            )
            self.waits.keep(waiting, lambda: self._look(incident_id) == "ended")
            return {}
        step = {"look": self._look, "act": self._act, "escalate": self._escalate}[given["step"]]
        return {"outcome": step(incident_id)}

    def _look(self, incident_id: str) -> Outcome:
        return _outcome(self._incident(incident_id))

    def _act(self, incident_id: str) -> Outcome:
        """What the policy does alone, in the system's name; what is refused is left to people."""
        incident = self._incident(incident_id)
        if incident is None or _outcome(incident) != "act" or incident.alone is None:
            return "ended" if _outcome(incident) == "ended" else "open"
        command = Resolve(incident_id, incident.alone, self.desk.new_id("chg"), reason="policy")
        try:
            after = resolve_incident(self.desk, self.remedies, command, actor=SYSTEM).incident
        except OrdoError as refused:
            if refused.code.status >= 500:  # it was busy: again
                raise
            self.count(ALONE_REFUSED)
            return "ended" if _outcome(self._incident(incident_id)) == "ended" else "open"
        return "open" if after.is_open else "ended"

    def _escalate(self, incident_id: str) -> Outcome:
        try:
            self.desk.change(order_of(incident_id), escalated(incident_id), actor=SYSTEM)
        except OrderNotFound:
            return "ended"
        return self._look(incident_id)

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
        return [Case(each.incident_id, each.is_open) for each in found]

    return find
