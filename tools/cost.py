"""`make cost`: dollars per million orders, counted from one order's life of seven API operations to completed."""

from __future__ import annotations

from collections import defaultdict

from tests.support.blueprint import queue_url
from tests.support.shop import shop_world
from tests.support.world import World
from tools.figures.bill import PRICES, Traffic, bill
from tools.figures.life import live
from tools.figures.line import figure, show
from tools.figures.watching import Watch, Watched

RUNS = 5
OPERATIONS = 7
HOW = (
    "recorded calls of place, read, capture, dispatch, three carrier events and completion; one authorizer call "
    f"(its answer is cached); no webhook endpoint; {PRICES['region']} list prices of {PRICES['date']}"
)


def main() -> None:
    """Print one line for the whole and one for each service."""
    by_service: dict[str, list[float]] = defaultdict(list)
    steps: dict[str, list[float]] = defaultdict(list)
    with shop_world() as world:
        live(world, 0)  # warm: caches and imports
        for run in range(1, RUNS + 1):
            for service, dollars in one_life(world, run, steps).items():
                by_service[service].append(dollars * 1e6)
    totals = [sum(each) for each in zip(*by_service.values(), strict=True)]
    show(figure("life.usd_per_million", totals, "USD", HOW))
    for service, dollars in sorted(by_service.items(), key=lambda pair: -max(pair[1])):
        show(figure(f"life.usd_per_million.{service}", dollars, "USD", HOW))
    for name, units in steps.items():
        show(
            figure(
                f"life.write_units.{name}", units, "WRU", "table and index writes of this operation and what follows"
            )
        )


def one_life(world: World, run: int, steps: dict[str, list[float]]) -> dict[str, float]:
    """The bill of one life; `steps` gets the write units of each operation."""
    delivered: list[int] = []
    deliver = world.deliver

    def counted(queue: str) -> int:
        if world.queues[queue_url(queue)]:
            delivered.append(len(world.queues[queue_url(queue)]))
        return deliver(queue)

    world.deliver = counted  # type: ignore[method-assign]
    try:
        with Watch(world).on() as watched:
            live(world, run, lambda operation: _count(watched, world, operation, steps))
    finally:
        world.deliver = deliver  # type: ignore[method-assign]
    return bill(watched, Traffic(OPERATIONS, sum(delivered), len(delivered)))


def _count(watched: Watched, world: World, operation: str, steps: dict[str, list[float]]) -> None:
    recorded = world.wire.recordings[-1]
    total = sum(call.units.wru + call.units.index_wru for call in recorded)
    before = getattr(watched, "_units", 0.0)
    watched._units = total  # type: ignore[attr-defined]
    steps[operation].append(total - before)


if __name__ == "__main__":
    main()
