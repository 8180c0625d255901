"""A channel's sourcing policy at work: objectives, constraints hard and at a price, hours; and plans that say why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ordo.catalog.node_terms import NodeTerms
from ordo.catalog.sourcing_terms import SourcingTerms
from ordo.inventory.demand import Availability, Wanted
from ordo.kernel.geo import Location
from ordo.sourcing.model import NoPlan, Plan, ShipTo, SourceNode, SourcingPolicy
from ordo.sourcing.planner import plan

HOME = ShipTo(Location(30.25, 120.15))
NEAR, FAR, VERY_FAR = Location(30.26, 120.15), Location(30.29, 120.15), Location(31.25, 120.15)  # 1.1, 4.4, 111.2 km
MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)  # 10:00 in Shanghai
WEEK = {"time_zone": "Asia/Shanghai", "weekly": {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}}


def node(node_id: str, location: Location, **body: Any) -> SourceNode:
    return SourceNode(node_id, location, terms=NodeTerms.of(body))


def planned(
    demand: list[Wanted],
    nodes: list[SourceNode],
    stock: Availability,
    policy: dict[str, Any],
    *,
    now: datetime = MONDAY,
    work: dict[str, int] | None = None,
    fenced: Availability | None = None,
) -> Plan | NoPlan:
    terms = SourcingPolicy().of_channel(SourcingTerms.of(policy), 0)
    return plan(demand, nodes, stock, HOME, terms, now, open_units=work, fenced=fenced)


def told(found: Plan | NoPlan) -> dict[str, Any]:
    assert isinstance(found, Plan), found
    return found.to_dict()


def where(found: Plan | NoPlan) -> dict[str, list[tuple[str, int]]]:
    return {
        part["node_id"]: [(line["line_id"], line["quantity"]) for line in part["lines"]]
        for part in told(found)["fulfilments"]
    }


# ------------------------------------------------------------------ cheapest
CHEAP = {"objective": "cheapest", "cost_per_parcel": 600, "cost_per_km": 100}


def test_the_cheapest_plan_weighs_parcels_ways_handling_and_units() -> None:
    nodes = [node("a", NEAR, costs={"handling": 900}), node("b", FAR, costs={"unit": 10})]
    found = told(planned([Wanted("1", "tee", 3)], nodes, {"tee": {"a": 9, "b": 9}}, CHEAP))
    assert [each["node_id"] for each in found["fulfilments"]] == ["b"]
    costs = {each["node_id"]: each["terms"] for each in found["candidates"]}
    assert costs == {
        "a": {"parcel": "600", "handling": "900", "distance": "110"},
        "b": {"parcel": "600", "distance": "440", "unit": "10"},
    }
    assert found["cost"] == "1070"


def test_a_node_has_its_own_price_of_a_parcel_and_of_the_way() -> None:
    nodes = [node("a", NEAR), node("b", FAR, costs={"parcel": 100, "km": 1})]
    found = told(planned([Wanted("1", "tee", 1)], nodes, {"tee": {"a": 1, "b": 1}}, CHEAP))
    assert (found["fulfilments"][0]["node_id"], found["cost"]) == ("b", "104.4")


def test_a_node_with_much_work_costs_more() -> None:
    nodes = [node("a", NEAR, capacity={"units": 100}), node("b", FAR, capacity={"units": 100})]
    stock, policy = {"tee": {"a": 9, "b": 9}}, {**CHEAP, "load_weight": 1000}
    assert list(where(planned([Wanted("1", "tee", 1)], nodes, stock, policy, work={"a": 10}))) == ["a"]
    assert list(where(planned([Wanted("1", "tee", 1)], nodes, stock, policy, work={"a": 50}))) == ["b"]


def test_two_parcels_may_be_cheaper_than_one_from_far_away() -> None:
    nodes = [node("a", NEAR), node("b", NEAR), node("c", VERY_FAR)]
    stock = {"tee": {"a": 1, "c": 1}, "cap": {"b": 1, "c": 1}}
    demand = [Wanted("1", "tee", 1), Wanted("2", "cap", 1)]
    assert set(where(planned(demand, nodes, stock, CHEAP))) == {"a", "b"}


# ------------------------------------------------------------------ constraints
def test_a_line_goes_only_to_nodes_that_can_do_what_it_requires() -> None:
    nodes = [node("a", NEAR), node("b", FAR, capabilities=["cold", "leather"])]
    stock = {"ham": {"a": 9, "b": 9}, "tee": {"a": 9}}
    demand = [Wanted("1", "ham", 1, frozenset({"cold"})), Wanted("2", "tee", 1)]
    assert where(planned(demand, nodes, stock, CHEAP)) == {"a": [("2", 1)], "b": [("1", 1)]}
    none = planned([Wanted("1", "ham", 1, frozenset({"wok"}))], nodes, stock, CHEAP)
    assert isinstance(none, NoPlan)
    assert none.reason == "capability"
    soft = told(planned(demand[:1], nodes[:1], stock, {**CHEAP, "capability": {"penalty": 50}}))
    assert soft["relaxed"] == [{"constraint": "capability", "times": 1, "penalty": "50", "node_id": "a"}]


def test_a_node_takes_no_more_than_it_has_room_for() -> None:
    nodes = [node("a", NEAR, capacity={"units": 10}), node("b", FAR)]
    stock = {"tee": {"a": 9, "b": 9}}
    assert where(planned([Wanted("1", "tee", 3)], nodes, stock, CHEAP, work={"a": 9})) == {"b": [("1", 3)]}
    full = planned([Wanted("1", "tee", 3)], nodes[:1], stock, CHEAP, work={"a": 9})
    assert isinstance(full, NoPlan)
    assert full.reason == "capacity"
    soft = {**CHEAP, "capacity": {"penalty": 20}}
    found = told(planned([Wanted("1", "tee", 3)], nodes[:1], stock, soft, work={"a": 9}))
    assert found["relaxed"] == [{"constraint": "capacity", "times": 2, "penalty": "40", "node_id": "a"}]


def test_nodes_that_are_too_far_away_are_not_used_or_cost_a_penalty() -> None:
    nodes, stock = [node("c", VERY_FAR)], {"tee": {"c": 1}}
    hard = {**CHEAP, "max_distance": {"km": 100}}
    none = planned([Wanted("1", "tee", 1)], nodes, stock, hard)
    assert isinstance(none, NoPlan)
    assert (none.reason, none.candidates[0].removed) == ("max_distance", ("max_distance",))
    soft = told(planned([Wanted("1", "tee", 1)], nodes, stock, {**CHEAP, "max_distance": {"km": 100, "penalty": 70}}))
    assert soft["candidates"][0]["terms"]["penalty:max_distance"] == "70"


def test_preferred_nodes_come_first_and_others_at_a_price() -> None:
    nodes, stock = [node("a", NEAR), node("b", FAR)], {"tee": {"a": 1, "b": 1}}
    policy = {**CHEAP, "preferred": {"nodes": ["b"], "penalty": 400}}
    assert list(where(planned([Wanted("1", "tee", 1)], nodes, stock, policy))) == ["b"]
    policy["preferred"] = {"nodes": ["b"], "penalty": 300}
    assert list(where(planned([Wanted("1", "tee", 1)], nodes, stock, policy))) == ["a"]
    policy["preferred"] = {"nodes": ["b"]}
    assert list(where(planned([Wanted("1", "tee", 1)], nodes, stock, policy))) == ["b"]


def test_a_line_that_may_not_be_split_comes_from_a_node_that_has_all_of_it() -> None:
    nodes = [node("a", NEAR), node("b", NEAR), node("c", VERY_FAR)]
    stock = {"tee": {"a": 2, "b": 2, "c": 4}}
    assert len(where(planned([Wanted("1", "tee", 4)], nodes, stock, CHEAP))) == 2
    assert where(planned([Wanted("1", "tee", 4)], nodes, stock, {**CHEAP, "no_line_split": {}})) == {"c": [("1", 4)]}
    none = planned([Wanted("1", "tee", 4)], nodes[:2], stock, {**CHEAP, "no_line_split": {}})
    assert isinstance(none, NoPlan)
    assert none.reason == "no_line_split"


def test_sets_ship_together_by_category() -> None:
    nodes = [node("a", NEAR), node("b", NEAR), node("c", VERY_FAR)]
    stock = {"sofa": {"a": 1, "c": 1}, "chair": {"b": 1, "c": 1}, "lamp": {"a": 1}}
    demand = [
        Wanted("1", "sofa", 1, categories=("living",)),
        Wanted("2", "chair", 1, categories=("living",)),
        Wanted("3", "lamp", 1, categories=("light",)),
    ]
    policy = {**CHEAP, "ship_together": [{"categories": ["living"]}]}
    assert where(planned(demand, nodes, stock, policy)) == {"a": [("3", 1)], "c": [("1", 1), ("2", 1)]}
    policy["ship_together"] = [{"categories": ["living"], "penalty": 5}]
    apart = told(planned(demand, nodes, stock, policy))
    assert apart["relaxed"] == [{"constraint": "ship_together", "times": 1, "penalty": "5"}]


def test_an_order_that_may_not_be_split_and_that_no_node_has_is_refused_with_that_reason() -> None:
    nodes, stock = [node("a", NEAR), node("b", NEAR)], {"tee": {"a": 1}, "cap": {"b": 1}}
    demand = [Wanted("1", "tee", 1), Wanted("2", "cap", 1)]
    none = planned(demand, nodes, stock, {**CHEAP, "no_order_split": {}})
    assert isinstance(none, NoPlan)
    assert none.reason == "no_order_split"
    found = told(planned(demand, nodes, stock, {**CHEAP, "no_order_split": {"penalty": 9}}))
    assert found["relaxed"] == [{"constraint": "no_order_split", "times": 1, "penalty": "9"}]


def test_what_is_kept_for_others_is_left_to_them_or_taken_at_a_price() -> None:
    nodes, stock, fenced = [node("a", NEAR)], {"tee": {"a": 1}}, {"tee": {"a": 5}}
    demand = [Wanted("1", "tee", 3)]
    assert isinstance(planned(demand, nodes, stock, CHEAP, fenced=fenced), NoPlan)
    soft = {**CHEAP, "ring_fence": {"penalty": 30}}
    found = told(planned(demand, nodes, stock, soft, fenced=fenced))
    assert found["relaxed"] == [{"constraint": "ring_fence", "times": 2, "penalty": "60", "node_id": "a"}]


# ------------------------------------------------------------------ a restaurant chain
FAST = {"objective": "fastest", "km_per_hour": 20, "no_order_split": {}}
NOODLES = Wanted("1", "noodles", 1, frozenset({"wok"}), 8)


def test_a_near_busy_shop_loses_to_a_farther_free_one_and_both_stand_in_the_plan_with_their_minutes() -> None:
    times = {"preparation_minutes": 5, "minutes_per_unit": 3}
    nodes = [node("near", NEAR, capabilities=["wok"], times=times), node("far", FAR, capabilities=["wok"], times=times)]
    found = told(planned([NOODLES], nodes, {"noodles": {"near": 9, "far": 9}}, FAST, work={"near": 6, "far": 1}))
    assert [each["node_id"] for each in found["fulfilments"]] == ["far"]
    assert {each["node_id"]: each["minutes"] for each in found["candidates"]} == {
        "near": {"queue": 18, "preparation": 13, "closed": 0, "travel": 4, "total": 35},
        "far": {"queue": 3, "preparation": 13, "closed": 0, "travel": 14, "total": 30},
    }
    assert found["promise"]["deliver_by"] == "2026-11-23T02:30:00.000Z"
    assert found["promise"]["reason"] == "far: 3 min queue, 13 min preparation, then 14 min on the road for 4.4 km"
    calm = told(planned([NOODLES], nodes, {"noodles": {"near": 9, "far": 9}}, FAST))
    assert [each["node_id"] for each in calm["fulfilments"]] == ["near"]


def test_a_shop_without_the_dishs_capability_or_closed_is_no_candidate() -> None:
    night = {"time_zone": "Asia/Shanghai", "weekly": {"mon": ["17:00-24:00"]}}
    nodes = [
        node("cold", NEAR, capabilities=["cold"]),
        node("late", NEAR, capabilities=["wok"], hours=night),
        node("open", FAR, capabilities=["wok"]),
    ]
    stock = {"noodles": {"cold": 9, "late": 9, "open": 9}}
    found = told(planned([NOODLES], nodes, stock, FAST))
    assert [each.get("removed") for each in found["candidates"]] == ["capability", "closed", None]
    evening = datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert list(where(planned([NOODLES], nodes, stock, FAST, now=evening))) == ["late"]


def test_shops_that_are_equally_fast_are_chosen_by_the_way() -> None:
    nodes = [node("a", FAR, times={"preparation_minutes": 1}), node("b", NEAR, times={"preparation_minutes": 11})]
    found = planned([Wanted("1", "soup", 1)], nodes, {"soup": {"a": 1, "b": 1}}, FAST)
    assert {each["minutes"]["total"] for each in told(found)["candidates"]} == {15}
    assert list(where(found)) == ["b"]


# ------------------------------------------------------------------ a factory
def test_the_least_loaded_capable_workshop_gets_the_work() -> None:
    spare = {"objective": "least_loaded", "no_order_split": {}}
    nodes = [
        node("leather-1", NEAR, capabilities=["leather"], capacity={"units_per_day": 10}),
        node("leather-2", FAR, capabilities=["leather"], capacity={"units_per_day": 40}),
        node("wood", NEAR, capabilities=["wood"], capacity={"units_per_day": 100}),
    ]
    stock = {"hide": {"leather-1": 50, "leather-2": 50, "wood": 50}}
    wanted = [Wanted("1", "hide", 2, frozenset({"leather"}))]
    found = told(planned(wanted, nodes, stock, spare, work={"leather-1": 6, "leather-2": 20}))
    assert [each["node_id"] for each in found["fulfilments"]] == ["leather-2"]
    assert [each.get("load", each.get("removed")) for each in found["candidates"]] == ["0.80", "0.55", "capability"]
    assert list(where(planned(wanted, nodes, stock, spare, work={"leather-1": 1, "leather-2": 20}))) == ["leather-1"]


# ------------------------------------------------------------------ hours
@pytest.mark.parametrize(
    ("received", "ready"),
    [
        ("2026-11-23T02:00:00", "2026-11-24T02:00:00.000Z"),  # Monday 10:00: a day later
        ("2026-11-22T02:00:00", "2026-11-24T01:00:00.000Z"),  # Sunday: Monday 9:00, and a day
        ("2026-11-23T08:59:00", "2026-11-24T08:59:00.000Z"),  # 16:59, before the cut-off
        ("2026-11-23T09:00:00", "2026-11-25T01:00:00.000Z"),  # 17:00, at the cut-off: from Tuesday 9:00
        ("2026-11-27T02:00:00", "2026-11-30T01:00:00.000Z"),  # Friday: Saturday is closed, so Monday 9:00
    ],
)
def test_a_promise_keeps_to_the_nodes_hours_and_cut_off(received: str, ready: str) -> None:
    nodes = [node("a", NEAR, hours={**WEEK, "cut_off": "17:00"})]
    now = datetime.fromisoformat(received).replace(tzinfo=UTC)
    found = told(planned([Wanted("1", "tee", 1)], nodes, {"tee": {"a": 1}}, {}, now=now))
    assert found["promise"]["ready_by"] == ready


def test_the_reason_says_when_the_node_works_next() -> None:
    nodes = [node("a", NEAR, hours=WEEK)]
    sunday = datetime(2026, 11, 22, 2, tzinfo=UTC)
    found = told(planned([Wanted("1", "tee", 1)], nodes, {"tee": {"a": 1}}, {}, now=sunday))
    assert found["promise"]["reason"] == (
        "a: 24 h handling from 2026-11-23T01:00:00.000Z, when it works next, then 1 d on the road for 1.1 km"
    )
