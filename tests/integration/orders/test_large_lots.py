"""Orders whose lots and counters are more than one transaction holds: what gives back, or leaves, is made after it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.orders.test_large_orders import Refuse, all_of, bolts, differences, left
from tests.support.audit import audit, ledger
from tests.support.shop import cancel, dispatch, fulfilments, must, order_body, pay, place, read
from tests.support.world import Answer, World

pytestmark = pytest.mark.moto

SKUS, NODE, EXPIRES = 60, "hangzhou", "2027-01-01"
_kept: dict[str, dict[str, Any]] = {}


def kept(world: World, name: str, make: Callable[[World], None]) -> World:
    """A shop that is made once for all tests; the module's own stays what other tests begin with."""
    base = world.kept
    if name not in _kept:
        make(world)
        world.keep()
        _kept[name] = world.kept
    world.reset(_kept[name])
    world.kept = base
    return world


@pytest.fixture
def dated(world: World) -> World:
    """The shop of large orders, five units of each SKU in a lot that expires."""
    return kept(world, "dated", stocked_by_lot)


def stocked_by_lot(world: World) -> None:
    bolts(world, SKUS)
    for number in range(SKUS):
        begin_lots(world, number, quantity=5)
        gone = {"movement_id": f"out-{number}", "kind": "damage", "quantity": 5, "lot": "", "reason": "test"}
        must(world.call("POST", "/v1/stock/movements", {**gone, **bolt(number)}))


def bolt(number: int) -> dict[str, str]:
    return {"sku": f"BOLT-{number:03d}", "node_id": NODE}


def begin_lots(world: World, number: int, quantity: int = 1) -> None:
    """A receipt of a lot; what was there is in the lot without a name then."""
    lot = {"movement_id": f"in-{number}", "kind": "receive", "quantity": quantity, "reason": "test"}
    must(world.call("POST", "/v1/stock/movements", {**lot, **bolt(number), "lot": "L", "expires_on": EXPIRES}))


def paid(world: World, count: int = SKUS) -> tuple[str, str]:
    """An order of two units of each SKU, and its fulfilment."""
    order = place(world, all_of(count))
    must(pay(world, order))
    (fulfilment,) = fulfilments(order)
    return order["order_id"], fulfilment


def act(world: World, fulfilment: str, action: str, body: Any = None) -> Answer:
    return world.call("POST", f"/v1/fulfilments/{fulfilment}/{action}", body)


def in_lots(lot: str = "L") -> list[int]:
    return [int(each["units"]) for each in ledger().lots if each["lot"] == lot]


def on_hand() -> set[int]:
    return {int(counter["on_hand"]) for (sku, _), counter in ledger().counters.items() if sku.startswith("BOLT")}


def all_is_well(world: World) -> None:
    assert (left(world), audit(), differences(world)) == ([], [], [])


def test_a_picked_order_of_many_lots_is_cancelled_and_each_lot_gets_its_units_back_once(dated: World) -> None:
    order, fulfilment = paid(dated)
    must(act(dated, fulfilment, "pick"))
    assert in_lots() == [3] * SKUS
    must(cancel(dated, order, requested_by="staff")[1])
    assert (in_lots(), on_hand()) == ([5] * SKUS, {5})
    all_is_well(dated)


@pytest.mark.parametrize("first", [2, 3, 4] if os.environ.get("ORDO_PROOF") == "full" else [3])
def test_what_a_cancellation_has_not_given_back_to_lots_the_watcher_does(dated: World, first: int) -> None:
    """In the meantime nothing differs: units that are to come back to lots are known."""
    order, fulfilment = paid(dated)
    must(act(dated, fulfilment, "pick"))
    proposed = {"kind": "cancel", "reason": "Ordered twice", "requested_by": "staff"}
    change = must(dated.call("POST", f"/v1/orders/{order}/changes", proposed, key="c"))["change_id"]
    with dated.fault(Refuse("change_order", first)):
        must(dated.call("POST", f"/v1/orders/{order}/changes/{change}/apply"))
    assert sum(in_lots()) < 5 * SKUS
    assert differences(dated) == []
    dated.clock.advance(minutes=2)
    dated.tick()
    assert in_lots() == [5] * SKUS
    all_is_well(dated)


