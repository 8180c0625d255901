from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordo.catalog.node_terms import NodeTerms
from ordo.inventory.demand import Enough, Wanted, check
from ordo.kernel.canonical import canonical_json
from ordo.kernel.geo import Location, distance_km
from ordo.sourcing.model import NoPlan, Plan, ShipTo, SourceNode, SourcingPolicy, TransitBand, metres_between
from ordo.sourcing.planner import plan

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HANGZHOU = SourceNode("hz", Location(30.27, 120.15))
SHANGHAI = SourceNode("sh", Location(31.23, 121.47))
BEIJING = SourceNode("bj", Location(39.90, 116.40))
NODES = [HANGZHOU, SHANGHAI, BEIJING]
NEAR_HANGZHOU = ShipTo(Location(30.30, 120.20))
POLICY = SourcingPolicy()


def made(found: Plan | NoPlan) -> Plan:
    assert isinstance(found, Plan)
    return found


def shares(found: Plan) -> dict[str, list[tuple[str, int]]]:
    return {each.node_id: [(line.line_id, line.quantity) for line in each.lines] for each in found.fulfilments}


def test_the_nearest_node_that_has_everything_gets_the_order() -> None:
    stock = {"tee": {"hz": 5, "sh": 5, "bj": 5}}
    found = made(plan([Wanted("1", "tee", 2)], NODES, stock, NEAR_HANGZHOU, POLICY, NOON))
    assert shares(found) == {"hz": [("1", 2)]}


def test_one_far_node_is_better_than_two_near_ones() -> None:
    stock = {"tee": {"hz": 5, "bj": 5}, "cap": {"sh": 5, "bj": 5}}
    demand = [Wanted("1", "tee", 1), Wanted("2", "cap", 1)]
    found = made(plan(demand, NODES, stock, NEAR_HANGZHOU, POLICY, NOON))
    assert shares(found) == {"bj": [("1", 1), ("2", 1)]}


def test_an_order_that_no_node_has_whole_goes_to_the_nearest_two() -> None:
    stock = {"phone": {"hz": 1, "bj": 1}, "buds": {"sh": 1}}
    demand = [Wanted("1", "phone", 1), Wanted("2", "buds", 1)]
    found = made(plan(demand, NODES, stock, NEAR_HANGZHOU, POLICY, NOON))
    assert shares(found) == {"hz": [("1", 1)], "sh": [("2", 1)]}


def test_a_line_is_split_only_when_no_single_node_has_it() -> None:
    stock = {"tee": {"hz": 3, "sh": 4}}
    found = made(plan([Wanted("1", "tee", 6)], NODES, stock, NEAR_HANGZHOU, POLICY, NOON))
    assert sum(quantity for lines in shares(found).values() for _, quantity in lines) == 6
    assert set(shares(found)) == {"hz", "sh"}
    whole = made(
        plan([Wanted("1", "tee", 6)], NODES, stock | {"tee": {"hz": 3, "sh": 4, "bj": 6}}, NEAR_HANGZHOU, POLICY, NOON)
    )
    assert shares(whole) == {"bj": [("1", 6)]}


def test_two_lines_of_one_sku_are_each_kept_whole_when_that_is_possible() -> None:
    stock = {"tee": {"hz": 6, "sh": 4}}
    found = made(plan([Wanted("1", "tee", 4), Wanted("2", "tee", 6)], NODES, stock, NEAR_HANGZHOU, POLICY, NOON))
    assert shares(found) == {"hz": [("2", 6)], "sh": [("1", 4)]}


def test_equally_near_nodes_are_chosen_by_their_id() -> None:
    twins = [SourceNode("b", HANGZHOU.location), SourceNode("a", HANGZHOU.location), SourceNode("c", HANGZHOU.location)]
    found = made(plan([Wanted("1", "tee", 1)], twins, {"tee": {"a": 1, "b": 1, "c": 1}}, NEAR_HANGZHOU, POLICY, NOON))
    assert list(shares(found)) == ["a"]


def test_without_a_destination_nodes_are_taken_by_id_and_the_plan_says_so() -> None:
    stock = {"tee": {"hz": 5, "sh": 5, "bj": 5}}
    found = made(plan([Wanted("1", "tee", 2)], NODES, stock, None, POLICY, NOON)).to_dict()
    assert [each["node_id"] for each in found["fulfilments"]] == ["bj"]
    assert (found["location"], found["km"], found["fulfilments"][0]["km"]) == ("unknown", None, None)


def test_how_exactly_the_destination_is_known_stands_in_the_plan() -> None:
    centre = ShipTo(Location(30.27, 120.15), "city")
    found = made(plan([Wanted("1", "tee", 1)], NODES, {"tee": {"hz": 1}}, centre, POLICY, NOON))
    assert found.location == "city"


