"""What one placement of three lines asks of AWS and of the processor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.lambdas import cool
from tests.support.shop import must, order_body, shop_world
from tests.support.world import World
from tools.figures.line import figure
from tools.figures.watching import Watch, Watched

RUNS = 9
ORDER = "phone-earphones-tees"
HOW = "one placement of three lines (with coupon and promotions) by its handlers and the authorizer, in process"


def placement_figures() -> Iterator[dict[str, object]]:
    """Calls, round trips, units and CPU; warm, and the calls of a placement whose catalogue caches are empty."""
    with shop_world() as world:
        key = world.new_key()
        place(world, key, 0)
        warm = [place(world, key, run) for run in range(1, RUNS + 1)]
        cold = [place(world, key, run, forget=True) for run in range(RUNS + 1, RUNS + 6)]
    cached = f"{HOW}; catalogue cached as the product does (30 s)"
    yield figure("placement.aws_calls", [len(each.handler_calls) for each in warm], "calls", cached)
    empty = f"{HOW}; nothing of the catalogue is cached"
    yield figure("placement.aws_calls.cold_catalogue", [len(each.handler_calls) for each in cold], "calls", empty)
    one_by_one = f"{cached}; calls that overlap count once, the workflow once"
    yield figure("placement.round_trips", [each.round_trips() for each in warm], "round trips", one_by_one)
    yield figure("placement.rru", [_sum(each, "rru") for each in warm], "RRU", f"{cached}; by item size")
    writes = [_sum(each, "wru") + _sum(each, "index_wru") for each in warm]
    yield figure("placement.wru", writes, "WRU", f"{cached}; tables and indexes, by item size")
    cpu = [sum(one.cpu_s for one in each.invocations) * 1000 for each in warm]
    yield figure("placement.cpu_ms", cpu, "ms", f"{cached}; user and system time of six functions, emulator excluded")


def place(world: World, key: str, number: int, *, forget: bool = False) -> Watched:
    """Place one order and tell what happened; with `forget` no function has anything of the catalogue cached."""
    if forget:
        cool()
    body: dict[str, Any] = order_body(name=ORDER, external_id=f"BENCH-{number}")
    with Watch(world).on() as watched:
        must(world.call("POST", "/v1/orders", body, key=f"bench-{number}", client=key))
    world.pump()
    return watched


def _sum(watched: Watched, name: str) -> float:
    return float(sum(getattr(call.units, name) for call in watched.handler_calls))
