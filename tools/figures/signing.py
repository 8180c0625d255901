"""What the courier's page and the page for reports of damage weigh, and what a handover costs the function."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from tests.support.browser import visit
from tests.support.shop import shop_world
from tests.support.signed import sign_path
from tests.support.tracked import NUMBER, sent, track
from tests.support.uploads import proof
from tests.support.world import World
from tools.figures.line import figure
from tools.figures.watching import Watch

RUNS = 30
STROKES = [[[x, (x * 7) % 90, x * 12] for x in range(60)] for _ in range(6)]
"""A signature as phones give it: 360 points."""


def signing_figures() -> Iterator[dict[str, object]]:
    """`sign.kb` and `damage.kb`: everything that a browser gets at once, scripts and styles too; `sign.cpu_ms`."""
    with shop_world() as world:
        order = sent(world, "out_for_delivery")
        link = sign_path(world, order)
        yield _weight(world, "sign", link, "GET /sign/{token} of one parcel")
        spent = [_spent(world, lambda: visit(world, link)) for _ in range(RUNS)]
        yield figure("sign.cpu_ms", spent, "ms", "the same through the handler in process; user and system time")
        headers = {"content-type": "application/json", "idempotency-key": "device-1.0"}
        body = json.dumps(proof(tracking_number=NUMBER, signature={"strokes": STROKES})).encode()
        first = _spent(world, lambda: visit(world, f"{link}/proof", body, headers))
        how = "POST /sign/{token}/proof with strokes of 360 points, warm, once; user and system time"
        yield figure("sign.proof.cpu_ms", [first], "ms", how)
        yield _weight(world, "damage", f"{track(world, order)}/damage", "GET /track/{token}/damage of one line")


def _weight(world: World, name: str, link: str, what: str) -> dict[str, object]:
    sizes = [len(visit(world, f"{link}?lang={each}").html.encode()) / 1000 for each in ("en", "zh")]
    return figure(f"{name}.kb", sizes, "kB", f"{what}, with scripts and style sheet, in both languages", digits=1)


def _spent(world: World, work: Callable[[], object]) -> float:
    """Milliseconds of the function's own time."""
    with Watch(world).on() as watched:
        work()
    return sum(one.cpu_s for one in watched.invocations) * 1000
