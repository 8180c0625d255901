"""Refunds of an order by the price rules, all in one ledger: whatever units go back for, none goes back twice.

An order has one priced set of lines of placement, and one for each addition; each keeps its shares for ever (law 1) and
has a ledger of its own. A request names lines of any of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from ordo.catalog.channels import ReturnShipping
from ordo.kernel.clock import to_iso
from ordo.orders.model import OrderState
from ordo.orders.posting import Posting, PostingKind, in_order, posted
from ordo.orders.refunding import PromotionVersions, purchase_of, purchased
from ordo.pricing.budget import Budget
from ordo.pricing.refund_codec import booking_from_json, booking_to_json
from ordo.pricing.refund_model import Purchase, RefundBooking, RefundRequest, ReturnedLine, ShippingRefund
from ordo.pricing.refunds import combined, preview_after
from ordo.pricing.returned import LINE, Ledger

PLACEMENT = None
"""The set of lines that were placed, among those of additions."""


class Traces(Protocol):
    """Where the price of a large order is read (`ordo.orders.ports.OrderRepository` has it)."""

    def trace(self, order_id: str) -> dict[str, Any] | None:
        """The stored decision."""
        ...


@dataclass(frozen=True, slots=True)
class Booked:
    """What one request comes to, by the set of lines that it is about. Minor units, with tax."""

    by_set: tuple[tuple[str | None, RefundBooking], ...] = ()

    @property
    def payout(self) -> int:
        """What the customer gets back, less fees."""
        return sum(each.payout for _, each in self.by_set)

    @property
    def charge(self) -> int:
        """What the customer is asked for, where promotions that are not earned any more say so."""
        return sum(each.charge for _, each in self.by_set)

    @property
    def whole(self) -> RefundBooking:
        """All of it as one refund, as it is shown."""
        return combined([each for _, each in self.by_set])

    @property
    def amount(self) -> int:
        """What the order costs more (negative: less)."""
        return self.charge - self.payout


class Account:
    """The ledgers of one order as it is: previews change nothing; `book` goes on to the state after one."""

    def __init__(self, purchases: Mapping[str | None, Purchase], ledgers: dict[str | None, Ledger]) -> None:
        self._purchases = purchases
        self._ledgers = ledgers

    def preview(self, request: RefundRequest, budget: Budget | None = None) -> Booked:
        """What the request would book after all that was booked. Raises what `preview_refund` does, with pointers into
        the request where it is about one set of lines.
        """
        found = []
        for name, purchase in self._purchases.items():
            mine = self._part(name, purchase, request)
            if mine is not None:
                found.append((name, preview_after(purchase, self._ledgers[name], mine, budget)))
        return Booked(tuple(found))

    def book(self, booked: Booked) -> None:
        """Go on to the state after this."""
        for name, booking in booked.by_set:
            self._ledgers[name].book(booking)

    def kept_units(self, line_id: str) -> int:
        """How many units of a line were neither cancelled nor came back."""
        return self._ledgers[self._set_of(line_id)].kept_units(line_id)

    def left_of(self, line_id: str) -> int:
        """What all kept units of a line can still be refunded, in minor units with tax."""
        units = self._ledgers[self._set_of(line_id)].units((LINE, line_id))
        return sum(each.count * max(0, units.left(each)) for each in units.kept())

    def shipping(self) -> int:
        """What the charges of placement cost, with tax."""
        return sum(each.gross for each in self._ledgers[PLACEMENT].bought if each.kind != LINE)

    def left_of_shipping(self) -> int:
        """What of the charges of placement can still be refunded."""
        ledger = self._ledgers[PLACEMENT]
        charges = (ledger.units((each.kind, each.figure_id)) for each in ledger.bought if each.kind != LINE)
        return sum(max(0, units.left(each)) for units in charges for each in units.kept())

    def rest(self) -> RefundRequest:
        """All that was not cancelled and did not come back, with all of shipping and no fee."""
        lines = [
            ReturnedLine(line.line_id, quantity=kept)
            for name, purchase in self._purchases.items()
            for line in purchase.priced.lines
            if (kept := self._ledgers[name].kept_units(line.line_id))
        ]
        return RefundRequest(tuple(lines), shipping=ShippingRefund.ALL, fee=False)

    def _set_of(self, line_id: str) -> str | None:
        for name, purchase in self._purchases.items():
            if name is not PLACEMENT and any(line.line_id == line_id for line in purchase.priced.lines):
                return name
        return PLACEMENT

    def _part(self, name: str | None, purchase: Purchase, request: RefundRequest) -> RefundRequest | None:
        """What of the request is about this set; unknown lines and shipping are placement's."""
        lines = tuple(each for each in request.lines if self._set_of(each.line_id) == name)
        grants = tuple(each for each in request.grants if self._set_of(each.line_id) == name)
        if name is not PLACEMENT:
            none = not lines and not grants
            return None if none else replace(request, lines=lines, grants=grants, shipping=ShippingRefund.NONE)
        shipping = self._shipping(purchase, request)
        asked = isinstance(shipping, int) or shipping is ShippingRefund.ALL
        if not lines and not grants and not asked and (request.lines or request.grants):
            return None
        return replace(request, lines=lines, grants=grants, shipping=shipping)

    def _shipping(self, purchase: Purchase, request: RefundRequest) -> ShippingRefund | int:
        """Where shipping goes back with a full return, additions count: nothing of them may be kept either."""
        rule = ReturnShipping(purchase.priced.return_shipping)
        if request.shipping is not ShippingRefund.BY_RULE or rule is not ReturnShipping.FULL_RETURN:
            return request.shipping
        if len(self._purchases) == 1:
            return request.shipping
        return ShippingRefund.ALL if request.lines and self._nothing_is_kept_after(request) else ShippingRefund.NONE

    def _nothing_is_kept_after(self, request: RefundRequest) -> bool:
        for name, ledger in self._ledgers.items():
            after = ledger.copy()
            after.take(RefundRequest(tuple(each for each in request.lines if self._set_of(each.line_id) == name)))
            if after.keeps_goods():
                return False
        return True


