"""Hot SKUs and kept quantities under many orders, 32 at a time, of whose commits a third meet another writer: 80 of one
SKU, under ORDO_PROOF=full 200.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest

from tests.proof.test_coupon_contention import at_once, flash, offer
from tests.support.audit import audit, ledger
from tests.support.faults import Conflicts
from tests.support.shop import must, order_body, place, sell
from tests.support.world import Answer, Client, World

ORDERS, SHARE = 200 if os.environ.get("ORDO_PROOF") == "full" else 80, 0.3
UNITS = ORDERS * 3 // 4
PATH = "/v1/stock/HOT/nodes/hangzhou"


def a_hot_sku(world: World, units: int, **settings: Any) -> None:
    place(world)  # a warm container of each function
    sell(world, "HOT", {"hangzhou": units})
    must(world.call("PUT", PATH, settings))


def hot(channel: str = "web", quantity: int = 1) -> dict[str, Any]:
    return order_body(("HOT", quantity, {}), channel=channel)


def outcomes(answers: dict[str, Answer]) -> Counter[tuple[int, str]]:
    return Counter((answer.status, answer.code) for answer in answers.values())


@pytest.mark.parametrize("buckets", [1, 16])
def test_every_unit_is_sold_and_none_twice(world: World, buckets: int) -> None:
    a_hot_sku(world, UNITS, buckets=buckets)
    conflicts = Conflicts(SHARE, buckets)
    answers = at_once(world, {f"k{number}": hot() for number in range(ORDERS)}, conflicts)
    assert outcomes(answers) == {(201, ""): UNITS, (409, "out_of_stock"): ORDERS - UNITS}
    counter = ledger().counters["HOT", "hangzhou"]
    assert (counter["on_hand"], counter["reserved"], counter["available"]) == (UNITS, UNITS, 0)
    assert audit() == []
    assert conflicts.made > 0


def test_buckets_may_be_changed_while_orders_run(world: World) -> None:
    a_hot_sku(world, 120, buckets=1)
    sold = 0
    for wave, buckets in enumerate((8, 16, 2, 1)):
        must(world.call("PUT", PATH, {"buckets": buckets}))
        answers = at_once(
            world, {f"k{wave}-{number}": hot(quantity=1 + number % 2) for number in range(24)}, Conflicts(SHARE, wave)
        )
        sold += sum(1 + number % 2 for number in range(24) if answers[f"k{wave}-{number}"].status == 201)
    assert sold == 120
    assert ledger().counters["HOT", "hangzhou"]["available"] == 0
    assert audit() == []


def test_what_is_kept_for_a_channel_is_sold_there_and_nowhere_else(world: World) -> None:
    channel = must(world.call("GET", "/v1/channels/web"))
    channel.pop("channel_id")
    must(world.call("PUT", "/v1/channels/live", {**channel, "version": 0}))
    a_hot_sku(world, 100, buckets=4, fences={"live": {"quantity": 30}})
    bodies = {f"web{number}": hot() for number in range(100)} | {f"live{number}": hot("live") for number in range(60)}
    bodies = dict(sorted(bodies.items(), key=lambda each: each[0][-2:]))  # both channels come in turn
    answers = at_once(world, bodies, Conflicts(SHARE, 5), Client(channels=("web", "live")))
    by_channel = {
        name: outcomes({key: each for key, each in answers.items() if key.startswith(name)}) for name in ("web", "live")
    }
    placed = {name: found[201, ""] for name, found in by_channel.items()}
    assert sum(placed.values()) == 100
    assert placed["web"] <= 70
    assert placed["live"] >= 30
    assert audit() == []
    found = ledger()
    taken = Counter[str]()
    for order_id in found.orders:
        for part in found.parts(order_id, "fulfilment"):
            for take in part.get("buckets") or ():
                taken[f"{found.header(order_id)['channel']} {take['bucket']}"] += take["quantity"]
    assert taken["web @live"] == 0
    assert taken["live @live"] == 30


def test_coupon_and_stock_are_taken_together_or_not_at_all(world: World) -> None:
    offer(world, total_limit=60)
    must(world.call("PUT", "/v1/stock/FLASH-1/nodes/hangzhou", {"buckets": 8}))
    answers = at_once(world, {f"k{number}": flash(f"c-{number}") for number in range(100)}, Conflicts(SHARE, 9))
    assert outcomes(answers) == {(201, ""): 60, (409, "coupon_used_up"): 40}
    assert ledger().counters["FLASH-1", "hangzhou"]["reserved"] == 60
    assert audit() == []
