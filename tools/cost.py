"""`make cost`: dollars per million orders, counted from orders' lives of seven API operations to completed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from tests.support.blueprint import queue_url
from tests.support.shop import shop_world
from tests.support.wire import Call
from tests.support.world import World
from tools.figures.bill import PRICES, Traffic, bill
from tools.figures.casework import case_figures
from tools.figures.life import live, stock_up
from tools.figures.line import figure, show
from tools.figures.watching import Watch, Watched

RUNS = 5
OPERATIONS = 7
TOGETHER = 10
"""Lives side by side: what a batching window of 5 s gathers at a million orders a month (docs/figures.md)."""
LIFE = (
    "recorded calls of place, read, capture, dispatch, three carrier events and completion of an order of three lines; "
    f"one authorizer call; no webhook endpoint; {PRICES['region']} list prices of {PRICES['date']}"
)
TOGETHER_HOW = (
    f"{LIFE}; {TOGETHER} lives side by side, so that streams and queues hand over batches of about {TOGETHER}"
)

Units = dict[str, dict[str, float]]
"""Write units by operation, and of each by kind of item."""


def main() -> None:
    """Print the whole, each service, the whole without batches, and the write units by operation and item."""
    with shop_world() as world:
        stock_up(world, (RUNS + 1) * (TOGETHER + 1))
        key = world.new_key()
        live(world, key, "warm")
        together = [run(world, key, f"together-{number}", TOGETHER) for number in range(RUNS)]
        alone = [run(world, key, f"alone-{number}", 1) for number in range(RUNS)]
    show_bills([dollars for dollars, _ in together])
    totals = [sum(dollars.values()) for dollars, _ in alone]
    show(figure("life.usd_per_million.alone", totals, "USD", f"{LIFE}; one life by itself, every batch holds one"))
    show_units([units for _, units in alone])
    for each in case_figures():
        show(each)


def show_bills(bills: list[dict[str, float]]) -> None:
    """The whole, and each service, the dearest first."""
    show(figure("life.usd_per_million", [sum(dollars.values()) for dollars in bills], "USD", TOGETHER_HOW))
    for service in sorted(bills[0], key=lambda name: -bills[0][name]):
        show(figure(f"life.usd_per_million.{service}", [dollars[service] for dollars in bills], "USD", TOGETHER_HOW))


def show_units(runs: list[Units]) -> None:
    """`life.write_units.<operation>`, and of each its items."""
    for operation, items in runs[0].items():
        how = f"table and index writes of this operation and of what follows from it: {_listed(items)}"
        show(figure(f"life.write_units.{operation}", [sum(units[operation].values()) for units in runs], "WRU", how))


def run(world: World, key: str, name: str, lives: int) -> tuple[dict[str, float], Units]:
    """Dollars per million lives by service, and the write units of one life."""
    batches: list[int] = []
    deliver, units, seen = world.deliver, dict[str, dict[str, float]](), 0

    def counted(queue: str) -> int:
        waiting = len(world.queues[queue_url(queue)])
        batches.extend(min(10, waiting - start) for start in range(0, waiting, 10))
        return deliver(queue)

    def after(operation: str) -> None:
        nonlocal seen
        calls = world.wire.recordings[-1]
        units[operation] = {kind: sum_ / lives for kind, sum_ in by_kind(calls[seen:]).items()}
        seen = len(calls)

    world.deliver = counted  # type: ignore[method-assign]
    try:
        with Watch(world).on() as watched:
            live(world, key, name, lives, after)
    finally:
        world.deliver = deliver  # type: ignore[method-assign]
    return _per_million(watched, batches, lives), units


def by_kind(calls: Iterable[Call]) -> Counter[str]:
    """Write units by kind of item; those of indexes apart."""
    found: Counter[str] = Counter()
    for call in calls:
        for (_, pk, sk), units in call.written.items():
            kind = kind_of(pk, sk)
            found[kind] += units.wru  # type: ignore[assignment]  # units may be halves
            found[f"{kind} (indexes)"] += units.index_wru  # type: ignore[assignment]
    return +found


def kind_of(pk: str, sk: str) -> str:
    """What an item is, from its keys: `order`, `event`, `lookup#tracking`, `counter`, `published`, …"""
    if pk.startswith("lookup#"):
        return "#".join(pk.split("#")[:2])
    return pk.partition("#")[0] if sk == "claim" or pk.startswith("published#") else sk.partition("#")[0]


def _per_million(watched: Watched, batches: list[int], lives: int) -> dict[str, float]:
    dollars = bill(watched, Traffic(OPERATIONS * lives, sum(batches), len(batches)))
    return {service: each * 1e6 / lives for service, each in dollars.items()}


def _listed(items: dict[str, float]) -> str:
    parts: dict[str, str] = defaultdict(str)
    for kind, units in sorted(items.items(), key=lambda pair: (-pair[1], pair[0])):
        parts[kind] = f"{units:g} {kind}"
    return ", ".join(parts.values()) or "nothing"


if __name__ == "__main__":
    main()
