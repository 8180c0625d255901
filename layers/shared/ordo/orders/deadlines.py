"""What an order waits for, and until when. Every open order waits for something (law 2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from ordo.kernel.clock import from_iso, to_iso
from ordo.orders.model import OrderHeader, OrderStatus
from ordo.orders.promise import promise_due

REMINDER = timedelta(hours=24)
"""What is overdue and needs a person is said again after this time."""

LOOK = timedelta(hours=72)
"""When the carrier's silence is looked at first: most parcels have come by then. What it means hangs on the carrier
(`ordo.shipments.silence`); the next look is when that may change.
"""

PAYMENT, DISPATCH, SILENCE, COMPLETION, HOLD = "payment", "dispatch", "silence", "completion", "hold"
INCIDENT, SUPPLY, RETURN, CLAIM, PROMISE = "incident", "supply", "return", "claim", "promise"
MONEY = "money"


def deadlines_of(header: OrderHeader) -> dict[str, str]:
    """Every deadline that the order has now, by what is waited for; once it is closed of claims, incidents and money.

    `payment`: pay or be cancelled. `hold`: someone must look. `dispatch`: the nodes must ship. `silence`: what the
    carrier has not said is looked at. `incident`: somebody must solve it. `return`: it
    must come, or be looked at. `supply`: goods that a part of it waits for must have come.
    `claim`: the carrier must have it, or answer it. `money`: a movement of money is asked for again, or a part is due.
    `promise`: when it gets into jeopardy or late by itself.
    `completion`: the order completes by itself, counted from its last parcel, unless someone holds it or
    an incident or a return of it is open.
    """
    found = {CLAIM: min(header.open_claims.values())} if header.open_claims else {}
    if header.paying.look_at:
        found[MONEY] = header.paying.look_at
    return found | _of_order(header)


def _of_order(header: OrderHeader) -> dict[str, str]:
    if not header.is_open:  # what turns up, or comes back, after the end is still looked at
        incident = min(header.open_incidents.values(), default=None)
        back = min(header.open_returns.values(), default=None)
        found = {INCIDENT: _reminded(header, INCIDENT, incident)} if incident else {}
        return found | ({RETURN: back} if back else {})
    waits = header.holds or header.open_incidents or header.open_returns
    if header.status is OrderStatus.DELIVERED and header.delivered_at and not waits:
        return {COMPLETION: _after(header.delivered_at, timedelta(days=header.terms.completion_days))}
    promise = promise_due(header)
    return {**_of_work(header), **({PROMISE: promise} if promise else {})}


def _of_work(header: OrderHeader) -> dict[str, str]:
    """What somebody must do or say, of an order that has not come whole."""
    found = _of_people(header)
    if not header.released_at:
        if not header.is_covered(header.changed_at or header.placed_at):
            found[PAYMENT] = _after(header.placed_at, timedelta(minutes=header.terms.payment_minutes))
        return found or {HOLD: _reminded(header, HOLD, _after(header.placed_at, REMINDER))}
    if (
        header.units.dispatched < header.units.total - header.units.cancelled - header.waiting_units
        and not header.holds
    ):
        begun = max(header.released_at, header.filled_at or "")
        since = _after(begun, timedelta(hours=header.terms.dispatch_hours))
        # What waits is promised later than what does not, which is to ship meanwhile; what got its goods ships too.
        ready_by = None if header.waiting_units or header.filled_at else header.ready_by
        found[DISPATCH] = _reminded(header, DISPATCH, max(since, ready_by or since))
    if header.moved_at and header.status is not OrderStatus.DELIVERED and _is_under_way(header):
        silent = _after(header.moved_at, min(LOOK, timedelta(hours=header.terms.silence_hours)))
        found[SILENCE] = _reminded(header, SILENCE, silent)
    return found


def _of_people(header: OrderHeader) -> dict[str, str]:
    """What somebody must do something about, whatever the order's status."""
    found: dict[str, str] = {}
    if header.holds:
        found[HOLD] = _reminded(header, HOLD, _after(header.holds[-1].placed_at, REMINDER))
    if header.open_incidents:
        found[INCIDENT] = _reminded(header, INCIDENT, min(header.open_incidents.values()))
    if header.open_returns:
        found[RETURN] = min(header.open_returns.values())  # whoever is late gets another deadline
    if header.supply_due:
        found[SUPPLY] = _reminded(header, SUPPLY, header.supply_due)
    return found


def _is_under_way(header: OrderHeader) -> bool:
    return header.units.dispatched > header.units.delivered


_IN_ORDER = (PAYMENT, MONEY, HOLD, INCIDENT, RETURN, SUPPLY, DISPATCH, SILENCE, PROMISE, COMPLETION, CLAIM)


def overdue(header: OrderHeader, now: datetime) -> list[str]:
    """What was due by `now`, in a fixed order: payments first, then what needs people, completion, and claims last."""
    present = to_iso(now)
    return [what for what in _IN_ORDER if header.deadlines.get(what, "~") <= present]


def next_wake(before: OrderHeader | None, deadlines: dict[str, str], moment: str) -> str | None:
    """When `watch_deadlines` should look again: the earliest deadline.

    Moving an entry of the deadline index costs two writes, so an entry that is earlier than needed stays while the
    order waits for the same thing as before (a carrier's scans only move `silence` later): the watcher finds nothing
    due and sets it right (`OrderDesk.wake`). An entry that is due at this `moment` would be met in vain: it moves.
    """
    earliest = min(deadlines.values(), default=None)
    if before is None or earliest is None or before.deadline_at is None or before.deadline_at <= moment:
        return earliest
    same_wait = set(before.deadlines) == set(deadlines)
    return min(before.deadline_at, earliest) if same_wait else earliest


def _reminded(header: OrderHeader, what: str, first: str) -> str:
    reminded = header.reminded.get(what)
    return max(first, _after(reminded, REMINDER)) if reminded else first


def _after(moment: str, wait: timedelta) -> str:
    return to_iso(from_iso(moment) + wait)
