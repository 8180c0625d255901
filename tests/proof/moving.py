"""Movements of stock and changes of its layout, as scenarios for crash points."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

from ordo.inventory.books import DynamoBooks
from ordo.inventory.verification import verify
from ordo.orders.reserving import reserved_units
from tests.proof.scenarios import Scenario
from tests.support.audit import Ledger
from tests.support.shop import must, place, sell, simple
from tests.support.world import Answer, World

SKU, NODE, OTHER = "MOVED", "hangzhou", "shenzhen"
PATH = f"/v1/stock/{SKU}/nodes/{NODE}"
UNITS, ORDERED = 24, 3
LAYOUT: dict[str, Any] = {"buckets": 3, "fences": {"live": {"share_percent": 25}}}


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement's body without its id, and what is on hand after it at both nodes; `rows` of the ledger are its."""

    body: dict[str, Any]
    after: tuple[int, int]
    rows: int


MOVEMENTS = {
    "receive": Moved({"kind": "receive", "quantity": 8}, (UNITS + 8, 0), 2),  # the main bucket's and the fence's
    "count": Moved({"kind": "count", "quantity": 19}, (19, 0), 1),
    "transfer": Moved({"kind": "transfer", "quantity": 5, "to_node_id": OTHER}, (UNITS - 5, 5), 2),
    "return": Moved({"kind": "return", "quantity": 2}, (UNITS + 2, 0), 1),
    "damage": Moved({"kind": "damage", "quantity": 4}, (UNITS - 4, 0), 1),
    "safety": Moved({"kind": "safety", "quantity": 2}, (UNITS, 0), 1),
}


def moving(*, every: bool) -> list[Scenario]:
    """On a SKU with buckets, a fence, a reorder point and an open order; `every`: also those that differ little."""
    found = [
        Scenario(f"movement of kind {kind}", _laid_out, partial(_move, moved), partial(_moved_once, moved))
        for kind, moved in MOVEMENTS.items()
        if every or kind in ("receive", "transfer")
    ]
    back = [Scenario("arranging back", _laid_out, _arrange_back, _arranged_back)] if every else []
    return [*found, Scenario("arranging", _plain, _arrange, _arranged), *back]


# ---------------------------------------------------------------------- what was before
def _plain(world: World) -> None:
    channel = must(world.call("GET", "/v1/channels/web"))
    channel.pop("channel_id")
    must(world.call("PUT", "/v1/channels/live", {**channel, "version": 0}))
    sell(world, SKU, {NODE: UNITS})
    world.clock.advance(minutes=1)  # the catalogue is cached
    place(world, simple(SKU, ORDERED), key="open")
    must(world.call("PUT", PATH, {"reorder_point": 22, "reorder_to": 40}))


def _laid_out(world: World) -> None:
    _plain(world)
    must(world.call("PUT", PATH, LAYOUT))


# ---------------------------------------------------------------------- what is done
def _move(moved: Moved, world: World, _: Any) -> Answer:
    body = {"movement_id": "the-move", "sku": SKU, "node_id": NODE, "reason": "test", **moved.body}
    return world.call("POST", "/v1/stock/movements", body)


def _arrange(world: World, _: Any) -> Answer:
    return world.call("PUT", PATH, LAYOUT)


def _arrange_back(world: World, _: Any) -> Answer:
    return world.call("PUT", PATH, {"buckets": 1, "fences": {}})


# ---------------------------------------------------------------------- what must be true
def _moved_once(moved: Moved, _: Any, found: Ledger) -> None:
    on_hand = tuple(found.counters.get((SKU, node), {}).get("on_hand", 0) for node in (NODE, OTHER))
    assert on_hand == moved.after
    rows = [row for row in found.movements if row["movement_id"] == "the-move"]
    assert len(rows) == moved.rows
    _verified(found)


def _arranged(_: Any, found: Ledger) -> None:
    main = found.buckets[SKU, NODE]["0"]
    assert (main["buckets"], main["fences"]) == (3, {"live": {"share": 25}})
    free = {bucket: each["available"] for bucket, each in found.buckets[SKU, NODE].items()}
    assert free == {"0": 6, "1": 5, "2": 5, "@live": 5}
    _verified(found)


def _arranged_back(_: Any, found: Ledger) -> None:
    free = {bucket: each["available"] for bucket, each in found.buckets[SKU, NODE].items()}
    assert free == {"0": UNITS - ORDERED, "1": 0, "2": 0, "@live": 0}
    _verified(found)


def _verified(found: Ledger) -> None:
    """Nothing came or went but what was done, and the product's own verification finds no difference."""
    assert found.counters[SKU, NODE]["reserved"] == ORDERED
    booked: Counter[str] = Counter()
    for row in found.movements:
        if row["kind"] == "spread":
            booked.update({entry["sku"]: entry["on_hand_delta"] for entry in row["entries"]})
    assert not any(booked.values())
    assert verify(DynamoBooks("SupplyTable", lambda: reserved_units("OrdersTable"))).differences == ()
