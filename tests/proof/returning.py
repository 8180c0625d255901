"""A customer who brings an order back bit by bit, and what each step must come to by the oracle."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from ordo.pricing.errors import PartialReturnForbidden
from ordo.pricing.refund_model import (
    Amounts,
    Grant,
    Purchase,
    RefundBooking,
    RefundRequest,
    ReturnedLine,
    ShippingRefund,
)
from ordo.pricing.refunds import preview_refund
from tests.proof.oracle_refunds import Money, price_kept_long, within
from tests.proof.oracle_units import shared_within


@dataclass
class Step:
    """One refund that was booked, with what the oracle says of the price of all that is kept after it."""

    request: RefundRequest
    booking: RefundBooking
    kept: dict[str, Money]
    returned: int
    """With tax, what the units that came back cost, less what had been granted on them."""


@dataclass
class Customer:
    """What is with the customer: by line the units that did not come back, and what was granted on each."""

    purchase: Purchase
    kept: dict[str, set[int]] = field(default_factory=dict)
    granted: dict[tuple[str, int], int] = field(default_factory=dict)
    charges: set[str] = field(default_factory=set)
    bookings: list[RefundBooking] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        priced = self.purchase.priced
        self.gross = {
            (f"line/{line.line_id}", place): cost
            for line in priced.lines
            for place, cost in enumerate(run.gross for run in line.runs for _ in range(run.count))
        }
        self.gross |= {(f"{each.kind}/{each.charge_id}", 0): each.gross for each in priced.shipping.charges}
        self.kept = {line.line_id: set(range(line.quantity)) for line in priced.lines}
        self.charges = {f"{each.kind}/{each.charge_id}" for each in priced.shipping.charges}

    @property
    def paid(self) -> int:
        """For all."""
        return self.purchase.priced.totals.total

    @property
    def refunded(self) -> int:
        """Less what was charged."""
        return sum(each.refund - each.charge for each in self.bookings)

    def left(self, name: str, place: int) -> int:
        """What a unit or charge can still be refunded."""
        return self.gross[name, place] - self.granted.get((name, place), 0)

    def try_to_return(self, request: RefundRequest) -> Step | None:
        """Book it, and remember what it takes back; None when a promotion forbids it."""
        try:
            booking = preview_refund(self.purchase, tuple(self.bookings), request)
        except PartialReturnForbidden as refused:
            self.refused.append(str(refused.facts["promotion_id"]))
            return None
        assert preview_refund(self.purchase, tuple(self.bookings), request) == booking
        returned = sum(self._take_back(line) for line in request.lines)
        for grant in request.grants:
            self._grant(f"line/{grant.line_id}", grant)
        self._take_shipping(request)
        self.bookings.append(booking)
        return Step(request, booking, self.price_of_kept(), returned)

    def _take_back(self, line: ReturnedLine) -> int:
        units = [*line.units, *sorted(self.kept[line.line_id] - set(line.units))[: line.quantity]]
        self.kept[line.line_id] -= set(units)
        return sum(self.left(f"line/{line.line_id}", unit) for unit in units)

    def _grant(self, name: str, grant: Grant) -> None:
        units = sorted(self.kept[grant.line_id]) if grant.unit is None else [grant.unit]
        left = [self.left(name, unit) for unit in units]
        for unit, part in zip(units, shared_within(grant.amount, left, left), strict=True):
            self.granted[name, unit] = self.granted.get((name, unit), 0) + part

    def _take_shipping(self, request: RefundRequest) -> None:
        if isinstance(request.shipping, int):
            amount = request.shipping
            for each in self.purchase.priced.shipping.charges:
                name = f"{each.kind}/{each.charge_id}"
                part = min(amount, self.left(name, 0) if name in self.charges else 0)
                self.granted[name, 0] = self.granted.get((name, 0), 0) + part
                amount -= part
            return
        rule, goods = self.purchase.priced.return_shipping, bool(request.lines)
        nothing_left = not any(self.kept[line.line_id] for line in self.purchase.priced.lines if line.gift_of is None)
        by_rule = goods and (rule == "always" or (rule == "full_return" and nothing_left))
        if request.shipping is ShippingRefund.ALL or (request.shipping is ShippingRefund.BY_RULE and by_rule):
            self.charges.clear()

    def price_of_kept(self) -> dict[str, Money]:
        """By the oracle, less what was granted on what is kept."""
        kept = {line_id: frozenset(units) for line_id, units in self.kept.items()}
        prices = price_kept_long(self.purchase, kept, frozenset(self.charges))
        priced = self.purchase.priced
        rates = {f"line/{line.line_id}": line.tax_rate_percent for line in priced.lines}
        rates |= {f"{each.kind}/{each.charge_id}": each.tax_rate_percent for each in priced.shipping.charges}
        for name, (net, tax) in prices.items():
            there = self.kept[name[5:]] if name.startswith("line/") else {0}
            granted = sum(self.granted.get((name, unit), 0) for unit in there)
            of_grant = within(granted, rates[name])
            if granted:
                prices[name] = (0, 0) if granted >= net + tax else (net - (granted - of_grant), tax - of_grant)
        return prices


def chance_request(r: Random, customer: Customer) -> RefundRequest:
    """Some units, sometimes named one by one, sometimes an amount on a unit or line, and something of shipping."""
    there = [line_id for line_id, units in customer.kept.items() if units]
    lines = tuple(_some_units(r, line_id, customer) for line_id in r.sample(there, min(len(there), r.randint(0, 3))))
    charges = sum(customer.left(name, 0) for name in customer.charges)
    shipping: ShippingRefund | int = r.choice((*ShippingRefund, ShippingRefund.BY_RULE, ShippingRefund.BY_RULE))
    if r.random() < 0.2 and charges:
        shipping = r.randint(0, charges)
    gone = {line.line_id for line in lines}
    grants = tuple(_some_amount(r, line_id, customer) for line_id in there if line_id not in gone and r.random() < 0.1)
    return RefundRequest(lines, grants, shipping, fee=r.random() < 0.5)


def _some_units(r: Random, line_id: str, customer: Customer) -> ReturnedLine:
    units = sorted(customer.kept[line_id])
    named = tuple(r.sample(units, r.randint(1, min(len(units), 3)))) if r.random() < 0.5 else ()
    return ReturnedLine(line_id, 0 if named else r.randint(1, len(units)), named)


def _some_amount(r: Random, line_id: str, customer: Customer) -> Grant:
    name, units = f"line/{line_id}", sorted(customer.kept[line_id])
    unit = r.choice(units) if r.random() < 0.5 else None
    most = sum(customer.left(name, each) for each in (units if unit is None else [unit]))
    return Grant(line_id, r.randint(0, max(0, most)), unit)


def by_name(bookings: list[RefundBooking]) -> Counter[tuple[str, str]]:
    """Net and tax that were refunded in all, by line and charge."""
    found: Counter[tuple[str, str]] = Counter()
    for booking in bookings:
        for figure in booking.figures:
            total: Amounts = figure.total
            found[f"{figure.kind}/{figure.figure_id}", "net"] += total.net
            found[f"{figure.kind}/{figure.figure_id}", "tax"] += total.tax
    return found
