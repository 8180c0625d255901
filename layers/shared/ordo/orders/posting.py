"""The order's account: what it costs more or less than at placement, one posting for each reason. Pure.

`header.owed` is the total of placement and all postings; what a customer gets back or pays follows from it and from
what they have paid (docs/adr/0042-postings.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from ordo.kernel.frozen import Frozen

if TYPE_CHECKING:
    from ordo.orders.model import OrderHeader, OrderState

PostingKind = Literal[
    "cancelled",
    "reinstated",
    "returned",
    "incident",
    "claim",
    "goodwill",
    "price_adjustment",
    "added",
    "delivery",
    "fee",
    "charge",
    "exchange",
    "grace",
]
"""Why. Less: units are cancelled, came back, or were lost (`incident`, `claim`: without coming back); an amount was
granted (`goodwill`, `price_adjustment`), or the merchant gave back more than was due (`grace`). More: lines were
`added`, another `delivery` costs more, a `fee` or `charge` is asked, or a cancelled order came back (`reinstated`).
`exchange`: what old goods are worth, credited in advance and taken back at the end.
"""


class Posting(Frozen):
    """One booking. `amount` is what the order costs more (negative: less), in minor units with tax.

    `source` is the change, return or incident that it is of. `addition` is the set of lines that it is about, None
    those of placement; `booking` is the refund by the price rules (`ordo.pricing.refund_codec`), which later ones are
    worked out from, None where no price rule was asked.
    """

    posting_id: str
    order_id: str
    kind: PostingKind
    amount: int
    posted_at: str
    source: str | None = None
    addition: str | None = None
    booking: dict[str, Any] | None = None


def posting_id(order_id: str, number: int) -> str:
    """`pst_<order's ulid>_<number from 1>`; numbers count up in the order of booking."""
    return f"pst_{order_id.removeprefix('ord_')}_{number:04d}"


def in_order(state: OrderState) -> list[Posting]:
    """The postings of the order, the first first."""
    return [state.postings[each] for each in sorted(state.postings)]


def posted(
    state: OrderState,
    kind: PostingKind,
    amount: int,
    moment: str,
    *,
    source: str | None = None,
    before: int = 0,
    addition: str | None = None,
    booking: dict[str, Any] | None = None,
) -> Posting:
    """The next posting of the order; `before` counts those that go before it in the same commit."""
    return Posting(
        posting_id=posting_id(state.header.order_id, len(state.postings) + before + 1),
        order_id=state.header.order_id,
        kind=kind,
        amount=amount,
        posted_at=moment,
        source=source,
        addition=addition,
        booking=booking,
    )


def with_postings(header: OrderHeader, postings: Iterable[Posting]) -> OrderHeader:
    """The header with the postings in its account. What the order costs less is due back, as far as more was paid than
    it costs now; of a cancelled one all that is above. (What was paid too much by itself is not: `overpaid` tells it.)
    """
    postings = list(postings)
    booked = header.funds.booked + sum(each.amount for each in postings)
    after = header.model_copy(update={"funds": header.funds.model_copy(update={"booked": booked})})
    above = max(0, after.funds.kept - after.owed)
    kinds = {each.kind for each in postings}
    due = header.funds.refund_due - sum(min(0, each.amount) for each in postings)
    due = above if "cancelled" in kinds else 0 if "reinstated" in kinds else min(due, above)
    return after.model_copy(update={"funds": after.funds.model_copy(update={"refund_due": due})})
