"""What happens to an order whose deadline is due (law 2: nothing waits for ever unseen)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ordo.kernel.clock import to_iso
from ordo.orders.cancellation import UNPAID, cancellation
from ordo.orders.completion import completed
from ordo.orders.deadlines import CLAIM, COMPLETION, INCIDENT, PAYMENT, PROMISE, overdue
from ordo.orders.decision import Decision, NoChange
from ordo.orders.desk import OrderDesk
from ordo.orders.escalation import escalation, first_due
from ordo.orders.model import SYSTEM, OrderState
from ordo.shipments.claims import claim_due

OVERDUE_ORDERS = "OverdueOrders"

Settled = Literal["cancelled", "completed", "escalated", "judged", "reminded", "rearmed"]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What came of it, and the metrics to count."""

    outcome: Settled
    metrics: tuple[str, ...] = ()


def settle_due(desk: OrderDesk, order_id: str) -> Settlement:
    """Do what is due; when nothing is, the order's entry in the deadline index was too early and is set right."""
    changed = desk.change(order_id, decide_due, actor=SYSTEM)
    if changed.event is None or changed.decision is None:
        desk.wake(order_id)
        return Settlement("rearmed")
    outcomes: dict[str, Settled] = {
        "order.cancelled": "cancelled",
        "order.completed": "completed",
        "incident.escalated": "escalated",
        "promise.changed": "judged",
    }
    return Settlement(outcomes.get(changed.decision.type, "reminded"), changed.decision.metrics)


def decide_due(state: OrderState, now: datetime) -> Decision | NoChange:
    """Cancel what was not paid, complete what came, escalate incidents, look after claims; say what else is overdue.

    That is said again a day later. That the promise is in jeopardy or late by now every commit finds out; one for that
    alone is made where nothing else is due.
    """
    what = overdue(state.header, now)
    if PAYMENT in what:
        return cancellation(state, now, code=UNPAID, reason="Not paid in time.")
    if COMPLETION in what:
        return completed(state, now, by="deadline")
    late = first_due(state, now) if INCIDENT in what else None
    if late is not None:
        return escalation(state, late, now)
    if CLAIM in what:
        return claim_due(state, now)
    if not what:
        return NoChange()
    if what == [PROMISE]:
        return Decision("promise.changed", state.header)
    what = [each for each in what if each != PROMISE]
    reminded = {**state.header.reminded, **dict.fromkeys(what, to_iso(now))}
    header = state.header.model_copy(update={"reminded": reminded})
    return Decision("order.overdue", header, {"what": what}, metrics=(OVERDUE_ORDERS,))
