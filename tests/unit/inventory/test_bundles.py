"""How many bundles the stock of their parts makes, and what their lines want."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from ordo.inventory.bundles import bundle_levels
from ordo.inventory.demand import Short, ShortLine, Wanted, check, demand_of
from ordo.inventory.model import StockCounter


@dataclass(frozen=True)
class Part:
    stock_sku: str
    quantity: int


@dataclass(frozen=True)
class Line:
    line_id: str
    stock_sku: str
    quantity: int
    parts: tuple[Part, ...] = ()


SET = Line("1", "SET", 3, (Part("PHONE", 1), Part("CASE", 2)))


def test_a_bundle_wants_each_of_its_parts_for_each_of_its_units() -> None:
    needs = {"1#1": {"requires": ["leather"], "minutes": 5, "categories": ["cases"]}}
    assert demand_of([SET, Line("2", "TEE", 1)], needs) == (
        Wanted("1", "PHONE", 3, part=0),
        Wanted("1", "CASE", 6, frozenset({"leather"}), 5, ("cases",), part=1),
        Wanted("2", "TEE", 1),
    )


def test_each_demand_has_a_key_of_its_own() -> None:
    assert [each.key for each in demand_of([SET, Line("2", "TEE", 1)])] == ["1#0", "1#1", "2"]


def test_what_is_short_of_a_bundle_is_its_part() -> None:
    found = check(demand_of([SET]), {"PHONE": {"hz": 9}, "CASE": {"hz": 3, "sh": 2}})
    assert found == Short((ShortLine("1", "CASE", 6, 5, 1),))
    assert isinstance(found, Short)
    assert found.lines[0].to_dict() == {"line_id": "1", "sku": "CASE", "requested": 6, "available": 5, "part": 1}


def test_a_bundle_is_available_as_often_as_its_least_part_over_all_nodes() -> None:
    counters = [
        StockCounter("PHONE", "hz", on_hand=5),
        StockCounter("CASE", "hz", on_hand=3),
        StockCounter("CASE", "hz", on_hand=4, reserved=1, bucket="1"),
        StockCounter("CASE", "sh", on_hand=3),
        StockCounter("PHONE", "sh", on_hand=1, safety=2),
    ]
    found = bundle_levels({"PHONE": 1, "CASE": 2}, counters)
    assert found.available == 4
    assert found.nodes == {"hz": 3, "sh": 0}
    assert [(each.sku, each.quantity, each.available) for each in found.parts] == [("PHONE", 1, 5), ("CASE", 2, 9)]


def test_nothing_is_available_of_what_has_no_parts_that_are_sold() -> None:
    assert bundle_levels({}, []).available == 0


@given(
    needs=st.dictionaries(st.sampled_from("ABC"), st.integers(1, 4), min_size=1),
    units=st.dictionaries(st.tuples(st.sampled_from("ABC"), st.sampled_from(["x", "y", "z"])), st.integers(-3, 12)),
)
def test_so_many_bundles_and_not_one_more_can_be_ordered(
    needs: dict[str, int], units: dict[tuple[str, str], int]
) -> None:
    counters = [StockCounter(sku, node, on_hand=max(0, u), safety=max(0, -u)) for (sku, node), u in units.items()]
    found = bundle_levels(needs, counters)
    stock = {sku: {node: u for (other, node), u in units.items() if other == sku and u > 0} for sku in needs}
    parts = tuple(Part(sku, quantity) for sku, quantity in needs.items())
    assert isinstance(check(demand_of([Line("1", "SET", found.available + 1, parts)]), stock), Short)
    if found.available:
        assert not isinstance(check(demand_of([Line("1", "SET", found.available, parts)]), stock), Short)
    for node, count in found.nodes.items():
        alone = {sku: {node: by_node.get(node, 0)} for sku, by_node in stock.items()}
        assert isinstance(check(demand_of([Line("1", "SET", count + 1, parts)]), alone), Short)