def test_many_lots_are_picked_by_their_dispatch_and_leave_after_it(dated: World) -> None:
    order, fulfilment = paid(dated)
    with dated.fault(Refuse("work_fulfilment", 2)):
        must(dispatch(dated, fulfilment, "BIG1"))
    assert (in_lots(), on_hand()) == ([3] * SKUS, {5})
    assert differences(dated) == []
    dated.clock.advance(minutes=2)
    dated.tick()
    assert (in_lots(), on_hand()) == ([3] * SKUS, {3})
    rows = [row for row in ledger().movements if row["kind"] == "dispatch"]
    left_by = {(entry["sku"], entry["on_hand_delta"]) for row in rows for entry in row["entries"]}
    told = sorted((lot["sku"], lot["units"]) for row in rows for lot in row["lots"])
    assert told == sorted(left_by) == [(bolt(number)["sku"], -2) for number in range(SKUS)]
    assert len(read(dated, order)["fulfilments"][0]["lots"]) == SKUS
    all_is_well(dated)


@pytest.mark.parametrize(("reason", "units"), [("closed", 5), ("missing", 3)])
def test_many_lots_are_given_back_by_a_rejection_or_are_gone(dated: World, reason: str, units: int) -> None:
    _, fulfilment = paid(dated)
    must(act(dated, fulfilment, "pick"))
    assert must(act(dated, fulfilment, "reject", {"reason": reason}))["lots"] == []
    assert (in_lots(), on_hand()) == ([units] * SKUS, {units})
    all_is_well(dated)


def test_what_becomes_kept_by_lot_before_it_has_left_leaves_the_lot_that_it_came_into(world: World) -> None:
    shop = kept(world, "plain", lambda shop: bolts(shop, 99))
    _, fulfilment = paid(shop, 99)
    with shop.fault(Refuse("work_fulfilment", 2)):
        must(dispatch(shop, fulfilment, "BIG1"))
    for number in (0, 7, 98):
        begin_lots(shop, number)
    assert (in_lots(""), on_hand()) == ([5, 5, 5], {5, 6})
    assert differences(shop) == []
    shop.clock.advance(minutes=2)
    shop.tick()
    assert (in_lots(""), in_lots(), on_hand()) == ([3, 3, 3], [1, 1, 1], {3, 4})
    all_is_well(shop)


def test_more_lots_than_one_commit_takes_from_are_refused_and_picked_short(world: World) -> None:
    product = {"name": {"en": "Milk"}, "prices": {"cny-retail": 100}, "lots": {"min_days": 1}}
    must(world.call("PUT", "/v1/products/MILK", product))
    world.clock.advance(minutes=1)
    for number in range(81):
        lot = {"movement_id": f"m{number}", "kind": "receive", "sku": "MILK", "node_id": NODE, "quantity": 1}
        dated = {"lot": f"L{number:02}", "expires_on": EXPIRES, "reason": "test"}
        must(world.call("POST", "/v1/stock/movements", {**lot, **dated}))
    order = place(world, order_body(("MILK", 81, {})))
    must(pay(world, order))
    (fulfilment,) = fulfilments(order)
    for refused in (act(world, fulfilment, "pick"), dispatch(world, fulfilment, "T1")):
        assert (refused.status, refused.code, refused.body["facts"]) == (409, "too_many_lots", {"lots": 81, "most": 80})
    short = {"short": [{"line_id": "1", "quantity": 1}], "reason": "other"}
    assert len(must(act(world, fulfilment, "pick", short))["lots"]) == 80
    assert [lot["lot"] for lot in ledger().lots if lot["units"]] == ["L80"]
    all_is_well(world)
