"""Whose work an incident is, until when, who gets it next, and what is done without asking: a channel's policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ordo.catalog.resourcing_terms import ResourcingTerms

IncidentKind = Literal[
    "short",
    "refused",
    "damaged",
    "delayed",
    "stalled",
    "lost",
    "returned_to_sender",
    "address",
    "delivery_failed",
    "turned_up",
    "payment",
]
"""`short`: units of the order that no node gives. `refused`: not taken at the door. `damaged`: noted so, on the way or
when it was delivered. `delayed`: later than promised. `stalled`: no scan for longer than is usual. `lost`: the carrier
says so, or it must be suspected. `address`: the carrier cannot find it. `delivery_failed`: tried in vain twice.
`turned_up`: a parcel that was given up is there again. `payment`: money that does not move as it should.
"""

Action = Literal["reship", "refund", "contact_customer", "claim", "keep", "return", "intercept"]
"""What is proposed, and may be done: `claim` from the carrier; of a parcel that has turned up, let the customer `keep`
it, have it come back (`return`), or end what was to replace it (`intercept`).
"""


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """When the deadline has passed, it is `owner`'s work, to be done within so many `hours` more."""

    owner: str
    hours: int


MANAGER = (EscalationStep("manager", 24),)


@dataclass(frozen=True, slots=True)
class KindTerms:
    """Incidents of one kind are `owner`'s work, to be solved within `hours`; else by those of `escalation`, in turn."""

    owner: str
    hours: int
    escalation: tuple[EscalationStep, ...] = MANAGER


@dataclass(frozen=True, slots=True)
class AloneRule:
    """Incidents of the kind are solved by `action`, without asking, where no more than `most` is at stake (minor units
    by currency; a currency that is not named: never).
    """

    kind: str
    action: Action
    most: Mapping[str, int]


USUAL: Mapping[str, KindTerms] = {
    "short": KindTerms("operations", 24),
    "refused": KindTerms("customer_service", 48),
    "damaged": KindTerms("customer_service", 48),
    "delayed": KindTerms("customer_service", 48),
    "stalled": KindTerms("operations", 48),
    "lost": KindTerms("operations", 24),
    "returned_to_sender": KindTerms("operations", 48),
    "address": KindTerms("customer_service", 24),
    "delivery_failed": KindTerms("customer_service", 24),
    "turned_up": KindTerms("customer_service", 48),
    "payment": KindTerms("finance", 48),
}


@dataclass(frozen=True, slots=True)
class IncidentTerms:
    """The policy of one channel, by kind."""

    kinds: Mapping[str, KindTerms] = field(default_factory=lambda: USUAL)
    alone: tuple[AloneRule, ...] = ()

    def of_kind(self, kind: str) -> KindTerms:
        """Owner, time and escalation of a kind."""
        return self.kinds[kind]

    def acts_alone(self, kind: str, stake: int, currency: str) -> Action | None:
        """What is done without asking, by the first rule that fits; `stake` is in minor units."""
        fitting = (each for each in self.alone if each.kind == kind and stake <= each.most.get(currency, -1))
        return next((each.action for each in fitting), None)

    @staticmethod
    def of(body: Mapping[str, Any], resourcing: Mapping[str, Any]) -> IncidentTerms:
        """Read the `incidents` and `resourcing` of a stored channel; `{}` are the usual terms."""
        sourced = ResourcingTerms.of(resourcing)
        usual = {**USUAL, "short": KindTerms(sourced.owner, sourced.incident_hours)}
        told: Mapping[str, Mapping[str, Any]] = body.get("kinds") or {}
        kinds = {kind: _kind(terms, told.get(kind, {})) for kind, terms in usual.items()}
        alone = (AloneRule(each["kind"], each["action"], each["most"]) for each in body.get("alone") or ())
        return IncidentTerms(kinds, tuple(alone))


def _kind(usual: KindTerms, told: Mapping[str, Any]) -> KindTerms:
    steps = told.get("escalation")
    return KindTerms(
        owner=told.get("owner", usual.owner),
        hours=told.get("hours", usual.hours),
        escalation=usual.escalation
        if steps is None
        else tuple(EscalationStep(each["owner"], each["hours"]) for each in steps),
    )
