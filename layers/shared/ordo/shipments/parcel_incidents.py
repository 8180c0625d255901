"""Incidents that come with what a carrier says of a parcel: which it opens, and which it ends. Pure.

One of a kind is open for a parcel at a time, so that scans that say the same again open none. What a parcel's incident
ended with does not open it again: only what the carrier says newly does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ordo.catalog.incident_terms import IncidentKind, IncidentTerms
from ordo.orders.incident import Facts, Incident, Resolution, new_incident
from ordo.orders.model import OrderHeader, OrderState
from ordo.orders.proposals import Policies, proposing
from ordo.shipments.model import ENDED, LineQuantity, Parcel, Shipment, TrackingEvent, TrackingStatus
from ordo.shipments.model import FulfilmentState as F

S = TrackingStatus
CAUSES: dict[str, IncidentKind] = {"address": "address", "damaged": "damaged"}
"""By the carrier's reason for a setback."""
_ENDINGS: dict[TrackingStatus, IncidentKind] = {S.LOST: "lost", S.RETURNED_TO_SENDER: "returned_to_sender"}
FAILED_TWICE = 2
_SETBACKS = (S.EXCEPTION, S.DELIVERY_ATTEMPT_FAILED, S.LOST)
_AT_THE_DOOR = (S.OUT_FOR_DELIVERY, S.AVAILABLE_FOR_PICKUP)
_ON_THE_WAY = (S.PICKED_UP, S.IN_TRANSIT, *_AT_THE_DOOR, S.DELIVERY_ATTEMPT_FAILED)
GIVEN_UP: tuple[Resolution, ...] = ("reshipped", "refunded")
"""Ends after which a parcel's units count no more."""


@dataclass(frozen=True, slots=True)
class Cases:
    """Incidents that a commit opens, and those that it ends, by id."""

    opened: tuple[Incident, ...] = ()
    ended: dict[str, Incident] = field(default_factory=dict)

    @property
    def records(self) -> tuple[Incident, ...]:
        """All of them, as they are to be written."""
        return (*self.opened, *self.ended.values())

    @property
    def implies(self) -> tuple[str, ...]:
        """The types of event that they mean."""
        opened = ("incident.opened",) if self.opened else ()
        return (*opened, *(("incident.resolved",) if self.ended else ()))

    def told(self) -> dict[str, list[str]]:
        """For an event's data; nothing when there are none."""
        found = {
            "incidents_opened": [each.incident_id for each in self.opened],
            "incidents_resolved": sorted(self.ended),
        }
        return {name: ids for name, ids in found.items() if ids}

    def on(self, header: OrderHeader) -> OrderHeader:
        """The header with the deadlines of what is open now."""
        if not self.opened and not self.ended:
            return header
        waiting = {name: due for name, due in header.open_incidents.items() if name not in self.ended}
        waiting |= {each.incident_id: each.deadline for each in self.opened}
        return header.model_copy(update={"open_incidents": waiting})


