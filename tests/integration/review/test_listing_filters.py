"""Filters of the order listing that go together, and those that cannot."""

from __future__ import annotations

import pytest

from tests.support.shop import must, order_body, place
from tests.support.world import Client, World

pytestmark = pytest.mark.moto
BOTH = Client("both", ("web", "shop"))


def listed(world: World, query: str) -> list[str]:
    found = must(world.call("GET", f"/v1/orders?{query}", client=BOTH))
    return [order["channel"] for order in found["orders"]]


def test_a_range_that_ends_before_it_begins_is_refused(world: World) -> None:
    place(world)
    times = "placed_from=2026-03-02T00:00:00Z&placed_to=2026-03-01T00:00:00Z"
    for way in ("status=placed", "customer_id=c-1001"):
        answer = world.call("GET", f"/v1/orders?{way}&{times}", client=BOTH)
        assert (answer.status, answer.code) == (422, "invalid_request")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_no_calendar_has_in_utc_is_refused(world: World, moment: str) -> None:
    answer = world.call("GET", f"/v1/orders?status=placed&placed_from={moment}", client=BOTH)
    assert (answer.status, answer.code) == (422, "invalid_request")


@pytest.mark.parametrize("way", ["status=placed", "customer_id=c-1001", "phone=%2B8613800000000"])
def test_a_named_channel_narrows_every_way_of_finding(world: World, way: str) -> None:
    must(world.call("PUT", "/v1/channels/shop", _channel(world)))
    place(world)
    must(world.call("POST", "/v1/orders", order_body(channel="shop"), key="in-the-shop", client=BOTH))
    assert sorted(listed(world, way)) == ["shop", "web"]
    assert listed(world, f"{way}&channel=web") == ["web"]


def _channel(world: World) -> dict[str, object]:
    body = must(world.call("GET", "/v1/channels/web"))
    return {name: value for name, value in body.items() if name not in {"channel_id", "version"}}


@pytest.mark.parametrize("way", ["phone=%2B8613800000000", "email=customer%40example.com"])
def test_a_lookup_with_more_orders_than_a_page_goes_on(world: World, way: str) -> None:
    placed = [place(world)["order_id"] for _ in range(5)]
    found: list[str] = []
    sizes, cursor = list[int](), ""
    while True:
        page = must(world.call("GET", f"/v1/orders?{way}&limit=2{cursor}"))
        found += [order["order_id"] for order in page["orders"]]
        sizes.append(len(page["orders"]))
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == sorted(placed, reverse=True)
    assert sizes == [2, 2, 1]
