"""What happens to an order whose deadline is due (law 2: nothing waits for ever unseen)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from ordo.aftersales.deciding import return_due
from ordo.kernel.clock import from_iso, to_iso
from ordo.orders.cancellation import UNPAID, cancellation
from ordo.orders.completion import completed
from ordo.orders.deadlines import (
    CLAIM,
    COMPLETION,
    INCIDENT,
    MONEY,
    PAYMENT,
    PROMISE,
    REMINDER,
    RETURN,
    SILENCE,
    overdue,
)
from ordo.orders.decision import Decision, NoChange
from ordo.orders.desk import OrderDesk
from ordo.orders.escalation import escalation, first_due
from ordo.orders.model import SYSTEM, OrderState
from ordo.orders.proposals import Policies, usual_policies
from ordo.payments.asking import asked_again
from ordo.shipments.claims import claim_due
from ordo.shipments.patience import patience_of
from ordo.shipments.silence import Patiences, is_silent_for, late_cases, look_again, silent_cases

OVERDUE_ORDERS = "OverdueOrders"

Settled = Literal["cancelled", "completed", "escalated", "opened", "judged", "reminded", "rearmed", "asked", "ended"]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What came of it, and the metrics to count."""

    outcome: Settled
    metrics: tuple[str, ...] = ()


def settle_due(desk: OrderDesk, order_id: str, patiences: Patiences = patience_of) -> Settlement:
    """Do what is due; when nothing is, the order's entry in the deadline index was too early and is set right."""
    decide = partial(decide_due, patiences=patiences, policies=desk.policies)
    changed = desk.change(order_id, decide, actor=SYSTEM)
    if changed.event is None or changed.decision is None:
        desk.wake(order_id, partial(_with_looks, patiences=patiences))
        return Settlement("rearmed")
    outcomes: dict[str, Settled] = {
        "order.cancelled": "cancelled",
        "order.completed": "completed",
        "incident.escalated": "escalated",
        "incident.opened": "opened",
        "promise.changed": "judged",
        "payment.requested": "asked",
        "payment.due": "asked",
        "return.ended": "ended",
        "return.refused": "ended",
    }
    return Settlement(outcomes.get(changed.decision.type, "reminded"), changed.decision.metrics)


def decide_due(
    state: OrderState, now: datetime, patiences: Patiences = patience_of, policies: Policies = usual_policies
) -> Decision | NoChange:
    """Cancel what was not paid, ask for money again, complete what came, escalate incidents, look after returns and
    claims, open incidents of parcels that are silent or late; say what else is overdue.

    That is said again a day later. That the promise is in jeopardy or late by now every commit finds out; one for that
    alone is made where nothing else is due.
    """
    what = overdue(state.header, now)
    if PAYMENT in what:
        return cancellation(state, now, code=UNPAID, reason="Not paid in time.")
    if COMPLETION in what:
        return completed(state, now, by="deadline")
    next_step = _next_step(state, now, what, policies)
    if next_step is not None:
        return next_step
    if CLAIM in what:
        return claim_due(state, now)
    silent = silent_cases(state, now, patiences, policies) if SILENCE in what else None
    late_parcels = late_cases(state, now, policies) if PROMISE in what else None
    opened = silent or late_parcels
    if opened is not None:
        return opened
    if not _says_nothing(state, now, patiences):
        what = [each for each in what if each != SILENCE]
    what = [each for each in what if each != MONEY]
    if not what:
        return NoChange()
    if what == [PROMISE]:
        return Decision("promise.changed", state.header)
    what = [each for each in what if each != PROMISE]
    reminded = {**state.header.reminded, **dict.fromkeys(what, to_iso(now))}
    header = state.header.model_copy(update={"reminded": reminded})
    return Decision("order.overdue", header, {"what": what}, metrics=(OVERDUE_ORDERS,))


def _next_step(state: OrderState, now: datetime, what: list[str], policies: Policies) -> Decision | None:
    """Money that is asked for again, an incident that goes to the next, a return that is over; None: none of them."""
    money = asked_again(state, now, policies) if MONEY in what else None
    if money is not None:
        return money
    late = first_due(state, now) if INCIDENT in what else None
    if late is not None:
        return escalation(state, late, now)
    back = return_due(state, now) if RETURN in what else None
    return back if isinstance(back, Decision) else None


def _says_nothing(state: OrderState, now: datetime, patiences: Patiences) -> bool:
    """Whether its carriers' silence is only to be said: no rule of theirs will tell more of it, and it is long."""
    return look_again(state, now, patiences) is None and is_silent_for(state, now, state.header.terms.silence_hours)


def _with_looks(state: OrderState, now: datetime, deadlines: dict[str, str], patiences: Patiences) -> dict[str, str]:
    """When silence is next looked at, if that was due: as carriers' rules say, else when it must be said."""
    if deadlines.get(SILENCE, "~") > to_iso(now) or state.header.moved_at is None:
        return deadlines
    look = look_again(state, now, patiences)
    said = from_iso(state.header.moved_at) + timedelta(hours=state.header.terms.silence_hours)
    return {**deadlines, SILENCE: to_iso(look or (said if said > now else now + REMINDER))}
