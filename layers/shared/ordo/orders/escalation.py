"""An incident whose deadline has passed goes to the next owner; the last one is reminded every day. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from ordo.kernel.clock import to_iso
from ordo.orders.deadlines import REMINDER
from ordo.orders.decision import Decision
from ordo.orders.incident import Incident
from ordo.orders.model import OrderState

OVERDUE_INCIDENTS = "OverdueOrders"
"""The metric of what is overdue and needs a person; it has an alarm."""


def first_due(state: OrderState, now: datetime) -> Incident | None:
    """The open incident whose deadline passed first, if one's has."""
    present = to_iso(now)
    due = (each for each in state.incidents.values() if each.is_open and each.deadline <= present)
    return min(due, key=lambda each: (each.deadline, each.incident_id), default=None)


def escalation(state: OrderState, incident: Incident, now: datetime) -> Decision:
    """Give it to the next of its chain, for that one's hours; at the end of the chain its owner gets another day."""
    step = incident.escalation[0] if incident.escalation else None
    after = incident.model_copy(
        update={
            "owner": step.owner if step else incident.owner,
            "deadline": to_iso(now + (timedelta(hours=step.hours) if step else REMINDER)),
            "escalation": incident.escalation[1:],
            "level": incident.level + (1 if step else 0),
            "changed_at": to_iso(now),
        }
    )
    waiting = {**state.header.open_incidents, after.incident_id: after.deadline}
    return Decision(
        "incident.escalated",
        state.header.model_copy(update={"open_incidents": waiting}),
        {**after.told(), "level": after.level, "former_owner": incident.owner, "reminder": step is None},
        records=(after,),
        metrics=(OVERDUE_INCIDENTS,),
    )
