"""What choosing nodes costs: processor time in process, warm, over many orders of two sizes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random

from ordo.kernel.geo import Location, distance_km
from ordo.sourcing.problem import SCALE, Constraint, DemandLine, Problem, Rules, Site
from ordo.sourcing.solver import solve
from tools.figures.line import figure

HOW = (
    "solve() in process, warm; user time of one call; costs, capabilities, capacities and limits drawn by a fixed seed"
)
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


def sourcing_figures() -> Iterator[dict[str, object]]:
    """Small orders (8 nodes, 5 lines) and large ones (120 nodes, 20 lines), each order three times."""
    for size, nodes, lines, count in (("small", 8, 5, 400), ("large", 120, 20, 60)):
        problems = [problem(number, nodes, lines) for number in range(count)]
        runs, exact = [], 0
        solve(problems[0])
        for _ in range(3):
            spent, exact = [], 0
            for each in problems:
                begin = time.process_time()
                found = solve(each)
                spent.append((time.process_time() - begin) * 1000)
                exact += found.proven
            runs.append(sorted(spent))
        how = f"{HOW}; {count} orders of {lines} lines over {nodes} nodes"
        yield figure(f"sourcing.{size}.cpu_ms_p50", [run[count // 2] for run in runs], "ms", how)
        yield figure(f"sourcing.{size}.cpu_ms_p99", [run[count * 99 // 100] for run in runs], "ms", how)
        yield figure(f"sourcing.{size}.exact_share", [exact / count], "share", f"solved to gap 0; {how}")
