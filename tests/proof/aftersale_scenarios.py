"""What follows a sale as scenarios for crash points: returns, exchanges, claims, complaints, and what carries them."""

from __future__ import annotations

from typing import Any

from tests.proof.scenarios import Order, Scenario, guarded
from tests.support.audit import Ledger, unpack
from tests.support.events import SCHEDULED
from tests.support.returned import EVERYTHING, ask, came, inspected, return_policy
from tests.support.shop import must, sell
from tests.support.world import Answer, World

LAMP = 1_000
"""What one costs."""
DEPARTMENT = {
    "name": {"en": "Desk", "zh": "客服"},
    "people": ["lead"],
    "sla_minutes": {"normal": 60},
    "escalation": [{"owner": "manager", "minutes": 60}],
}
POLICY = {"routes": [{"rule_id": "all", "categories": ["goods"], "department": "desk"}]}


def aftersale_scenarios() -> list[Scenario]:
    """All of them."""
    return [
        Scenario("return asked for", _came, _ask, _asked_once),
        Scenario("return carried", _asked, _carry, _carried_once, wait=_hour, answers_again=False),
        Scenario("return approved by hand", _by_hand, _approve, _approved_once),
        Scenario("return counted and refunded", _approved, _count, _refunded_once),
        Scenario("goods that nobody announced", _came, _drop_in, _dropped_in_once),
        Scenario("return that never came", _overdue, _tick, _timed_out_once, wait=_later, answers_again=False),
        Scenario("exchange approved", _exchange, _approve, _reserved_once),
        Scenario("exchange counted", _exchanged, _count, _exchanged_once),
        Scenario("claim sent again", _claimed, _approve, _sent_again_once),
        Scenario("complaint said", _served, _say, _opened_once, wait=_queues),
        Scenario("complaint opened", _said, _carry, _opened_once, wait=_queues, answers_again=False),
        Scenario("complaint passed on", _late, _tick, _passed_on_once, wait=_later, answers_again=False),
        Scenario("complaint refunded", _opened, _refund, _made_good_once, wait=_queues),
    ]


# ---------------------------------------------------------------------- what was before
def _sold(world: World) -> None:
    sell(world, "LAMP", {"hangzhou": 9})
    sell(world, "VASE", {"hangzhou": 5})


def _came(world: World, policy: dict[str, Any] = EVERYTHING) -> Order:
    """Three lamps that their customer has."""
    return_policy(world, policy)
    _sold(world)
    return came(world, "C", ("LAMP", 3, {}))


def _asked(world: World) -> Order:
    order = _came(world)
    return {**order, "back": ask(world, order, "asked", ("1", 2))["return_id"]}


def _by_hand(world: World) -> Order:
    order = _came(world, {})
    return {**order, "back": ask(world, order, "asked", ("1", 2))["return_id"]}


def _approved(world: World) -> Order:
    order = _by_hand(world)
    must(_approve(world, order))
    return order


def _overdue(world: World) -> Order:
    order = _approved(world)
    world.clock.advance(days=15)
    return order


def _exchange(world: World) -> Order:
    order = _came(world, {})
    wanted = {"outcome": "exchange", "exchange": {"lines": [{"sku": "VASE", "quantity": 2}]}}
    return {**order, "back": ask(world, order, "asked", ("1", 2), **wanted)["return_id"]}


def _exchanged(world: World) -> Order:
    order = _exchange(world)
    must(_approve(world, order))
    return order


def _claimed(world: World) -> Order:
    order = _came(world, {})
    wanted = {"reason": "missing", "without_goods": True, "reship": True}
    return {**order, "back": ask(world, order, "asked", ("1", 2), **wanted)["return_id"]}


def _served(world: World) -> Order:
    must(world.call("PUT", "/v1/departments/desk", DEPARTMENT))
    present = must(world.call("GET", "/v1/channels/web"))
    must(world.call("PUT", "/v1/channels/web", present | {"complaints": POLICY}))
    return _came(world)


def _said(world: World) -> Order:
    order = _served(world)
    return {**order, "complaint": must(_say(world, order))["complaint_id"]}


def _opened(world: World) -> Order:
    order = _said(world)
    world.pump()
    return order


def _late(world: World) -> Order:
    order = _opened(world)
    world.clock.advance(minutes=61)
    return order


# ---------------------------------------------------------------------- what is done
def _ask(world: World, order: Order) -> Answer:
    body = {"lines": [{"line_id": "1", "quantity": 2}], "reason": "too_small", "note": "太小了"}
    return world.call("POST", f"/v1/orders/{order['order_id']}/returns", body, key="asked")


def _approve(world: World, order: Order) -> Answer:
    return world.call("POST", f"/v1/returns/{order['back']}/decision", {"decision": "approve"})


def _count(world: World, order: Order) -> Answer:
    body = {"node_id": "hangzhou", "units": [inspected(quantity=2)]}
    return world.call("POST", f"/v1/returns/{order['back']}/receipt", body, key="counted")


def _drop_in(world: World, order: Order) -> Answer:
    body = {"node_id": "hangzhou", "units": [inspected()]}
    return world.call("POST", f"/v1/orders/{order['order_id']}/returns/receipt", body, key="dropped")


def _say(world: World, order: Order) -> Answer:
    body = {"order_id": order["order_id"], "subject": "破了", "text": "灯是坏的", "category": "goods"}
    return world.call("POST", "/v1/complaints", body, key="said")


