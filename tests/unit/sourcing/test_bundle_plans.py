"""Bundles in plans: parts from wherever they are, and rules of lines that hold for all parts of one."""

from __future__ import annotations

from typing import Any

from ordo.inventory.demand import Wanted
from ordo.sourcing.model import NoPlan, Plan
from tests.unit.sourcing.test_policies import CHEAP, FAR, NEAR, node, planned, told

PHONE, CASES = Wanted("1", "phone", 1, part=0), Wanted("1", "case", 2, part=1)
NODES = [node("a", NEAR), node("b", FAR)]
APART = {"phone": {"a": 1}, "case": {"b": 2}}
BOTH = APART | {"phone": {"a": 1, "b": 1}, "tee": {"a": 1}}


def shares(found: Plan | NoPlan) -> dict[str, list[tuple[str, int | None, int]]]:
    """By node, line, part and units."""
    return {
        each["node_id"]: [(line["line_id"], line.get("part"), line["quantity"]) for line in each["lines"]]
        for each in told(found)["fulfilments"]
    }


def test_parts_of_a_bundle_may_come_from_different_nodes() -> None:
    assert shares(planned([PHONE, CASES], NODES, APART, {})) == {"a": [("1", 0, 1)], "b": [("1", 1, 2)]}


def test_a_line_that_is_no_bundle_says_nothing_of_parts() -> None:
    found = told(planned([Wanted("2", "tee", 1)], NODES, BOTH, {}))
    assert found["fulfilments"][0]["lines"] == [{"line_id": "2", "sku": "tee", "quantity": 1}]


def test_a_line_that_may_not_be_split_keeps_all_parts_together() -> None:
    demand = [PHONE, CASES, Wanted("2", "tee", 1)]
    policy: dict[str, Any] = {**CHEAP, "no_line_split": {}}
    assert shares(planned(demand, NODES, BOTH, policy)) == {"a": [("2", None, 1)], "b": [("1", 0, 1), ("1", 1, 2)]}
    none = planned(demand, NODES, BOTH | APART, policy)
    assert isinstance(none, NoPlan)
    assert none.reason == "no_line_split"


def test_what_ships_together_by_one_of_its_parts_takes_the_whole_bundle() -> None:
    demand = [
        PHONE,
        Wanted("1", "case", 2, categories=("leather",), part=1),
        Wanted("2", "tee", 1, categories=("leather",)),
    ]
    policy: dict[str, Any] = {**CHEAP, "ship_together": [{"categories": ["leather"]}]}
    stock = {"phone": {"a": 1, "b": 1}, "case": {"b": 2}, "tee": {"a": 1, "b": 1}}
    assert list(shares(planned(demand, NODES, stock, policy))) == ["b"]
    none = planned(demand, NODES, stock | {"phone": {"a": 1}}, policy)
    assert isinstance(none, NoPlan)
    assert none.reason == "ship_together"


def test_each_part_asks_for_what_its_own_product_requires() -> None:
    cold = Wanted("1", "ham", 1, frozenset({"cold"}), part=0)
    nodes = [node("a", NEAR), node("b", FAR, capabilities=["cold"])]
    stock = {"ham": {"a": 1, "b": 1}, "case": {"a": 2}}
    assert shares(planned([cold, CASES], nodes, stock, CHEAP)) == {"a": [("1", 1, 2)], "b": [("1", 0, 1)]}


def test_a_candidate_covers_a_bundle_only_with_all_its_parts() -> None:
    found = told(planned([PHONE, CASES], NODES, BOTH, {}))
    covers = {each["node_id"]: each["covers"] for each in found["candidates"]}
    assert covers == {"a": {"units": 1, "lines": 0}, "b": {"units": 3, "lines": 1}}