@dataclass(frozen=True, slots=True)
class Accounts:
    """Opens an order's account: reads its price and the promotions of placement."""

    traces: Traces
    catalog: PromotionVersions

    def of(self, state: OrderState) -> Account:
        """The account with all that was booked."""
        purchases: dict[str | None, Purchase] = {PLACEMENT: purchase_of(state, self.trace(state), self.catalog)}
        for name in sorted(state.additions):
            purchases[name] = purchased(state.additions[name].cart, self.catalog)
        ledgers = {name: Ledger.of(purchase, bookings_of(state, name)) for name, purchase in purchases.items()}
        return Account(purchases, ledgers)

    def trace(self, state: OrderState) -> dict[str, Any]:
        """Why the order costs what it costs, as kept at placement."""
        return state.trace or self.traces.trace(state.header.order_id) or {}


def bookings_of(state: OrderState, addition: str | None) -> list[RefundBooking]:
    """The refunds that were booked of one set of lines, the first first."""
    return [
        booking_from_json(each.booking)
        for each in in_order(state)
        if each.booking is not None and each.addition == addition
    ]


def postings_of(
    state: OrderState, kind: PostingKind, booked: Booked, now: datetime, *, source: str | None, before: int = 0
) -> tuple[Posting, ...]:
    """The postings that book this: one for each set of lines. `before` counts others of the same commit before them."""
    return tuple(
        posted(
            state,
            kind,
            booking.charge - booking.payout,
            to_iso(now),
            source=source,
            before=before + place,
            addition=name,
            booking=booking_to_json(booking),
        )
        for place, (name, booking) in enumerate(booked.by_set)
    )
