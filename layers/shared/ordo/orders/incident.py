"""Incidents: what went wrong with an order and needs a person, opened once, with owner, reason and deadline. Pure.

Here is the record; the workflow that carries it to its end comes with the journey.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Literal

from ordo.kernel.clock import to_iso
from ordo.kernel.frozen import Frozen
from ordo.shipments.model import LineQuantity

IncidentKind = Literal["short", "refused", "damaged"]
"""`short`: units of the order that no node gives. `refused`: units that were not taken at the door. `damaged`: noted as
damaged when they were delivered. More kinds come with the journey.
"""
IncidentState = Literal["open", "resolved"]
Resolution = Literal["sourced", "cancelled", "delivered", "returned", "settled", "unfounded"]
"""How it ended: the units were had elsewhere; the order was cancelled; a refused parcel was delivered after all; the
units are back; it was settled with the customer; there was nothing in it.
"""


class Incident(Frozen):
    """A case of an order. `lines` are the units it is about; `reason` is the code of what caused it first.

    `owner` is the department whose work it is, `deadline` when somebody should have solved it (ISO texts). `causes` are
    fulfilments, proofs or reports that it came of: what happens again while it is open makes it larger, no second one.
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

    @property
    def units(self) -> int:
        """Units that it is about."""
        return sum(line.quantity for line in self.lines)

    @property
    def is_open(self) -> bool:
        """Whether somebody must still solve it."""
        return self.state == "open"

    def ended(self, resolution: Resolution, now: datetime) -> Incident:
        """The same incident, solved."""
        return self.model_copy(update={"state": "resolved", "resolution": resolution, "changed_at": to_iso(now)})


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
    owner: str,
    hours: int,
    now: datetime,
) -> Incident:
    """The order's open incident of units that no node gives, with these in it too, or a new one. Its deadline stays."""
    known = list(known)
    moment = to_iso(now)
    before = next((each for each in known if each.is_open and each.kind == "short"), None)
    if before is not None:
        more = {
            "lines": added(before.lines, lines),
            "causes": tuple(dict.fromkeys((*before.causes, cause))),
            "changed_at": moment,
        }
        return before.model_copy(update=more)
    return new_incident(known, order_id, "short", lines, cause=cause, reason=reason, owner=owner, hours=hours, now=now)


def new_incident(
    known: Collection[Incident],
    order_id: str,
    kind: IncidentKind,
    lines: Iterable[LineQuantity],
    *,
    cause: str,
    reason: str,
    owner: str,
    hours: int,
    now: datetime,
) -> Incident:
    """One more incident of the order, beside those that are `known`."""
    return Incident(
        incident_id=incident_id(order_id, len(known) + 1),
        order_id=order_id,
        kind=kind,
        state="open",
        owner=owner,
        reason=reason,
        opened_at=to_iso(now),
        changed_at=to_iso(now),
        deadline=to_iso(now + timedelta(hours=hours)),
        lines=added((), lines),
        causes=(cause,),
    )


def added(lines: Iterable[LineQuantity], more: Iterable[LineQuantity]) -> tuple[LineQuantity, ...]:
    """Both together, units of the same line, or part of a bundle's, in one, in the order met."""
    found: dict[str, LineQuantity] = {}
    for line in (*lines, *more):
        had = found.get(line.key)
        quantity = line.quantity + (had.quantity if had else 0)
        found[line.key] = line.model_copy(update={"quantity": quantity})
    return tuple(found.values())
