"""What staff may take off: a limit that cannot be passed in small steps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ordo.catalog.channels import PricePolicy
from ordo.catalog.coupons import Coupon
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