def cases_of(
    state: OrderState,
    shipment: Shipment,
    parcel: Parcel,
    new: Sequence[TrackingEvent],
    policies: Policies,
    now: datetime,
) -> Cases:
    """What these `new` events of the parcel, which is as it is after them, open and end.

    `policies` is asked only when something opens.
    """
    mine = [each for each in state.incidents.values() if each.is_of(shipment.shipment_id, parcel.tracking_number)]
    ended = {
        each.incident_id: each.ended(how, now) for each in mine if each.is_open and (how := _end(each, parcel, new))
    }
    still = {each.kind for each in mine if each.is_open and each.incident_id not in ended}
    wanted = [each for each in _wanted(state, shipment, parcel, mine, new) if each.kind not in still]
    if not wanted:
        return Cases((), ended)
    terms = policies(state.header.channel, now)
    return Cases(opening(state, shipment, parcel, wanted, terms, now), ended)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An incident to be opened of a parcel, or of these `lines` of it; `cause` is the scan or proof that told it."""

    kind: IncidentKind
    cause: str
    reason: str
    facts: Facts
    lines: tuple[LineQuantity, ...] | None = None


def opening(
    state: OrderState,
    shipment: Shipment,
    parcel: Parcel,
    wanted: Iterable[Wanted],
    terms: IncidentTerms,
    now: datetime,
) -> tuple[Incident, ...]:
    """The incidents, with their proposals, numbered after those that the order has."""
    known = list(state.incidents.values())
    for each in wanted:
        incident = new_incident(
            known,
            state.header.order_id,
            each.kind,
            parcel.counted if each.lines is None else each.lines,
            cause=each.cause,
            reason=each.reason,
            terms=terms.of_kind(each.kind),
            now=now,
            shipment_id=shipment.shipment_id,
            tracking_number=parcel.tracking_number,
            facts=each.facts,
        )
        known.append(proposing(state, incident, terms))
    return tuple(known[len(state.incidents) :])


def written_off_by(state: OrderState, shipment_id: str, number: str) -> Incident | None:
    """The incident by which the parcel was given up last."""
    mine = (each for each in state.incidents.values() if each.is_of(shipment_id, number))
    given_up = [each for each in mine if each.resolution in GIVEN_UP and each.ended_with is None]
    return max(given_up, key=lambda each: (each.changed_at, each.incident_id), default=None)


def _wanted(
    state: OrderState, shipment: Shipment, parcel: Parcel, mine: Sequence[Incident], new: Sequence[TrackingEvent]
) -> Iterator[Wanted]:
    if parcel.written_off:
        yield from _turned_up(state, shipment, parcel, mine, new)
    if not parcel.counted or not state.header.is_open:
        return
    told = {event.status: event for event in new}
    kind = _ENDINGS.get(parcel.status)
    if kind and parcel.status in told:
        yield _wanted_by(kind, told[parcel.status])
    if parcel.status in (S.DELIVERED, S.RETURNED_TO_SENDER):
        return
    for event in new:
        why = CAUSES.get(event.cause or "") if event.status in _SETBACKS else None
        if why and not any(event.identity in each.causes for each in mine):
            yield _wanted_by(why, event)
    failed = told.get(S.DELIVERY_ATTEMPT_FAILED) if parcel.status is S.DELIVERY_ATTEMPT_FAILED else None
    attempts = sum(event.status is S.DELIVERY_ATTEMPT_FAILED for event in parcel.history)
    at_wrong_address = any(each.is_open and each.kind == "address" for each in mine)
    if failed and attempts >= FAILED_TWICE and not at_wrong_address:
        yield _wanted_by("delivery_failed", failed, attempts=attempts)


def _wanted_by(kind: IncidentKind, event: TrackingEvent, attempts: int | None = None) -> Wanted:
    facts = Facts(
        last_status=event.status,
        last_sign_at=event.occurred_at,
        cause=event.cause,
        scan=event.identity,
        attempts=attempts,
    )
    return Wanted(kind, event.identity, event.cause or str(event.status), facts)


_SIGNS: dict[str, tuple[TrackingStatus, ...]] = {
    "lost": (*_ON_THE_WAY, S.DELIVERED),
    "stalled": (*_ON_THE_WAY, S.DELIVERED),
    "delayed": (S.DELIVERED,),
    "delivery_failed": (S.DELIVERED,),
    "address": (S.DELIVERED,),
    "returned_to_sender": (S.DELIVERED,),
    "refused": (S.DELIVERED,),
}
"""By the kind that a parcel was given up by: scans that mean that the customer has it, or may get it. What is
damaged was there all the time, one that is late is known to come, one that goes back is scanned on that way.
"""


def _turned_up(
    state: OrderState, shipment: Shipment, parcel: Parcel, mine: Sequence[Incident], new: Sequence[TrackingEvent]
) -> Iterator[Wanted]:
    """What happened to a parcel after it was given up, asked once for each time that it was."""
    writer = written_off_by(state, shipment.shipment_id, parcel.tracking_number)
    if writer is None or any(each.kind == "turned_up" and writer.incident_id in each.causes for each in mine):
        return
    since = writer.facts.last_sign_at or writer.opened_at
    signs = [event for event in new if event.status in _SIGNS.get(writer.kind, ()) and event.occurred_at > since]
    if not signs:
        return
    works = (each for each in state.fulfilments.values() if each.replaces == writer.incident_id)
    facts = Facts(
        last_status=signs[-1].status,
        last_sign_at=signs[-1].occurred_at,
        scan=signs[-1].identity,
        replaced_by=tuple(each.fulfilment_id for each in works if each.state not in (*ENDED, F.DISPATCHED)),
    )
    yield Wanted("turned_up", writer.incident_id, str(writer.resolution), facts, parcel.written_off)


def _end(incident: Incident, parcel: Parcel, new: Sequence[TrackingEvent]) -> Resolution | None:
    """How an open incident of the parcel ends by these events, if it does."""
    if incident.kind == "turned_up":
        return "returned" if parcel.status is S.RETURNED_TO_SENDER else None
    if incident.kind in ("damaged", "refused"):
        return None  # a proof of delivery, or staff, says what became of it
    if parcel.status is S.DELIVERED:
        return "delivered"
    if parcel.status is S.RETURNED_TO_SENDER:
        return None if incident.kind == "returned_to_sender" else "returned"
    if incident.kind == "stalled" and parcel.status is S.LOST:
        return "became_lost"
    since = incident.facts.last_sign_at or incident.opened_at
    later = {event.status for event in new if event.occurred_at > since}
    goes_on = {"stalled": _ON_THE_WAY, "lost": _ON_THE_WAY, "address": _AT_THE_DOOR}.get(incident.kind, ())
    return "moved" if later.intersection(goes_on) and parcel.status is not S.LOST else None
