"""When a shipment comes: a pure function of what is known of it, so that it is never older than its last scan.

A parcel usually needs so many minutes from its dispatch (`Shipment.usual`, kept at the dispatch): half of them at most
`median`, nine of ten `p90`. What is said of it counts before that, by the first that applies:

1. It came, went back, is lost, was refused at the door, or waits for its customer: there is nothing to be expected.
2. It is out for delivery: within hours of that scan. An attempt failed: the day after it, or the next but one.
3. The carrier stated a time that is still to come: then, or later by as much as parcels of this way differ.
4. The carrier took it over more than a day after its dispatch: it counts from a day before that.
5. It is scanned after nine of ten had come, or stopped by an exception: within days of the scan.

Nothing is expected in the past: when only the likely time is over (`slow`) it is expected half way to the later one,
and when that is over too it is `overdue`: nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from ordo.kernel.clock import from_iso, to_iso
from ordo.orders.model import OrderHeader, OrderState, OrderStatus
from ordo.shipments.model import Parcel, Shipment, TrackingEvent, TrackingStatus, Usual
from ordo.shipments.tracking import delivery_time
from ordo.shipments.transit import planned_usual

EtaState = Literal["expected", "overdue", "pickup", "stopped", "arrived"]
Basis = Literal["own", "default", "carrier"]
Why = Literal["usual", "stated", "taken_late", "out_for_delivery", "attempt_failed", "exception", "moving_late", "slow"]
Standing = Literal["on_time", "jeopardy", "late"]

OUT_FOR_DELIVERY = timedelta(hours=6)
_OUT = (OUT_FOR_DELIVERY, timedelta(hours=14))
_AGAIN = (timedelta(hours=24), timedelta(hours=48))
_STOPPED = (timedelta(hours=48), timedelta(hours=96))
_LATE_SCAN = timedelta(hours=24)
"""So much longer, or by as much as parcels of this way differ; the later time is twice that."""
HANDOVER = timedelta(hours=24)
"""Carriers take parcels over within a day of their dispatch; the usual time has that in it."""
FARTHEST = timedelta(days=90)
"""What a carrier states of a later time is an error of its own."""
_NO_SIGN = (TrackingStatus.UNKNOWN, TrackingStatus.LABEL_CREATED)


@dataclass(frozen=True, slots=True)
class Eta:
    """When it comes: `likely`, and `by` as nine of ten do. Both are None unless it is `expected`; later than now.

    `basis` says whether that is from `own` deliveries (so many `samples`), from a table (`default`), or what the
    `carrier` said; `way` names the lane and day of own figures, the table's row, or `promise`. `at`: when it arrived.
    """

    state: EtaState
    why: Why
    basis: Basis
    samples: int = 0
    way: str = ""
    likely: datetime | None = None
    by: datetime | None = None
    at: datetime | None = None

    def told(self) -> dict[str, str | int]:
        """For events and answers: what is there of it."""
        moments = {name: to_iso(at) for name in ("likely", "by", "at") if (at := getattr(self, name)) is not None}
        return {
            "state": self.state,
            **moments,
            "basis": self.basis,
            **({"samples": self.samples} if self.samples else {}),
            "why": self.why,
            "way": self.way,
        }


def eta_of(shipment: Shipment, header: OrderHeader, now: datetime) -> Eta:
    """When the last parcel of the shipment comes, as it is known at this time."""
    usual = shipment.usual or planned_usual(header.ready_by, header.promised_at)
    return max((parcel_eta(parcel, shipment, usual, now) for parcel in shipment.parcels), key=_lateness)


def parcel_eta(parcel: Parcel, shipment: Shipment, usual: Usual, now: datetime) -> Eta:
    """When one parcel comes."""
    known = Eta("expected", "usual", usual.basis, usual.samples, usual.way)
    match parcel.status:
        case TrackingStatus.DELIVERED:
            at = delivery_time(parcel.history)
            return replace(known, state="arrived", at=from_iso(at) if at else None)
        case TrackingStatus.LOST | TrackingStatus.RETURNED_TO_SENDER:
            return replace(known, state="stopped")
        case TrackingStatus.AVAILABLE_FOR_PICKUP:
            return replace(known, state="pickup")
        case TrackingStatus.EXCEPTION if _refused(parcel):
            return replace(known, state="stopped")
        case _:
            return _not_past(_expected(parcel, shipment, usual, known, now), now)


def _refused(parcel: Parcel) -> bool:
    """Whether its last sign of life is the proof that it was not taken (`ordo.shipments.proof_model.proof_id`)."""
    return [each for each in parcel.history if each.status not in _NO_SIGN][-1].identity.startswith("prf_")


def _expected(parcel: Parcel, shipment: Shipment, usual: Usual, known: Eta, now: datetime) -> Eta:
    """Before it is looked at whether that is past."""
    signs = [each for each in parcel.history if each.status not in _NO_SIGN]
    last = _happened(signs[-1], now) if signs else None
    median, p90 = timedelta(minutes=usual.median), timedelta(minutes=usual.p90)
    spread = p90 - median
    if last and parcel.status is TrackingStatus.OUT_FOR_DELIVERY:
        return _within(known, "out_for_delivery", last, _OUT)
    if last and parcel.status is TrackingStatus.DELIVERY_ATTEMPT_FAILED:
        return _within(known, "attempt_failed", last, _AGAIN)
    stated = from_iso(parcel.stated) if parcel.stated else None
    if (
        stated
        and now < stated <= from_iso(shipment.dispatched_at) + FARTHEST
        and parcel.status is not TrackingStatus.EXCEPTION
    ):
        return replace(known, why="stated", basis="carrier", samples=0, likely=stated, by=stated + spread)
    begun, why = _begun(shipment, signs, now)
    found = replace(known, why=why, likely=begun + median, by=begun + p90)
    if last and parcel.status is TrackingStatus.EXCEPTION:
        stopped = _within(known, "exception", last, _STOPPED)
        return stopped if (stopped.likely or last) > begun + median else found
    if last and last > begun + p90:
        wait = max(_LATE_SCAN, spread)
        return _within(known, "moving_late", last, (wait, 2 * wait))
    return found


def _begun(shipment: Shipment, signs: Iterable[TrackingEvent], now: datetime) -> tuple[datetime, Why]:
    """From when its usual time counts."""
    sent = from_iso(shipment.dispatched_at)
    taken = min((_happened(each, now) for each in signs), default=sent)
    return (taken - HANDOVER, "taken_late") if taken > sent + HANDOVER else (sent, "usual")


def _within(known: Eta, why: Why, since: datetime, waits: tuple[timedelta, timedelta]) -> Eta:
    return replace(known, why=why, basis="carrier", samples=0, likely=since + waits[0], by=since + waits[1])


def _happened(event: TrackingEvent, now: datetime) -> datetime:
    """A carrier's clock that runs ahead moves nothing into the future."""
    return min(from_iso(event.occurred_at), now)


