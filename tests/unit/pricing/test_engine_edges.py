"""Where rules meet: limits with groups, sets that share units, floors, staff, and the exact best combination."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

import pytest

from ordo.catalog.channels import ChannelPolicy, Combination, PricePolicy, TaxMode, TaxPolicy
from ordo.catalog.model import Product
from ordo.catalog.prices import PriceEntry
from ordo.catalog.promotions import Promotion
from ordo.catalog.rewards import (
    AmountOff,
    BuyGetReward,
    LinesReward,
    NthReward,
    Part,
    Per,
    PercentOff,
    Pick,
    PriceTo,
    Reward,
    SetReward,
    UnitLimit,
)
from ordo.catalog.selections import Judged, Selection
from ordo.catalog.taxes import Rate
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


RATES = ("0", "20")


def shop_of(lines: Sequence[tuple[int, int, int]], combination: Combination) -> tuple[ChannelPolicy, list[Product]]:
    """Lines of `(unit price, quantity, floor)`, every second at another tax rate, listed without tax."""
    tax = TaxPolicy(TaxMode.EXCLUSIVE, class_rates={rate: Rate.of(rate) for rate in RATES})
    policy = ChannelPolicy("web", {"CNY": "cny"}, tax=tax, pricing=PricePolicy(combination))
    products = [
        Product(f"S{place}", {}, {"cny": PriceEntry(amount, minimum_price=floor)}, tax_class=RATES[place % 2])
        for place, (amount, _, floor) in enumerate(lines)
    ]
    return policy, products


def combined(
    lines: Sequence[tuple[int, int, int]], promotions: Iterable[Promotion], combination: Combination
) -> PricedCart:
    policy, products = shop_of(lines, combination)
    wanted = tuple(CartLine(str(place), f"S{place}", quantity) for place, (_, quantity, _) in enumerate(lines))
    return price(Cart("web", "CNY", wanted), snapshot(products, promotions, policy), NOW)


def cost(cart: PricedCart) -> int:
    """What the customer pays, times 100, before tax is rounded."""
    return sum((line.price * line.quantity - line.discount) * (100 + int(line.tax_rate_percent)) for line in cart.lines)


def cheapest_subset(lines: Sequence[tuple[int, int, int]], promotions: Sequence[Promotion]) -> int:
    return min(
        cost(combined(lines, chosen, Combination.PRIORITY))
        for number in range(len(promotions) + 1)
        for chosen in combinations(promotions, number)
    )


def some_reward(rng: random.Random) -> Reward:
    value: Any = rng.choice(
        [
            PercentOff(percent(str(rng.choice([10, 33, 50, 100])))),
            AmountOff({"CNY": rng.randint(1, 60)}),
            PriceTo({"CNY": rng.randint(1, 60)}),
        ]
    )
    pick = rng.choice([Pick.CHEAPEST, Pick.DEAREST])
    kind = rng.randrange(5)
    if kind == 0:
        return NthReward(2, value, pick=pick)
    if kind == 1:
        return BuyGetReward(Part(1), Part(1), value, pick)
    if kind == 2:
        return SetReward((Part(2),), value, rng.choice([Per.ORDER, Per.UNIT]), pick)
    limit = UnitLimit(rng.choice([0, 0, 1, 2]), groups_of=rng.choice([1, 1, 2]), pick=pick)
    return LinesReward(value, rng.choice([Per.ORDER, Per.LINE, Per.UNIT]), limit)


@pytest.mark.parametrize("seed", range(60))
def test_the_best_combination_is_the_cheapest_of_all_with_floors_and_unequal_taxes(seed: int) -> None:
    rng = random.Random(seed)
    lines = []
    for _ in range(rng.randint(2, 3)):
        amount = rng.randint(1, 100)
        lines.append((amount, rng.randint(1, 2), rng.choice([0, 0, amount, amount // 2])))
    skus = [f"S{place}" for place in range(len(lines))]
    promotions = []
    for number in range(4):
        more: dict[str, Any] = {"scope": of(*rng.sample(skus, 2))} if rng.random() < 0.4 else {}
        more["base"] = rng.choice([Judged.LEFT, Judged.LEFT, Judged.ORIGINAL])
        promotions.append(promotion(f"p{number}", some_reward(rng), priority=-number, **more))
    assert cost(combined(lines, promotions, Combination.BEST)) == cheapest_subset(lines, promotions)


def test_the_best_combination_counts_what_an_amount_saves_in_tax_once_another_line_is_free() -> None:
    lines = [(100, 1, 0), (100, 1, 0)]
    free_first = promotion("free", LinesReward(PercentOff(percent("100"))), priority=2, scope=of("S0"))
    less = promotion("less", fixed_off(100), priority=1)
    dearer = promotion("dearer", fixed_off(99), priority=0)
    promotions = [free_first, less, dearer]
    assert cost(combined(lines, promotions, Combination.BEST)) == cheapest_subset(lines, promotions) == 0
