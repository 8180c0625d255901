"""A promotion tried on a cart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ordo.catalog.coupons import Coupon
from ordo.catalog.prices import PriceEntry
from ordo.catalog.promotions import Promotion, PromotionState
from ordo.catalog.rewards import GiftReward, ShippingReward
from ordo.catalog.taxes import TaxMode
from ordo.pricing.margins import Margin, margin_of
from ordo.pricing.simulation import LineGain, Simulated, as_tested, simulate
from tests.unit.pricing.shop import (
    NOW,
    cart,
    channel,
    fixed_off,
    off_from,
    percent_off,
    product,
    promotion,
    snapshot,
)

A = replace(product("A", 10000), prices={"cny": PriceEntry(10000, cost=6000)})
B = product("B", 5000)
SALE = promotion("sale", off_from(30000, 5000))


def tried(
    tested: Promotion, *lines: tuple[str, int], others: tuple[Promotion, ...] = (), respect: bool = False, **more: Any
) -> Simulated:
    known = snapshot([A, B], others, **more)
    coupons = tuple(coupon.code for coupon in more.get("coupons", ()))
    wanted = cart(*lines, coupons=coupons)
    return simulate(wanted, known, as_tested(tested, respect_validity=respect), NOW)


def test_each_line_tells_what_it_gains() -> None:
    found = tried(SALE, ("A", 2), ("B", 4))
    assert found.lines == (LineGain("1", 2500, 2500), LineGain("2", 2500, 2500))
    assert (found.gain, found.charges_gain, found.displaced) == (5000, 0, ())
    assert found.applied is not None
    assert (found.applied.amount, found.rejected) == (5000, None)


def test_a_gain_is_with_tax_where_prices_are_without() -> None:
    found = tried(SALE, ("A", 3), policy=channel(TaxMode.EXCLUSIVE, "10"))
    assert found.lines == (LineGain("1", 5500, 5000),)


def test_where_it_does_not_apply_the_reason_tells_what_is_missing() -> None:
    found = tried(SALE, ("A", 2))
    assert found.applied is None
    assert found.rejected is not None
    assert (found.rejected.reason, found.rejected.missing) == ("threshold_not_reached", 10000)
    assert (found.gain, found.lines) == (0, (LineGain("1", 0, 0),))


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"state": PromotionState.DRAFT}, "not_active"),
        ({"valid_from": NOW + timedelta(days=1)}, "not_started"),
        ({"valid_to": NOW - timedelta(days=1)}, "ended"),
    ],
)
def test_it_counts_as_active_now_unless_its_validity_is_respected(facts: dict[str, Any], reason: str) -> None:
    tested = replace(SALE, **facts)
    assert tried(tested, ("A", 3)).gain == 5000
    respected = tried(tested, ("A", 3), respect=True)
    assert respected.rejected is not None
    assert (respected.gain, respected.rejected.reason) == (0, reason)


def test_one_of_another_channel_says_so_although_a_price_would_not_name_it() -> None:
    found = tried(replace(SALE, channels=frozenset({"app"})), ("A", 3))
    assert found.rejected is not None
    assert (found.gain, found.applied, found.rejected.reason) == (0, None, "not_in_channel")
    assert found.after.trace.not_applied == ()


@pytest.mark.parametrize("coupons", [(), (Coupon("TEN", "sale"),)])
def test_it_counts_as_unlocked_with_its_coupon_or_without(coupons: tuple[Coupon, ...]) -> None:
    stored = replace(SALE, requires_coupon=True)
    found = tried(stored, ("A", 3), others=(stored,), coupons=coupons)
    assert (found.before.totals.total, found.after.totals.total) == (30000, 25000)


def test_the_version_under_test_stands_in_place_of_the_stored_one() -> None:
    found = tried(promotion("sale", fixed_off(100), version=2), ("A", 3), others=(SALE,))
    assert (found.before.totals.total, found.after.totals.total) == (30000, 29900)
    assert found.applied is not None
    assert found.applied.version == 2


def test_a_promotion_that_gives_way_is_named_and_the_customer_may_pay_more() -> None:
    better = promotion("better", fixed_off(9000), group="one")
    found = tried(replace(SALE, group="one", priority=5), ("A", 3), others=(better,))
    assert found.displaced == ("better",)
    assert (found.gain, found.lines) == (-4000, (LineGain("1", -4000, 5000),))


def test_a_gift_is_told_and_not_counted_as_a_line_that_gains() -> None:
    found = tried(promotion("gift", GiftReward("A")), ("B", 1))
    assert [(line.line_id, line.sku, line.quantity) for line in found.gifts] == [("gift-gift", "A", 1)]
    assert (found.gain, found.lines) == (0, (LineGain("1", 0, 0),))
    assert margin_of(found.after.lines).cost == 6000


def test_what_shipping_gains_is_told_apart() -> None:
    free = promotion("free", ShippingReward(percent_off("100").value))  # type: ignore[union-attr]
    found = tried(free, ("B", 1), policy=channel(shipping=1200))
    assert (found.gain, found.charges_gain, found.lines) == (1200, 1200, (LineGain("1", 0, 0),))


def test_a_margin_counts_lines_whose_cost_is_known_and_names_the_others() -> None:
    found = tried(SALE, ("A", 2), ("B", 4))
    assert margin_of(found.before.lines) == Margin(20000, 12000, ("2",))
    assert margin_of(found.after.lines).margin == 17500 - 12000