def test_every_node_is_explained_by_what_it_covers_or_by_what_removed_it() -> None:
    nodes = [*NODES, SourceNode("gz", None, removed="inactive"), SourceNode("xa", None, removed="not_in_channel")]
    stock = {"tee": {"hz": 3, "sh": 9, "gz": 9}, "cap": {"hz": 1}}
    demand = [Wanted("1", "tee", 2), Wanted("2", "tee", 2), Wanted("3", "cap", 1)]
    found = made(plan(demand, nodes, stock, NEAR_HANGZHOU, POLICY, NOON)).to_dict()
    assert found["candidates"] == [
        {"node_id": "bj", "km": "1121.7", "chosen": False, "removed": "no_stock"},
        {"node_id": "gz", "km": None, "chosen": False, "removed": "inactive"},
        {"node_id": "hz", "km": "5.8", "chosen": True, "covers": {"units": 4, "lines": 3}, "lacks": ["tee"]},
        {"node_id": "sh", "km": "159.4", "chosen": True, "covers": {"units": 4, "lines": 2}, "lacks": ["cap"]},
        {"node_id": "xa", "km": None, "chosen": False, "removed": "not_in_channel"},
    ]


def test_a_removed_node_becomes_a_candidate_when_its_constraint_is_lifted() -> None:
    stock = {"tee": {"hz": 9, "sh": 9}}
    demand = [Wanted("1", "tee", 2)]
    closed = [SourceNode("hz", HANGZHOU.location, removed="inactive"), SHANGHAI]
    assert list(shares(made(plan(demand, closed, stock, NEAR_HANGZHOU, POLICY, NOON)))) == ["sh"]
    assert list(shares(made(plan(demand, [HANGZHOU, SHANGHAI], stock, NEAR_HANGZHOU, POLICY, NOON)))) == ["hz"]


def test_a_plan_holds_no_float() -> None:
    found = made(plan([Wanted("1", "tee", 1)], NODES, {"tee": {"sh": 1}}, NEAR_HANGZHOU, POLICY, NOON))
    assert canonical_json(found.to_dict())


def test_no_node_for_the_channel_is_not_the_same_as_no_stock() -> None:
    elsewhere = [SourceNode("hz", None, removed="not_in_channel")]
    none = plan([Wanted("1", "tee", 1)], elsewhere, {"tee": {"hz": 1}}, None, POLICY, NOON)
    assert isinstance(none, NoPlan)
    assert none.reason == "no_node_serves_channel"
    short = plan([Wanted("1", "tee", 2)], NODES, {"tee": {"hz": 1}}, None, POLICY, NOON)
    assert isinstance(short, NoPlan)
    assert short.reason == "short"


def test_more_fulfilments_than_the_channel_allows_are_no_plan() -> None:
    stock = {"phone": {"hz": 1}, "buds": {"sh": 1}}
    demand = [Wanted("1", "phone", 1), Wanted("2", "buds", 1)]
    found = plan(demand, NODES, stock, None, SourcingPolicy(max_fulfilments=1), NOON)
    assert isinstance(found, NoPlan)
    assert (found.reason, found.facts) == ("max_fulfilments", {"max_fulfilments": 1, "needed": 2, "proven": True})


def test_a_promise_is_handling_and_then_the_road_with_its_reason() -> None:
    found = made(plan([Wanted("1", "tee", 1)], NODES, {"tee": {"bj": 1}}, NEAR_HANGZHOU, POLICY, NOON)).promise
    assert found.ready_by == "2026-03-02T12:00:00.000Z"
    assert found.deliver_by == "2026-03-07T12:00:00.000Z"
    assert found.reason == "bj: 24 h handling, then 5 d on the road for 1121.7 km"


def test_the_last_parcel_makes_the_promise() -> None:
    slow = SourceNode("hz", HANGZHOU.location, terms=NodeTerms(handling_hours=100))
    stock = {"tee": {"hz": 1}, "cap": {"sh": 1}}
    demand = [Wanted("1", "tee", 1), Wanted("2", "cap", 1)]
    found = made(plan(demand, [slow, SHANGHAI], stock, NEAR_HANGZHOU, POLICY, NOON)).promise
    assert found.ready_by == "2026-03-05T16:00:00.000Z"
    assert found.deliver_by == "2026-03-06T16:00:00.000Z"
    assert found.reason == "hz: 100 h handling, then 1 d on the road for 5.8 km; the last of 2 fulfilments"


def test_an_unknown_distance_is_promised_by_the_policys_days_for_that() -> None:
    found = made(plan([Wanted("1", "tee", 1)], NODES, {"tee": {"hz": 1}}, None, POLICY, NOON)).promise
    assert found.deliver_by == "2026-03-09T12:00:00.000Z"
    assert "not known" in found.reason


