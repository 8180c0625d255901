"""Money that does not move as it should is an incident of its order; it ends when the money moves. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ordo.orders.incident import Incident, new_incident
from ordo.orders.model import OrderHeader, OrderState
from ordo.orders.proposals import Policies, proposing

OPENED, RESOLVED = "incident.opened", "incident.resolved"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A commit's incidents of money: the header with their deadlines, their records, and what the event says."""

    header: OrderHeader
    records: tuple[Incident, ...] = ()
    implies: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """For an event's data; nothing when there are none."""
        opened = [each.incident_id for each in self.records if each.is_open]
        ended = [each.incident_id for each in self.records if not each.is_open]
        found = {"incidents_opened": opened, "incidents_resolved": ended}
        return {name: ids for name, ids in found.items() if ids}


def opened_for(
    state: OrderState, header: OrderHeader, cause: str, reason: str, policies: Policies, now: datetime
) -> Trouble:
    """An incident for this cause (an instruction, or what a reconciliation found), unless there was one already."""
    if any(cause in each.causes for each in state.incidents.values()):
        return Trouble(header)
    terms = policies(header.channel, now)
    new = new_incident(
        state.incidents.values(),
        header.order_id,
        "payment",
        (),
        cause=cause,
        reason=reason,
        terms=terms.of_kind("payment"),
        now=now,
    )
    new = proposing(state, new, terms)
    waiting = {**header.open_incidents, new.incident_id: new.deadline}
    return Trouble(header.model_copy(update={"open_incidents": waiting}), (new,), (OPENED,))


def ended_for(state: OrderState, header: OrderHeader, causes: Iterable[str], now: datetime) -> Trouble:
    """The open incidents of these causes end: the money has moved, or need not."""
    wanted = set(causes)
    ended = tuple(
        each.ended("settled", now)
        for each in state.incidents.values()
        if each.kind == "payment" and each.is_open and wanted & set(each.causes)
    )
    if not ended:
        return Trouble(header)
    gone = {each.incident_id for each in ended}
    waiting = {name: due for name, due in header.open_incidents.items() if name not in gone}
    return Trouble(header.model_copy(update={"open_incidents": waiting}), ended, (RESOLVED,))
