"""What becomes of an order's promise: judged at every commit, from the order as it is after it. Pure (ADR 35).

The promise that was stored at placement (`promised_at`) never changes. A later day is said (a re-promise is appended,
with its reason) when what is expected is likely to come more than a grace after the last day that was said; the new day
is the one by which nine of ten parcels come. It is later than the last one by more than the grace, and nothing is said
again before what is expected has moved beyond that day too: so nothing flaps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ordo.kernel.clock import from_iso, to_iso
from ordo.orders.model import OrderHeader, OrderState, Repromise
from ordo.shipments.eta import Eta, all_sent, eta_of, leave_by, standing
from ordo.shipments.model import Shipment

PROMISE_CHANGED = "promise.changed"
LONGEST_GRACE = timedelta(hours=12)
MOST = 30
"""So many days are said of an order at most: who was wrong so often says no more."""
REASONS = {
    "usual": "sent_late",
    "taken_late": "taken_late",
    "stated": "carrier",
    "out_for_delivery": "carrier",
    "attempt_failed": "attempt_failed",
    "exception": "exception",
    "moving_late": "moving_late",
    "slow": "slow_parcel",
}
"""Why a later day is said, by why it is expected then. `slow_way`: it left in time, and its way usually takes longer
than was promised. `sourced_again`: another node gives a part of it later.
"""
SOURCED_AGAIN, SLOW_WAY = "sourced_again", "slow_way"


@dataclass(frozen=True, slots=True)
class Judged:
    """The header with what became of the promise, what the event says of it, and what that implies."""

    header: OrderHeader
    data: Mapping[str, Any] = field(default_factory=dict)
    implies: tuple[str, ...] = ()


def judged(before: OrderState | None, header: OrderHeader, shipments: Mapping[str, Shipment], now: datetime) -> Judged:
    """What a commit that leads to this header and these shipments means for the promise; at placement nothing."""
    if before is None or header.promised_at is None or before.header.promise_kept is not None:
        return Judged(header)
    if header.delivered_at is not None:
        kept = header.delivered_at <= header.promised_at
        changes: dict[str, Any] = {"promise_kept": kept, "standing": "on_time" if kept else "late"}
        return Judged(header.model_copy(update=changes), {"promise_kept": kept})
    if not header.is_open:
        return Judged(header.model_copy(update={"standing": "on_time"}))
    after = OrderState(header, shipments=shipments)
    stands, later = standing(after, now), later_day(after, now)
    if stands == header.standing and later is None:
        return Judged(header)
    said = (*header.repromised, later) if later else header.repromised
    told = {"state": stands, **({"deliver_by": later.deliver_by, "reason": later.reason} if later else {})}
    return Judged(
        header.model_copy(update={"standing": stands, "repromised": said}), {"promise": told}, (PROMISE_CHANGED,)
    )


def later_day(state: OrderState, now: datetime) -> Repromise | None:
    """The day to say after the last one; None when that still holds, or nobody knows a better one."""
    header = state.header
    if header.last_word is None or len(header.repromised) >= MOST:
        return None
    last = from_iso(header.last_word) + grace_of(header)
    known = ((eta_of(each, header, now), each) for each in state.shipments.values())
    found = [(eta.likely, eta.by, _reason(eta, each, header)) for eta, each in known if eta.likely and eta.by]
    if header.expected_at and not all_sent(header):
        at = from_iso(header.expected_at)
        found.append((at, at, SOURCED_AGAIN))
    beyond = [(by, reason) for likely, by, reason in found if likely > last]
    if not beyond:
        return None
    by, reason = max(beyond)
    return Repromise(deliver_by=to_iso(by), said_at=to_iso(now), reason=reason)


def grace_of(header: OrderHeader) -> timedelta:
    """A quarter of the time that the promise reckons with on the road, twelve hours at most."""
    if header.ready_by is None or header.promised_at is None:
        return LONGEST_GRACE
    road = from_iso(header.promised_at) - from_iso(header.ready_by)
    return max(timedelta(), min(LONGEST_GRACE, road / 4))


def promise_due(header: OrderHeader) -> str | None:
    """When the order's standing changes by itself: something should have left, or the promised time has passed.

    None while it waits for its money, and once it is late or its promise was judged.
    """
    if header.promised_at is None or header.promise_kept is not None or header.standing == "late":
        return None
    if not header.is_covered(header.changed_at or header.placed_at):
        return None
    if header.standing == "on_time" and not all_sent(header):
        return leave_by(header)
    return header.promised_at


def _reason(eta: Eta, shipment: Shipment, header: OrderHeader) -> str:
    in_time = shipment.dispatched_at <= leave_by(header)
    return SLOW_WAY if eta.why == "usual" and in_time else REASONS[eta.why]
