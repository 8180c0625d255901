"""A channel's policy for incidents, as the API takes it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ordo.catalog.fields import Amount, Currency, Id, Strict, contradictions
from ordo.catalog.incident_terms import IncidentKind

Hours = Annotated[int, Field(strict=True, ge=1, le=2160)]


class EscalationText(Strict):
    """Who gets it when the deadline before has passed, and for how long."""

    owner: Id
    hours: Hours


class KindText(Strict):
    """Whose work incidents of a kind are, until when, and who gets them after that; what is left out is as usual."""

    owner: Id | None = None
    hours: Hours | None = None
    escalation: Annotated[list[EscalationText], Field(max_length=5)] | None = None


class AloneText(Strict):
    """What is done without asking when no more than `most` is at stake, in minor units by currency: what was paid for
    the units. The first rule that fits counts.
    """

    kind: IncidentKind
    action: Literal["reship", "refund", "contact_customer", "claim"]
    most: Annotated[dict[Currency, Amount], Field(min_length=1, max_length=50)]


class IncidentsText(Strict):
    """Owners, times and escalation by kind of incident, and what is done alone (docs/incidents.md)."""

    kinds: dict[IncidentKind, KindText] = Field(default_factory=dict)
    alone: list[AloneText] = Field(default_factory=list, max_length=50)

    @model_validator(mode="after")
    def _agree(self) -> IncidentsText:
        nowhere = ("short", "turned_up")
        found = [
            (("alone", place, "action"), f"incidents of kind {each.kind} have nothing to reship or claim")
            for place, each in enumerate(self.alone)
            if each.kind in nowhere and each.action in ("reship", "claim")
        ]
        found += [
            (("alone", place, "kind"), "what becomes of a parcel that turns up is always asked")
            for place, each in enumerate(self.alone)
            if each.kind == "turned_up"
        ]
        if found:
            raise contradictions(found)
        return self
