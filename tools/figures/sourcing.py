"""What choosing nodes costs: processor time in process, warm, over many orders of two sizes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from random import Random

from ordo.catalog.node_terms import NodeTerms
from ordo.catalog.sourcing_terms import PlanObjective, SourcingTerms
from ordo.inventory.demand import Wanted
from ordo.kernel.geo import Location, distance_km
from ordo.sourcing.model import Plan, ShipTo, SourceNode, SourcingPolicy
from ordo.sourcing.planner import plan
from ordo.sourcing.problem import SCALE, Constraint, DemandLine, Problem, Rules, Site
from ordo.sourcing.solver import solve
from tools.figures.line import figure

HOW = "in process, warm; user time of one call; costs, skills, capacities and limits drawn by a fixed seed"
PLAN = (
    "plan() and its stored form, as the placement asks: distances and costs of every node, the search, the explanation "
    "of every candidate, the promise, or why there is no plan; without reading nodes, stock and address; " + HOW
)
SEARCH = "solve() alone, from costs to parts; " + HOW
NOW = datetime(2026, 11, 26, 2, tzinfo=UTC)
SKILLS = ("cold", "leather", "install")


def problem(number: int, nodes: int, lines: int) -> Problem:
    """An order of so many lines, with nodes over China: some far too small, some full, some without a skill.

    Every third has at most three fulfilments, every fourth a greatest distance.
    """
    dice = Random(f"{nodes} {lines} {number}")
    here = Location(dice.uniform(22, 41), dice.uniform(102, 121))
    skus = [f"SKU-{place}" for place in range(max(1, lines - lines // 5))]
    far = 900 if number % 4 == 0 else 0
    wanted = tuple(
        DemandLine(
            str(place), dice.choice(skus), dice.randint(1, 6), frozenset(dice.sample(SKILLS, dice.randint(0, 1)))
        )
        for place in range(lines)
    )
    sites = tuple(_site(dice, f"node-{place:03}", skus, here, far) for place in range(nodes))
    return Problem(sites, wanted, Rules(max_fulfilments=3 if number % 3 == 0 else 0))


def _site(dice: Random, node_id: str, skus: list[str], here: Location, far: int) -> Site:
    km = distance_km(Location(dice.uniform(22, 41), dice.uniform(102, 121)), here)
    terms = {"parcel": 600, "handling": dice.choice((0, 200, 500)), "load": dice.randint(0, 4000)}
    return Site(
        node_id=node_id,
        stock={sku: dice.choice((0, 2, 3, 5, 20)) for sku in skus},
        terms={name: cost * SCALE for name, cost in terms.items()} | {"distance": round(2 * km * SCALE)},
        unit=dice.choice((0, 50, 120)) * SCALE,
        capacity=dice.choice((3, 10, None)),
        capabilities=frozenset(dice.sample(SKILLS, dice.randint(1, 3))),
        removed=(Constraint.MAX_DISTANCE,) if far and km > far else (),
    )


def order(number: int, nodes: int, lines: int) -> Callable[[], object]:
    """The same with nodes as the catalogue has them and a channel's policy: a plan, ready to be stored."""
    dice = Random(f"order {nodes} {lines} {number}")
    here = Location(dice.uniform(22, 41), dice.uniform(102, 121))
    skus = [f"SKU-{place}" for place in range(max(1, lines - lines // 5))]
    wanted = [
        Wanted(str(place), dice.choice(skus), dice.randint(1, 6), frozenset(dice.sample(SKILLS, dice.randint(0, 1))))
        for place in range(lines)
    ]
    names = [f"node-{place:03}" for place in range(nodes)]
    open_units = {name: dice.randint(0, 30) for name in names}
    sources = [_node(dice, name, open_units[name]) for name in names]
    stock = {sku: {name: dice.choice((0, 2, 3, 5, 20)) for name in names} for sku in skus}
    terms = SourcingTerms(
        objective=PlanObjective.CHEAPEST if number % 2 else PlanObjective.NEAREST,
        cost_per_parcel=600,
        cost_per_km=2,
        load_weight=4000,
        max_distance_km=900 if number % 4 == 0 else 0,
    )
    policy = SourcingPolicy().of_channel(terms, 3 if number % 3 == 0 else 0)

    def planned() -> object:
        found = plan(wanted, sources, stock, ShipTo(here), policy, NOW, open_units=open_units)
        return found.to_dict() if isinstance(found, Plan) else found

    return planned


def _node(dice: Random, node_id: str, open_units: int) -> SourceNode:
    capacity = dice.choice((3, 10, None))
    terms = NodeTerms(
        capabilities=frozenset(dice.sample(SKILLS, dice.randint(1, 3))),
        handling_cost=dice.choice((0, 200, 500)),
        unit_cost=dice.choice((0, 50, 120)),
        capacity=None if capacity is None else capacity + open_units,
        units_per_day=40,
    )
    return SourceNode(node_id, Location(dice.uniform(22, 41), dice.uniform(102, 121)), terms=terms)


def sourcing_figures() -> Iterator[dict[str, object]]:
    """Small orders (8 nodes, 5 lines) and large ones (120 nodes, 20 lines), each order three times."""
    for size, nodes, lines, count in (("small", 8, 5, 400), ("large", 120, 20, 60)):
        of = f"; {count} orders of {lines} lines over {nodes} nodes"
        plans = [order(number, nodes, lines) for number in range(count)]
        yield from _percentiles(f"sourcing.{size}.cpu_ms", PLAN + of, plans)
        problems = [problem(number, nodes, lines) for number in range(count)]
        yield from _percentiles(f"sourcing.{size}.search_ms", SEARCH + of, [partial(solve, each) for each in problems])
        exact = sum(solve(each).proven for each in problems)
        yield figure(f"sourcing.{size}.exact_share", [exact / count], "share", f"solved to gap 0; {SEARCH}{of}")


def _percentiles(name: str, how: str, calls: Sequence[Callable[[], object]]) -> Iterator[dict[str, object]]:
    runs, count = [], len(calls)
    calls[0]()
    for _ in range(3):
        spent = []
        for call in calls:
            begin = time.process_time()
            call()
            spent.append((time.process_time() - begin) * 1000)
        runs.append(sorted(spent))
    yield figure(f"{name}_p50", [run[count // 2] for run in runs], "ms", how)
    yield figure(f"{name}_p99", [run[count * 99 // 100] for run in runs], "ms", how)
