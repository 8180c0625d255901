"""What a customer gets for what came back: by the price rules, less what its condition costs and the way back. Pure,
given the order and the promotions of placement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ordo.aftersales.model import Inspected, Return
from ordo.kernel.clock import to_iso
from ordo.kernel.percent import percent
from ordo.orders.accounts import Accounts, Booked, postings_of
from ordo.orders.giving_back import request_for
from ordo.orders.incident import added
from ordo.orders.model import OrderHeader, OrderState
from ordo.orders.posting import Posting, PostingKind, posted
from ordo.payments.payout import as_store_credit
from ordo.pricing.refund_model import ShippingRefund
from ordo.pricing.returned import LINE
from ordo.shipments.model import LineQuantity


@dataclass(frozen=True, slots=True)
class Due:
    """What one receipt comes to, in minor units with tax. `deductions` are those of the units, in their order; together
    with the label's fee they are never more than the refund.
    """

    booked: Booked
    deductions: tuple[int, ...] = ()
    label_fee: int = 0

    @property
    def deducted(self) -> int:
        """All that is held back."""
        return sum(self.deductions) + self.label_fee

    @property
    def payout(self) -> int:
        """What the customer gets."""
        return self.booked.payout - self.deducted


NOTHING_DUE = Due(Booked())


def due_for(state: OrderState, found: Return, units: Sequence[Inspected], accounts: Accounts) -> Due:
    """What is due for accepted units that came; raises what refunds refuse."""
    mine = [each for each in units if each.line_id is not None and each.accepted]
    if not mine:
        return replace(NOTHING_DUE, deductions=(0,) * len(units))
    request = request_for(as_lines(mine), ShippingRefund.BY_RULE)
    booked = accounts.of(state).preview(replace(request, fee=found.terms.fee))
    left = booked.payout
    deductions = []
    for each in units:
        lowered = min(left, _deduction(found, each, mine, booked))
        left -= lowered
        deductions.append(lowered)
    used = any(each.source != "own" for each in found.sent)
    fee = min(left, found.terms.label_fee) if used and not found.label_charged else 0
    return Due(booked, tuple(deductions), fee)


def postings_for(
    state: OrderState, found: Return, due: Due, now: datetime, *, kind: PostingKind = "returned", before: int = 0
) -> tuple[Posting, ...]:
    """What books it: the refund by the price rules, and what is held back as a booking of its own (law 1)."""
    source = found.return_id
    refunds = postings_of(state, kind, due.booked, now, source=source, before=before)
    if not due.deducted:
        return refunds
    held = posted(state, "fee", due.deducted, to_iso(now), source=source, before=before + len(refunds))
    return (*refunds, held)


def with_payout(before: OrderHeader, after: OrderHeader, found: Return) -> tuple[OrderHeader, Return]:
    """The header with what is due back by now as the customer wants it, as credit in the shop, to what was paid with,
    or part so and part so; and the return with what it has been given as credit.
    """
    if found.outcome != "store_credit" and not found.credit_wanted:
        return after, found
    most = None if found.outcome == "store_credit" else found.credit_wanted - found.credited
    header = as_store_credit(before, after, most)
    more = header.paying.credit_due - after.paying.credit_due
    return header, found.model_copy(update={"credited": found.credited + more})


def as_lines(units: Sequence[Inspected]) -> tuple[LineQuantity, ...]:
    """The units as the order's books know them; those that are none of the order's are left out."""
    return added(
        (),
        (
            LineQuantity(line_id=each.line_id, sku=each.sku, quantity=each.quantity, part=each.part)
            for each in units
            if each.line_id is not None
        ),
    )


def _deduction(found: Return, unit: Inspected, units: Sequence[Inspected], booked: Booked) -> int:
    """What a unit's condition costs: as the inspector said, else the policy's share of what its line is refunded."""
    if unit.line_id is None or not unit.accepted:
        return 0
    if unit.deduction:
        return unit.deduction
    share = found.terms.deductions.get(unit.condition)
    if share is None:
        return 0
    same = sum(each.quantity for each in units if each.line_id == unit.line_id)
    refunded = sum(
        figure.total.gross
        for figure in booked.whole.figures
        if figure.kind == LINE and figure.figure_id == unit.line_id
    )
    return percent(share).of(max(0, refunded) * unit.quantity // same)
