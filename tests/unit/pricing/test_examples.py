"""What the guide and the issue promise, as sentences; the edges of amounts, of time zones and of currencies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ordo.catalog.model import Product
from ordo.catalog.promotions import Promotion
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.pricing.errors import PartialReturnForbidden
from ordo.pricing.model import Cart, CartLine, PricedCart
from ordo.pricing.refund_model import Purchase, RefundBooking, RefundRequest, ReturnedLine, ShippingRefund
from ordo.pricing.refunds import preview_refund, return_everything
from ordo.pricing.service import price
from tests.unit.pricing.shop import NOW, channel, percent_off, priced, product, promotion, snapshot, units

Body = dict[str, Any]


def rule(reward: Body, promotion_id: str = "p", **more: Any) -> Promotion:
    """A promotion as a merchant writes it."""
    return Promotion.of(promotion_id, {"name": {"en": promotion_id, "zh": promotion_id}, "reward": reward, **more}, 1)


def from_300_off_50(**more: Any) -> Promotion:
    at_least = [{"type": "subtotal", "at_least": {"CNY": 30000}}]
    return rule({"type": "amount", "amounts": {"CNY": 5000}}, "满300减50", conditions=at_least, **more)


# ---------------------------------------------------------------- 满300减50
def test_299_99_get_nothing_off_and_are_told_that_one_cent_is_missing() -> None:
    answer = priced([(29999, 1)], [from_300_off_50()])
    assert (answer.totals.total, answer.trace.not_applied[0].missing) == (29999, 1)


def test_300_00_get_50_off_and_so_do_600_00_once() -> None:
    assert priced([(30000, 1)], [from_300_off_50()]).totals.total == 25000
    assert priced([(30000, 2)], [from_300_off_50()]).totals.discount == 5000


def test_several_garments_that_reach_300_only_after_a_percentage_was_taken_do_not_get_it() -> None:
    tenth = rule({"type": "percent", "percent": "10"}, "tenth", priority=1)
    assert priced([(15000, 2)], [tenth, from_300_off_50()]).totals.total == 27000
    original = [{"type": "subtotal", "at_least": {"CNY": 30000}, "judged": "original"}]
    before = rule({"type": "amount", "amounts": {"CNY": 5000}}, conditions=original)
    assert priced([(15000, 2)], [tenth, before]).totals.total == 22000


@pytest.mark.parametrize(("worth", "off"), [(9999, 0), (10000, 1000), (29999, 2000), (50000, 5000), (90000, 5000)])
def test_10_off_every_100_comes_again_for_each_full_100_at_most_five_times(worth: int, off: int) -> None:
    every = rule({"type": "amount", "amounts": {"CNY": 1000}, "every": {"CNY": 10000}, "times": 5})
    assert priced([(worth, 1)], [every]).totals.discount == off


@pytest.mark.parametrize(("worth", "off"), [(19999, 0), (20000, 3000), (30000, 6000), (49999, 6000), (50000, 12000)])
def test_of_the_tiers_the_best_that_is_reached_counts(worth: int, off: int) -> None:
    steps = [(20000, 3000), (30000, 6000), (50000, 12000)]
    tiers = [{"at_least": {"CNY": at}, "reward": {"type": "amount", "amounts": {"CNY": off}}} for at, off in steps]
    assert priced([(worth, 1)], [rule({"type": "tiers", "by": "subtotal", "tiers": tiers})]).totals.discount == off


# ---------------------------------------------------------------- single units
def test_the_second_at_half_price_is_the_cheaper_of_both() -> None:
    second = rule({"type": "nth", "every": 2, "value": {"percent": "50"}})
    assert priced([(10000, 1), (6000, 1)], [second]).totals.discount == 3000
    assert priced([(10000, 1), (6000, 2)], [second]).totals.discount == 3000


def test_buy_three_get_one_free_gives_the_cheapest_and_not_yet_with_three() -> None:
    free = rule({"type": "buy_get", "buy": {"quantity": 3}, "get": {"quantity": 1}, "value": {"percent": "100"}})
    assert priced([(5000, 3)], [free]).totals.discount == 0
    assert priced([(5000, 3), (4000, 1)], [free]).totals.discount == 4000


def test_a_set_costs_its_price_and_what_is_left_over_costs_its_own() -> None:
    parts = [{"quantity": 1, "of": {"skus": ["S1"]}}, {"quantity": 1, "of": {"skus": ["S2"]}}]
    both = rule({"type": "set", "parts": parts, "value": {"prices": {"CNY": 19900}}})
    answer = priced([(15900, 2), (8900, 1)], [both])
    assert answer.totals.total == 19900 + 15900
    assert sorted(units(answer)) == [12758, 15900]


def test_any_two_for_a_price_takes_a_dear_one_with_the_cheap_one_that_is_left() -> None:
    """Two cheap ones cost less by themselves; one of them and the dear one do not."""
    two = rule({"type": "set", "parts": [{"quantity": 2}], "value": {"prices": {"CNY": 1500}}})
    assert priced([(500, 3), (2000, 1)], [two]).totals.total == 500 + 500 + 1500


# ---------------------------------------------------------------- what comes back
def bought(*promotions: Promotion, amounts: tuple[tuple[int, int], ...] = ((10000, 3),)) -> Purchase:
    answer = priced(amounts, promotions)
    return Purchase(answer, {(each.promotion_id, each.version): each for each in promotions})


def back(purchase: Purchase, *booked: RefundBooking, line: str = "1", count: int = 1) -> RefundBooking:
    return preview_refund(purchase, booked, RefundRequest((ReturnedLine(line, count),)))


def test_of_three_at_100_one_comes_back_for_83_33_and_the_last_for_83_34() -> None:
    purchase = bought(from_300_off_50(return_policy="keep"))
    booked: list[RefundBooking] = []
    for _ in range(3):
        booked.append(back(purchase, *booked))
    assert [each.refund for each in booked] == [8333, 8333, 8334]


def test_with_claw_back_one_of_three_comes_back_for_50_00_and_all_for_250_00() -> None:
    purchase = bought(from_300_off_50(return_policy="claw_back"))
    assert back(purchase).refund == 5000
    assert back(purchase, count=3).refund == 25000


def test_where_partial_returns_are_forbidden_the_promotion_is_named() -> None:
    with pytest.raises(PartialReturnForbidden) as refused:
        back(bought(from_300_off_50(return_policy="forbid_partial")))
    assert refused.value.facts["promotion_id"] == "满300减50"


def test_the_10_00_beside_290_00_come_back_for_nothing_and_40_00_are_carried() -> None:
    purchase = bought(from_300_off_50(return_policy="claw_back"), amounts=((29000, 1), (1000, 1)))
    small = back(purchase, line="2")
    assert (small.refund, small.carried) == (0, 4000)
    rest = preview_refund(purchase, (small,), return_everything(purchase, (small,)))
    assert rest.refund == 25000


def test_a_lower_tier_that_is_still_reached_is_still_earned() -> None:
    steps = [(20000, 3000), (30000, 6000)]
    tiers = [{"at_least": {"CNY": at}, "reward": {"type": "amount", "amounts": {"CNY": off}}} for at, off in steps]
    purchase = bought(rule({"type": "tiers", "by": "subtotal", "tiers": tiers}, return_policy="claw_back"))
    assert purchase.priced.totals.total == 24000
    assert back(purchase).refund == 24000 - (20000 - 3000)


def test_a_gift_that_is_no_longer_earned_comes_back_or_is_paid() -> None:
    gift = rule(
        {"type": "gift", "sku": "CAP"},
        conditions=[{"type": "subtotal", "at_least": {"CNY": 30000}}],
        return_policy="claw_back",
    )
    shop = snapshot([product("A", 15000), product("CAP", 2000)], [gift])
    answer = price(Cart("web", "CNY", (CartLine("1", "A", 2),)), shop, NOW)
    purchase = Purchase(answer, {("p", 1): gift})
    assert [(line.sku, line.gross) for line in answer.lines] == [("A", 30000), ("CAP", 0)]
    assert back(purchase).refund == 13000
    with_cap = RefundRequest((ReturnedLine("1", 1), ReturnedLine("gift-p", 1)), shipping=ShippingRefund.NONE)
    assert preview_refund(purchase, (), with_cap).refund == 15000


# ---------------------------------------------------------------- time zones
def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def in_zone(zone: str, begin: str, end: str) -> Promotion:
    return rule({"type": "percent", "percent": "50"}, time_zone=zone, valid_from=begin, valid_to=end)


@pytest.mark.parametrize(
    ("zone", "begin", "end", "moment", "applies"),
    [
        ("Asia/Shanghai", "2026-11-11", "2026-11-12", "2026-11-11T00:00:00+08:00", True),
        ("Asia/Shanghai", "2026-11-11", "2026-11-12", "2026-11-10T23:59:59.999+08:00", False),
        ("Asia/Shanghai", "2026-11-11", "2026-11-12", "2026-11-11T15:59:59.999Z", True),
        ("Asia/Shanghai", "2026-11-11", "2026-11-12", "2026-11-11T16:00:00Z", False),
        # Berlin, clocks forward on 29 March: from 02:30, which does not come, until 03:30 is half an hour.
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T04:00", "2026-03-29T01:29:59Z", False),
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T04:00", "2026-03-29T01:30:00Z", True),
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T04:00", "2026-03-29T02:00:00Z", False),
        # The day that has 23 hours.
        ("Europe/Berlin", "2026-03-29", "2026-03-30", "2026-03-28T23:00:00Z", True),
        ("Europe/Berlin", "2026-03-29", "2026-03-30", "2026-03-29T22:00:00Z", False),
        # Clocks back on 25 October: 02:30 comes twice and means the first time; the day has 25 hours.
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T03:00", "2026-10-25T00:30:00Z", True),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T03:00", "2026-10-25T01:59:59Z", True),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T03:00", "2026-10-25T02:00:00Z", False),
        ("Europe/Berlin", "2026-10-25", "2026-10-26", "2026-10-25T22:59:59Z", True),
        ("Europe/Berlin", "2026-10-25", "2026-10-26", "2026-10-25T23:00:00Z", False),
    ],
)
def test_a_promotion_is_valid_by_the_clocks_of_its_time_zone(
    zone: str, begin: str, end: str, moment: str, applies: bool
) -> None:
    shop = snapshot([product("A", 1000)], [in_zone(zone, begin, end)])
    answer = price(Cart("web", "CNY", (CartLine("1", "A", 1),)), shop, at(moment))
    assert (answer.totals.total == 500) is applies


# ---------------------------------------------------------------- the big sale
def test_the_big_sale_explains_every_cent() -> None:
    """双十一: a member's price, then 满300减50 for each full 300, then free shipping; a cap is told of."""
    offers = [
        rule({"type": "override", "value": {"percent": "5"}}, "member", segments=["vip"]),
        rule({"type": "amount", "amounts": {"CNY": 5000}, "every": {"CNY": 30000}}, "sale", priority=1),
        rule(
            {"type": "shipping", "value": {"percent": "100"}},
            "free",
            conditions=[{"type": "subtotal", "at_least": {"CNY": 9900}}],
        ),
        rule({"type": "gift", "sku": "CAP", "every": {"CNY": 60000}}, "cap"),
    ]
    goods = [product("COAT", 49900), product("SCARF", 12900), product("CAP", 5900)]
    shop = snapshot(goods, offers, channel(rate="13", shipping=1200))
    answer = price(Cart("web", "CNY", (CartLine("1", "COAT", 1), CartLine("2", "SCARF", 1))), shop, NOW)
    assert (answer.totals.items, answer.totals.discount, answer.totals.shipping) == (62800, 10000, 0)
    assert answer.totals.total == 52800
    told = {each.promotion_id: (each.reason, each.missing) for each in answer.trace.not_applied}
    assert told == {"member": ("not_in_segment", None), "cap": ("threshold_not_reached", 7200)}
    assert [(each.promotion_id, each.amount, each.shipping) for each in answer.trace.applied] == [
        ("sale", 10000, 0),
        ("free", 1200, 1200),
    ]


# ---------------------------------------------------------------- currencies
def in_currency(currency: str, amounts: list[tuple[int, int]], *promotions: Promotion) -> PricedCart:
    shop: CatalogSnapshot = snapshot(
        [Product(f"S{place}", {"en": "", "zh": ""}, {"cny": amount}) for place, (amount, _) in enumerate(amounts)],
        promotions,
        type(channel())("web", {currency: "cny"}),
    )
    lines = tuple(CartLine(str(place), f"S{place}", quantity) for place, (_, quantity) in enumerate(amounts))
    return price(Cart("web", currency, lines), shop, NOW)


def test_the_same_cart_in_yen_and_in_dinar_is_exact_in_each() -> None:
    """7.5 % of 999 yen are 75 yen; of 999.000 dinar they are 74.925."""
    off = promotion("p", percent_off("7.5"))
    yen = in_currency("JPY", [(333, 3)], off)
    dinar = in_currency("KWD", [(333_000, 3)], off)
    assert (yen.totals.discount, yen.totals.total) == (75, 924)
    assert (dinar.totals.discount, dinar.totals.total) == (74_925, 924_075)
    assert [run.discount for run in yen.lines[0].runs] == [25]
    assert [run.discount for run in dinar.lines[0].runs] == [24_975]
