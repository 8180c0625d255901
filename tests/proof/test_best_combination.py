"""The best combination is the cheapest of all that the rules allow; beyond twelve, no plain way is cheaper."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ordo.catalog.channels import Combination
from ordo.pricing.best import EXACT
from tests.proof.oracle_best import cheapest_long, cost_of
from tests.proof.orders import FULL, NOW, combined, order

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
            alone = replace(by_priority, shop=replace(by_priority.shop, promotions=(promotion,)))
            codes = tuple(
                code for code in each.cart.coupons if each.shop.coupons[code].promotion_id == promotion.promotion_id
            )
            alone = replace(alone, cart=replace(alone.cart, coupons=codes))
            if not any(one.promotion_id.startswith("@") for one in alone.priced.trace.applied):
                assert cost <= cost_of(alone.priced, each.shop), (number, promotion.promotion_id)
    assert beyond >= 3, f"only {beyond} samples had more than {EXACT} competing promotions"
