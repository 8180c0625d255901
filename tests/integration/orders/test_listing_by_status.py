"""Orders are found by their status, also where the index keeps several statuses in one group."""

from __future__ import annotations

from typing import Any

from tests.support.shop import dispatch, fulfilments, must, order_body, pay, place, tell
from tests.support.world import World


def test_shipped_and_delivered_orders_share_a_group_but_no_listing(world: World) -> None:
    orders = [place(world, order_body(external_id=f"S-{number}")) for number in range(4)]
    placed, released, shipped, delivered = (order["order_id"] for order in orders)
    for order in orders[1:]:
        must(pay(world, order, reference=order["order_id"]))
    for order in orders[2:]:
        must(dispatch(world, fulfilments(order)[0], order["order_id"]))
    must(tell(world, delivered.upper(), "delivered"))
    assert _listed(world, "placed") == [placed]
    assert _listed(world, "released") == [released]
    assert _listed(world, "in_fulfilment") == []
    assert _listed(world, "shipped") == [shipped]
    assert _listed(world, "delivered") == [delivered]


def test_a_page_is_filled_past_neighbours_of_another_status(world: World) -> None:
    orders = [place(world, order_body(external_id=f"S-{number}")) for number in range(5)]
    for order in orders:
        must(pay(world, order, reference=order["order_id"]))
    for order in orders[1:]:
        fulfilment = fulfilments(order)[0]
        must(world.call("POST", f"/v1/fulfilments/{fulfilment}/accept"))
    assert _listed(world, "released", limit=2) == [orders[0]["order_id"]]
    assert _listed(world, "in_fulfilment", limit=4) == [order["order_id"] for order in reversed(orders[1:])]


def _listed(world: World, status: str, limit: int = 50) -> list[str]:
    page: dict[str, Any] = must(world.call("GET", f"/v1/orders?status={status}&limit={limit}"))
    return [order["order_id"] for order in page["orders"]]
