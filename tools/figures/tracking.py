"""What a tracking page weighs and costs: an order of three lines on its way, and the largest page there can be."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.browser import visit
from tests.support.shop import order_body, shop_world
from tests.support.tracked import sent, track
from tests.support.world import World
from tools.figures.line import figure
from tools.figures.watching import Watch

RUNS, SCANS = 30, ("picked_up", *["in_transit"] * 8, "out_for_delivery")
HOW = "GET /track/{{token}} through the handler in process, {what}; {measure}"


def tracking_figures() -> Iterator[dict[str, object]]:
    """`track.kb`: everything that a browser gets, headers apart (there is nothing else to fetch); `track.cpu_ms`."""
    tees, mixed = ("TEE-WHITE", 1, {"size": "M"}), [("TEE-WHITE", 3, {"size": "M"}), ("TEE-WHITE", 1, {"size": "L"})]
    with shop_world() as world:
        usual = track(world, sent(world, *SCANS, lines=order_body(*mixed)["lines"]))
        yield from _figures(world, "track", usual, f"an order out for delivery after {len(SCANS)} scans")
    with shop_world() as world:
        large = track(world, sent(world, *["in_transit"] * 60, lines=order_body(*[tees] * 100)["lines"]))
        yield from _figures(world, "track.large", large, "an order of 100 lines after 60 scans")


def _figures(world: World, name: str, link: str, what: str) -> Iterator[dict[str, object]]:
    sizes = [len(visit(world, f"{link}?lang={each}").html.encode()) / 1000 for each in ("en", "zh")]
    size = HOW.format(what=what, measure="kB of HTML with its style sheet, in both languages")
    yield figure(f"{name}.kb", sizes, "kB", size, digits=1)
    spent = []
    for _ in range(RUNS):
        with Watch(world).on() as watched:
            visit(world, link)
        spent.append(sum(one.cpu_s for one in watched.invocations) * 1000)
    cpu = HOW.format(what=what, measure="user and system time of the function, emulator excluded")
    yield figure(f"{name}.cpu_ms", spent, "ms", cpu)