@pytest.mark.parametrize(
    ("metres", "days"), [(0, 1), (50_000, 1), (50_100, 2), (2_500_000, 5), (2_500_100, 10), (None, 7)]
)
def test_days_on_the_road_follow_the_stated_table(metres: int | None, days: int) -> None:
    assert POLICY.transit_days(metres) == days


def test_the_table_of_days_is_the_policys() -> None:
    assert SourcingPolicy(transit=(TransitBand(10, 4),), farthest_days=6).transit_days(10_000) == 4


def test_kilometres_are_rounded_to_one_digit_before_they_are_compared() -> None:
    assert HANGZHOU.location is not None
    metres = metres_between(HANGZHOU.location, NEAR_HANGZHOU.location)
    assert metres == 5800
    assert abs(distance_km(HANGZHOU.location, NEAR_HANGZHOU.location) - 5.8) < 0.05


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[Wanted], list[SourceNode], dict[str, dict[str, int]], ShipTo | None]:
    skus = ["a", "b", "c"][: draw(st.integers(1, 3))]
    demand = [
        Wanted(str(number), draw(st.sampled_from(skus)), draw(st.integers(1, 6)))
        for number in range(draw(st.integers(1, 5)))
    ]
    lat = st.integers(0, 5).map(lambda tenth: 30 + tenth / 10)
    ids = ["n1", "n2", "n3", "n4", "n5", "n6"][: draw(st.integers(1, 6))]
    nodes = [SourceNode(node_id, Location(draw(lat), 120.0)) for node_id in ids]
    stock = {sku: {node: units for node in ids if (units := draw(st.integers(0, 7)))} for sku in skus}
    return demand, nodes, stock, draw(st.sampled_from([None, ShipTo(Location(30.0, 120.0))]))


def brute_force(
    demand: list[Wanted], nodes: list[SourceNode], stock: dict[str, dict[str, int]], ship_to: ShipTo | None
) -> tuple[str, ...] | None:
    """Try every set of nodes, smallest first, and keep the nearest, then the lowest by id."""

    def covers(ids: tuple[str, ...]) -> bool:
        return all(
            sum(stock.get(sku, {}).get(node, 0) for node in ids)
            >= sum(each.quantity for each in demand if each.sku == sku)
            for sku in {line.sku for line in demand}
        )

    where = {node.node_id: node.location for node in nodes}

    def far(ids: tuple[str, ...]) -> float:
        if ship_to is None:
            return 0
        return sum(round(distance_km(where[node] or ship_to.location, ship_to.location), 1) for node in ids)

    for size in range(1, len(nodes) + 1):
        found = [ids for ids in combinations(sorted(where), size) if covers(ids)]
        if found:
            return min(found, key=lambda ids: (round(far(ids), 3), ids))
    return None


@settings(max_examples=1000)
@given(problems())
def test_the_plan_is_the_best_of_all_plans(problem: Any) -> None:
    demand, nodes, stock, ship_to = problem
    found = plan(demand, nodes, stock, ship_to, POLICY, NOON)
    best = brute_force(demand, nodes, stock, ship_to)
    assert isinstance(found, Plan) == (best is not None) == isinstance(check(demand, stock), Enough)
    if isinstance(found, Plan):
        assert tuple(sorted(shares(found))) == best
        assert found.proven


@settings(max_examples=300)
@given(problems())
def test_every_line_is_given_out_exactly_and_no_node_gives_more_than_it_has(problem: Any) -> None:
    demand, nodes, stock, ship_to = problem
    found = plan(demand, nodes, stock, ship_to, POLICY, NOON)
    if isinstance(found, NoPlan):
        return
    given_out: dict[str, int] = {}
    taken: dict[tuple[str, str], int] = {}
    for fulfilment in found.fulfilments:
        assert fulfilment.lines
        for line in fulfilment.lines:
            assert line.quantity > 0
            given_out[line.line_id] = given_out.get(line.line_id, 0) + line.quantity
            key = (line.sku, fulfilment.node_id)
            taken[key] = taken.get(key, 0) + line.quantity
    assert given_out == {line.line_id: line.quantity for line in demand}
    assert all(units <= stock[sku][node] for (sku, node), units in taken.items())


@settings(max_examples=200)
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_in_which_nodes_are_listed_does_not_matter(problem: Any, random: Any) -> None:
    demand, nodes, stock, ship_to = problem
    shuffled = list(nodes)
    random.shuffle(shuffled)
    assert plan(demand, nodes, stock, ship_to, POLICY, NOON) == plan(demand, shuffled, stock, ship_to, POLICY, NOON)
