"""When an order comes, and why then: said from what is known of it, never from what was noted for staff. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ordo.kernel.clock import from_iso
from ordo.orders.deadlines import PAYMENT
from ordo.orders.model import OrderState
from ordo.orders.timeline import StoredEvent
from ordo.shipments.eta import OUT_FOR_DELIVERY, Eta, all_sent, etas, worst
from ordo.shipments.model import ENDED, WORKABLE, FulfilmentState
from ordo.tracking.standing import standing_of
from ordo.tracking.words import Speech

_STILL_HERE = (FulfilmentState.PLANNED, FulfilmentState.WAITING, *WORKABLE)


@dataclass(frozen=True, slots=True)
class Arrival:
    """The line that says when, and the sentences that say why."""

    when: str
    why: tuple[str, ...] = ()
    late: bool = False


def last_word(events: Iterable[StoredEvent]) -> str | None:
    """What was promised last, by the timeline: the placement's own day, or one that was said later (ISO text)."""
    said = ((stored.read().get("data") or {}).get("promise") or {} for stored in events)
    return next((each["deliver_by"] for each in reversed(list(said)) if each.get("deliver_by")), None)


def arrival_of(state: OrderState, speech: Speech, now: datetime, said: str | None = None) -> Arrival:
    """What to say of the order's coming at this time. `said` is the last word on its day, if not the placement's."""
    header, standing = state.header, standing_of(state)
    if standing == "cancelled":
        return Arrival(speech("eta.none"))
    if header.delivered_at:
        return Arrival(speech("eta.delivered", when=speech.time(from_iso(header.delivered_at))))
    first = header.promised_at
    day = max(filter(None, (said, first)), default=None)
    promised = from_iso(day) if day else None
    eta = worst(etas(state, now)) if state.shipments and all_sent(header) else None
    if eta is not None and eta.state != "arrived":
        return _on_the_road(state, eta, standing, speech, now, promised)
    if promised is None:
        return Arrival(speech("eta.unknown"), _why(state, standing, speech, None))
    if now > promised:
        said = "why.late_on_the_road" if header.units.dispatched else "why.late_not_sent"
        return Arrival(
            speech("eta.late", day=speech.day(promised)), (_trouble(standing, speech) or speech(said),), True
        )
    same_day = speech.local(now).date() == speech.local(promised).date()
    when = speech("eta.today") if same_day else speech("eta.by", day=speech.day(promised))
    moved = (speech("why.moved", day=speech.day(from_iso(first))),) if first and day and day[:10] > first[:10] else ()
    return Arrival(when, (*moved, *_why(state, standing, speech, promised)))


def _on_the_road(
    state: OrderState, eta: Eta, standing: str, speech: Speech, now: datetime, promised: datetime | None
) -> Arrival:
    """Of an order of which nothing has still to leave: what its last parcel says, and what was promised before."""
    late = promised is not None and now >= promised
    first = state.header.promised_at
    moved = promised is not None and first is not None and (late or promised > from_iso(first))
    before = (speech("why.moved", day=speech.day(from_iso(first))),) if moved and first else ()
    if eta.state == "pickup":
        return Arrival(speech("eta.pickup"), (speech("why.pickup"),))
    if eta.likely is None or eta.by is None:
        unknown = _trouble(standing, speech) or speech("why.late_on_the_road" if late else "why.overdue")
        when = speech("eta.late", day=speech.day(promised)) if late and promised else speech("eta.unknown")
        return Arrival(when, (unknown,), late)
    # A van that left in the evening is on today's round, whatever six hours more make it.
    day = eta.likely - OUT_FOR_DELIVERY if eta.why == "out_for_delivery" else eta.likely
    today = speech.local(now).date() == speech.local(day).date()
    when = speech("eta.today") if today else speech("eta.on", day=speech.day(eta.likely))
    sent = max(shipment.dispatched_at for shipment in state.shipments.values())
    names = {"sent": speech.day(from_iso(sent)), "day": speech.day(eta.by), "samples": eta.samples}
    told = [speech(f"why.eta.{_told_as(eta)}", **names)]
    parts = [each for each in state.fulfilments.values() if each.state not in ENDED]
    if len(parts) > 1:
        told.append(speech("why.parts", count=len(parts)))
    return Arrival(when, (*before, *told), late)


def _told_as(eta: Eta) -> str:
    return "own" if eta.why == "usual" and eta.basis == "own" else eta.why


def _why(state: OrderState, standing: str, speech: Speech, promised: datetime | None) -> tuple[str, ...]:
    parts = [each for each in state.fulfilments.values() if each.state not in ENDED]
    told = [_trouble(standing, speech) or _reason(state, standing, speech, promised)]
    if len(parts) > 1:
        told.append(speech("why.parts", count=len(parts)))
    return tuple(each for each in told if each)


def _trouble(standing: str, speech: Speech) -> str | None:
    troubles = ("pickup", "attempt_failed", "trouble", "lost", "returned")
    return speech(f"why.{standing}") if standing in troubles else None


def _reason(state: OrderState, standing: str, speech: Speech, promised: datetime | None) -> str | None:
    header = state.header
    if standing == "unpaid":
        until = header.deadlines.get(PAYMENT)
        return speech("why.unpaid", when=speech.time(from_iso(until))) if until else None
    if standing == "checking":
        return speech("why.checking")
    if any(each.is_open and each.kind != "payment" for each in state.incidents.values()):
        return speech("why.incident")
    if header.supply_due:
        return speech("why.waiting_goods", day=speech.day(from_iso(header.supply_due)))
    here = any(each.state in _STILL_HERE for each in state.fulfilments.values())
    if not here and state.shipments:
        sent = max(shipment.dispatched_at for shipment in state.shipments.values())
        return speech("why.on_the_road", day=speech.day(from_iso(sent)))
    return _preparing(from_iso(header.ready_by), promised, speech) if header.ready_by and promised else None


def _preparing(ready: datetime, promised: datetime, speech: Speech) -> str:
    days = round((promised - ready) / timedelta(days=1))
    if days < 1:
        return speech("why.preparing_soon", when=speech.time(ready))
    if days == 1:
        return speech("why.preparing_one", day=speech.day(ready))
    return speech("why.preparing", day=speech.day(ready), days=days)
