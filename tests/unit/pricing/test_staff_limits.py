"""What staff may take off: a limit that cannot be passed in small steps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ordo.catalog.channels import PricePolicy
from ordo.catalog.coupons import Coupon
from ordo.catalog.rewards import AmountOff, LinesReward, Per, PercentOff, UnitLimit
from ordo.kernel.percent import percent
from ordo.pricing.errors import DiscountNotAllowed
from ordo.pricing.manual import manual_discount
from ordo.pricing.model import PricedCart
from ordo.pricing.service import price
from tests.unit.pricing.shop import NOW, cart, channel, percent_off, product, promotion, snapshot


def sold(*discounts: dict[str, object], limit: str = "10") -> PricedCart:
    """Two products for 600.00 and 400.00, with discounts by staff."""
    shop = snapshot(
        [product("A", 60000), product("B", 40000)],
        policy=replace(channel(), pricing=PricePolicy(manual_limit=percent(limit))),
    )
    manual = tuple(manual_discount({"reason": "sorry", **each}, "CNY") for each in discounts)
    return price(replace(cart(("A", 1), ("B", 1)), manual=manual), shop, NOW)


def test_up_to_the_limit_staff_may_take_off_a_line_or_the_order() -> None:
    assert sold({"line_id": "1", "percent": "10"}).totals.total == 94_000
    assert sold({"percent": "10"}).totals.total == 90_000
    assert sold({"amount": 5_000}, {"amount": 5_000}).totals.total == 90_000


@pytest.mark.parametrize(
    ("discounts", "pointer"),
    [
        (({"percent": "11"},), "/manual_discounts/0"),
        (({"line_id": "1", "percent": "11"},), "/manual_discounts/0"),
        (({"percent": "6"}, {"percent": "6"}), "/manual_discounts/1"),
        (({"percent": "10"},) * 50, "/manual_discounts/1"),
        (({"line_id": "1", "percent": "10"}, {"percent": "5"}), "/manual_discounts/1"),
        (({"line_id": "1", "price": 10_000},), "/manual_discounts/0"),
    ],
)
def test_several_discounts_together_stay_within_it(discounts: tuple[dict[str, object], ...], pointer: str) -> None:
    with pytest.raises(DiscountNotAllowed) as refused:
        sold(*discounts)
    assert refused.value.pointer == pointer
    assert refused.value.facts["asked"] > refused.value.facts["most"]


def test_a_code_is_not_used_up_where_its_promotion_needs_none() -> None:
    everybody = promotion("sale", percent_off("10"))
    shop = snapshot([product("A", 60000)], [everybody], coupons=[Coupon("CODE", "sale")])
    assert price(cart(("A", 1), coupons=("CODE",)), shop, NOW).coupons_used == ()
    by_code = replace(everybody, requires_coupon=True)
    shop = snapshot([product("A", 60000)], [by_code], coupons=[Coupon("CODE", "sale")])
    assert price(cart(("A", 1), coupons=("CODE",)), shop, NOW).coupons_used == ("CODE",)


def test_a_discount_on_the_order_reaches_units_that_a_promotion_used_up() -> None:
    half = promotion("half", LinesReward(PercentOff(percent("50")), Per.UNIT, UnitLimit(max_units=1)), consumes=True)
    shop = snapshot(
        [product("A", 1000), product("B", 1000)],
        [half],
        policy=replace(channel(), pricing=PricePolicy(manual_limit=percent("100"))),
    )
    manual = (manual_discount({"reason": "sorry", "percent": "10"}, "CNY"),)
    found = price(replace(cart(("A", 3), ("B", 1)), manual=manual), shop, NOW)
    assert (found.totals.discount, found.totals.total) == (500 + 350, 3150)
    by_staff = [each.amount for line in found.lines for each in line.adjustments if each.promotion_id == "@manual-1"]
    assert by_staff == [250, 100]
    assert [(run.count, run.used_by, run.discount) for run in found.lines[0].runs] == [(1, "half", 550), (2, "", 100)]


def test_units_keep_who_used_them_up_where_a_discount_makes_them_cost_the_same() -> None:
    used = promotion("used", LinesReward(AmountOff({"CNY": 1}), Per.UNIT, UnitLimit(max_units=2)), consumes=True)
    shop = snapshot(
        [product("A", 1000)], [used], policy=replace(channel(), pricing=PricePolicy(manual_limit=percent("100")))
    )
    free = (manual_discount({"reason": "sorry", "percent": "100"}, "CNY"),)
    found = price(replace(cart(("A", 5)), manual=free), shop, NOW)
    assert found.totals.total == 0
    assert [(run.count, run.used_by) for run in found.lines[0].runs] == [(2, "used"), (3, "")]
