"""What every decision about a return does to the order's header, and how returns are found. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ordo.aftersales.model import Return
from ordo.kernel.clock import from_iso, to_iso
from ordo.kernel.errors import NotAllowedNow, NotFound
from ordo.orders.decision import Decision
from ordo.orders.model import OrderHeader, OrderState, Record


def find_return(state: OrderState, return_id: str) -> Return:
    """The order's return of this id; raises `NotFound`."""
    if return_id not in state.returns:
        raise NotFound(f"There is no return {return_id}.")
    return state.returns[return_id]


def with_return(header: OrderHeader, after: Return) -> OrderHeader:
    """The header with the return's deadline, while it has one."""
    waiting = {name: due for name, due in header.open_returns.items() if name != after.return_id}
    if after.is_open:
        waiting[after.return_id] = after.deadline
    return header.model_copy(update={"open_returns": waiting})


def moved(
    type_: str,
    header: OrderHeader,
    after: Return,
    *records: Record,
    reason: str | None = None,
    implies: tuple[str, ...] = (),
    **data: Any,
) -> Decision:
    """The decision that writes the return as it is after it."""
    return Decision(
        type_,
        with_return(header, after),
        {**after.told(), **data},
        implies=implies,
        reason=reason,
        records=(after, *records),
    )


def in_hours(now: datetime, hours: int) -> str:
    """So many hours from now."""
    return to_iso(now + timedelta(hours=hours))


def in_days(moment: str, days: int) -> str:
    """So many days later."""
    return to_iso(from_iso(moment) + timedelta(days=days))


def require_state(found: Return, *states: str, do: str) -> None:
    """Raise `NotAllowedNow` unless the return is in one of these states."""
    if found.state not in states:
        raise NotAllowedNow(f"A return that is {found.state} cannot be {do}.", facts={"state": found.state})
