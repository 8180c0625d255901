"""What an order must have been paid before its goods leave. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordo.payments.errors import PaymentRequired
from ordo.payments.paying import wanted

if TYPE_CHECKING:
    from ordo.orders.model import OrderHeader


def require_paid(header: OrderHeader, moment: str) -> None:
    """Raise `PaymentRequired` while a part of its schedule is not covered that is due before dispatch."""
    if header.paying.parts and not header.is_covered(moment, "before_dispatch"):
        due = wanted(header.paying, header.owed, moment, ("before_dispatch",))
        raise PaymentRequired(due - header.funds.kept - header.funds.promised)
