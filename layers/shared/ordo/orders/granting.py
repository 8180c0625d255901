"""What staff gives: a lower price for units that the customer keeps, or an amount as a sign of goodwill. Pure.

Both are granted on units, so that whatever comes back later refunds that much less, and never more than was paid.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from ordo.catalog.change_terms import ChangeTerms
from ordo.kernel.errors import Code, NotAllowedNow, OrdoError
from ordo.kernel.money import allocate
from ordo.orders.accounts import Account
from ordo.orders.cancelling import unknown_line
from ordo.orders.change_draft import ChangeDraft
from ordo.orders.model import OrderState
from ordo.pricing.refund_codec import booking_from_json
from ordo.pricing.refund_model import Grant, RefundRequest, ShippingRefund


def adjust_prices(
    draft: ChangeDraft,
    account: Account,
    terms: ChangeTerms,
    grants: Sequence[Mapping[str, Any]],
    shipping: int | Literal["all"] | None = None,
) -> None:
    """Lower what units cost, and what `shipping` and surcharges do, by an amount or all that is left of them.

    Raises `discount_not_allowed` above the channel's limit, and what refunds do.
    """
    lines = {line.line_id: line for line in draft.state.lines}
    granted = granted_on(draft.state)
    for place, each in enumerate(grants):
        line = lines.get(each["line_id"])
        if line is None:
            raise unknown_line(each["line_id"], f"/grants/{place}/line_id")
        granted[line.line_id] += each["amount"]
        most = terms.adjustment.of(line.gross)
        if granted[line.line_id] > most:
            raise _above(f"/grants/{place}/amount", most, granted[line.line_id])
    asked = tuple(Grant(each["line_id"], each["amount"], each.get("unit")) for each in grants)
    request = _request(asked)
    if shipping is not None:
        request = replace(request, shipping=ShippingRefund.ALL if shipping == "all" else shipping)
        _require_shipping_within(account, terms, shipping)
    draft.book("price_adjustment", account.preview(request))


def _require_shipping_within(account: Account, terms: ChangeTerms, shipping: int | Literal["all"]) -> None:
    paid, left = account.shipping(), account.left_of_shipping()
    given = paid if shipping == "all" else paid - left + shipping
    most = terms.adjustment.of(paid)
    if given > most and not (shipping != "all" and shipping > left):  # which the price rules refuse
        raise _above("/shipping", most, given)


def give(draft: ChangeDraft, account: Account, terms: ChangeTerms, amount: int) -> None:
    """Give an amount back, shared to the lines by what each can still be refunded.

    Raises `discount_not_allowed` above the channel's limit for an order, `NotAllowedNow` when the goods that are kept
    cost less.
    """
    header = draft.state.header
    given = -sum(each.amount for each in draft.state.postings.values() if each.kind == "goodwill")
    most = terms.goodwill.get(header.currency)
    if most is not None and given + amount > most:
        raise _above("/amount", most, given + amount)
    left = {line.line_id: account.left_of(line.line_id) for line in draft.state.lines}
    left = {line_id: worth for line_id, worth in left.items() if worth > 0}
    if amount > sum(left.values()):
        raise NotAllowedNow("The goods that are kept cost less.", facts={"kept": sum(left.values())})
    shares = zip(left, allocate(amount, list(left.values())), strict=True)
    draft.book(
        "goodwill", account.preview(_request(tuple(Grant(line_id, share) for line_id, share in shares if share)))
    )


def granted_on(state: OrderState) -> Counter[str]:
    """What was granted on each line so far, with tax."""
    found: Counter[str] = Counter()
    for posting in state.postings.values():
        if posting.booking is None:
            continue
        for figure in booking_from_json(posting.booking).figures:
            if figure.kind == "line" and posting.kind == "price_adjustment":
                found[figure.figure_id] += figure.granted.gross
    return found


def _request(grants: tuple[Grant, ...]) -> RefundRequest:
    return RefundRequest(grants=grants, shipping=ShippingRefund.NONE, fee=False)


def _above(pointer: str, most: int, asked: int) -> OrdoError:
    return OrdoError(
        "This is more than staff may give here.",
        code=Code.DISCOUNT_NOT_ALLOWED,
        pointer=pointer,
        facts={"most": most, "asked": asked},
    )
