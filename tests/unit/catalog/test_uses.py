"""Buckets of a coupon's uses: what is left and what was taken are the limit, whatever happens in whatever order."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.catalog.coupons import bucket_changes, stored_body
from ordo.catalog.errors import CouponLimitBelowUsed, InvalidDocument
from ordo.catalog.uses import (
    MAX_BUCKETS,
    CouponMove,
    UseCounters,
    bucket_with_uses,
    buckets_for,
    first_bucket,
    limit_change,
    spread,
)

limits = st.integers(1, 500)


@pytest.mark.parametrize(
    ("limit", "buckets"), [(1, 1), (19, 1), (20, 2), (60, 6), (159, 15), (160, 16), (10**9, MAX_BUCKETS)]
)
def test_a_code_gets_a_bucket_for_each_ten_uses(limit: int, buckets: int) -> None:
    assert buckets_for(limit) == buckets


@given(limits, st.integers(1, MAX_BUCKETS))
def test_uses_are_spread_evenly_and_none_is_lost(uses: int, buckets: int) -> None:
    parts = spread(uses, buckets)
    assert sum(parts.values()) == uses
    assert max(parts.values()) - min(parts.values()) <= 1
    assert list(parts) == list(range(buckets))


@given(st.lists(st.integers(0, 40), min_size=1, max_size=MAX_BUCKETS), st.integers(0, 200), limits)
def test_a_new_limit_changes_what_is_left_by_the_difference_and_no_bucket_below_zero(
    left: list[int], taken: int, after: int
) -> None:
    before = sum(left) + taken
    changes = limit_change(before, after, dict(enumerate(left)))
    if after < taken:
        assert changes is None
        return
    assert changes is not None
    assert sum(changes.values()) == after - before
    assert all(left[bucket] + uses >= 0 and uses != 0 for bucket, uses in changes.items())
    assert len({uses > 0 for uses in changes.values()}) <= 1


def test_orders_try_all_buckets_evenly_and_each_always_the_same() -> None:
    tried = Counter(first_bucket(f"ord_{number}", "SALE", 6) for number in range(6000))
    assert set(tried) == set(range(6))
    assert max(tried.values()) - min(tried.values()) < 250
    assert first_bucket("ord_1", "SALE", 6) == first_bucket("ord_1", "SALE", 6)
    assert len({tuple(first_bucket(f"ord_{n}", code, 6) for n in range(9)) for code in ("A", "B", "C")}) == 3


@given(st.dictionaries(st.integers(0, 15), st.integers(0, 2), max_size=16), st.text("abc", max_size=3))
def test_a_use_is_found_wherever_one_is_left(left: dict[int, int], order_id: str) -> None:
    found = bucket_with_uses(order_id, "SALE", left)
    if found is None:
        assert not any(left.values())
    else:
        assert left[found] > 0


def test_an_order_looks_in_its_own_bucket_first() -> None:
    full = dict.fromkeys(range(6), 1)
    for number in range(50):
        own = first_bucket(f"ord_{number}", "SALE", 6)
        assert bucket_with_uses(f"ord_{number}", "SALE", full) == own
        assert bucket_with_uses(f"ord_{number}", "SALE", {**full, own: 0}) == (own + 1) % 6


steps = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.sampled_from("abc")),
        st.tuples(st.just("give back"), st.integers(0, 50)),
        st.tuples(st.just("limit"), st.integers(1, 60)),
    ),
    max_size=60,
)


@given(st.integers(1, 60), st.integers(1, 5), steps)
def test_left_and_taken_are_the_limit_at_any_time(limit: int, each: int, steps: list[tuple[Any, Any]]) -> None:
    """The oracle is a list of who took a use; the code is sold exactly as long as its length allows."""
    body, counters = stored_body(None, {"total_limit": limit}), UseCounters()
    counters.change_limit("SALE", bucket_changes(None, body, {}))
    taken: list[CouponMove] = []
    for number, (what, value) in enumerate(steps):
        if what == "take":
            bucket = bucket_with_uses(f"ord_{number}", "SALE", counters.left_of("SALE"))
            mine = sum(move.customer_id == value for move in taken)
            assert (bucket is None) == (len(taken) >= limit)
            move = CouponMove("SALE", bucket, value, each)
            refused = counters.used_up([move])
            assert ("SALE" in refused) == (mine >= each)
            if bucket is not None and not refused:
                counters.make([move])
                taken.append(move)
        elif what == "give back" and taken:
            gone = taken.pop(value % len(taken))
            counters.make([CouponMove("SALE", gone.bucket, gone.customer_id, each, given_back=True)])
        elif what == "limit":
            changed = stored_body(body, {"total_limit": value})
            if value < len(taken):
                with pytest.raises(CouponLimitBelowUsed) as refusal:
                    bucket_changes(body, changed, counters.left_of("SALE"))
                assert refusal.value.facts == {"used": len(taken), "limit": value}
            else:
                counters.change_limit("SALE", bucket_changes(body, changed, counters.left_of("SALE")))
                body, limit = changed, value
        assert sum(counters.left_of("SALE").values()) + len(taken) == limit
        assert min(counters.left_of("SALE").values()) >= 0
        assert len(counters.left_of("SALE")) == body["buckets"]


def test_the_number_of_buckets_is_decided_once() -> None:
    first = stored_body(None, {"total_limit": 60, "buckets": 3})
    assert first["buckets"] == 6
    assert stored_body(first, {"total_limit": 1000, "buckets": 3})["buckets"] == 6
    assert "buckets" not in stored_body(None, {"promotion_id": "p", "per_customer_limit": 1, "buckets": 3})


@pytest.mark.parametrize(("before", "after"), [({"total_limit": 5}, {}), ({}, {"total_limit": 5})])
def test_a_code_neither_begins_nor_ceases_to_be_counted(before: dict[str, Any], after: dict[str, Any]) -> None:
    with pytest.raises(InvalidDocument) as refusal:
        stored_body(stored_body(None, before), after)
    assert refusal.value.pointer == "/total_limit"


def test_a_customers_own_limit_is_told_before_the_total() -> None:
    counters = UseCounters({("SALE", 0): 0}, {("SALE", "c-1"): 1})
    assert counters.used_up([CouponMove("SALE", 0, "c-1", 1)]) == {"SALE": "customer"}
    assert counters.used_up([CouponMove("SALE", 0, "c-2", 1)]) == {"SALE": "total"}
    assert counters.used_up([CouponMove("SALE", 0, "c-1", 1, given_back=True)]) == {}
