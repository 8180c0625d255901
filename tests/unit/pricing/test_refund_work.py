"""How much work previews of refunds may be: counted over all of them, and refused as a price is."""

from __future__ import annotations

import pytest

from ordo.catalog.promotions import OnReturn, ReturnPolicy
from ordo.pricing.budget import MAX_WORK, Budget
from ordo.pricing.errors import TooMuchToPrice
from ordo.pricing.refund_model import Purchase, RefundBooking, RefundRequest, ReturnedLine
from ordo.pricing.refunds import preview_after, preview_refund
from ordo.pricing.returned import Ledger
from tests.unit.pricing.shop import fixed_off, priced, promotion

LINES, OFFERS, REFUNDS = 200, 20, 20


def heavy() -> Purchase:
    """An order of many lines, each of whose promotions claws back."""
    back = ReturnPolicy(OnReturn.CLAW_BACK)
    offers = [promotion(f"p{n:02}", fixed_off(100 + 7 * n), priority=n, returns=back) for n in range(OFFERS)]
    bought = priced([(1_000 + 13 * line, 50) for line in range(LINES)], offers)
    return Purchase(bought, {(each.promotion_id, each.version): each for each in offers})


def one_unit() -> RefundRequest:
    return RefundRequest((ReturnedLine("1", quantity=1),))


def running(bought: Purchase, budget: Budget | None, count: int) -> list[RefundBooking]:
    ledger, booked = Ledger.of(bought, ()), []
    for _ in range(count):
        booked.append(preview_after(bought, ledger, one_unit(), budget))
        ledger.book(booked[-1])
    return booked


def test_many_previews_of_a_heavy_order_are_refused_together_as_a_price_is() -> None:
    bought, budget = heavy(), Budget()
    with pytest.raises(TooMuchToPrice) as refused:
        running(bought, budget, REFUNDS)
    assert (refused.value.code.code, refused.value.pointer) == ("too_many_lines", "/lines")
    assert refused.value.facts == {"limit": MAX_WORK}


def test_one_preview_of_it_is_within_the_budget_and_answers_the_same_as_without() -> None:
    bought, budget = heavy(), Budget()
    assert running(bought, budget, 1) == [preview_refund(bought, (), one_unit())]
    assert 0 < budget.left <= MAX_WORK - LINES * OFFERS


def test_a_refund_that_is_booked_is_never_too_much() -> None:
    bought = heavy()
    with pytest.raises(TooMuchToPrice):
        preview_after(bought, Ledger.of(bought, ()), one_unit(), Budget(LINES))
    assert preview_refund(bought, (), one_unit()).refund > 0
