from __future__ import annotations

import pytest

from ordo.inventory.errors import StockExhausted
from ordo.inventory.model import (
    StockCounter,
    StockKey,
    StockMove,
    apply,
    apply_all,
    dispatch,
    merge,
    obstacle,
    release,
    reserve,
)

TEN = StockCounter("tee", "hz", on_hand=10)


def test_available_is_on_hand_less_reserved_less_safety() -> None:
    assert StockCounter("tee", "hz", on_hand=10, reserved=3, safety=2).available == 5


def test_reserving_lowers_available_and_leaves_the_goods_on_hand() -> None:
    after = apply(TEN, reserve("tee", "hz", 4))
    assert (after.on_hand, after.reserved, after.available) == (10, 4, 6)


def test_releasing_gives_back_what_was_reserved() -> None:
    assert apply(apply(TEN, reserve("tee", "hz", 4)), release("tee", "hz", 4)) == TEN


def test_dispatching_ends_the_reservation_and_leaves_available_as_it_was() -> None:
    after = apply(apply(TEN, reserve("tee", "hz", 4)), dispatch("tee", "hz", 4))
    assert (after.on_hand, after.reserved, after.available) == (6, 0, 6)


def test_the_last_unit_can_be_reserved_and_one_more_cannot() -> None:
    assert apply(TEN, reserve("tee", "hz", 10)).available == 0
    with pytest.raises(StockExhausted) as refused:
        apply(TEN, reserve("tee", "hz", 11))
    assert refused.value.facts == {"sku": "tee", "node_id": "hz", "requested": 11, "available": 10}


def test_safety_stock_is_not_sold() -> None:
    with pytest.raises(StockExhausted):
        apply(StockCounter("tee", "hz", on_hand=5, safety=2), reserve("tee", "hz", 4))


@pytest.mark.parametrize("move", [release("tee", "hz", 3), dispatch("tee", "hz", 3)])
def test_nobody_gives_back_or_dispatches_what_was_not_reserved(move: StockMove) -> None:
    with pytest.raises(StockExhausted) as refused:
        apply(StockCounter("tee", "hz", on_hand=10, reserved=2), move)
    assert refused.value.what == "reserved"


def test_a_dispatch_of_goods_that_are_not_there_is_refused() -> None:
    with pytest.raises(StockExhausted) as refused:
        apply(StockCounter("tee", "hz", on_hand=1, reserved=3), dispatch("tee", "hz", 3))
    assert refused.value.what == "on_hand"


def test_a_correction_may_make_available_negative_but_never_on_hand() -> None:
    reserved = StockCounter("tee", "hz", on_hand=10, reserved=8)
    assert apply(reserved, StockMove("tee", "hz", -5, 0, corrects=True)).available == -3
    with pytest.raises(StockExhausted):
        apply(reserved, StockMove("tee", "hz", -11, 0, corrects=True))


def test_nothing_can_be_reserved_while_available_is_negative_but_reservations_can_end() -> None:
    oversold = StockCounter("tee", "hz", on_hand=5, reserved=8)
    assert obstacle(oversold, reserve("tee", "hz", 1)) is not None
    assert apply(oversold, release("tee", "hz", 8)).available == 5
    assert apply(oversold, dispatch("tee", "hz", 5)).available == -3


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_move_takes_a_positive_number_of_units(quantity: int) -> None:
    for make in (reserve, release, dispatch):
        with pytest.raises(ValueError):
            make("tee", "hz", quantity)


def test_a_move_is_not_applied_to_another_counter() -> None:
    with pytest.raises(ValueError):
        apply(TEN, reserve("tee", "sh", 1))


def test_merging_gives_one_move_for_each_counter_in_order_of_key() -> None:
    moves = [reserve("tee", "sh", 1), reserve("cap", "hz", 2), reserve("tee", "sh", 3)]
    assert merge(moves) == [reserve("cap", "hz", 2), reserve("tee", "sh", 4)]


def test_moves_that_undo_each_other_merge_to_nothing() -> None:
    assert merge([reserve("tee", "hz", 2), release("tee", "hz", 2)]) == []


def test_a_merged_move_needs_only_what_it_takes_in_all() -> None:
    (net,) = merge([release("tee", "hz", 5), reserve("tee", "hz", 7)])
    assert net.require_available() == 2
    assert apply(StockCounter("tee", "hz", on_hand=7, reserved=5), net).available == 0


def test_one_short_counter_stops_the_whole_commit() -> None:
    counters: dict[StockKey, StockCounter] = {TEN.key: TEN}
    with pytest.raises(StockExhausted):
        apply_all(counters, [reserve("tee", "hz", 1), reserve("cap", "hz", 1)])
    assert counters == {TEN.key: TEN}


def test_a_correction_merged_with_a_reservation_still_needs_stock() -> None:
    (net,) = merge([StockMove("tee", "hz", 0, 0, safety=1, corrects=True), reserve("tee", "hz", 2)])
    assert net.require_available() == 3
