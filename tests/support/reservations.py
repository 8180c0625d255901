"""Reservations through the API, for tests."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.support.shop import must, order_body
from tests.support.world import Answer, Client, World

_numbers = count(1)


def reservation_body(*lines: tuple[str, int], **changes: Any) -> dict[str, Any]:
    """A reservation of plain products for a customer."""
    body = order_body(*[(sku, quantity, {}) for sku, quantity in lines])
    return {"channel": body["channel"], "customer_id": "c-1", "lines": body["lines"], **changes}


def ask(world: World, body: dict[str, Any], key: str | None = None, client: Client | None = None) -> Answer:
    """Ask for a reservation."""
    return world.call("POST", "/v1/reservations", body, key=key or f"reserved-{next(_numbers)}", client=client)


def reserve(world: World, *lines: tuple[str, int], **changes: Any) -> dict[str, Any]:
    """A reservation, as answered."""
    made: dict[str, Any] = must(ask(world, reservation_body(*lines, **changes)), 201)
    return made


def shown(world: World, reservation_id: str) -> dict[str, Any]:
    """The reservation as the API shows it."""
    found: dict[str, Any] = must(world.call("GET", f"/v1/reservations/{reservation_id}"))
    return found


def order_with(reservation: dict[str, Any], *lines: tuple[str, int], **changes: Any) -> dict[str, Any]:
    """The body of an order that names it, of the same lines unless told otherwise."""
    wanted = lines or tuple((line["sku"], line["quantity"]) for line in reservation["lines"])
    return order_body(
        *[(sku, quantity, {}) for sku, quantity in wanted], reservation_id=reservation["reservation_id"], **changes
    )


def policy(world: World, channel: str = "web", **reservations: Any) -> None:
    """Change what the channel says of reservations (`off=True`: none) and let caches pass."""
    document = must(world.call("GET", f"/v1/channels/{channel}"))
    said = None if reservations.pop("off", False) else {**(document.get("reservations") or {}), **reservations}
    must(world.call("PUT", f"/v1/channels/{channel}", {**document, "reservations": said}))
    world.clock.advance(minutes=1)
