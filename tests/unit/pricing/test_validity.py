"""Until when a price holds by the clock alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ordo.catalog.coupons import Coupon
from ordo.catalog.price_lists import PriceList, PriceListState
from ordo.catalog.prices import PriceEntry
from ordo.catalog.promotions import Promotion, PromotionState
from ordo.catalog.snapshot import CatalogSnapshot
from ordo.pricing.model import Cart
from ordo.pricing.service import price
from ordo.pricing.validity import valid_until
from tests.unit.pricing.shop import NOW, cart, off_from, percent_off, product, promotion, snapshot

SOON, LATER = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
PRODUCT = replace(product("A", 10000), prices={"cny": 10000, "sale": PriceEntry(9000)})


def until(
    wanted: Cart | None = None,
    promotions: Iterable[Promotion] = (),
    lists: Iterable[PriceList] = (),
    coupons: Iterable[Coupon] = (),
) -> datetime | None:
    wanted = wanted or cart(("A", 1))
    known: CatalogSnapshot = replace(snapshot([PRODUCT], promotions, coupons=coupons), price_lists=tuple(lists))
    return valid_until(wanted, price(wanted, known, NOW), known, NOW)


def price_list(name: str = "sale", **more: Any) -> PriceList:
    return PriceList(name, {"en": name, "zh": name}, "CNY", **{"channels": frozenset({"web"}), **more})


def test_a_price_that_hangs_on_nothing_has_no_end() -> None:
    assert until() is None


def test_it_ends_with_the_first_promotion_that_applied() -> None:
    ending = [promotion("a", percent_off("10"), valid_to=LATER), promotion("b", percent_off("10"), valid_to=SOON)]
    assert until(promotions=ending) == SOON


def test_the_end_of_a_promotion_that_did_not_apply_changes_nothing() -> None:
    assert until(promotions=[promotion("a", off_from(30000, 5000), valid_to=SOON)]) is None


def test_a_promotion_that_begins_may_change_it() -> None:
    assert until(promotions=[promotion("a", percent_off("10"), valid_from=SOON)]) == SOON


@pytest.mark.parametrize(
    "facts", [{"channels": frozenset({"app"})}, {"state": PromotionState.PAUSED}, {"state": PromotionState.DRAFT}]
)
def test_one_that_begins_for_others_does_not(facts: dict[str, Any]) -> None:
    assert until(promotions=[promotion("a", percent_off("10"), valid_from=SOON, **facts)]) is None


def test_a_price_list_that_ends_or_begins_changes_it() -> None:
    assert until(lists=[price_list(valid_to=SOON)]) == SOON
    assert until(lists=[price_list(valid_from=SOON)]) == SOON


@pytest.mark.parametrize(
    "facts",
    [
        {"channels": frozenset({"app"})},
        {"segments": frozenset({"vip"})},
        {"state": PriceListState.PAUSED},
        {"currency": "USD"},
    ],
)
def test_a_price_list_that_begins_for_others_does_not(facts: dict[str, Any]) -> None:
    assert until(lists=[replace(price_list(valid_from=SOON), **facts)]) is None


def test_the_channels_usual_list_does_not_begin_or_end() -> None:
    assert until(lists=[price_list("cny", valid_from=SOON), price_list("cny", valid_to=LATER)]) is None


def test_it_ends_with_a_coupon_that_was_given_since_the_cart_is_then_refused() -> None:
    wanted = cart(("A", 1), coupons=("TEN",))
    sale = promotion("a", percent_off("10"), requires_coupon=True, valid_to=LATER)
    assert until(wanted, [sale], coupons=[Coupon("TEN", "a", valid_to=SOON)]) == SOON