def _refund(world: World, order: Order) -> Answer:
    body = {"outcome": "refund", "reason": "Broken", "amount": {"amount": 300, "currency": "CNY"}}
    return world.call("POST", f"/v1/complaints/{order['complaint']}/resolution", body, key="solved")


def _carry(world: World, _: Order) -> Answer:
    return guarded(world.pump)


def _tick(world: World, _: Order) -> Answer:
    report = guarded(world.tick)
    return report if report.status >= 300 or report.body["failed"] == 0 else Answer(500, report.body, {})


# ---------------------------------------------------------------------- what time does
def _queues(world: World) -> None:
    guarded(world.pump)


def _hour(world: World) -> None:
    """Executions that have died are begun anew by the hourly look."""
    guarded(world.pump)
    world.clock.advance(minutes=20)
    guarded(lambda: world.invoke("signal_case", SCHEDULED))
    guarded(world.pump)


def _later(world: World) -> None:
    for _ in range(2):
        world.clock.advance(minutes=2)
        guarded(world.tick)


# ---------------------------------------------------------------------- what must be true
def _since(order: Order, found: Ledger) -> list[str]:
    """What happened after the goods had come."""
    types = found.types(order["order_id"])
    return types[types.index("shipment.delivered") + 1 :]


def _the_return(order: Order, found: Ledger) -> dict[str, Any]:
    (kept,) = found.parts(order["order_id"], "return")
    return kept


def _booked(order: Order, found: Ledger) -> list[tuple[str, int]]:
    return [(each["kind"], each["amount"]) for each in found.parts(order["order_id"], "posting")]


def _stock(found: Ledger, sku: str) -> tuple[int, int]:
    counter = found.counters[sku, "hangzhou"]
    return counter["on_hand"], counter["reserved"]


def _asked_once(order: Order, found: Ledger) -> None:
    assert _since(order, found) == ["return.requested"]
    assert _the_return(order, found)["state"] == "requested"
    assert len(found.contacts[order["order_id"]]) == 2  # the contact, and what was written


def _carried_once(order: Order, found: Ledger) -> None:
    assert _since(order, found) == ["return.requested", "return.approved"]


def _approved_once(order: Order, found: Ledger) -> None:
    assert _since(order, found) == ["return.requested", "return.approved"]
    assert (_the_return(order, found)["state"], _booked(order, found)) == ("approved", [])


def _refunded_once(order: Order, found: Ledger) -> None:
    assert _since(order, found)[-1] == "return.received"
    assert (_the_return(order, found)["state"], _booked(order, found)) == ("settled", [("returned", -2 * LAMP)])
    assert found.header(order["order_id"])["funds"]["refund_due"] == 2 * LAMP
    assert _stock(found, "LAMP") == (8, 0)
    assert len([row for row in found.movements if row["kind"] == "return"]) == 1


def _dropped_in_once(order: Order, found: Ledger) -> None:
    assert _since(order, found) == ["return.received"]
    assert _booked(order, found) == [("returned", -LAMP)]
    assert _stock(found, "LAMP") == (7, 0)


def _timed_out_once(order: Order, found: Ledger) -> None:
    assert _since(order, found).count("return.ended") == 1
    assert (_the_return(order, found)["ending"], _booked(order, found)) == ("timed_out", [])


def _reserved_once(order: Order, found: Ledger) -> None:
    assert _since(order, found) == ["return.requested", "return.approved"]
    assert _booked(order, found) == [("added", 2 * LAMP), ("exchange", -2 * LAMP)]
    assert (_stock(found, "VASE"), _stock(found, "LAMP")) == ((5, 2), (6, 0))
    assert len(found.parts(order["order_id"], "fulfilment")) == 2


def _exchanged_once(order: Order, found: Ledger) -> None:
    booked = [("added", 2 * LAMP), ("exchange", -2 * LAMP), ("returned", -2 * LAMP), ("exchange", 2 * LAMP)]
    assert sorted(_booked(order, found)) == sorted(booked)
    assert (_stock(found, "VASE"), _stock(found, "LAMP")) == ((5, 2), (8, 0))
    assert found.header(order["order_id"])["funds"].get("refund_due", 0) == 0


def _sent_again_once(order: Order, found: Ledger) -> None:
    assert _since(order, found) == ["return.requested", "return.approved"]
    assert (_stock(found, "LAMP"), _booked(order, found)) == ((6, 2), [])
    _, again = found.parts(order["order_id"], "fulfilment")
    assert (again["state"], again["replaces"], unpack(again["lines"])[0]["quantity"]) == ("open", order["back"], 2)


def _complaint(found: Ledger) -> list[str]:
    (only,) = found.complaints.values()
    return [sk for sk in only if sk.startswith("event#")]


def _opened_once(order: Order, found: Ledger) -> None:
    assert len(_complaint(found)) == 1


def _passed_on_once(order: Order, found: Ledger) -> None:
    (only,) = found.complaints.values()
    assert (only["complaint"]["owner"], only["complaint"]["level"], len(_complaint(found))) == ("manager", 1, 2)


def _made_good_once(order: Order, found: Ledger) -> None:
    (only,) = found.complaints.values()
    assert only["complaint"]["state"] == "resolved"
    assert _booked(order, found) == [("goodwill", -300)]
    assert len(found.parts(order["order_id"], "change")) == 1
