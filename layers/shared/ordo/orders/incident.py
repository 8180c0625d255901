"""Incidents: what went wrong with an order and needs a person, opened once, with owner, reason and deadline. Pure.

Here is the record and what becomes of it; docs/adr/0036-incidents.md says how it is carried to its end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Literal

from ordo.catalog.incident_terms import Action, IncidentKind, KindTerms
from ordo.kernel.clock import to_iso
from ordo.kernel.frozen import Frozen
from ordo.shipments.model import LineQuantity

IncidentState = Literal["open", "resolved"]
Resolution = Literal[
    "sourced",
    "cancelled",
    "delivered",
    "moved",
    "became_lost",
    "returned",
    "reshipped",
    "refunded",
    "kept",
    "intercepted",
    "settled",
    "unfounded",
    "dismissed",
]
"""How it ended. By itself: the units were had elsewhere; the order was cancelled; a parcel was delivered after all, or
went on; it is lost, which is another incident; the units are back. By a decision: reshipped, refunded; of a parcel that
turned up kept, or what was to replace it intercepted; settled with the customer, without a cause, or dismissed.
"""
Done = Literal["contact_customer", "claim", "return", "wait"]
"""What is done about it without ending it. `wait`: its deadline was put off."""


class Facts(Frozen):
    """What is known of it, in references and figures; nothing personal. Times are ISO texts, hours whole ones.

    Of a silent parcel what the detector told (`ordo.shipments.quiet`); of a late one `promised_at` and `eta`; of one
    that was tried in vain `attempts`. `cause` is the carrier's reason, if it is known, `scan` the event that it came
    of. Of one that turned up `replaced_by` is the work that was to replace it.
    """

    last_status: str | None = None
    last_sign_at: str | None = None
    limit_hours: int | None = None
    silent_hours: int | None = None
    rested_hours: int | None = None
    basis: str | None = None
    samples: int | None = None
    promised_at: str | None = None
    eta: str | None = None
    attempts: int | None = None
    cause: str | None = None
    scan: str | None = None
    replaced_by: tuple[str, ...] = ()


class Proposal(Frozen):
    """What could be done, the best first, and what it costs at most, in minor units of the order's currency."""

    action: Action
    cost: int


class Step(Frozen):
    """Who gets it next, and for how many hours."""

    owner: str
    hours: int


class Act(Frozen):
    """Something that was done about it. `by` is a reference."""

    action: Done
    at: str
    by: str


class Incident(Frozen):
    """A case of an order. `lines` are the units it is about; `reason` is the code of what caused it first.

    `owner` is the department whose work it is, `deadline` when somebody should have solved it (ISO texts); then it goes
    to the next of `escalation`, and `level` counts that. `causes` are the fulfilments, proofs, reports or scans that it
    came of: what happens again while it is open makes it larger, not a second one. `alone`: what the channel's policy
    does about it without asking. `refund` is what its units were refunded, in minor units. `ended_with` is the incident
    of the same parcel that was decided, and this one ended with it.
    """

    incident_id: str
    order_id: str
    kind: IncidentKind
    state: IncidentState
    owner: str
    reason: str
    opened_at: str
    changed_at: str
    deadline: str
    lines: tuple[LineQuantity, ...]
    causes: tuple[str, ...] = ()
    resolution: Resolution | None = None
    shipment_id: str | None = None
    tracking_number: str | None = None
    facts: Facts = Facts()
    proposals: tuple[Proposal, ...] = ()
    escalation: tuple[Step, ...] = ()
    level: int = 0
    alone: Action | None = None
    done: tuple[Act, ...] = ()
    refund: int | None = None
    ended_with: str | None = None

    @property
    def units(self) -> int:
        """Units that it is about."""
        return sum(line.quantity for line in self.lines)

    @property
    def is_open(self) -> bool:
        """Whether somebody must still solve it."""
        return self.state == "open"

    @property
    def was_put_off(self) -> bool:
        """Whether its deadline was put off: that is done once."""
        return any(act.action == "wait" for act in self.done)

    def is_of(self, shipment_id: str, tracking_number: str) -> bool:
        """Whether it is about this parcel."""
        return (self.shipment_id, self.tracking_number) == (shipment_id, tracking_number)

    def ended(self, resolution: Resolution, now: datetime) -> Incident:
        """The same incident, solved."""
        return self.model_copy(update={"state": "resolved", "resolution": resolution, "changed_at": to_iso(now)})

    def told(self) -> dict[str, object]:
        """As events tell it: by reference."""
        return {
            "incident_id": self.incident_id,
            "kind": self.kind,
            "owner": self.owner,
            "deadline": self.deadline,
            "units": self.units,
        }


def incident_id(order_id: str, number: int) -> str:
    """`inc_<order's ulid>_<number from 1>`: an id that names its order."""
    return f"inc_{order_id.removeprefix('ord_')}_{number}"


def opened(
    known: Iterable[Incident],
    order_id: str,
    lines: Iterable[LineQuantity],
    *,
    cause: str,
    reason: str,
    terms: KindTerms,
    now: datetime,
) -> Incident:
    """The order's open incident of units that no node gives, with these in it too, or a new one. Its deadline stays."""
    known = list(known)
    before = next((each for each in known if each.is_open and each.kind == "short"), None)
    if before is None:
        return new_incident(known, order_id, "short", lines, cause=cause, reason=reason, terms=terms, now=now)
    more = {
        "lines": added(before.lines, lines),
        "causes": tuple(dict.fromkeys((*before.causes, cause))),
        "changed_at": to_iso(now),
    }
    return before.model_copy(update=more)


def new_incident(
    known: Collection[Incident],
    order_id: str,
    kind: IncidentKind,
    lines: Iterable[LineQuantity],
    *,
    cause: str,
    reason: str,
    terms: KindTerms,
    now: datetime,
    shipment_id: str | None = None,
    tracking_number: str | None = None,
    facts: Facts | None = None,
) -> Incident:
    """One more incident of the order, beside those that are `known`."""
    return Incident(
        incident_id=incident_id(order_id, len(known) + 1),
        order_id=order_id,
        kind=kind,
        state="open",
        owner=terms.owner,
        reason=reason,
        opened_at=to_iso(now),
        changed_at=to_iso(now),
        deadline=to_iso(now + timedelta(hours=terms.hours)),
        lines=added((), lines),
        causes=(cause,),
        shipment_id=shipment_id,
        tracking_number=tracking_number,
        facts=facts or Facts(),
        escalation=tuple(Step(owner=each.owner, hours=each.hours) for each in terms.escalation),
    )


def added(lines: Iterable[LineQuantity], more: Iterable[LineQuantity]) -> tuple[LineQuantity, ...]:
    """Both together, units of the same line, or part of a bundle's, in one, in the order met."""
    found: dict[str, LineQuantity] = {}
    for line in (*lines, *more):
        had = found.get(line.key)
        quantity = line.quantity + (had.quantity if had else 0)
        found[line.key] = line.model_copy(update={"quantity": quantity})
    return tuple(found.values())


def less(lines: Iterable[LineQuantity], gone: Iterable[LineQuantity]) -> tuple[LineQuantity, ...]:
    """`lines` without as many units of each as are `gone`; never less than none."""
    units = {line.key: line.quantity for line in added((), gone)}
    left = ((line, line.quantity - units.get(line.key, 0)) for line in lines)
    return tuple(line.model_copy(update={"quantity": count}) for line, count in left if count > 0)
