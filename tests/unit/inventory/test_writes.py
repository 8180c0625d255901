from __future__ import annotations

from ordo.inventory.model import StockMove, dispatch, merge, release, reserve
from ordo.inventory.writes import exhausted, stock_update


def test_a_reservation_is_written_only_while_enough_is_available() -> None:
    write = stock_update("supply", reserve("tee", "hz", 3))
    assert (write.table, write.pk, write.sk) == ("supply", "stock#tee#hz#0", "counter")
    assert write.condition == "available >= :need"
    assert write.values == {":h": 0, ":r": 3, ":a": -3, ":need": 3}


def test_a_release_is_written_only_while_as_much_is_reserved() -> None:
    write = stock_update("supply", release("tee", "hz", 3))
    assert (write.condition, write.values[":a"]) == ("reserved >= :held", 3)


def test_a_dispatch_needs_the_goods_and_their_reservation_and_changes_nothing_available() -> None:
    write = stock_update("supply", dispatch("tee", "hz", 3))
    assert write.condition == "reserved >= :held AND on_hand >= :have"
    assert write.values[":a"] == 0


def test_goods_that_come_in_need_nothing() -> None:
    assert stock_update("supply", StockMove("tee", "hz", 3, 0)).condition is None


def test_the_writes_of_a_commit_touch_no_item_twice() -> None:
    moves = merge([reserve("tee", "hz", 1), reserve("tee", "hz", 2), dispatch("cap", "hz", 1)])
    writes = [stock_update("supply", move) for move in moves]
    assert len({(write.pk, write.sk) for write in writes}) == len(writes) == 2


def test_a_refused_write_is_explained_by_the_stored_counter() -> None:
    short = exhausted(reserve("tee", "hz", 3), {"on_hand": 5, "reserved": 3, "safety": 0, "available": 2})
    assert short is not None
    assert (short.requested, short.available, short.what) == (3, 2, "available")


def test_a_counter_that_does_not_exist_has_nothing() -> None:
    short = exhausted(reserve("tee", "hz", 3), None)
    assert short is not None
    assert short.available == 0


def test_a_counter_that_would_accept_the_move_now_explains_no_refusal() -> None:
    assert exhausted(reserve("tee", "hz", 3), {"on_hand": 5}) is None
