"""Returns through the API of the world in process: orders that came, what is asked back, what a node counts."""

from __future__ import annotations

from typing import Any

from tests.support.shop import dispatch, fulfilments, must, order_body, pay, place, tell
from tests.support.world import World

SHOP_ADDRESS = {"name": "Shop", "line1": "1 Way", "city": "Hangzhou", "country": "CN"}
EVERYTHING = {"automatic": {"CNY": 1_000_000}, "automatic_faults": {"CNY": 1_000_000}}
"""All that is in time is approved at once."""


def return_policy(world: World, policy: dict[str, Any], channel: str = "web") -> None:
    """The channel takes returns by this policy from now on."""
    body = must(world.call("GET", f"/v1/channels/{channel}"))
    returns = {**(body.get("returns") or {}), "policy": policy}
    must(world.call("PUT", f"/v1/channels/{channel}", {**body, "returns": returns}))
    world.clock.advance(minutes=1)


def came(world: World, name: str, *lines: tuple[str, int, dict[str, str]]) -> dict[str, Any]:
    """A paid order that came whole; its parcels are called `<name>`, `<name>-2`, …"""
    order = place(world, order_body(*lines) if lines else None)
    must(pay(world, order, reference=name))
    for number, work in enumerate(fulfilments(order), start=1):
        tracking = name if number == 1 else f"{name}-{number}"
        must(dispatch(world, work, tracking))
        must(tell(world, tracking, "delivered"))
    return order


def ask(world: World, order: dict[str, Any], key: str, *units: tuple[str, int], **fields: Any) -> dict[str, Any]:
    """A return is asked for; its view."""
    lines = [{"line_id": line, "quantity": quantity} for line, quantity in units or (("1", 1),)]
    body = {"lines": lines, "reason": "too_small", **fields}
    found: dict[str, Any] = must(world.call("POST", f"/v1/orders/{order['order_id']}/returns", body, key=key))
    return found


def asked_back(world: World, name: str, quantity: int = 1, **fields: Any) -> str:
    """Lamps came, and some are to go back: the return, once it is carried."""
    order = came(world, name, ("LAMP", quantity, {}))
    found = ask(world, order, f"ask-{name}", ("1", quantity), **fields)
    world.pump()
    return str(found["return_id"])


def inspected(line_id: str = "1", quantity: int = 1, **fields: Any) -> dict[str, Any]:
    """Units as a node counts them: as new, back on the shelf."""
    unit = {"line_id": line_id, "quantity": quantity, "condition": "as_new", "disposition": "restock"}
    return {**unit, **fields}


def received(
    world: World, return_id: str, key: str, *units: dict[str, Any], node: str = "hangzhou", **fields: Any
) -> dict[str, Any]:
    """A node counts what came; the return's view."""
    body = {"node_id": node, "units": list(units), **fields}
    found: dict[str, Any] = must(world.call("POST", f"/v1/returns/{return_id}/receipt", body, key=key))
    return found


def read(world: World, return_id: str) -> dict[str, Any]:
    """The return as it is now."""
    found: dict[str, Any] = must(world.call("GET", f"/v1/returns/{return_id}"))
    return found
