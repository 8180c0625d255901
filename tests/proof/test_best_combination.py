"""The best combination is the cheapest of all that the rules allow; beyond twelve, no plain way is cheaper."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ordo.catalog.channels import Combination
from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import OverrideReward
from ordo.pricing.best import EXACT
from tests.proof.oracle_best import cheapest_long, cost_of
from tests.proof.orders import FULL, NOW, Order, combined, order

pytestmark = pytest.mark.timeout(1800)


@pytest.mark.parametrize("count", [2, 5, 8, *([10, 12] if FULL else [])])
def test_the_best_combination_costs_what_the_cheapest_of_all_allowed_ones_does(count: int) -> None:
    chosen = 0
    for number in range({2: 100, 5: 60, 8: 15}.get(count, 40) * (10 if FULL and count < 10 else 1)):
        each = combined(order(number, count=count), Combination.BEST)
        assert cost_of(each.priced, each.shop) == cheapest_long(each.cart, each.shop, NOW), number
        assert each.priced.trace.combined is not None
        assert each.priced.trace.combined.exact
        chosen += len(each.priced.trace.applied) > 1
    assert chosen, "no sample has combined anything"


def test_beyond_twelve_it_costs_no_more_than_by_priority_nor_than_any_promotion_alone() -> None:
    beyond = 0
    for number in range(300 if FULL else 12):
        each = combined(order(number, count=18), Combination.BEST)
        trace, cost = each.priced.trace, cost_of(each.priced, each.shop)
        assert trace.combined is not None
        beyond += not trace.combined.exact
        by_priority = combined(each, Combination.PRIORITY)
        assert cost <= cost_of(by_priority.priced, each.shop), number
        for promotion in each.shop.promotions:
            assert cost <= cost_of(_alone(by_priority, promotion).priced, each.shop), (number, promotion.promotion_id)
    assert beyond >= 3, f"only {beyond} samples had more than {EXACT} competing promotions"


def _alone(each: Order, promotion: Promotion) -> Order:
    """The order with just that promotion, and the catalogue's overrides, which no combination chooses."""
    overrides = [other for other in each.shop.promotions if isinstance(other.reward, OverrideReward)]
    promotions = (*overrides, *([] if promotion in overrides else [promotion]))
    names = {other.promotion_id for other in promotions}
    codes = tuple(code for code in each.cart.coupons if each.shop.coupons[code].promotion_id in names)
    shop = replace(each.shop, promotions=promotions)
    return replace(each, cart=replace(each.cart, coupons=codes), shop=shop)
