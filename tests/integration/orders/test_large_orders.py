"""Orders that take more than one transaction holds: all of their stock or none, whatever happens between the parts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.audit import audit, items
from tests.support.events import SCHEDULED
from tests.support.shop import cancel, dispatch, fulfilments, must, order_body, pay, place, read, receive, tell
from tests.support.wire import Answer as Wired
from tests.support.wire import Call, NoFault
from tests.support.world import World

pytestmark = pytest.mark.moto

LINES = 99
SKUS = [f"BOLT-{number:03d}" for number in range(LINES)]

_kept: dict[str, Any] = {}


@pytest.fixture
def big(world: World) -> World:
    """A shop with many stock SKUs, all at one node, so that an order of all of them has one fulfilment."""
    if _kept:
        world.reset(_kept)
    else:
        bolts(world, LINES)
        world.keep()
        _kept.update(world.kept)
    return world


def bolts(world: World, count: int) -> None:
    """One product with so many variants, each in stock."""
    values = [str(number) for number in range(25)]
    product = {
        "name": {"en": "Bolt"},
        "prices": {"cny-retail": 100},
        "options": [{"axis": "size", "values": values}, {"axis": "thread", "values": values}],
        "variants": [{"sku": f"BOLT-{number:03d}", "options": options(number)} for number in range(count)],
    }
    must(world.call("PUT", "/v1/products/BOLT", product))
    stocked(world, count)


def stocked(world: World, count: int, node: str = "hangzhou") -> None:
    for number in range(count):
        receive(world, f"BOLT-{number:03d}", node, 5)


def options(number: int) -> dict[str, str]:
    return {"size": str(number // 25), "thread": str(number % 25)}


def all_of(count: int = LINES, units: int = 2) -> dict[str, Any]:
    return order_body(*(("BOLT", units, options(number)) for number in range(count)))


def left(world: World) -> list[str]:
    """Partitions of the Supply table that only a large order under way has; headers of those that have ended stay."""
    return [
        item["pk"]
        for item in items("SupplyTable")
        if item["pk"].startswith(("taking#", "moves#")) and item.get("state") != "committed"
    ]


def reserved(world: World) -> int:
    counters = [item for item in items("SupplyTable") if item["sk"] == "counter" and "BOLT" in item["pk"]]
    return sum(int(item["reserved"]) for item in counters)


def differences(world: World) -> Any:
    return world.invoke("verify_stock", SCHEDULED)["differences"]


class Refuse(NoFault):
    """From the `first` transaction of a function on, `count` of them are not heard of by DynamoDB."""

    def __init__(self, function: str, first: int, count: int = 1_000) -> None:
        self.function, self.first, self.count, self.seen = function, first, count, 0

    def before(self, call: Call) -> Wired | None:
        if call.function == self.function and call.operation == "TransactWriteItems":
            self.seen += 1
            if self.first <= self.seen < self.first + self.count:
                raise ConnectionError("out of reach")
        return None


def test_an_order_of_many_lines_lives_like_any_other(big: World) -> None:
    order = place(big, all_of())
    assert reserved(big) == 2 * LINES
    assert left(big) == []
    assert audit() == []
    must(pay(big, order))
    (fulfilment,) = fulfilments(order)
    must(dispatch(big, fulfilment, "BIG1"))
    assert (reserved(big), left(big)) == (0, [])
    must(tell(big, "BIG1", "delivered"))
    assert read(big, order["order_id"])["status"] == "delivered"
    assert audit() == []
    assert differences(big) == []


def test_a_cancelled_order_gives_all_of_it_back(big: World) -> None:
    order = place(big, all_of())
    must(cancel(big, order["order_id"])[1])
    assert (reserved(big), left(big), audit()) == (0, [], [])


def test_the_same_key_answers_with_the_same_order(big: World) -> None:
    body = all_of()
    assert place(big, body, key="k") == place(big, body, key="k")
    assert reserved(big) == 2 * LINES


def test_when_one_line_is_short_nothing_is_taken(big: World) -> None:
    """The last line is sold between the look at stock and the commit: it is planned again, and refused."""

    class SoldMeanwhile(NoFault):
        sold = False

        def before(self, call: Call) -> Wired | None:
            if call.function == "commit_order" and call.operation == "TransactWriteItems" and not self.sold:
                self.sold = True
                must(big.call("POST", "/v1/stock/movements", _damage(SKUS[-1])))
            return None

    with big.fault(SoldMeanwhile()):
        refused = big.call("POST", "/v1/orders", all_of(), key="short")
    assert (refused.status, refused.code) == (409, "out_of_stock")
    assert [line["sku"] for line in refused.body["facts"]["lines"]] == [SKUS[-1]]
    assert (reserved(big), left(big), audit()) == (0, [], [])


def _damage(sku: str) -> dict[str, Any]:
    return {
        "movement_id": "gone",
        "kind": "damage",
        "sku": sku,
        "node_id": "hangzhou",
        "quantity": 4,
        "reason": "test",
    }


@pytest.mark.parametrize("first", [2, 3])
def test_what_is_taken_and_not_committed_is_given_back_by_the_watcher(big: World, first: int) -> None:
    with big.fault(Refuse("commit_order", first)):
        failed = big.call("POST", "/v1/orders", all_of(), key="lost")
    assert failed.status == 503
    assert reserved(big) in (2 * 80, 2 * LINES)
    assert differences(big) == []
    big.clock.advance(minutes=2)
    big.tick()
    assert (reserved(big), left(big), audit()) == (0, [], [])
    assert place(big, all_of(), key="lost")["status"] == "placed"


@pytest.mark.parametrize("first", [2, 3])
def test_what_a_cancellation_has_left_is_given_back_by_the_watcher(big: World, first: int) -> None:
    order = place(big, all_of())
    proposed = {"kind": "cancel", "reason": "Ordered twice", "requested_by": "customer"}
    change = must(big.call("POST", f"/v1/orders/{order['order_id']}/changes", proposed, key="c"))["change_id"]
    with big.fault(Refuse("change_order", first)):
        must(big.call("POST", f"/v1/orders/{order['order_id']}/changes/{change}/apply"))
    assert 0 < reserved(big) <= 2 * LINES
    assert differences(big) == []
    assert read(big, order["order_id"])["status"] == "cancelled"
    big.clock.advance(minutes=2)
    big.tick()
    assert (reserved(big), left(big), audit()) == (0, [], [])


def test_goods_that_are_not_there_do_not_leave(big: World) -> None:
    order = place(big, all_of())
    must(pay(big, order))
    count = {"movement_id": "c", "kind": "count", "sku": SKUS[-1], "node_id": "hangzhou", "quantity": 1, "reason": "x"}
    must(big.call("POST", "/v1/stock/movements", count))
    (fulfilment,) = fulfilments(order)
    refused = dispatch(big, fulfilment, "BIG1")
    assert (refused.status, refused.code) == (409, "stock_movement_refused")
    assert [each["sku"] for each in refused.body["facts"]["short"]] == [SKUS[-1]]
    assert (reserved(big), left(big), audit()) == (2 * LINES, [], [])


def test_a_node_that_rejects_a_large_order_gives_all_of_it_to_another(big: World) -> None:
    stocked(big, LINES, node="shenzhen")
    order = place(big, all_of())
    must(pay(big, order))
    first = fulfilments(order)[0]
    must(big.call("POST", f"/v1/fulfilments/{first}/reject", {"reason": "closed"}))
    states = [(each["node_id"], each["state"]) for each in read(big, order["order_id"])["fulfilments"]]
    assert states == [("hangzhou", "rejected"), ("shenzhen", "open")]
    assert (reserved(big), left(big), audit()) == (2 * LINES, [], [])


def test_a_large_order_that_is_paid_late_comes_back(big: World) -> None:
    order = place(big, all_of())
    big.clock.advance(days=2)
    big.tick()
    assert reserved(big) == 0
    must(pay(big, order))
    assert read(big, order["order_id"])["status"] == "released"
    assert (reserved(big), left(big), audit()) == (2 * LINES, [], [])


def test_a_large_order_is_sourced_anew_as_often_as_need_be(big: World) -> None:
    """It takes stock in parts each time: what it took before has become its own, and is no reason to refuse."""
    order = place(big, all_of())
    big.clock.advance(days=2)
    big.tick()
    must(pay(big, order))
    stocked(big, LINES, node="shenzhen")
    mine = read(big, order["order_id"])["fulfilments"][-1]["fulfilment_id"]
    must(big.call("POST", f"/v1/fulfilments/{mine}/reject", {"reason": "closed"}))
    last = read(big, order["order_id"])["fulfilments"][-1]
    assert (last["node_id"], last["state"]) == ("shenzhen", "open")
    assert (reserved(big), left(big), audit()) == (2 * LINES, [], [])


@pytest.mark.slow
def test_five_hundred_lines_fit(world: World) -> None:
    bolts(world, 500)
    order = place(world, all_of(500, 1))
    assert (len(order["lines"]), reserved(world)) == (500, 500)
    must(cancel(world, order["order_id"])[1])
    assert (reserved(world), left(world), audit()) == (0, [], [])


def test_a_large_order_is_cut_swapped_and_cancelled_by_changes_larger_than_one_transaction(big: World) -> None:
    order = place(big, all_of())
    must(pay(big, order))

    def change(**fields: Any) -> dict[str, Any]:
        path, body = f"/v1/orders/{order['order_id']}/changes", {"reason": "x", "requested_by": "staff", **fields}
        proposed = must(big.call("POST", path, body, key=str(fields)[:60].replace(" ", "")), 201)
        must(big.call("POST", f"{path}/{proposed['change_id']}/apply"), 200)
        preview: dict[str, Any] = proposed["preview"]
        return preview

    lines = [{"line_id": str(number + 1), "quantity": 1} for number in range(LINES)]
    assert len(change(kind="cancel_units", lines=lines)["stock_returned"]) == LINES
    assert (reserved(big), left(big)) == (LINES, [])
    swapped = [
        {"op": "swap_options", "line_id": str(number + 1), "options": options(LINES - 1 - number)}
        for number in range(40)
    ]
    preview = change(kind="edit", operations=swapped)
    assert (len(preview["stock_returned"]), len(preview["stock_taken"])) == (40, 40)
    assert (reserved(big), left(big), audit()) == (LINES, [], [])
    change(kind="cancel")
    assert (reserved(big), left(big), audit(), differences(big)) == (0, [], [], [])
