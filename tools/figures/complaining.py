"""What a complaint costs: said, judged, carried by its machine, answered, and made good by a change of its order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from tests.support.blueprint import queue_url
from tests.support.shop import must, order_body, pay, place, shop_world
from tests.support.world import World
from tools.figures.bill import PRICES, Traffic, bill
from tools.figures.line import figure
from tools.figures.watching import Watch, Watched

RUNS, OPERATIONS = 5, 3
TRANSITIONS = 8
"""Of a Standard execution from its start: Look, IsOpen, Await, WasWoken, Look, IsOpen, Ended."""
TRANSITION_USD = 0.000025
"""List price of one transition of a Standard workflow."""
HOW = (
    "recorded calls of a complaint about a paid order: accepted, opened, carried, answered, refunded by a change, with "
    f"what follows by bus and queues; {PRICES['region']} list prices of {PRICES['date']}"
)
_numbers = count(1)


def complaint_figures() -> Iterator[dict[str, object]]:
    """`complaint.usd_per_million` and `complaint.aws_calls`."""
    with shop_world() as world:
        runs = [_run(world) for _ in range(RUNS + 1)][1:]
    yield figure("complaint.usd_per_million", [dollars for dollars, _ in runs], "USD", HOW)
    yield figure("complaint.aws_calls", [calls for _, calls in runs], "calls", HOW)


def _run(world: World) -> tuple[float, int]:
    order = place(world, order_body(external_id=f"COMPLAINT-{next(_numbers)}"))
    must(pay(world, order))
    world.pump()
    batches: list[int] = []
    deliver = world.deliver

    def counted(queue: str) -> int:
        waiting = len(world.queues[queue_url(queue)])
        batches.extend(min(10, waiting - start) for start in range(0, waiting, 10))
        return deliver(queue)

    world.deliver = counted  # type: ignore[method-assign]
    try:
        with Watch(world).on() as watched:
            _life(world, order)
    finally:
        world.deliver = deliver  # type: ignore[method-assign]
    traffic = Traffic(OPERATIONS, sum(batches), len(batches))
    dollars = sum(bill(watched, traffic).values()) + TRANSITIONS * TRANSITION_USD
    return dollars * 1e6, _calls(watched)


def _calls(watched: Watched) -> int:
    return len(watched.handler_calls)


def _life(world: World, order: dict[str, Any]) -> None:
    number = next(_numbers)
    said = {"order_id": order["order_id"], "subject": "Late", "text": "It came a week late."}
    complaint = must(world.call("POST", "/v1/complaints", said, key=f"c-{number}"))["complaint_id"]
    world.pump()
    path = f"/v1/complaints/{complaint}"
    must(world.call("POST", f"{path}/messages", {"role": "staff", "text": "We are sorry."}, key=f"m-{number}"))
    refund = {"outcome": "refund", "reason": "Late", "amount": {"amount": 100, "currency": "CNY"}}
    must(world.call("POST", f"{path}/resolution", refund, key=f"r-{number}"))
    world.pump()
