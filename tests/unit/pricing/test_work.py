"""How much work and how many units a price may be: refused or left out by count, the same on every machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ordo.catalog.channels import Combination, PricePolicy
from ordo.catalog.charges import ShippingMethod, ShippingRate
from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import (
    MAX_GIFT_UNITS,
    GiftReward,
    LinesReward,
    NthReward,
    Part,
    Per,
    PercentOff,
    Pick,
    SetReward,
    UnitLimit,
)
from ordo.kernel.percent import percent
from ordo.pricing import best, methods
from ordo.pricing.budget import MAX_WORK, Budget
from ordo.pricing.errors import TooMuchToPrice
from ordo.pricing.methods import offered_methods
from ordo.pricing.model import PricedCart
from ordo.pricing.service import price
from tests.unit.pricing.shop import NOW, cart, channel, fixed_off, priced, product, promotion, snapshot

HALF = PercentOff(percent("50"))


def amounts(count: int) -> list[Promotion]:
    return [promotion(f"p{number:03}", fixed_off(100 + 7 * number), priority=number) for number in range(count)]


def within(limit: int, lines: int, *offers: Promotion) -> PricedCart:
    products = [product(f"S{number}", 1_000 + number) for number in range(lines)]
    wanted = cart(*((each.sku, 3) for each in products))
    return price(wanted, snapshot(products, offers), NOW, Budget(limit))


def test_a_cart_that_promotions_look_at_too_often_is_refused_with_the_limit() -> None:
    wanted = [(1_000 + 13 * line, 1_000) for line in range(40)]
    with pytest.raises(TooMuchToPrice) as refused:
        priced(wanted, amounts(150))
    assert (refused.value.code.code, refused.value.pointer) == ("too_many_lines", "/lines")
    assert refused.value.facts == {"limit": MAX_WORK}


def test_five_hundred_lines_of_a_thousand_units_have_twenty_promotions() -> None:
    found = priced([(1_000 + 13 * line, 1_000) for line in range(500)], amounts(20))
    assert len(found.trace.applied) == 20


@pytest.mark.parametrize(
    ("reward", "looks"),
    [
        (fixed_off(10), 1),
        (LinesReward(HALF, Per.UNIT, UnitLimit(max_units=2)), 1),
        (NthReward(2, HALF), 1),
        (SetReward((Part(1), Part(1)), HALF), 2),
    ],
)
def test_each_line_that_a_promotion_looks_at_counts(reward: LinesReward, looks: int) -> None:
    within(5 * looks, 5, promotion("p", reward))
    with pytest.raises(TooMuchToPrice):
        within(5 * looks - 1, 5, promotion("p", reward))


def test_a_promotion_that_is_not_reached_costs_nothing() -> None:
    assert within(0, 5, promotion("p", LinesReward(HALF, every={"CNY": 10**9}))).totals.discount == 0


def test_other_ways_to_ship_are_offered_as_far_as_the_work_of_one_more_price_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ("post", "air", "sea")
    ways = tuple(ShippingMethod(name, {"en": name}, {"CNY": ShippingRate(100)}) for name in names)
    known = snapshot([product("A", 1000)], amounts(2), replace(channel(), shipping_methods=ways))
    wanted = cart(("A", 1))
    answer = price(wanted, known, NOW)

    def offered(work: int) -> list[str]:
        monkeypatch.setattr(methods, "Budget", lambda: Budget(work))
        return [each.charge.charge_id for each in offered_methods(wanted, answer, known, NOW)]

    assert offered(4) == ["post", "air", "sea"]
    assert offered(3) == ["post", "air"]


def test_a_search_for_the_best_that_costs_too_much_ends_with_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    unsteady = [
        promotion(
            f"u{number}",
            LinesReward(HALF, Per.UNIT, UnitLimit(max_units=3 + number, pick=Pick.CHEAPEST)),
            consumes=True,
        )
        for number in range(8)
    ]
    wanted = [(1_000 + 13 * line, 4) for line in range(6)]
    policy = replace(channel(), pricing=PricePolicy(Combination.BEST))
    exact = priced(wanted, unsteady, policy)
    by_priority = priced(wanted, unsteady)
    assert exact.trace.combined is not None
    assert exact.trace.combined.exact

    for work in (0, 50, 500):
        monkeypatch.setattr(best, "MAX_SEARCH", work)
        found = priced(wanted, unsteady, policy)
        assert found.trace.combined is not None
        assert not found.trace.combined.exact
        assert found.trace.combined.explored < exact.trace.combined.explored
        assert exact.totals.total <= found.totals.total <= by_priority.totals.total


def test_a_gift_is_given_in_whole_and_up_to_a_hundred_thousand_units() -> None:
    def given(gift: GiftReward) -> int:
        known = snapshot([product("A", 100_000), product("G", 10)], [promotion("g", gift)])
        return price(cart(("A", 100)), known, NOW).lines[-1].quantity

    assert given(GiftReward("G", 1_000, every={"CNY": 1})) == MAX_GIFT_UNITS
    assert given(GiftReward("G", 999, every={"CNY": 1})) == 100 * 999
    assert given(GiftReward("G", 7, every_units=10)) == 70


def test_ten_thousand_lines_and_a_thousand_promotions_for_all_of_them_are_refused() -> None:
    budget = Budget()
    products = [product(f"S{number}", 1_000 + number % 97) for number in range(10_000)]
    wanted, shop = cart(*((each.sku, 3) for each in products)), snapshot(products, amounts(1_000))
    with pytest.raises(TooMuchToPrice) as refused:
        price(wanted, shop, NOW, budget)
    assert refused.value.facts == {"limit": MAX_WORK}
    assert -10 * len(products) <= budget.left < 0  # refused by the one promotion that passed the limit, and none after


def test_ten_thousand_lines_and_a_thousand_promotions_for_ten_of_them_each_are_priced() -> None:
    budget = Budget()
    products = [product(f"S{number}", 1_000 + number % 97) for number in range(10_000)]
    offers = [
        promotion(f"p{n:04}", LinesReward(HALF), skus=frozenset(f"S{10 * n + each}" for each in range(10)))
        for n in range(1_000)
    ]
    found = price(cart(*((each.sku, 3) for each in products)), snapshot(products, offers), NOW, budget)
    assert len(found.trace.applied) == 1_000
    assert budget.left == MAX_WORK - len(products)
