"""Whatever comes back, in whatever steps, under every policy: exactly what was paid, as priced from scratch."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from ordo.catalog.promotions import OnReturn
from ordo.pricing.codec import priced_to_json
from ordo.pricing.figures import invoice_figures
from ordo.pricing.refund_model import Purchase, RefundRequest, ReturnedLine, ShippingRefund
from ordo.pricing.refunds import preview_refund, return_everything
from tests.proof.orders import COUNT, POLICIES, Order, order
from tests.proof.returning import Customer, Step, by_name, chance_request

pytestmark = pytest.mark.timeout(1800)


def placed() -> Iterator[tuple[Order, Purchase]]:
    """The orders, as placed."""
    for number in range(COUNT):
        yield order(number), order(number).purchase()


def test_any_refunds_that_end_with_everything_back_refund_exactly_what_was_paid() -> None:
    steps: Counter[str] = Counter()
    for each, purchase in placed():
        before = json.dumps(priced_to_json(purchase.priced))
        customer, r = Customer(purchase), Random(each.number)
        for _ in range(r.randint(1, 5)):
            step = _booked(each, customer, chance_request(r, customer))
            steps[each.policy] += step is not None
        step = _booked(each, customer, return_everything(purchase, tuple(customer.bookings)))
        assert step is not None, each.number
        _check_all_came_back(each, customer)
        assert json.dumps(priced_to_json(purchase.priced)) == before
    assert min(steps[policy] for policy in POLICIES) >= COUNT // 10, steps


def _booked(each: Order, customer: Customer, request: RefundRequest) -> Step | None:
    before = customer.refunded
    forbids = [
        name
        for (name, _), promotion in customer.purchase.promotions.items()
        if promotion.returns.kind is OnReturn.FORBID_PARTIAL
    ]
    refusals = len(customer.refused)
    step = customer.try_to_return(request)
    assert set(customer.refused[refusals:]) <= set(forbids), each.number
    if step is not None:
        _check_step(each, customer, step, before)
        _check_figures(each, step)
        if each.policy == "keep":
            _check_keep(each, step)
    return step


def _check_step(each: Order, customer: Customer, step: Step, before: int) -> None:
    """`refund = max(0, paid - refunded - price of what is kept)`, and the rest is carried or charged."""
    booking = step.booking
    due = customer.paid - before - sum(net + tax for net, tax in step.kept.values())
    assert booking.refund == max(0, due), (each.number, due, booking)
    assert booking.charge + booking.carried == max(0, -due), (each.number, due, booking)
    assert booking.charge == 0 or booking.carried == 0
    assert booking.charge == 0 or each.policy in ("claw_back_charge", "mixed")
    assert booking.carried == 0 or each.policy != "claw_back_charge"
    assert 0 <= booking.fee <= booking.refund
    assert customer.refunded <= customer.paid, each.number


def _check_figures(each: Order, step: Step) -> None:
    """Lines, rates and the refund tell the same."""
    booking = step.booking
    money = booking.refund - booking.charge
    assert sum(figure.total.gross for figure in booking.figures) == money, each.number
    assert sum(rate.gross for rate in booking.rates) == money
    assert sum(rate.tax for rate in booking.rates) == sum(figure.total.tax for figure in booking.figures)
    assert all(rate.net + rate.tax == rate.gross for rate in booking.rates)
    for rate in booking.rates:
        assert not rate.parts or sum(part.tax for part in rate.parts) == rate.tax


def _check_keep(each: Order, step: Step) -> None:
    """What the units cost less grants, whatever came back before; and no other line is touched."""
    booking, request = step.booking, step.request
    lines = [figure for figure in booking.figures if figure.kind == "line"]
    granted = sum(grant.amount for grant in request.grants)
    assert sum(figure.total.gross for figure in lines) == step.returned + granted, each.number
    named = {line.line_id for line in request.lines} | {grant.line_id for grant in request.grants}
    assert {figure.figure_id for figure in lines} <= named, each.number
    assert all(figure.deduction.gross == 0 for figure in booking.figures)


def _check_all_came_back(each: Order, customer: Customer) -> None:
    """By line, charge and rate, in net and tax."""
    assert customer.refunded == customer.paid, each.number
    refunded, figures = by_name(customer.bookings), invoice_figures(customer.purchase.priced)
    for figure in (*figures.lines, *figures.charges):
        name = f"{figure.kind}/{figure.figure_id}"
        assert (refunded[name, "net"], refunded[name, "tax"]) == (figure.net, figure.tax), (each.number, name)
    rates: Counter[tuple[str, tuple[str, ...], str]] = Counter()
    for booking in customer.bookings:
        for rate in booking.rates:
            parts = tuple(part.rate_percent for part in rate.parts)
            rates[rate.rate_percent, parts, "net"] += rate.net
            rates[rate.rate_percent, parts, "tax"] += rate.tax
    for paid in figures.rates:
        parts = tuple(part.rate_percent for part in paid.parts)
        got = (rates[paid.rate_percent, parts, "net"], rates[paid.rate_percent, parts, "tax"])
        assert got == (paid.net, paid.tax), (each.number, paid.rate_percent)


def test_returning_nothing_refunds_nothing_under_every_policy() -> None:
    for each, purchase in placed():
        booking = preview_refund(purchase, (), RefundRequest(shipping=ShippingRefund.NONE))
        assert (booking.figures, booking.refund, booking.charge, booking.carried) == ((), 0, 0, 0), each.number
        kept = Customer(purchase).price_of_kept()
        assert sum(net + tax for net, tax in kept.values()) == purchase.priced.totals.total, each.number


def test_under_keep_the_order_in_which_units_come_back_does_not_matter() -> None:
    for each, purchase in placed():
        if each.policy != "keep":
            continue
        r = Random(each.number)
        units = [(line.line_id, unit) for line in purchase.priced.lines for unit in range(line.quantity)]
        some = r.sample(units, min(len(units), 4))
        assert _refunds(purchase, some) == _refunds(purchase, some[::-1]), each.number


def _refunds(purchase: Purchase, units: list[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """What each unit is refunded, one after the other."""
    customer, found = Customer(purchase), {}
    for line_id, unit in units:
        step = customer.try_to_return(
            RefundRequest((ReturnedLine(line_id, units=(unit,)),), shipping=ShippingRefund.NONE)
        )
        assert step is not None
        found[line_id, unit] = step.booking.refund
    return found
