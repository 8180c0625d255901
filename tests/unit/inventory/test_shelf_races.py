"""What happens between a look at a shelf and the write, or between two looks; found by the stock machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest

from ordo.inventory.arranging import Arranging
from ordo.inventory.backlog import wait_for
from ordo.inventory.errors import MovementRefused
from ordo.inventory.layout import Fence
from ordo.inventory.memory import InMemoryStock
from ordo.inventory.model import StockCounter, StockKey, dispatch, release, reserve
from ordo.inventory.movements import MovementKind, RecordMovement
from ordo.inventory.service import StockService

NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)
SKU, NODE = "tee", "hz"


class Between(InMemoryStock):
    """Something happens once, after the next reading of counters."""

    happens: Callable[[], object] | None = None

    def counters(self, keys: Iterable[StockKey], *, consistent: bool = False) -> list[StockCounter]:
        found = super().counters(keys, consistent=consistent)
        happens, self.happens = self.happens, None
        if happens is not None:
            happens()
        return found


@pytest.fixture
def stock() -> Between:
    return Between()


def record(stock: InMemoryStock, kind: MovementKind, quantity: int) -> None:
    to_node = "sh" if kind is MovementKind.TRANSFER else None
    command = RecordMovement(f"m-{kind.value}", kind, SKU, NODE, quantity, "why", "who", to_node=to_node)
    StockService(stock, lambda: NOON).record(command)


def arrange(stock: InMemoryStock, buckets: int | None = None, fences: dict[str, Fence] | None = None) -> None:
    ids = iter(range(1000))
    numbers = f"{buckets}-{fences}-{len(stock.movements())}"
    Arranging(stock, lambda: NOON, lambda prefix, _: f"{prefix}-{numbers}-{next(ids)}").arrange(
        SKU, NODE, actor="who", buckets=buckets, fences=fences
    )


def on_hand(stock: InMemoryStock) -> int:
    return sum(each.on_hand for each in stock.by_key.values())


def test_goods_go_from_another_bucket_when_an_order_was_quicker_at_the_first(stock: Between) -> None:
    record(stock, MovementKind.RECEIVE, 12)
    arrange(stock, buckets=3)
    stock.happens = lambda: setattr(stock, "happens", lambda: stock.commit([reserve(SKU, NODE, 3)]))
    record(stock, MovementKind.DAMAGE, 4)
    assert on_hand(stock) == 8


def test_goods_go_from_a_fence_that_began_after_the_look(stock: Between) -> None:
    record(stock, MovementKind.RECEIVE, 3)
    stock.happens = lambda: arrange(stock, fences={"web": Fence(quantity=3)})
    record(stock, MovementKind.DAMAGE, 3)
    assert on_hand(stock) == 0


def test_what_is_short_in_all_buckets_is_refused_with_what_is_there(stock: Between) -> None:
    record(stock, MovementKind.RECEIVE, 12)
    arrange(stock, buckets=3)
    stock.happens = lambda: setattr(stock, "happens", lambda: stock.commit([reserve(SKU, NODE, 3)]))
    with pytest.raises(MovementRefused) as refused:
        record(stock, MovementKind.DAMAGE, 10)
    assert (refused.value.facts["requested"], refused.value.facts["available"]) == (10, 9)


def test_units_that_are_spread_anew_between_two_readings_are_seen(stock: Between) -> None:
    record(stock, MovementKind.RECEIVE, 12)
    arrange(stock, buckets=3)
    stock.commit([reserve(SKU, NODE, 4)])  # all of the main bucket
    stock.happens = lambda: arrange(stock, buckets=1)
    found = StockService(stock, lambda: NOON).counters([SKU], [NODE])
    assert sum(max(0, each.available) for each in found) == 8


def test_goods_that_go_leave_those_who_wait_what_is_free_in_another_bucket(stock: Between) -> None:
    record(stock, MovementKind.RECEIVE, 12)
    arrange(stock, buckets=3)
    stock.commit([reserve(SKU, NODE, 4), wait_for(SKU, NODE, 6)])  # all of the main bucket, and six more
    with pytest.raises(MovementRefused) as refused:
        record(stock, MovementKind.DAMAGE, 3)
    assert refused.value.facts["available"] == 2
    assert on_hand(stock) == 12
    record(stock, MovementKind.TRANSFER, 2)
    assert on_hand(stock) == 12  # at both nodes together


def test_a_count_is_of_the_buckets_there_are_though_the_one_it_saw_has_the_same_units_again(stock: Between) -> None:
    record(stock, MovementKind.RECEIVE, 5)

    def meanwhile() -> None:
        stock.commit([reserve(SKU, NODE, 4)])
        stock.commit([dispatch(SKU, NODE, 4)])
        record(stock, MovementKind.RETURN, 8)
        arrange(stock, buckets=2)
        assert stock.by_key[SKU, NODE, "0"].on_hand == 5

    stock.happens = meanwhile
    record(stock, MovementKind.COUNT, 11)
    assert on_hand(stock) == 11


def by_bucket(stock: InMemoryStock) -> dict[str, int]:
    return {each.bucket: each.available for each in stock.by_key.values()}


def test_where_more_is_promised_than_there_is_what_is_free_goes_to_where_it_lacks(stock: Between) -> None:
    """There is not enough to cover all of it, and yet it is arranged with what there is."""
    record(stock, MovementKind.RECEIVE, 16)
    arrange(stock, buckets=2)
    stock.commit([reserve(SKU, NODE, 8), reserve(SKU, NODE, 8, "1")])
    record(stock, MovementKind.ADJUST, -10)
    stock.commit([release(SKU, NODE, 8)])
    record(stock, MovementKind.RETURN, 1)
    assert by_bucket(stock) == {"0": 1, "1": -2}
    arrange(stock)
    assert by_bucket(stock) == {"0": 0, "1": -1}
    arrange(stock, buckets=1)  # neither has anything to give
    assert by_bucket(stock) == {"0": 0, "1": -1}


def test_what_corrections_took_is_made_up_for_before_the_queue_gets_anything(stock: Between) -> None:
    record(stock, MovementKind.RECEIVE, 12)
    arrange(stock, buckets=2, fences={"web": Fence(quantity=4)})
    stock.commit([reserve(SKU, NODE, 3), wait_for(SKU, NODE, 4), reserve(SKU, NODE, 3, "1")])
    stock.commit([reserve(SKU, NODE, 4, "@web")])
    record(stock, MovementKind.ADJUST, -7)
    stock.commit([release(SKU, NODE, 4, "@web")])
    assert by_bucket(stock) == {"0": -7, "1": -2, "@web": 4}
    arrange(stock, fences={})
    assert by_bucket(stock) == {"0": -4, "1": -1, "@web": 0}
