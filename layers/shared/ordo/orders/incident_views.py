"""Incidents as the API shows them."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ordo.kernel.frozen import Model
from ordo.orders.amounts import MoneyView, money
from ordo.orders.incident import Incident


class ProposalView(Model):
    """What could be done, and what it costs the merchant at most: what was paid for the units."""

    action: str
    cost: MoneyView


class StepView(Model):
    """Who gets the incident next, and for how many hours."""

    owner: str
    hours: int


class ActView(Model):
    """Something that was done about it."""

    action: str
    at: str
    by: str


class IncidentView(Model):
    """What went wrong with an order and needs a person. `causes` are fulfilments that were to give the units of it,
    proofs of the delivery at which they were refused or damaged, carriers' scans, or the incident by which a parcel was
    given up that has turned up.
    """

    incident_id: str
    order_id: str
    kind: str
    state: str
    owner: str
    reason: str
    opened_at: str
    deadline: str
    lines: list[dict[str, Any]]
    causes: list[str]
    resolution: str | None = None
    shipment_id: str | None = None
    tracking_number: str | None = None
    facts: dict[str, Any] = Field(default_factory=dict, description="What is known of it; what is not is left out.")
    proposals: list[ProposalView] = Field(default_factory=list, description="What could be done, the best first.")
    escalation: list[StepView] = Field(default_factory=list, description="Who gets it when its deadline has passed.")
    level: int = Field(default=0, description="How often it was escalated.")
    alone: str | None = Field(default=None, description="What the channel's policy does about it without asking.")
    done: list[ActView] = Field(default_factory=list, description="What was done that did not end it.")
    refund: MoneyView | None = Field(default=None, description="What its units were refunded.")

    @staticmethod
    def of(incident: Incident, currency: str) -> IncidentView:
        """The incident as the API shows it."""
        return IncidentView(**_fields(incident, currency))


class IncidentCase(IncidentView):
    """An incident by itself, with what may be decided about it now, and its order's version."""

    channel: str
    version: int
    may: list[str] = Field(description="What may be decided: `POST /v1/incidents/{id}/resolution`")

    @staticmethod
    def now(incident: Incident, currency: str, channel: str, version: int, may: tuple[str, ...]) -> IncidentCase:
        """The answer."""
        return IncidentCase(**_fields(incident, currency), channel=channel, version=version, may=list(may))


def _fields(incident: Incident, currency: str) -> dict[str, Any]:
    told = incident.model_dump(mode="json")
    proposals = [ProposalView(action=each.action, cost=money(each.cost, currency)) for each in incident.proposals]
    facts = incident.facts.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    refunded = None if incident.refund is None else money(incident.refund, currency)
    return {**told, "proposals": proposals, "facts": facts, "refund": refunded}
