"""Where rules meet: limits with groups, sets that share units, floors, staff, and the exact best combination."""

from __future__ import annotations

from ordo.catalog.channels import ChannelPolicy, PricePolicy
from ordo.catalog.model import Product
from ordo.catalog.rewards import (
    AmountOff,
    BuyGetReward,
    LinesReward,
    Part,
    Per,
    PercentOff,
    PriceTo,
    SetReward,
    UnitLimit,
)
from ordo.catalog.selections import Judged, Selection
from ordo.kernel.percent import percent
from ordo.pricing.model import Cart, CartLine, ManualDiscount, PricedCart
from ordo.pricing.service import price
from tests.unit.pricing.shop import NOW, fixed_off, priced, promotion, snapshot


def discounts(cart: PricedCart) -> list[int]:
    return [line.discount for line in cart.lines]


def of(*skus: str) -> Selection:
    return Selection(skus=frozenset(skus))


def test_a_limit_that_is_no_multiple_of_the_group_still_leaves_complete_groups_only() -> None:
    reward = LinesReward(AmountOff({"CNY": 100}), Per.UNIT, UnitLimit(max_units=3, groups_of=2))
    assert discounts(priced([(1000, 10)], [promotion("pairs", reward)])) == [200]


def test_a_set_s_percentage_of_original_prices_ignores_what_earlier_promotions_took() -> None:
    earlier = promotion("half", LinesReward(PercentOff(percent("50")), Per.UNIT), priority=1)
    for per in (Per.ORDER, Per.UNIT):
        reward = SetReward((Part(1, of("S1")), Part(1, of("S2"))), PercentOff(percent("10")), per)
        pair = promotion("pair", reward, base=Judged.ORIGINAL)
        assert discounts(priced([(1000, 1), (3000, 1)], [earlier, pair])) == [600, 1800]


def test_a_set_finds_its_units_although_a_wide_part_comes_before_a_narrow_one() -> None:
    reward = SetReward((Part(1, of("S1", "S2")), Part(1, of("S1"))), PriceTo({"CNY": 1000}))
    assert discounts(priced([(800, 1), (900, 1)], [promotion("pair", reward)])) == [329, 371]


def test_as_many_sets_are_made_as_there_are_units_for_when_parts_share_some() -> None:
    reward = SetReward((Part(1, of("S1", "S2")), Part(1, of("S1"))), PriceTo({"CNY": 1000}))
    done = priced([(800, 2), (900, 2)], [promotion("pair", reward)])
    assert done.totals.total == 2000


def test_an_exclusive_promotion_does_not_apply_when_staff_stands_for_its_group() -> None:
    product = Product("S1", {}, {"cny": 10000})
    voucher = promotion("voucher", fixed_off(5000), exclusive=True, group="order")
    policy = ChannelPolicy("web", {"CNY": "cny"}, pricing=PricePolicy(manual_limit=percent("100")))
    by_staff = ManualDiscount(LinesReward(PercentOff(percent("10"))), "regular guest", instead_of="order")
    cart = Cart("web", "CNY", (CartLine("1", "S1", 1),), manual=(by_staff,))
    done = price(cart, snapshot([product], [voucher], policy), NOW)
    assert done.totals.total == 9000
    assert [(each.promotion_id, each.reason, each.by) for each in done.trace.not_applied] == [
        ("voucher", "excluded_by", "@manual-1")
    ]


def test_what_costs_less_than_the_price_it_could_be_got_for_is_passed_over() -> None:
    reward = BuyGetReward(Part(1, of("S1")), Part(1, of("S2", "S3")), PriceTo({"CNY": 500}))
    assert discounts(priced([(1000, 1), (300, 1), (2000, 1)], [promotion("add-on", reward)])) == [0, 0, 1500]
