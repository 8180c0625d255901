"""One order's life of seven API operations, through real handlers in one process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.support.shop import dispatch, fulfilments, must, order_body, pay, place, read, tell
from tests.support.timing import START
from tests.support.world import World

DONE_AFTER = timedelta(days=30)
"""By then the watcher has completed the order."""


def three_lines(external_id: str) -> dict[str, Any]:
    """The sample order: a phone, earphones and three tees, with a coupon and two promotions, from one warehouse."""
    return order_body(name="phone-earphones-tees", external_id=external_id)


def live(world: World, number: int, after: Callable[[str], None] = lambda _: None) -> str:
    """Place, read, capture, dispatch, three carrier events; then completed by its deadline. `after` hears of each.

    Everything that follows an operation (stream, bus, queues) has happened before `after` is called. Returns the
    order's id; raises `AssertionError` when an operation is refused or the order does not end completed.
    """
    tracking = f"TRK{number:08d}"

    def done(operation: str) -> None:
        world.pump()
        after(operation)

    order = place(world, three_lines(f"LIFE-{number}"), key=f"life-{number}")
    done("place")
    read(world, order["order_id"])
    done("read")
    must(pay(world, order, reference=f"pay-{number}"))
    done("capture")
    must(dispatch(world, fulfilments(order)[0], tracking))
    done("dispatch")
    for minutes, status in ((3, "in_transit"), (2, "out_for_delivery"), (1, "delivered")):
        must(tell(world, tracking, status, minutes=minutes))
        done(status)
    world.tick(START + DONE_AFTER)
    done("complete")
    ended = read(world, order["order_id"])["status"]
    if ended != "completed":
        raise AssertionError(f"the order ended {ended}")
    world.clock.set(START)
    return str(order["order_id"])
