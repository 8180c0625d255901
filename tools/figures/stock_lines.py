"""What stock costs a placement by its lines: calls and units of check_stock and commit_order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.shop import must, order_body, place, sell, shop_world
from tests.support.wire import Call
from tests.support.world import World
from tools.figures.line import figure
from tools.seed import read_shop

SIZES, RUNS = (1, 5, 20, 80), 5
NODE = "hangzhou"
HOW = "an order of {lines} products, one unit each, all from one of {nodes} nodes, through the handlers in process"


@dataclass(frozen=True, slots=True)
class StepCost:
    """Of one step of one placement: calls of AWS, read units, write units of tables and indexes."""

    calls: int
    rru: float
    wru: float

    @staticmethod
    def of(calls: list[Call], function: str) -> StepCost:
        """From what was recorded; reading a secret, which a container does every five minutes, is left out."""
        mine = [each for each in calls if each.function == function and each.service == "dynamodb"]
        written = sum(each.units.wru + each.units.index_wru for each in mine)
        return StepCost(len(mine), float(sum(each.units.rru for each in mine)), float(written))


def stock_line_figures() -> Iterator[dict[str, object]]:
    """For orders of 1, 5, 20 and 80 lines: calls of both steps, and read and write units for each line."""
    with shop_world() as world:
        nodes = len(read_shop().documents["nodes"])
        for number in range(max(SIZES)):
            sell(world, f"LINE-{number}", {NODE: 1000})
        world.clock.advance(minutes=1)  # nothing of the catalogue is older
        place(world)  # a warm container of each function
        for lines in SIZES:
            how = HOW.format(lines=lines, nodes=nodes)
            yield from _figures(lines, [_placed(world, lines, run) for run in range(RUNS)], how)


def _placed(world: World, lines: int, run: int) -> dict[str, StepCost]:
    body = order_body(*((f"LINE-{number}", 1, {}) for number in range(lines)))
    with world.record() as calls:
        must(world.call("POST", "/v1/orders", body, key=f"lines-{lines}-{run}"))
    return {function: StepCost.of(calls, function) for function in ("check_stock", "commit_order")}


def _figures(lines: int, runs: list[dict[str, StepCost]], how: str) -> Iterator[dict[str, object]]:
    check, commit = ([run[step] for run in runs] for step in ("check_stock", "commit_order"))
    name = f"stock.lines_{lines}"
    yield figure(f"{name}.check_stock.calls", [each.calls for each in check], "calls", how)
    yield figure(f"{name}.check_stock.rru_per_line", [each.rru / lines for each in check], "RRU", how)
    yield figure(f"{name}.commit_order.calls", [each.calls for each in commit], "calls", how)
    yield figure(f"{name}.commit_order.rru_per_line", [each.rru / lines for each in commit], "RRU", how)
    all_of = f"{how}; all that the commit writes: counters, order with its indexes, event, lines, contact"
    yield figure(f"{name}.commit_order.wru_per_line", [each.wru / lines for each in commit], "WRU", all_of)
