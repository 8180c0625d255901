"""Prices by example."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from ordo.catalog.channels import TaxMode
from ordo.catalog.coupons import Coupon, CouponState
from ordo.catalog.errors import InvalidOption, UnknownChannel
from ordo.catalog.model import State, Variant
from ordo.catalog.promotions import PromotionState
from ordo.catalog.rewards import AmountOff, LinesReward, OverrideReward, Per, PercentOff
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.kernel.errors import UnknownCurrency
from ordo.kernel.percent import percent
from ordo.pricing.codec import priced_from_json, priced_to_json
from ordo.pricing.errors import InvalidCoupon, NotForSale, UnknownSku
from ordo.pricing.model import Cart, CartLine
from ordo.pricing.service import price
from tests.unit.pricing.shop import (
    NOW,
    cart,
    channel,
    fixed_off,
    off_from,
    percent_off,
    priced,
    product,
    promotion,
    snapshot,
    units,
)

BIG_SALE = promotion("满300减50", off_from(30000, 5000))


def test_three_of_100_with_50_off_300_pay_250_and_the_last_unit_a_cent_more() -> None:
    answer = priced([(10000, 3)], [BIG_SALE])
    assert answer.totals.total == 25000
    assert units(answer) == [8333, 8333, 8334]
    assert [(run.count, run.discount) for run in answer.lines[0].runs] == [(2, 1667), (1, 1666)]


def test_three_garments_of_different_price_that_make_exactly_300_get_the_discount() -> None:
    answer = priced([(12999, 1), (9901, 1), (7100, 1)], [BIG_SALE])
    assert answer.totals.total == 25000
    assert [line.adjustments[0].amount for line in answer.lines] == [2167, 1650, 1183]


def test_a_cent_less_than_the_threshold_gets_nothing_and_is_told_how_much_is_missing() -> None:
    answer = priced([(12999, 1), (9901, 1), (7099, 1)], [BIG_SALE])
    assert answer.totals.total == 29999
    rejected = answer.trace.not_applied[0]
    assert (rejected.promotion_id, rejected.reason, rejected.missing) == ("满300减50", "threshold_not_reached", 1)


def test_per_every_gives_the_amount_for_each_full_threshold() -> None:
    sale = promotion("每满100减10", off_from(10000, 1000, per_every=True))
    assert [priced([(amount, 1)], [sale]).totals.discount for amount in (9999, 10000, 19999, 30000)] == [
        0,
        1000,
        1000,
        3000,
    ]


def test_promotions_compound_and_thresholds_are_judged_on_what_is_left() -> None:
    eight_off = promotion("8-off", percent_off("8"), priority=2)
    per_hundred = promotion("per-100", off_from(10000, 1000, per_every=True), priority=1)
    assert priced([(20000, 1)], [eight_off, per_hundred]).totals.total == 17400


def test_higher_priority_goes_first_and_equal_ones_by_id() -> None:
    fixed, tenth = promotion("a", fixed_off(1500)), promotion("b", percent_off("10"))
    assert priced([(6200, 1)], [tenth, fixed]).totals.total == 4230
    assert priced([(6200, 1)], [fixed, promotion("b", percent_off("10"), priority=1)]).totals.total == 4080


def test_a_percentage_is_rounded_per_line_or_once_for_the_order_as_the_promotion_says() -> None:
    amounts = [(104, 1), (204, 1), (304, 1), (404, 1)]
    assert priced(amounts, [promotion("p", percent_off("10"))]).totals.discount == 100
    whole = LinesReward(PercentOff(percent("10")), Per.ORDER)
    assert priced(amounts, [promotion("p", whole)]).totals.discount == 102


def test_an_amount_never_takes_more_than_there_is() -> None:
    answer = priced([(300, 2), (0, 1)], [promotion("p", fixed_off(5000)), promotion("q", percent_off("50"))])
    assert (answer.totals.total, answer.totals.discount) == (0, 600)
    assert [(r.promotion_id, r.reason) for r in answer.trace.not_applied] == [("q", "nothing_left")]


def test_an_exclusive_promotion_is_applied_alone_and_named_where_it_excludes() -> None:
    alone = promotion("alone", percent_off("5"), exclusive=True, priority=-5)
    idle = promotion("idle", off_from(10**6, 1), exclusive=True, priority=9)
    answer = priced([(10000, 1)], [promotion("p", percent_off("50")), alone, idle])
    assert answer.totals.discount == 500
    assert [(r.promotion_id, r.reason, r.by) for r in answer.trace.not_applied] == [
        ("idle", "threshold_not_reached", None),
        ("p", "excluded_by", "alone"),
    ]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"valid_from": NOW + timedelta(seconds=1)}, "not_started"),
        ({"valid_to": NOW}, "ended"),
        ({"requires_coupon": True}, "coupon_missing"),
        ({"skus": frozenset({"OTHER"})}, "no_matching_lines"),
        ({"state": PromotionState.PAUSED}, "not_active"),
    ],
)
def test_a_promotion_that_cannot_be_used_says_why(more: dict[str, object], reason: str) -> None:
    answer = priced([(10000, 1)], [promotion("p", percent_off("50"), **more)])
    assert answer.totals.discount == 0
    assert [each.reason for each in answer.trace.not_applied] == [reason]


@pytest.mark.parametrize("state", PromotionState)
def test_a_promotion_of_another_channel_neither_applies_nor_shows(state: PromotionState) -> None:
    elsewhere = {"channels": frozenset({"app"}), "state": state}
    offers = [
        promotion("half", percent_off("50"), **elsewhere),
        promotion("dear", OverrideReward(PercentOff(percent("90"))), **elsewhere),
        promotion("here", percent_off("10"), channels=frozenset({"app", "web"})),
    ]
    answer = priced([(10000, 1)], offers)
    assert answer.totals.discount == 1000
    assert ([each.promotion_id for each in answer.trace.applied], answer.trace.not_applied) == (["here"], ())


def test_a_promotion_is_valid_from_its_first_moment_on() -> None:
    answer = priced([(10000, 1)], [promotion("p", percent_off("50"), valid_from=NOW, valid_to=NOW + timedelta(days=1))])
    assert answer.totals.discount == 5000


def test_an_amount_in_another_currency_does_not_apply() -> None:
    answer = priced([(10000, 1)], [promotion("p", LinesReward(AmountOff({"CAD": 100}), Per.ORDER))])
    assert [each.reason for each in answer.trace.not_applied] == ["not_in_currency"]


def test_scope_limits_both_what_is_counted_and_what_is_lowered() -> None:
    sale = promotion("p", off_from(30000, 5000), skus=frozenset({"S1"}))
    assert priced([(20000, 1), (20000, 1)], [sale]).totals.discount == 0
    answer = priced([(30000, 1), (20000, 1)], [sale])
    assert [[a.amount for a in line.adjustments] for line in answer.lines] == [[5000], []]


COUPON_SALE = promotion("vip", percent_off("10"), requires_coupon=True)


def test_a_coupon_in_any_case_unlocks_its_promotion() -> None:
    shop = snapshot([product("A", 1000)], [COUPON_SALE], coupons=[Coupon("VIP10", "vip")])
    answer = price(cart(("A", 1), coupons=(" vip10 ", "VIP10")), shop, NOW)
    assert (answer.totals.discount, answer.coupons) == (100, ("VIP10",))


@pytest.mark.parametrize(
    ("coupon", "reason"),
    [
        (Coupon("OTHER", "vip"), "unknown"),
        (Coupon("CODE", "vip", CouponState.DISABLED), "disabled"),
        (Coupon("CODE", "vip", valid_from=NOW + timedelta(seconds=1)), "not_started"),
        (Coupon("CODE", "vip", valid_to=NOW), "ended"),
        (Coupon("CODE", "gone"), "promotion_not_active"),
        (Coupon("CODE", "app"), "not_in_channel"),
    ],
)
def test_a_coupon_that_can_unlock_nothing_is_refused_with_its_pointer(coupon: Coupon, reason: str) -> None:
    elsewhere = promotion("app", percent_off("10"), requires_coupon=True, channels=frozenset({"app"}))
    shop = snapshot([product("A", 1000)], [COUPON_SALE, elsewhere], coupons=[coupon, Coupon("FINE", "vip")])
    with pytest.raises(InvalidCoupon) as refused:
        price(cart(("A", 1), coupons=("fine", "code")), shop, NOW)
    assert (refused.value.pointer, refused.value.facts["reason"]) == ("/coupons/1", reason)


def test_a_good_coupon_whose_threshold_is_not_reached_is_no_error_but_told() -> None:
    sale = promotion("vip", off_from(30000, 5000), requires_coupon=True)
    shop = snapshot([product("A", 1000)], [sale], coupons=[Coupon("VIP", "vip")])
    answer = price(cart(("A", 1), coupons=("VIP",)), shop, NOW)
    assert [(r.reason, r.missing) for r in answer.trace.not_applied] == [("threshold_not_reached", 29000)]


def test_tax_within_the_price_is_rounded_per_line() -> None:
    answer = priced([(10000, 5)], policy=channel(rate="19"))
    assert (answer.totals.total, answer.totals.tax) == (50000, 7983)


def test_tax_on_top_is_rounded_per_line_and_after_discounts() -> None:
    answer = priced([(123, 3)], policy=channel(TaxMode.EXCLUSIVE, "20"))
    assert (answer.totals.tax, answer.totals.total) == (74, 443)
    answer = priced([(5000, 2)], [promotion("p", fixed_off(1000))], channel(TaxMode.EXCLUSIVE, "10"))
    assert (answer.totals.tax, answer.totals.total) == (900, 9900)


def test_tax_classes_have_their_own_rate_and_shipping_the_usual_one() -> None:
    policy = channel(TaxMode.EXCLUSIVE, "20", shipping=500, class_rates={"books": "5"})
    shop = snapshot([product("A", 1000), product("B", 1000, tax_class="books")], policy=policy)
    answer = price(cart(("A", 1), ("B", 1)), shop, NOW)
    assert [line.runs[0].tax for line in answer.lines] == [200, 50]
    assert (answer.shipping.net, answer.shipping.tax, answer.shipping.gross) == (500, 100, 600)
    assert (answer.totals.shipping, answer.totals.total) == (500, 2850)


def test_a_price_survives_json_exactly() -> None:
    sale = promotion("alone", percent_off("33.33"), exclusive=True)
    answer = priced([(999, 7), (1, 2)], [sale, BIG_SALE], channel(rate="13", shipping=800))
    assert priced_from_json(json.loads(json.dumps(priced_to_json(answer)))) == answer


PHONE = product(
    "PHONE-X",
    349900,
    options={"memory": ("128GB", "256GB"), "colour": ("black", "blue")},
    variants=(
        Variant("PHONE-X-128-BLACK", {"memory": "128GB", "colour": "black"}),
        Variant("PHONE-X-256-BLUE", {"memory": "256GB", "colour": "blue"}, {"cny": 399900}),
    ),
)


def phone_line(**options: str) -> Cart:
    return Cart("web", "CNY", (CartLine("1", "PHONE-X", 1, options),))


def test_the_chosen_options_decide_stock_sku_and_price_and_stay_on_the_line() -> None:
    line = price(phone_line(colour="blue", memory="256GB"), snapshot([PHONE]), NOW).lines[0]
    assert (line.sku, line.stock_sku, line.list_price) == ("PHONE-X", "PHONE-X-256-BLUE", 399900)
    assert line.options == {"memory": "256GB", "colour": "blue"}
    assert price(phone_line(colour="black", memory="128GB"), snapshot([PHONE]), NOW).lines[0].list_price == 349900


def test_a_promotion_can_be_for_one_variant_only() -> None:
    sale = promotion("p", fixed_off(100), skus=frozenset({"PHONE-X-256-BLUE"}))
    shop = snapshot([PHONE], [sale])
    assert price(phone_line(colour="blue", memory="256GB"), shop, NOW).totals.discount == 100
    assert price(phone_line(colour="black", memory="128GB"), shop, NOW).totals.discount == 0


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({"colour": "blue"}, "/lines/0/options/memory"),
        ({"colour": "blue", "memory": "1TB"}, "/lines/0/options/memory"),
        ({"colour": "blue", "memory": "256GB", "a/b~": "x"}, "/lines/0/options/a~1b~0"),
        ({"colour": "black", "memory": "256GB"}, "/lines/0/options"),
    ],
)
def test_wrong_options_are_refused_with_their_pointer(options: dict[str, str], pointer: str) -> None:
    with pytest.raises(InvalidOption) as refused:
        price(phone_line(**options), snapshot([PHONE]), NOW)
    assert refused.value.pointer == pointer


def test_what_is_not_sold_here_is_refused_each_with_its_own_error_and_pointer() -> None:
    shop = snapshot([product("A", 1), product("OFF", 1, state=State.INACTIVE)])
    with pytest.raises(UnknownSku) as unknown:
        price(cart(("A", 1), ("NOPE", 1)), shop, NOW)
    assert unknown.value.pointer == "/lines/1/sku"
    with pytest.raises(NotForSale) as inactive:
        price(cart(("OFF", 1)), shop, NOW)
    assert inactive.value.pointer == "/lines/0/sku"
    with pytest.raises(UnknownCurrency) as currency:
        price(cart(("A", 1), currency="USD"), shop, NOW)
    assert currency.value.pointer == "/currency"
    with pytest.raises(UnknownChannel) as nowhere:
        price(cart(("A", 1)), CatalogSnapshot(None, shop.products, NOW), NOW)
    assert nowhere.value.pointer == "/channel"


def test_a_product_without_a_price_in_the_channels_list_is_not_for_sale() -> None:
    policy = channel()
    dear = type(policy)("web", {"CNY": "wholesale"}, tax=policy.tax)
    with pytest.raises(NotForSale):
        price(cart(("A", 1)), snapshot([product("A", 1)], policy=dear), NOW)


def test_the_largest_order_has_few_runs() -> None:
    amounts = [(9_999, 1000), (3_333, 1000), (777, 1000)] * 166 + [(1, 1000), (2, 1000)]
    answer = priced(amounts, [BIG_SALE, promotion("p", percent_off("12.5"))], channel(rate="13", shipping=1000))
    assert sum(line.quantity for line in answer.lines) == 500_000
    assert max(len(line.runs) for line in answer.lines) <= 4
    assert sum(line.gross for line in answer.lines) + answer.shipping.gross == answer.totals.total
