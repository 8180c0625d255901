"""How an order is to be paid: its tenders, and the parts of its price with what each waits for. Pure.

Kept on the order's header. An order that says nothing of it is paid by whatever the storefront reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from ordo.kernel.frozen import Frozen

STRIPE, STORE_CREDIT, CASH_ON_DELIVERY = "stripe", "store_credit", "cash_on_delivery"
MOVED_HERE = frozenset({STRIPE, STORE_CREDIT})
"""Providers whose movements Ordo carries out itself for a tender; any other is the storefront's, told by event."""

Due = Literal["placement", "before_dispatch", "acceptance", "date"]


class Tender(Frozen):
    """One way in which the order is paid. `amount` in minor units, None: the rest. `method` and `payer` are the
    provider's own references of what it charges (a stored card) and whose it is; never the card itself.

    Without `method` the customer pays at the storefront, and only what follows (capture, void, refund) is moved here.
    Store credit needs none: it is the customer's of the order.
    """

    tender_id: str
    provider: str
    amount: int | None = None
    method: str | None = None
    payer: str | None = None
    capture: Literal["at_once", "on_dispatch"] = "at_once"

    @property
    def moved_here(self) -> bool:
        """Whether Ordo carries its movements out."""
        return self.provider in MOVED_HERE

    @property
    def charged_here(self) -> bool:
        """Whether Ordo takes the money by itself, without the customer."""
        return self.provider == STORE_CREDIT or (self.moved_here and self.method is not None)


class Part(Frozen):
    """A part of the price and when it is due. `amount` in minor units, None: the rest; `due_at` of a dated one."""

    due: Due = "placement"
    amount: int | None = None
    due_at: str | None = None


class Paying(Frozen):
    """An order's tenders and schedule. `reached` are the events of its schedule that have come; `credit_due` is how
    much of what is due back is paid out as store credit; `look_at` when its payments are looked at next.
    """

    tenders: tuple[Tender, ...] = ()
    parts: tuple[Part, ...] = ()
    reached: tuple[Due, ...] = ()
    credit_due: int = 0
    look_at: str | None = None

    @property
    def at_the_door_only(self) -> bool:
        """Whether nothing is paid before the goods are handed over."""
        return bool(self.tenders) and all(each.provider == CASH_ON_DELIVERY for each in self.tenders)


def shares(tenders: Sequence[Tender], owed: int) -> dict[str, int]:
    """What each tender is to pay of `owed`: in their order their amounts, and the rest to the one that takes it.

    When less is owed than they name, the later ones pay less; when more, the one of the rest, else the first, pays it.
    """
    found: dict[str, int] = {}
    left = owed
    for each in tenders:
        if each.amount is not None:
            found[each.tender_id] = min(left, each.amount)
            left -= found[each.tender_id]
    open_end = next((each for each in tenders if each.amount is None), tenders[0] if tenders else None)
    if open_end is not None:
        found[open_end.tender_id] = found.get(open_end.tender_id, 0) + left
    return found


def at_the_door(paying: Paying, owed: int) -> int:
    """What of `owed` is collected when the goods are handed over, in minor units."""
    cash = {each.tender_id for each in paying.tenders if each.provider == CASH_ON_DELIVERY}
    return sum(amount for tender_id, amount in shares(paying.tenders, owed).items() if tender_id in cash)


def due_by(paying: Paying, owed: int, moment: str, events: Iterable[Due] = ()) -> int:
    """What of `owed` is due by `moment` (an ISO text), `events` beside those that have come taken for granted."""
    if not paying.parts:
        return owed
    come = {"placement", *paying.reached, *events}
    due = [each for each in paying.parts if each.due in come or (each.due == "date" and (each.due_at or "") <= moment)]
    if len(due) == len(paying.parts):
        return owed
    named = sum(each.amount for each in paying.parts if each.amount is not None)
    return min(owed, sum(max(0, owed - named) if each.amount is None else each.amount for each in due))


def wanted(paying: Paying, owed: int, moment: str, events: Iterable[Due] = ()) -> int:
    """What must be covered by money by then: what is due, less what is collected at the door."""
    return max(0, due_by(paying, owed, moment, events) - at_the_door(paying, owed))


def next_date(paying: Paying, moment: str) -> str | None:
    """When the next dated part comes due after `moment`."""
    dates = (each.due_at for each in paying.parts if each.due == "date" and (each.due_at or "") > moment)
    return min(filter(None, dates), default=None)
