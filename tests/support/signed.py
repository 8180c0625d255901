"""Parcels that are signed for on the courier's page: the links, a line drawn by hand, and what was recorded."""

from __future__ import annotations

import base64
from typing import Any

from ordo.orders.model import shipment_id
from tests.support.shop import fulfilments, must
from tests.support.tracked import paid
from tests.support.world import World

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
PHOTO = {"name": "door.png", "mimeType": "image/png", "buffer": PICTURE}
"""A file as a camera gives one: a red dot."""


def sign_path(world: World, order: dict[str, Any], number: str | None = None) -> str:
    """Where the page of the order's first shipment is, or of one parcel of it."""
    query = f"?tracking_number={number}" if number else ""
    path = f"/v1/shipments/{shipment_id(order['order_id'], 1)}/signing-link{query}"
    found: str = must(world.call("GET", path))["path"]
    return found


def in_two_boxes(world: World, **changes: Any) -> dict[str, Any]:
    """A paid order of three tees on its way in two parcels, `A` with two units and `B` with one."""
    order = paid(world, **changes)
    boxes = [
        {"tracking_number": number, "lines": [{"line_id": "1", "quantity": units}]}
        for number, units in (("A", 2), ("B", 1))
    ]
    path = f"/v1/fulfilments/{fulfilments(order)[0]}/dispatch"
    must(world.call("POST", path, {"carrier": "generic", "parcels": boxes}))
    world.clock.advance(hours=3)
    return order


def proofs(world: World, order: dict[str, Any]) -> list[dict[str, Any]]:
    """What was recorded of the order's first shipment, with what is personal."""
    shipment = shipment_id(order["order_id"], 1)
    found: list[dict[str, Any]] = must(world.call("GET", f"/v1/shipments/{shipment}/proof"))["proofs"]
    return found


def verified(world: World, order: dict[str, Any]) -> dict[str, Any]:
    """What the order's timeline says when everything of it is verified."""
    path = f"/v1/orders/{order['order_id']}/timeline?verify=true"
    found: dict[str, Any] = must(world.call("GET", path))
    return found


def draw(page: Any, *, wiggles: int = 6) -> None:
    """A line by the mouse, across the field for the signature."""
    page.locator("#canvas").scroll_into_view_if_needed()
    field = page.locator("#canvas").bounding_box()
    left, middle = field["x"] + 20, field["y"] + field["height"] / 2
    step = (field["width"] - 40) / wiggles
    page.mouse.move(left, middle)
    page.mouse.down()
    for at in range(1, wiggles + 1):
        page.mouse.move(left + at * step, middle + (30 if at % 2 else -30), steps=6)
    page.mouse.up()
