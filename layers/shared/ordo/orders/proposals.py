"""What could be done about an incident, what it costs at most, and what the channel's policy does by itself. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from ordo.catalog.incident_terms import Action, IncidentTerms
from ordo.orders.incident import Incident, Proposal
from ordo.orders.model import OrderState
from ordo.pricing.model import PricedLine
from ordo.shipments.model import LineQuantity

Policies = Callable[[str, datetime], IncidentTerms]
"""The policy of a channel, now. It is asked only when an incident is opened."""

PROPOSED: Mapping[str, tuple[Action, ...]] = {
    "short": ("refund", "contact_customer"),
    "refused": ("contact_customer", "refund", "reship"),
    "damaged": ("reship", "refund", "claim", "contact_customer"),
    "delayed": ("contact_customer", "claim", "reship", "refund"),
    "stalled": ("claim", "contact_customer", "reship", "refund"),
    "lost": ("reship", "refund", "claim", "contact_customer"),
    "returned_to_sender": ("contact_customer", "reship", "refund"),
    "address": ("contact_customer", "reship", "refund"),
    "delivery_failed": ("contact_customer", "reship", "refund"),
    "turned_up": ("intercept", "keep", "return", "contact_customer"),
    "payment": ("contact_customer",),
}
"""By kind, the best first."""
_COSTLY = ("reship", "refund", "keep")
"""What gives away once more what the units cost."""


def usual_policies(_channel: str, _now: datetime) -> IncidentTerms:
    """The policy of a channel that has none of its own."""
    return IncidentTerms()


def proposing(state: OrderState, incident: Incident, terms: IncidentTerms) -> Incident:
    """The incident with its proposals, and with what the policy does alone."""
    stake = stake_of(state.lines, incident.lines)
    actions = PROPOSED[incident.kind]
    if incident.kind == "turned_up" and not incident.facts.replaced_by:
        actions = tuple(each for each in actions if each != "intercept")
    proposals = tuple(Proposal(action=each, cost=stake if each in _COSTLY else 0) for each in actions)
    alone = terms.acts_alone(incident.kind, stake, state.header.currency)
    return incident.model_copy(update={"proposals": proposals, "alone": alone if alone in actions else None})


def stake_of(ordered: Iterable[PricedLine], lines: Iterable[LineQuantity]) -> int:
    """What the units cost at most, with tax, in minor units: of each line its dearest, of a part of a bundle it all."""
    by_line = {line.line_id: line for line in ordered}
    bundles: dict[str, int] = {}
    for units in lines:
        line = by_line.get(units.line_id)
        if line is not None:
            each = line.parts[units.part].quantity if units.part is not None else 1
            bundles[units.line_id] = max(bundles.get(units.line_id, 0), -(-units.quantity // each))
    return sum(_dearest(by_line[line_id], count) for line_id, count in bundles.items())


def _dearest(line: PricedLine, count: int) -> int:
    found = 0
    for run in sorted(line.runs, key=lambda each: each.gross, reverse=True):
        taken = min(count, run.count)
        found, count = found + taken * run.gross, count - taken
    return found
