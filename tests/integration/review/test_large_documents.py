"""Master data larger than a table's item: refused with the limit, nothing written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.world import World

pytestmark = pytest.mark.moto


AXES = ("first", "second", "third", "fourth", "fifth")


def product(length: int) -> dict[str, Any]:
    """500 variants with prices; its size grows with the length of the options' values."""
    values = [f"{number:03d}".ljust(length, "x") for number in range(200)]
    combinations = [
        dict.fromkeys(AXES, values[0]) | {"first": values[number % 200], "second": values[number // 200]}
        for number in range(500)
    ]
    return {
        "name": {"en": "Everything"},
        "options": [{"axis": axis, "values": values} for axis in AXES],
        "variants": [
            {"sku": f"V-{number}", "options": options, "prices": {"cny-retail": 100 + number}}
            for number, options in enumerate(combinations)
        ],
        "allowed": combinations,
        "prices": {"cny-retail": 100},
    }


def test_a_product_that_no_item_holds_is_refused_with_the_limit(world: World) -> None:
    answer = world.call("PUT", "/v1/products/HUGE", product(64))
    assert (answer.status, answer.code) == (413, "body_too_large")
    assert answer.body["facts"]["limit_bytes"] == 350_000 < answer.body["facts"]["bytes"]
    assert world.call("GET", "/v1/products/HUGE").status == 404


def test_a_large_product_is_kept(world: World) -> None:
    assert world.call("PUT", "/v1/products/LARGE", product(20)).status == 200
    assert len(world.call("GET", "/v1/products/LARGE").body["variants"]) == 500
