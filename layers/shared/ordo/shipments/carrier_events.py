"""What a carrier says of a parcel, and what it does to the order: a pure decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ordo.kernel.canonical import canonical_json, sha256_hex
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotFound
from ordo.kernel.frozen import Frozen
from ordo.orders.decision import Decision, NoChange
from ordo.orders.model import OrderState
from ordo.orders.proposals import Policies, usual_policies
from ordo.shipments.arrival import arrived
from ordo.shipments.eta import eta_of
from ordo.shipments.model import Parcel, Shipment, TrackingEvent, TrackingStatus
from ordo.shipments.parcel_incidents import Cases, cases_of
from ordo.shipments.tracking import merge, status_of

Decide = Callable[[OrderState, datetime], Decision | NoChange]

MAX_WORDS = 150_000
"""Bytes of a carrier's own words that a shipment keeps; 50 parcels with ten scans of 300 bytes each."""


class CarrierEvent(Frozen):
    """One thing that a carrier said of one number. Times are as `to_iso` writes them.

    `description` and `place` are the carrier's own words, which may name people: they are kept with the parcel only,
    never in the timeline, on the bus or in logs (law 9). `couriers` are the carriers that an aggregator names: the
    shipment may be theirs. `key` tells an event apart of which nothing says when it occurred. `cause` is a code of why.
    """

    tracking_number: str
    status: TrackingStatus
    occurred_at: str
    received_at: str
    description: str = ""
    place: str = ""
    couriers: tuple[str, ...] = ()
    key: str = ""
    cause: str | None = None
    stated: str | None = None
    """When the carrier says, with this event, that the parcel comes."""

    @property
    def identity(self) -> str:
        """What is the same when the event is sent again, also in another push or with another webhook-id."""
        when = self.key or self.occurred_at
        said = [self.tracking_number, self.status, when, self.description, self.place]
        return sha256_hex(canonical_json(said))[:32]


def normal_number(text: str) -> str:
    """A tracking number as it is compared: labels print it with spaces and in either case."""
    return "".join(text.split()).upper()


def record_events(shipment_id: str, events: Sequence[CarrierEvent], policies: Policies = usual_policies) -> Decide:
    """Add events of one parcel to it, in one commit; `NoChange` when all are known.

    Every new event is recorded, also when nothing moves. What is told is where the parcel is now, after all of them.
    Incidents that they mean are opened by `policies`, or ended, in the same commit.
    """

    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        shipment, parcel = _find(state, shipment_id, events[0].tracking_number)
        new = new_of(parcel, events)
        if not new:
            return NoChange()
        history = parcel.history
        for each in new:
            history = merge(history, each)
        told_of = {"history": history, "status": status_of(history), "stated": _stated_by(events) or parcel.stated}
        moved = parcel.model_copy(update=told_of)
        others = tuple(moved if one is parcel else one for one in shipment.parcels)
        after = shipment.model_copy(update={"parcels": within(others)})
        cases = cases_of(state, shipment, moved, new, policies, now)
        return _decision(state, shipment, after, moved, new, cases, now)

    return decide


def new_of(parcel: Parcel, events: Sequence[CarrierEvent]) -> list[TrackingEvent]:
    """Those of the events that the parcel does not know yet, each once, the newest last."""
    told = {each.identity: _stored(each) for each in events}
    known = {each.identity for each in parcel.history}
    return sorted((each for identity, each in told.items() if identity not in known), key=lambda one: one.occurred_at)


def _stored(event: CarrierEvent) -> TrackingEvent:
    return TrackingEvent(
        identity=event.identity, **event.model_dump(exclude={"tracking_number", "couriers", "key", "stated"})
    )


def _stated_by(events: Sequence[CarrierEvent]) -> str | None:
    """What the newest of them says that says something of it."""
    said = [each for each in events if each.stated]
    return max(said, key=lambda each: each.occurred_at).stated if said else None


def new_events(decision: Decision | None) -> int:
    """How many events a decision of `record_events` records."""
    return len(decision.data.get("events", (None,))) if decision else 0


def within(parcels: tuple[Parcel, ...], limit: int = MAX_WORDS) -> tuple[Parcel, ...]:
    """The parcels with the carrier's words of at most `limit` bytes together: the oldest events give up theirs.

    What happened and when is kept of every event, so that the shipment stays within a table's item (400 KB).
    """
    events = sorted((event for parcel in parcels for event in parcel.history), key=lambda event: event.occurred_at)
    left = sum(map(_words, events))
    silent = set[str]()
    for event in events:
        if left <= limit:
            break
        left -= _words(event)
        silent.add(event.identity)
    return tuple(_without_words(parcel, silent) for parcel in parcels) if silent else parcels


def _words(event: TrackingEvent) -> int:
    return len(event.description.encode()) + len(event.place.encode())


def _without_words(parcel: Parcel, silent: set[str]) -> Parcel:
    bare = {"description": "", "place": ""}
    history = tuple(
        event.model_copy(update=bare) if event.identity in silent and _words(event) else event
        for event in parcel.history
    )
    return parcel.model_copy(update={"history": history})


def _find(state: OrderState, shipment_id: str, number: str) -> tuple[Shipment, Parcel]:
    shipment = state.shipments.get(shipment_id)
    for parcel in shipment.parcels if shipment else ():
        if shipment and parcel.tracking_number == number:
            return shipment, parcel
    raise NotFound(f"Shipment {shipment_id} has no such parcel.")


def _decision(
    state: OrderState,
    before: Shipment,
    after: Shipment,
    parcel: Parcel,
    new: Sequence[TrackingEvent],
    cases: Cases,
    now: datetime,
) -> Decision:
    """`new` are the events that are recorded, the newest last."""
    shipments = {**state.shipments, after.shipment_id: after}
    header = arrived(state.header, shipments.values(), now).model_copy(update={"moved_at": to_iso(now)})
    delivered = after.is_delivered and not before.is_delivered
    return Decision(
        type="shipment.delivered" if delivered else "shipment.tracking_updated",
        header=cases.on(header),
        data={
            "shipment_id": after.shipment_id,
            "carrier": after.carrier,
            "tracking_number": parcel.tracking_number,
            **_reference(new[-1]),
            "tracking_status": parcel.status,
            **({} if after.is_delivered else {"eta": eta_of(after, header, now).told()}),
            **({"events": [_reference(each) for each in new]} if len(new) > 1 else {}),
            **cases.told(),
        },
        implies=cases.implies,
        records=(after, *cases.records),
    )


def _reference(event: TrackingEvent) -> dict[str, str]:
    """An event without the carrier's words."""
    return {"event": event.identity, "event_status": event.status, "occurred_at": event.occurred_at}
