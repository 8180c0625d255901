"""What a return comes to before it is asked for: refund, or difference of an exchange, either sign. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ordo.aftersales.claiming import Remedies
from ordo.aftersales.exchanging import expected, reserve
from ordo.aftersales.model import Return
from ordo.orders.model import OrderState


@dataclass(frozen=True, slots=True)
class Expected:
    """Minor units with tax: what the old goods are `worth` when they come back as they were, what the new ones cost
    (`price`, None: no exchange), what the customer pays before those leave, and gets back at the end.
    """

    worth: int
    refund: int
    price: int | None = None
    to_pay: int = 0


def expected_of(state: OrderState, found: Return, remedies: Remedies, now: datetime) -> Expected:
    """What the request would come to if it were approved now. Raises what approving it does."""
    worth = expected(state, found, remedies.accounts)
    if found.exchange is None:
        return Expected(worth, worth)
    draft, exchange = reserve(state, found, remedies.means, now)
    return Expected(worth, max(0, worth - exchange.price), exchange.price, draft.to_pay)
