from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ordo.inventory.demand import Enough, Short, ShortLine, Wanted, availability, check
from ordo.inventory.model import StockCounter


def test_lines_are_filled_from_all_nodes_together() -> None:
    assert check([Wanted("1", "tee", 5)], {"tee": {"hz": 3, "sh": 2}}) == Enough()


def test_each_short_line_says_what_it_wanted_and_what_is_left_for_it() -> None:
    demand = [Wanted("1", "tee", 3), Wanted("2", "cap", 1), Wanted("3", "mug", 2)]
    found = check(demand, {"tee": {"hz": 1, "sh": 1}, "cap": {"hz": 1}})
    assert found == Short((ShortLine("1", "tee", 3, 2), ShortLine("3", "mug", 2, 0)))


def test_two_lines_of_one_sku_are_served_in_their_order() -> None:
    found = check([Wanted("1", "tee", 4), Wanted("2", "tee", 3)], {"tee": {"hz": 5}})
    assert found == Short((ShortLine("2", "tee", 3, 1),))


def test_a_short_line_leaves_nothing_for_the_lines_after_it() -> None:
    found = check([Wanted("1", "tee", 6), Wanted("2", "tee", 1)], {"tee": {"hz": 5}})
    assert found == Short((ShortLine("1", "tee", 6, 5), ShortLine("2", "tee", 1, 0)))


def test_the_compact_view_holds_only_what_can_be_reserved() -> None:
    counters = [
        StockCounter("tee", "hz", on_hand=5, reserved=1, safety=1),
        StockCounter("tee", "sh", on_hand=2, reserved=2),
        StockCounter("cap", "hz", on_hand=1, reserved=3),
    ]
    assert availability(counters) == {"tee": {"hz": 3}}


SKUS = st.sampled_from(["a", "b", "c"])


@given(
    st.lists(st.tuples(SKUS, st.integers(1, 6)), min_size=1, max_size=6),
    st.dictionaries(SKUS, st.dictionaries(st.sampled_from(["x", "y"]), st.integers(1, 9))),
)
def test_enough_means_that_no_sku_is_wanted_more_often_than_it_is_there(
    lines: list[tuple[str, int]], stock: dict[str, dict[str, int]]
) -> None:
    found = check([Wanted(str(n), sku, quantity) for n, (sku, quantity) in enumerate(lines)], stock)
    units = [sku for sku, quantity in lines for _ in range(quantity)]
    there = [sku for sku, nodes in stock.items() for count in nodes.values() for _ in range(count)]
    assert isinstance(found, Enough) == all(units.count(sku) <= there.count(sku) for sku in set(units))
    if isinstance(found, Short):
        missing = sum(line.requested - line.available for line in found.lines)
        assert missing == sum(max(0, units.count(sku) - there.count(sku)) for sku in set(units))