def _not_past(eta: Eta, now: datetime) -> Eta:
    if eta.by is None or eta.by <= now:
        return replace(eta, state="overdue", likely=None, by=None)
    if eta.likely is None or eta.likely <= now:
        return replace(eta, why="slow", likely=now + (eta.by - now) / 2)
    return eta


def _lateness(eta: Eta) -> tuple[int, float]:
    """What is said of several parcels is what is worst for whoever waits for all of them."""
    rank = {"arrived": 0, "pickup": 1, "expected": 2, "overdue": 3, "stopped": 4}[eta.state]
    moment = eta.likely or eta.at
    return rank, moment.timestamp() if moment else 0.0


def worst(found: Iterable[Eta]) -> Eta | None:
    """Of several shipments the one that comes last, or of which least is known."""
    return max(found, key=_lateness, default=None)


def all_sent(header: OrderHeader) -> bool:
    """Whether nothing of it has still to leave."""
    return header.units.dispatched >= header.units.total - header.units.cancelled


def standing(state: OrderState, now: datetime) -> Standing:
    """How the order stands to the promise that was stored with it, at this time.

    `late` once its time has passed and not everything has come, or when it came later; `jeopardy` before that, when it
    is likely to: something has not left when the promise reckoned with that (`ready_by`), was sourced again for later,
    or is on the road and likely to come later, or stopped, or nobody knows when. An order without a promise, or that
    was cancelled, is on time.
    """
    header, moment = state.header, to_iso(now)
    if header.promised_at is None or header.status is OrderStatus.CANCELLED:
        return "on_time"
    if header.promise_kept is not None:
        return "on_time" if header.promise_kept else "late"
    if moment >= header.promised_at:
        return "late"
    unsent = not all_sent(header)
    if unsent and (moment >= leave_by(header) or (header.expected_at or "") > header.promised_at):
        return "jeopardy"
    promised = from_iso(header.promised_at)
    return "jeopardy" if any(_endangers(each, promised) for each in etas(state, now)) else "on_time"


def leave_by(header: OrderHeader) -> str:
    """When everything must have left for the promise to be kept; only of an order with a promise."""
    return min(filter(None, (header.ready_by, header.promised_at)))


def etas(state: OrderState, now: datetime) -> list[Eta]:
    """Of every shipment, in the order in which they left."""
    return [eta_of(each, state.header, now) for each in state.shipments.values()]


def _endangers(eta: Eta, promised: datetime) -> bool:
    return eta.state in ("overdue", "stopped") or (eta.likely is not None and eta.likely > promised)
