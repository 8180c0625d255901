"""What a coupon's document says: who may use it and when, and what an order takes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from ordo.catalog.coupon_schemas import CouponDocument
from ordo.catalog.coupons import Coupon, CouponState, takes_of
from ordo.catalog.uses import CouponTake, CouponUses

NOON = datetime(2026, 6, 18, 12, tzinfo=UTC)


def coupon(**fields: Any) -> Coupon:
    return Coupon("SALE", "p", **fields)


@pytest.mark.parametrize(
    ("found", "customer_id", "why"),
    [
        (coupon(), None, None),
        (coupon(state=CouponState.DISABLED), None, "disabled"),
        (coupon(valid_from=NOON), None, None),
        (coupon(valid_from=NOON.replace(hour=13)), None, "not_started"),
        (coupon(valid_to=NOON.replace(hour=13)), None, None),
        (coupon(valid_to=NOON), None, "ended"),
        (coupon(customer_id="c-1"), "c-1", None),
        (coupon(customer_id="c-1"), "c-2", "not_this_customer"),
        (coupon(customer_id="c-1"), None, "customer_missing"),
        (coupon(per_customer_limit=1), None, "customer_missing"),
        (coupon(per_customer_limit=1), "c-2", None),
    ],
)
def test_a_coupon_says_why_it_cannot_be_used(found: Coupon, customer_id: str | None, why: str | None) -> None:
    assert found.unusable(customer_id, NOON) == why


@pytest.mark.parametrize(
    ("found", "uses", "limit"),
    [
        (coupon(), CouponUses(), None),
        (coupon(total_limit=5), CouponUses(1), None),
        (coupon(total_limit=5), CouponUses(0), "total"),
        (coupon(per_customer_limit=2), CouponUses(None, 1), None),
        (coupon(per_customer_limit=2), CouponUses(None, 2), "customer"),
        (coupon(per_customer_limit=2), CouponUses(None, None), None),
        (coupon(total_limit=5, per_customer_limit=2), CouponUses(0, 2), "customer"),
    ],
)
def test_a_coupon_says_which_limit_is_reached(found: Coupon, uses: CouponUses, limit: str | None) -> None:
    assert found.used_up(uses) == limit


def test_an_order_takes_uses_of_counted_codes_only() -> None:
    coupons = {
        "OPEN": Coupon("OPEN", "p"),
        "BOUND": Coupon("BOUND", "p", customer_id="c-1"),
        "TOTAL": Coupon("TOTAL", "p", total_limit=60, buckets=6),
        "EACH": Coupon("EACH", "q", per_customer_limit=2, give_back=False),
        "OTHER": Coupon("OTHER", "p", total_limit=1, buckets=1),
    }
    takes = takes_of(["EACH", "OPEN", "BOUND", "TOTAL"], coupons, "c-1")
    assert takes == (CouponTake("EACH", "q", 0, 2, False), CouponTake("TOTAL", "p", 6, None, True))
    assert [take.counters for take in takes] == [1, 1]
    assert CouponTake("BOTH", "p", 1, 1).counters == 2
    with pytest.raises(ValueError, match="needs one"):
        takes_of(["EACH"], coupons, None)


def test_a_document_is_stored_without_what_only_ordo_decides_and_read_with_all_its_terms() -> None:
    sent = {
        "promotion_id": "p",
        "valid_from": "2026-06-18T20:00:00+08:00",
        "customer_id": "c-1",
        "total_limit": 60,
        "per_customer_limit": 2,
        "give_back": False,
    }
    document = CouponDocument.model_validate({**sent, "buckets": 3, "batch_id": "bat_1", "code": "SALE", "version": 4})
    body = document.body()
    assert not {"buckets", "batch_id", "code", "version"} & set(body)
    assert Coupon.of("SALE", {**body, "buckets": 6}, 4) == Coupon(
        "SALE", "p", valid_from=NOON, version=4, customer_id="c-1", total_limit=60, per_customer_limit=2,
        give_back=False, buckets=6,
    )  # fmt: skip


def test_a_coupon_as_it_was_stored_before_it_could_be_counted_is_read_as_open_and_unlimited() -> None:
    assert Coupon.of("SALE", {"promotion_id": "p"}, 1) == Coupon("SALE", "p")
    assert not Coupon("SALE", "p").is_counted
    assert Coupon("SALE", "p").give_back


def test_local_times_of_a_coupon_are_those_of_its_zone() -> None:
    body = {"promotion_id": "p", "valid_from": "2026-06-18T20:00:00", "time_zone": "Asia/Shanghai"}
    assert Coupon.of("SALE", body, 1).valid_from == NOON


@pytest.mark.parametrize(
    "wrong",
    [
        {"total_limit": 0},
        {"total_limit": -1},
        {"total_limit": "5"},
        {"total_limit": 1.5},
        {"per_customer_limit": 0},
        {"give_back": "perhaps"},
        {"customer_id": "a b"},
        {"uses": 5},
    ],
)
def test_limits_are_whole_and_at_least_one(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CouponDocument.model_validate({"promotion_id": "p", **wrong})
