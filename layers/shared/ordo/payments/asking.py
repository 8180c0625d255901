"""What the watcher does about an order's money when its time has come (law 2: nothing waits unseen). Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ordo.kernel.clock import to_iso
from ordo.orders.decision import Decision
from ordo.payments.collecting import remittance_due
from ordo.payments.paying import at_the_door, next_date, wanted
from ordo.payments.planning import ASKED, implied, is_old, moved_on
from ordo.payments.trouble import Trouble, opened_for

if TYPE_CHECKING:
    from ordo.orders.model import OrderState
    from ordo.orders.proposals import Policies

OVERDUE = "OverdueOrders"
"""The metric of what is overdue and needs a person; it has an alarm."""


def asked_again(state: OrderState, now: datetime, policies: Policies) -> Decision | None:
    """Ask again for movements whose time has come; else tell of a part of the price that is due. None: neither.

    What has waited for too long becomes an incident, once.
    """
    present = to_iso(now)
    due = [each for each in state.instructions.values() if each.counts and (each.due_at or "~") <= present]
    if not due:
        return remittance_due(state, now, policies) or _part_due(state, present)
    again = tuple(moved_on(each, now) for each in due)
    trouble = Trouble(state.header)
    old = next((each for each in again if is_old(each, now)), None)
    if old is not None:
        trouble = opened_for(state, state.header, old.instruction_id, f"payment_{old.movement}_waits", policies, now)
    return Decision(
        "payment.requested",
        trouble.header,
        {"instructions": [each.told() for each in again], **trouble.told()},
        implies=(*(each for each in implied(again) if each != ASKED), *trouble.implies),
        records=(*again, *trouble.records),
        metrics=(OVERDUE,) if trouble.records else (),
    )


def _part_due(state: OrderState, present: str) -> Decision | None:
    """A dated part has come due, or what is due was not paid for a day."""
    header = state.header
    if not header.paying.look_at or header.paying.look_at > present or header.status == "cancelled":
        return None
    due = wanted(header.paying, header.owed, present)
    if header.delivered_at:
        due += at_the_door(header.paying, header.owed)
    left = max(0, due - max(header.funds.kept, header.funds.authorised))
    data: dict[str, Any] = {"due": due, "left": left, "currency": header.currency}
    if next_after := next_date(header.paying, present):
        data["next_due_at"] = next_after
    return Decision("payment.due", header, data, metrics=(OVERDUE,) if left and header.released_at else ())
