"""What cases cost that Standard machines carry: a complaint and a return, from their request to their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

from tests.support.asl import Execution
from tests.support.blueprint import queue_url
from tests.support.returned import EVERYTHING, came, inspected, received, return_policy
from tests.support.shop import must, order_body, pay, place, shop_world
from tests.support.world import World
from tools.figures.bill import PRICES, Traffic, bill
from tools.figures.line import figure
from tools.figures.watching import Watch, Watched

RUNS = 5
WITH = f"with what follows by bus, queues and its machine; {PRICES['region']} list prices of {PRICES['date']}"
COMPLAINT = f"recorded calls of a complaint about a paid order: said, opened, carried, answered, refunded, {WITH}"
RETURN = f"recorded calls of a return: asked for, approved by the policy, carried, counted, refunded, {WITH}"
Order = dict[str, Any]
_numbers = count(1)


def case_figures() -> Iterator[dict[str, object]]:
    """`complaint.usd_per_million`, `return.usd_per_million`, and of each `aws_calls` and `transitions`."""
    for name, how, prepare, live in (
        ("complaint", COMPLAINT, _paid, _complained),
        ("return", RETURN, _came, _returned),
    ):
        with shop_world() as world:
            return_policy(world, EVERYTHING)
            runs = [_run(world, prepare, live) for _ in range(RUNS + 1)][1:]  # the first one warms what is cached
        yield figure(f"{name}.usd_per_million", [each[0] for each in runs], "USD", how)
        yield figure(f"{name}.aws_calls", [each[1] for each in runs], "calls", how)
        yield figure(f"{name}.transitions", [each[2] for each in runs], "transitions", how)


def _run(
    world: World, prepare: Callable[[World], Order], live: Callable[[World, Order], int]
) -> tuple[float, int, int]:
    """Dollars per million cases, calls of AWS, and transitions of the case's own execution."""
    order = prepare(world)
    world.pump()
    batches: list[int] = []
    deliver, carried = world.deliver, set(world.edge.carried)

    def counted(queue: str) -> int:
        waiting = len(world.queues[queue_url(queue)])
        batches.extend(min(10, waiting - start) for start in range(0, waiting, 10))
        return deliver(queue)

    world.deliver = counted  # type: ignore[method-assign]
    try:
        with Watch(world).on() as watched:
            operations = live(world, order)
    finally:
        world.deliver = deliver  # type: ignore[method-assign]
    transitions = transitions_of([each for name, each in world.edge.carried.items() if name not in carried])
    traffic = Traffic(operations, sum(batches), len(batches))
    return usd_per_million(watched, traffic, transitions), len(watched.handler_calls), transitions


def transitions_of(executions: Sequence[Execution]) -> int:
    """States that the case's execution entered, each a transition. RuntimeError unless it is one that has succeeded:
    what is still carried would look cheap.
    """
    if [each.status for each in executions] != ["SUCCEEDED"]:
        raise RuntimeError(f"not one execution that has ended: {executions}")
    return len(executions[0].path)


def usd_per_million(watched: Watched, traffic: Traffic, transitions: int) -> float:
    """Dollars for a million cases: what happened in one, with the transitions of its Standard machine."""
    dollars: float = sum(bill(watched, traffic).values()) * 1e6
    return dollars + float(transitions * PRICES["per_million"]["standard_transition"])


def _paid(world: World) -> Order:
    order = place(world, order_body(external_id=f"CASE-{next(_numbers)}"))
    must(pay(world, order))
    return order


def _came(world: World) -> Order:
    return came(world, f"CASE-{next(_numbers)}")


def _complained(world: World, order: Order) -> int:
    """Three operations of the API."""
    number = next(_numbers)
    said = {"order_id": order["order_id"], "subject": "Late", "text": "It came a week late."}
    complaint = must(world.call("POST", "/v1/complaints", said, key=f"c-{number}"))["complaint_id"]
    world.pump()
    path = f"/v1/complaints/{complaint}"
    must(world.call("POST", f"{path}/messages", {"role": "staff", "text": "We are sorry."}, key=f"m-{number}"))
    refund = {"outcome": "refund", "reason": "Late", "amount": {"amount": 100, "currency": "CNY"}}
    must(world.call("POST", f"{path}/resolution", refund, key=f"r-{number}"))
    world.pump()
    return 3


def _returned(world: World, order: Order) -> int:
    """Three operations of the API."""
    number = next(_numbers)
    body = {"lines": [{"line_id": "1", "quantity": 1}], "reason": "too_small"}
    asked = must(world.call("POST", f"/v1/orders/{order['order_id']}/returns", body, key=f"a-{number}"))["return_id"]
    world.pump()
    sent = {"carrier": "generic", "tracking_number": f"BACK-{number}"}
    must(world.call("POST", f"/v1/returns/{asked}/tracking", sent))
    world.pump()
    received(world, asked, f"r-{number}", inspected())
    world.pump()
    return 3
