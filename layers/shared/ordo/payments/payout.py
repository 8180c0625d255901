"""How what is due back is paid out, when that is not the way in which it was paid. Pure."""

from __future__ import annotations

from ordo.orders.model import OrderHeader


def as_store_credit(before: OrderHeader, after: OrderHeader, most: int | None = None) -> OrderHeader:
    """What has become due back between the two, at most `most` (minor units; None: all of it), is paid out as store
    credit: the planner then grants it.

    An order without a customer has nobody to give it to: its money goes back to its tenders, as without this.
    """
    more = after.funds.refund_due - before.funds.refund_due
    more = more if most is None else min(more, most)
    if more <= 0 or after.customer_id is None:
        return after
    paying = after.paying.model_copy(update={"credit_due": after.paying.credit_due + more})
    return after.model_copy(update={"paying": paying})
