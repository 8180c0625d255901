"""Exchanging units that the customer has against others: even or uneven, either sign. Pure pieces, and the change.

What goes out is refunded by the price rules, what comes in is a new set of lines at the present prices. The new goods
are reserved at once; with `awaits` their work begins only when what it names (a return) lets it go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ordo.catalog.change_terms import ChangeTerms
from ordo.kernel.errors import NotAllowedNow
from ordo.orders.accounts import Account
from ordo.orders.adding import Goods, NewLine
from ordo.orders.cancelling import require_kept
from ordo.orders.change_draft import ChangeDraft
from ordo.orders.editing import add_lines, pointing_at
from ordo.orders.model import OrderState
from ordo.pricing.refund_model import RefundRequest, ReturnedLine, ShippingRefund
from ordo.shipments.model import Fulfilment

Address = Mapping[str, Any]


def exchange(
    draft: ChangeDraft,
    account: Account,
    goods: Goods,
    terms: ChangeTerms,
    lines: Mapping[str, int],
    new: Sequence[NewLine],
    ship_to: Address | None,
    segment: str | None,
    *,
    awaits: str | None = None,
) -> None:
    """Book so many units of lines as returned, and add the new lines. Raises `NotAllowedNow` for units that the
    customer does not have, what the price rules refuse, and what pricing and sourcing do.
    """
    require_kept(draft.state, account, list(lines.items()), "/lines")
    require_delivered(draft.state, lines)
    with pointing_at(range(len(new)), "/add"):
        add_lines(draft, goods, new, ship_to, segment, terms, draft.now, awaits=awaits)
    returned = tuple(ReturnedLine(line_id, quantity) for line_id, quantity in lines.items())
    draft.book("returned", account.preview(RefundRequest(returned, shipping=ShippingRefund.NONE, fee=False)))


def require_delivered(state: OrderState, lines: Mapping[str, int]) -> None:
    """Raise `NotAllowedNow` when fewer units of a line were delivered."""
    delivered = delivered_units(state)
    for line_id, quantity in lines.items():
        if quantity > delivered[line_id]:
            raise NotAllowedNow(
                "The customer does not have these units.",
                facts={"line_id": line_id, "wanted": quantity, "delivered": delivered[line_id]},
            )


def delivered_units(state: OrderState) -> Counter[str]:
    """Units of each line that came; bundles count when all of their parts did."""
    parts: Counter[str] = Counter()
    for shipment in state.shipments.values():
        for parcel in shipment.parcels:
            for line in parcel.delivered:
                parts[line.key] += line.quantity
    found: Counter[str] = Counter()
    for each in state.lines:
        whole = [parts[f"{each.line_id}#{at}"] // part.quantity for at, part in enumerate(each.parts)]
        found[each.line_id] = min(whole) if whole else parts[each.line_id]
    return found


def let_go(state: OrderState, awaited: str, moment: str) -> tuple[Fulfilment, ...]:
    """Work that waited for this and does not any more: it begins by the commit that writes it, if it is paid for."""
    return tuple(replaced(each, moment) for each in state.fulfilments.values() if each.awaits == awaited)


def replaced(work: Fulfilment, moment: str) -> Fulfilment:
    """The work without what it waited for."""
    return work.model_copy(update={"awaits": None, "changed_at": moment})
