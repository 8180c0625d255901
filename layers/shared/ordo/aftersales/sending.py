"""Goods on their way back: labels, numbers of customers' own carriers, and what carriers say of them. Pure decisions.

A parcel that comes back is a parcel like any other, but of the return: nothing of the delivery's books moves with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ordo.aftersales.books import find_return, in_days, moved, require_state
from ordo.aftersales.model import Return, SentBack, words_slot
from ordo.catalog.return_policies import Way
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import NotAllowedNow, NotFound
from ordo.orders.decision import Claim, ContactWrite, Decision, NoChange
from ordo.orders.model import OrderState
from ordo.shipments.carrier_events import CarrierEvent, new_of, within
from ordo.shipments.model import Parcel, TrackingStatus
from ordo.shipments.tracking import merge, status_of

MAX_PARCELS = 20
"""Parcels of one return."""
_WAITS = (TrackingStatus.LABEL_CREATED, TrackingStatus.UNKNOWN)
Decide = Callable[[OrderState, datetime], Decision | NoChange]


@dataclass(frozen=True, slots=True)
class Send:
    """A parcel is, or is to be, on its way back. `personal`: what is kept beside the contact from now on (the
    address of a label, with what was there before). `under_way`: the customer says that a carrier has it.
    """

    return_id: str
    carrier: str
    tracking_number: str
    source: Way
    cost: int | None = None
    personal: dict[str, object] | None = None
    under_way: bool = False


def send_back(command: Send) -> Decide:
    """Take the number up; the same again changes nothing. Raises `NotFound` and `NotAllowedNow`."""

    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        found = find_return(state, command.return_id)
        if any(_is(each, command.carrier, command.tracking_number) for each in found.sent):
            return NoChange()
        require_state(found, "requested", "approved", "in_transit", "part_received", do="sent")
        if found.without_goods:
            raise NotAllowedNow("Nothing is to be sent back for it.", facts={"state": found.state})
        if len(found.sent) >= MAX_PARCELS:
            raise NotAllowedNow(f"A return has at most {MAX_PARCELS} parcels.", facts={"limit": MAX_PARCELS})
        parcel = Parcel(tracking_number=command.tracking_number, lines=())
        sent = SentBack(carrier=command.carrier, parcel=parcel, source=command.source, cost=command.cost)
        after = _sent(found, (*found.sent, sent), now, under_way=command.under_way)
        facts = {"order_id": found.order_id, "return_id": found.return_id}
        decision = moved(
            "return.labelled" if command.source != "own" else "return.sent",
            state.header,
            after.model_copy(update={"label_problem": None}),
            carrier=command.carrier,
            tracking_numbers=[command.tracking_number],
            way=command.source,
        )
        slot = words_slot(found.return_id)
        contacts = (ContactWrite(slot, dict(command.personal)),) if command.personal else ()
        claims = (Claim("tracking", (command.carrier, command.tracking_number), facts),)
        return replace(decision, claims=claims, contacts=contacts)

    return decide


def label_failed(return_id: str, code: str) -> Decide:
    """No label can be had: the customer sends it with a carrier of their own. The same again changes nothing."""

    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        found = find_return(state, return_id)
        if found.label_problem == code or not found.is_open:
            return NoChange()
        after = found.now(found.state, now, label_problem=code)
        return moved("return.label_failed", state.header, after, problem=code)

    return decide


def record_return_events(return_id: str, events: Sequence[CarrierEvent]) -> Decide:
    """Add a carrier's events of one number to the return's parcel; `NoChange` when all are known."""

    def decide(state: OrderState, now: datetime) -> Decision | NoChange:
        found = find_return(state, return_id)
        number = events[0].tracking_number
        place = next((at for at, each in enumerate(found.sent) if each.parcel.tracking_number == number), None)
        if place is None:
            raise NotFound(f"Return {return_id} has no such parcel.")
        before = found.sent[place]
        new = new_of(before.parcel, events)
        if not new:
            return NoChange()
        history = before.parcel.history
        for each in new:
            history = merge(history, each)
        parcel = before.parcel.model_copy(update={"history": history, "status": status_of(history)})
        (kept,) = within((parcel,))
        sent = tuple(
            each.model_copy(update={"parcel": kept}) if at == place else each for at, each in enumerate(found.sent)
        )
        after = _sent(found, sent, now, under_way=parcel.status not in _WAITS)
        return moved(
            "return.tracking_updated",
            state.header,
            after,
            carrier=before.carrier,
            tracking_numbers=[number],
            tracking_status=parcel.status,
            events=[{"event": e.identity, "event_status": e.status, "occurred_at": e.occurred_at} for e in new],
        )

    return decide


def _sent(found: Return, sent: tuple[SentBack, ...], now: datetime, *, under_way: bool) -> Return:
    """The return with its parcels. When the first of them is on its way, the goods have their time to arrive."""
    if not under_way or found.state != "approved":
        return found.now(found.state, now, sent=sent)
    arrive_by = max(found.arrive_by or "", in_days(to_iso(now), found.terms.arrive_days - found.terms.send_days))
    return found.now("in_transit", now, sent=sent, arrive_by=arrive_by, deadline=arrive_by)


def _is(sent: SentBack, carrier: str, number: str) -> bool:
    return (sent.carrier, sent.parcel.tracking_number) == (carrier, number)
