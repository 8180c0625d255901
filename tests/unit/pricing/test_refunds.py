"""What comes back when part of an order does: the examples of the field, to the cent."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ordo.catalog.promotions import OnReturn, Promotion, ReturnPolicy, Shortfall
from ordo.catalog.rewards import AmountOff, LinesReward, NthReward, Per, PercentOff, Pick, UnitLimit
from ordo.kernel.percent import percent
from ordo.pricing.errors import PartialReturnForbidden
from ordo.pricing.refund_model import Purchase, RefundBooking, RefundRequest, ReturnedLine
from ordo.pricing.refunds import preview_refund
from tests.unit.pricing.shop import off_from, priced, promotion

KEEP = ReturnPolicy()
CLAW_BACK = ReturnPolicy(OnReturn.CLAW_BACK)
CHARGE = ReturnPolicy(OnReturn.CLAW_BACK, Shortfall.CHARGE)
FORBID = ReturnPolicy(OnReturn.FORBID_PARTIAL)


def purchase(amounts: Iterable[tuple[int, int]], *promotions: Promotion) -> Purchase:
    return Purchase(priced(amounts, promotions), {(each.promotion_id, each.version): each for each in promotions})


def sale(returns: ReturnPolicy) -> Promotion:
    return promotion("300-50", off_from(30000, 5000), returns=returns)


def back(bought: Purchase, *lines: tuple[str, int], after: tuple[RefundBooking, ...] = ()) -> RefundBooking:
    return preview_refund(bought, after, RefundRequest(tuple(ReturnedLine(name, count) for name, count in lines)))


def test_keep_refunds_what_each_unit_cost() -> None:
    bought = purchase([(10000, 3)], sale(KEEP))
    first = back(bought, ("1", 1))
    second = back(bought, ("1", 1), after=(first,))
    last = back(bought, ("1", 1), after=(first, second))
    assert [first.refund, second.refund, last.refund] == [8333, 8333, 8334]


def test_claw_back_refunds_what_is_paid_less_what_the_kept_units_cost_now() -> None:
    bought = purchase([(10000, 3)], sale(CLAW_BACK))
    first = back(bought, ("1", 1))
    assert first.refund == 5000
    assert [(each.before, each.now) for each in first.clawed_back] == [(3333, 0)]
    rest = back(bought, ("1", 2), after=(first,))
    assert first.refund + rest.refund == 25000


def test_forbid_partial_names_the_promotion() -> None:
    bought = purchase([(10000, 3)], sale(FORBID))
    with pytest.raises(PartialReturnForbidden) as refused:
        back(bought, ("1", 1))
    assert refused.value.facts["promotion_id"] == "300-50"
    assert back(bought, ("1", 3)).refund == 25000


def test_a_claw_back_larger_than_the_refund_is_carried_to_later_refunds() -> None:
    bought = purchase([(29000, 1), (1000, 1)], sale(CLAW_BACK))
    small = back(bought, ("2", 1))
    assert (small.refund, small.carried, small.charge) == (0, 4000, 0)
    large = back(bought, ("1", 1), after=(small,))
    assert (large.refund, large.carried) == (25000, 0)


def test_a_claw_back_larger_than_the_refund_is_charged_where_the_policy_says_so() -> None:
    bought = purchase([(29000, 1), (1000, 1)], sale(CHARGE))
    small = back(bought, ("2", 1))
    assert (small.refund, small.carried, small.charge) == (0, 0, 4000)
    large = back(bought, ("1", 1), after=(small,))
    assert large.refund == 29000


def test_a_shortfall_of_what_an_earlier_refund_gave_more_is_charged_where_the_policy_says_so() -> None:
    """The second at half price moves to the other garment when the first comes back, and is lost with the socks."""
    half = NthReward(2, PercentOff(percent("50")), pick=Pick.DEAREST)
    bought = purchase([(1000, 2), (400, 1)], promotion("half", half, returns=CHARGE))
    first = back(bought, ("1", 1))
    assert (bought.priced.totals.total, first.refund) == (1900, 1000)
    second = back(bought, ("2", 1), after=(first,))
    assert (second.refund, second.carried, second.charge) == (0, 0, 100)
    assert back(bought, ("1", 1), after=(first, second)).refund == 1000


def test_a_share_that_is_kept_makes_room_for_a_claw_back_that_gives_more_on_the_same_unit() -> None:
    """The half price moves to the garment that has 9.00 off already: it costs nothing then, and not less."""
    half = promotion("half", NthReward(2, PercentOff(percent("50")), pick=Pick.DEAREST), priority=1, returns=CLAW_BACK)
    nine = promotion("nine", LinesReward(AmountOff({"CNY": 900}), Per.UNIT, UnitLimit(max_units=1)))
    bought = purchase([(1000, 2), (400, 1)], half, nine)
    assert [run.gross for run in bought.priced.lines[0].runs] == [500, 100]
    first = back(bought, ("1", 1))
    assert first.refund == 1000 - 400
    assert first.refund + back(bought, ("1", 1), ("2", 1), after=(first,)).refund == 1000
