"""Sourcing problems with a known optimum: as few units short as possible, then the least cost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from ordo.kernel.geo import Location, distance_km
from ordo.sourcing.problem import SCALE, Constraint, Cost, DemandLine, Problem, Rules, Site, Solution
from ordo.sourcing.solver import solve
from tests.conformance.results import Case

PLACES = Decimal("0.0001")


def check(case: Case) -> dict[str, tuple[Any, Any]]:
    """Solve a case twice, the second time with its nodes the other way round: the plan must be the same."""
    problem = problem_of(case)
    found = solve(problem)
    again = solve(replace(problem, sites=problem.sites[::-1]))
    expected = {**case["expected"], "proven": True, "again": plan_of(found)}
    expected.pop("fulfilments", None)  # of plans that cost the same any is right
    expected["cost"] = Decimal(str(expected["cost"])).quantize(PLACES)
    actual = {
        "short_units": found.short_units,
        "cost": (Decimal(found.cost) / SCALE).quantize(PLACES),
        "proven": found.proven,
        "again": plan_of(again),
    }
    return {name: (value, actual[name]) for name, value in expected.items() if actual[name] != value}


def plan_of(solution: Solution) -> Any:
    return [(part.node_id, sorted(part.units.items())) for part in solution.parts], sorted(solution.short.items())


def problem_of(case: Case) -> Problem:
    """The case as the solver takes it; costs in minor units become whole numbers once, for each node."""
    policy, here = case["policy"], location(case["ship_to"])
    return Problem(
        sites=tuple(_site(node, policy, here) for node in case["nodes"]),
        lines=tuple(
            DemandLine(line["line_id"], line["sku"], line["quantity"], frozenset(line["requires"]))
            for line in case["lines"]
        ),
        rules=Rules(max_fulfilments=policy["max_fulfilments"]),
    )


def _site(node: dict[str, Any], policy: dict[str, Any], here: Location) -> Site:
    km = distance_km(location(node["location"]), here)
    too_far = 0 < policy["max_distance_km"] < km
    return Site(
        node_id=node["node_id"],
        stock=node["stock"],
        terms={
            "parcel": _cost(policy["cost_per_parcel"]),
            "handling": _cost(node["handling_cost"]),
            "distance": _cost(Decimal(policy["cost_per_km"]) * Decimal(km)),
            "load": _cost(Decimal(str(policy["load_weight"])) * Decimal(str(node["load"]))),
        },
        unit=_cost(node["unit_cost"]),
        capacity=node["capacity_left"],
        capabilities=frozenset(node["capabilities"]),
        removed=(Constraint.MAX_DISTANCE,) if too_far else (),
    )


def _cost(minor: Decimal | int | float) -> Cost:
    return int((Decimal(str(minor)) * SCALE).to_integral_value())


def location(body: dict[str, float]) -> Location:
    return Location(body["lat"], body["lon"])
