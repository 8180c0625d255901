"""From which buckets an order takes, and how free units are arranged: no unit is lost, no order refused for nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordo.inventory.errors import StockExhausted
from ordo.inventory.layout import Fence, Layout, fence_of, is_general
from ordo.inventory.model import MAIN, StockCounter, StockMove, apply
from ordo.inventory.shelves import arranged, counted, incoming, outgoing
from ordo.inventory.spread import takes

CHANNEL = "web"
buckets = st.dictionaries(st.sampled_from(["0", "1", "2", "3", "@web", "@live"]), st.integers(-3, 9), max_size=6)


@given(buckets, st.integers(1, 20), st.integers(0, 99))
def test_an_order_gets_all_it_wants_or_there_is_too_little(
    available: dict[str, int], quantity: int, order: int
) -> None:
    found = takes(f"ord_{order}", "tee", "hz", quantity, available, CHANNEL)
    there = sum(max(0, units) for units in available.values())
    assert (found is None) == (there < quantity)
    if found is not None:
        assert sum(found.values()) == quantity
        assert all(0 < units <= available[bucket] for bucket, units in found.items())


@given(buckets, st.integers(1, 20), st.integers(0, 99))
def test_others_fences_come_last_and_the_own_one_first(available: dict[str, int], quantity: int, order: int) -> None:
    found = takes(f"ord_{order}", "tee", "hz", quantity, available, CHANNEL) or {}
    own = min(quantity, max(0, available.get("@web", 0)))
    general = sum(max(0, units) for bucket, units in available.items() if is_general(bucket))
    if found:
        assert found.get("@web", 0) == own
        assert found.get("@live", 0) == max(0, quantity - own - general)


def test_orders_begin_at_different_buckets_and_take_all_from_one_that_has_it() -> None:
    available = dict.fromkeys(map(str, range(16)), 10)
    found = [takes(f"ord_{number}", "tee", "hz", 3, available, CHANNEL) for number in range(200)]
    begun = {bucket for each in found if each for bucket in each}
    assert len(begun) == 16
    assert all(each is not None and len(each) == 1 for each in found)
    assert takes("ord_1", "tee", "hz", 3, {"0": 1, "1": 2, "2": 3}, CHANNEL) == {"2": 3}


# ------------------------------------------------------------------ shelves
def shelf(main: int, *others: int, reserved: int = 0, fences: dict[str, Fence] | None = None) -> list[StockCounter]:
    layout = Layout(1 + len(others), 1 + len(others), fences or {})
    found = [StockCounter("tee", "hz", main, layout=layout)]
    found += [StockCounter("tee", "hz", units, bucket=str(place)) for place, units in enumerate(others, 1)]
    found += [StockCounter("tee", "hz", bucket=fence_of(channel)) for channel in layout.fences]
    return [replace(each, on_hand=each.on_hand + reserved, reserved=reserved) for each in found]


def after(counters: list[StockCounter], moves: tuple[StockMove, ...]) -> dict[str, StockCounter]:
    by_bucket = {each.bucket: each for each in counters}
    for move in moves:
        by_bucket[move.bucket] = apply(
            by_bucket.get(move.bucket) or StockCounter("tee", "hz", bucket=move.bucket), move
        )
    return by_bucket


def free(counters: dict[str, StockCounter]) -> dict[str, int]:
    return {bucket: each.available for bucket, each in counters.items()}


@given(st.lists(st.integers(0, 30), min_size=1, max_size=5), st.integers(0, 3), st.integers(1, 8))
def test_arranging_moves_free_units_only_and_loses_none(free_units: list[int], reserved: int, count: int) -> None:
    before = shelf(*free_units, reserved=reserved)
    layout = Layout(count, max(count, len(free_units)))
    found = after(before, arranged(before, layout))
    assert sum(each.on_hand for each in found.values()) == sum(each.on_hand for each in before)
    assert all(each.reserved == reserved for each in found.values() if int(each.bucket) < len(free_units))
    units = sorted(free(found).values(), reverse=True)
    if sum(free_units) >= 4 * count and count > 1:
        assert max(units[:count]) - min(units[:count]) <= 1
    else:
        assert free(found)[MAIN] == sum(free_units)


def test_little_is_brought_together_in_the_main_bucket() -> None:
    assert free(after(shelf(1, 2, 0, 3), arranged(shelf(1, 2, 0, 3)))) == {"0": 6, "1": 0, "2": 0, "3": 0}


def test_what_was_corrected_below_nothing_is_made_good_by_the_other_buckets() -> None:
    short = [StockCounter("tee", "hz", 1, 4, layout=Layout(2, 2)), StockCounter("tee", "hz", 5, bucket="1")]
    assert free(after(short, arranged(short))) == {"0": 2, "1": 0}


def test_a_fence_sets_its_units_aside_and_gives_them_back_when_it_ends() -> None:
    plain = shelf(10)
    kept = after(plain, arranged(plain, Layout(1, 1, {"live": Fence(quantity=4)})))
    assert free(kept) == {"0": 6, "@live": 4}
    layout = Layout(1, 1, {"live": Fence(quantity=4)})
    now = [StockCounter("tee", "hz", 6, layout=layout), StockCounter("tee", "hz", 4, bucket="@live")]
    assert arranged(now) == (), "a fence that is as it was is left alone"
    ended = after(now, arranged(now, layout.changed(None, {})))
    assert free(ended) == {"0": 10, "@live": 0}


def test_more_than_there_is_cannot_be_kept() -> None:
    with pytest.raises(StockExhausted) as short:
        arranged(shelf(3), Layout(1, 1, {"live": Fence(quantity=4)}))
    assert (short.value.requested, short.value.available) == (4, 3)


def test_a_share_is_set_aside_now_and_of_each_receipt() -> None:
    layout = Layout(1, 1, {"live": Fence(share=30)})
    assert free(after(shelf(10), arranged(shelf(10), layout))) == {"0": 7, "@live": 3}
    now = shelf(7, fences={"live": Fence(share=30)})
    assert free(after(now, incoming(now, 11))) == {"0": 15, "@live": 3}


def test_what_is_owed_is_made_good_before_a_share_is_set_aside() -> None:
    owed = [
        StockCounter("tee", "hz", 0, 10, layout=Layout(1, 1, {"live": Fence(share=50)})),
        StockCounter("tee", "hz", bucket="@live"),
    ]
    assert free(after(owed, incoming(owed, 10))) == {"0": 0, "@live": 0}
    assert free(after(owed, incoming(owed, 14))) == {"0": 2, "@live": 2}


@given(st.lists(st.integers(0, 9), min_size=2, max_size=4), st.integers(0, 3), st.integers(1, 40))
def test_goods_go_out_from_where_they_are_free(free_units: list[int], reserved: int, quantity: int) -> None:
    before = shelf(*free_units, reserved=reserved)
    if sum(free_units) < quantity:
        with pytest.raises(StockExhausted):
            outgoing(before, quantity)
        return
    found = after(before, outgoing(before, quantity))
    assert sum(free_units) - sum(free(found).values()) == quantity
    assert all(units >= 0 for units in free(found).values())


@given(st.lists(st.integers(0, 9), min_size=1, max_size=4), st.integers(0, 3), st.integers(0, 40))
def test_a_count_is_what_is_on_hand_over_all_buckets(free_units: list[int], reserved: int, quantity: int) -> None:
    before = shelf(*free_units, reserved=reserved)
    moves = counted(before, quantity)
    found = after(before, moves)
    assert sum(each.on_hand for each in found.values()) == quantity
    assert all(each.on_hand >= 0 for each in found.values())
    assert {move.bucket for move in moves} == {each.bucket for each in before}, "each is guarded"
