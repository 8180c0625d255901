"""Orders' lives of seven API operations, through real handlers in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from tests.support.shop import dispatch, fulfilments, must, order_body, pay, read, receive, tell
from tests.support.timing import START
from tests.support.world import World

ORDER = "phone-earphones-tees"
"""A phone, earphones and three tees, with a coupon and two promotions, from one warehouse."""
DONE_AFTER = timedelta(days=30)
"""By then the watcher has completed the orders."""
SCANS = ((3, "in_transit"), (2, "out_for_delivery"), (1, "delivered"))


def stock_up(world: World, lives: int) -> None:
    """Enough on the shelf for so many lives more."""
    placed = must(world.call("POST", "/v1/orders", order_body(name=ORDER), key="stock-up"))
    (fulfilment,) = placed["plan"]["fulfilments"]
    for line in fulfilment["lines"]:
        receive(world, line["sku"], fulfilment["node_id"], line["quantity"] * lives)
    world.pump()


def live(world: World, key: str, name: str, lives: int = 1, after: Callable[[str], None] = lambda _: None) -> None:
    """Place, read, capture, dispatch, three carrier events, completion by deadline: `lives` orders side by side.

    `key` is the API key that places them: each life has one call of the authorizer, whose answer then is cached.
    `after` hears of each operation when everything that follows it (stream, bus, queues) has happened. Raises
    `AssertionError` when an operation is refused or an order does not end completed.
    """
    orders: list[dict[str, Any]] = []
    for operation in _operations(world, key, name, lives, orders):
        world.pump()
        after(operation)
    world.clock.set(START)
    for order in orders:
        status = world.aws.get_item(TableName="OrdersTable", Key=_header(order))["Item"]["status"]["S"]
        if status != "completed":
            raise AssertionError(f"the order ended {status}")


def _operations(world: World, key: str, name: str, lives: int, orders: list[dict[str, Any]]) -> Iterator[str]:
    for number in range(lives):
        body = order_body(name=ORDER, external_id=f"{name}-{number}")
        orders.append(must(world.call("POST", "/v1/orders", body, key=f"{name}-{number}", client=key)))
    yield "place"
    for order in orders:
        read(world, order["order_id"])
    yield "read"
    for order in orders:
        must(pay(world, order, reference=order["order_id"]))
    yield "capture"
    for order in orders:
        must(dispatch(world, fulfilments(order)[0], order["order_id"]))
    yield "dispatch"
    for minutes, status in SCANS:
        for order in orders:
            must(tell(world, order["order_id"].upper(), status, minutes=minutes))
        yield status
    world.tick(START + DONE_AFTER)
    yield "complete"


def _header(order: dict[str, Any]) -> dict[str, Any]:
    return {"pk": {"S": order["order_id"]}, "sk": {"S": "order"}}
