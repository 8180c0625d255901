"""What changing an order costs: preview and apply of an edit that sources goods, and of a cancellation in part."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from tests.support.shop import must, order_body, pay, place, shop_world
from tests.support.world import World
from tools.figures.line import figure
from tools.figures.watching import Watch, Watched

RUNS = 15
EDIT: dict[str, Any] = {
    "kind": "edit",
    "operations": [
        {"op": "swap_options", "line_id": "1", "quantity": 1, "options": {"size": "L"}},
        {"op": "add_line", "sku": "AURORA-BUDS", "quantity": 1, "options": {"colour": "black"}},
    ],
}
"""One unit in another size, and a line more."""
PART: dict[str, Any] = {"kind": "cancel_units", "lines": [{"line_id": "1", "quantity": 1}]}
_numbers = count(1)


def change_figures() -> Iterator[dict[str, object]]:
    """`change.cpu_ms` (preview and apply together), each apart, and the same of a cancellation in part."""
    with shop_world() as world:
        for name, body, what in (
            ("change", EDIT, "an edit: one unit swapped for another size, one line more"),
            ("change.cancel_units", PART, "one unit of three cancelled"),
        ):
            yield from _figures(world, name, body, what)


def _figures(world: World, name: str, body: dict[str, Any], what: str) -> Iterator[dict[str, object]]:
    world.reset()
    runs = [_run(world, body) for _ in range(RUNS + 1)][1:]
    how = f"change_order, {what}, of a paid order of three tees under a promotion; in process, emulator excluded"
    both = [_cpu(preview) + _cpu(applied) for preview, applied in runs]
    yield figure(f"{name}.cpu_ms", both, "ms", f"{how}; preview and apply")
    for part, each in zip(("preview", "apply"), zip(*runs, strict=True), strict=True):
        yield figure(f"{name}.{part}.cpu_ms", [_cpu(one) for one in each], "ms", f"{how}; {part}")
        calls = [len(one.handler_calls) for one in each]
        yield figure(f"{name}.{part}.aws_calls", calls, "calls", f"{how}; {part}")


def _cpu(watched: Watched) -> float:
    return sum(one.cpu_s for one in watched.invocations) * 1000


def _run(world: World, body: dict[str, Any]) -> tuple[Watched, Watched]:
    """The preview and the apply of one change of an order of its own."""
    order = place(world, order_body(external_id=f"BENCH-{next(_numbers)}"))
    must(pay(world, order))
    path = f"/v1/orders/{order['order_id']}/changes"
    asked = {"reason": "bench", "requested_by": "customer", **body}
    with Watch(world).on() as preview:
        change = must(world.call("POST", path, asked, key=f"bench-{next(_numbers)}"), 201)
    with Watch(world).on() as applied:
        must(world.call("POST", f"{path}/{change['change_id']}/apply"), 200)
    return preview, applied
