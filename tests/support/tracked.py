"""Orders at the stages that customers look at them, with the link to each."""

from __future__ import annotations

from typing import Any

from tests.support.shop import dispatch, fulfilments, must, order_body, pay, place, read, tell
from tests.support.world import World

NUMBER = "SF1234567890"


def track(world: World, order: dict[str, Any]) -> str:
    """The path of the order's page."""
    path: str = read(world, order["order_id"])["links"]["track"]
    return path


def placed(world: World, **changes: Any) -> dict[str, Any]:
    """An unpaid order that the customer knows as WEB-1001."""
    return place(world, order_body(**{"external_id": "WEB-1001", **changes}))


def paid(world: World, **changes: Any) -> dict[str, Any]:
    """The same, paid."""
    order = placed(world, **changes)
    must(pay(world, order))
    return order


def sent(world: World, *scans: str, **changes: Any) -> dict[str, Any]:
    """Packed and dispatched two hours after payment, then scanned, an hour between each."""
    order = paid(world, **changes)
    world.clock.advance(hours=2)
    for number, fulfilment in enumerate(fulfilments(order)):
        for step in ("accept", "pick", "pack"):
            must(world.call("POST", f"/v1/fulfilments/{fulfilment}/{step}"))
        must(dispatch(world, fulfilment, f"{NUMBER}{number or ''}"))
    for scan in scans:
        world.clock.advance(hours=1)
        must(tell(world, NUMBER, scan))
    return order
