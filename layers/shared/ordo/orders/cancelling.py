"""Cancelling an order, or units of it, before they leave: what goes back by the price rules, less the channel's fee."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ordo.catalog.change_terms import ChangeTerms
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import Code, NotAllowedNow, OrdoError
from ordo.orders.accounts import Account
from ordo.orders.cancellation import CancelReason
from ordo.orders.change_draft import ChangeDraft
from ordo.orders.model import OrderState
from ordo.orders.posting import in_order
from ordo.orders.taken import codes_given_back, first_order_claims, uses_given_back
from ordo.orders.trimming import live_units
from ordo.pricing.model import PricedLine
from ordo.pricing.refund_model import RefundRequest, ReturnedLine, ShippingRefund
from ordo.shipments.model import FulfilmentState

Quantities = Mapping[str, int]
"""Units by line."""


def cancel_all(draft: ChangeDraft, account: Account, terms: ChangeTerms, *, staff: bool, fee: bool = True) -> None:
    """Everything ends; nothing of it may have left. Raises `NotAllowedNow` with what stops it."""
    state = draft.state
    if state.header.units.dispatched:
        raise too_late("Parts of the order have left.", state)
    booked = account.preview(account.rest())
    draft.end(live_units(state), picked=staff)
    draft.book("cancelled", booked)
    close(draft, "staff" if staff else "customer")
    ask_fee(draft, terms, fee=fee)


def cancel_units(
    draft: ChangeDraft, account: Account, terms: ChangeTerms, lines: Quantities, *, staff: bool, fee: bool = True
) -> None:
    """So many units of lines end. Raises `NotAllowedNow` with how many of them can, and what price rules refuse."""
    take_out(draft, account, lines, staff=staff, shipping=ShippingRefund.BY_RULE)
    if draft.is_all_cancelled:
        close(draft, "staff" if staff else "customer")
    ask_fee(draft, terms, fee=fee)


def take_out(draft: ChangeDraft, account: Account, lines: Quantities, *, staff: bool, shipping: ShippingRefund) -> None:
    """Take units of lines out of the work, and book what goes back for them."""
    known = {line.line_id: line for line in draft.state.lines}
    wanted: dict[str, int] = {}
    for line_id, quantity in lines.items():
        wanted |= keys_of(known[line_id], quantity)
    draft.end(wanted, picked=staff)
    if draft.is_all_cancelled and shipping is ShippingRefund.BY_RULE:
        shipping = ShippingRefund.ALL
    returned = tuple(ReturnedLine(line_id, quantity) for line_id, quantity in lines.items())
    draft.book("cancelled", account.preview(RefundRequest(returned, shipping=shipping, fee=False)))


def keys_of(line: PricedLine, quantity: int) -> dict[str, int]:
    """What so many of a line are in units of stock, by the key of the line or part."""
    if not line.parts:
        return {line.line_id: quantity}
    return {f"{line.line_id}#{place}": part.quantity * quantity for place, part in enumerate(line.parts)}


def require_kept(state: OrderState, account: Account, lines: Sequence[tuple[str, int]], where: str) -> None:
    """Raise `unknown_line` or `invalid_quantity` for what the order does not have (any more)."""
    known = {line.line_id for line in state.lines}
    for place, (line_id, quantity) in enumerate(lines):
        if line_id not in known:
            raise unknown_line(line_id, f"{where}/{place}/line_id")
        kept = account.kept_units(line_id)
        if quantity > kept:
            raise OrdoError(
                f"The order has {kept} units of line {line_id} left.",
                code=Code.INVALID_QUANTITY,
                pointer=f"{where}/{place}/quantity",
                facts={"line_id": line_id, "kept": kept},
            )


def unknown_line(line_id: str, pointer: str) -> OrdoError:
    """The refusal of a line that the order does not have."""
    return OrdoError(f"The order has no line {line_id}.", code=Code.UNKNOWN_LINE, pointer=pointer)


def close(draft: ChangeDraft, code: CancelReason) -> None:
    """Nothing is left: the order is cancelled, and costs nothing any more but fees that were booked before.

    Uses of coupons go back whose policy says so, another order may be the customer's first, and what somebody was to
    solve is over.
    """
    header = draft.state.header
    if not draft.before.header.units.dispatched:
        fees = sum(each.amount for each in in_order(draft.state) if each.kind == "fee")
        draft.ask("cancelled", fees - draft.state.header.owed)
    over = [each.ended("cancelled", draft.now) for each in draft.state.incidents.values() if each.is_open]
    draft.keep(*over)
    if over:
        draft.told["incidents_resolved"] = sorted(each.incident_id for each in over)
    draft.set_header(cancelled_at=to_iso(draft.now), cancel_reason=code, open_incidents={})
    draft.coupons, draft.unclaimed = uses_given_back(header), first_order_claims(header)
    draft.told |= codes_given_back(header)


def ask_fee(draft: ChangeDraft, terms: ChangeTerms, *, fee: bool) -> None:
    """The channel's fee for what ends and is not replaced; never more than what goes back for it."""
    if not fee:
        return
    ended = sum(
        figure.returned.gross
        for kind, booked in draft.bookings
        if kind == "cancelled"
        for figure in booked.whole.figures
        if figure.kind == "line"
    )
    replaced = sum(line.gross for line in draft.added_lines)
    asked = terms.fee_of(draft.before.header.status, max(0, ended - replaced))
    draft.ask("fee", min(asked, draft.refund))


def too_late(why: str, state: OrderState) -> NotAllowedNow:
    """What has left, or is packed, in facts."""
    beyond = (FulfilmentState.PICKED, FulfilmentState.PACKED, FulfilmentState.DISPATCHED)
    stopped = {each.fulfilment_id: str(each.state) for each in state.fulfilments.values() if each.state in beyond}
    parcels = sorted(parcel.tracking_number for shipment in state.shipments.values() for parcel in shipment.parcels)
    facts = {"status": str(state.header.status), "fulfilments": dict(sorted(stopped.items()))}
    return NotAllowedNow(why, facts={**facts, **({"tracking_numbers": parcels} if parcels else {})})
