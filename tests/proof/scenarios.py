"""Operations whose every crash point is tried: how each is prepared, done, and what must be true in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ordo.kernel.clock import system_clock, to_iso
from tests.support.audit import Ledger, ledger, unpack
from tests.support.lambdas import Killed
from tests.support.shop import (
    carrier_request,
    dispatch,
    fulfilments,
    must,
    order_body,
    pay,
    place,
    tell,
)
from tests.support.world import Answer, World

Order = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """`act` is what a client does, and does again when it gets no good answer; `wait` is what time does meanwhile."""

    name: str
    prepare: Callable[[World], Any]
    act: Callable[[World, Any], Answer]
    check: Callable[[Any, Ledger], None]
    wait: Callable[[World], None] = lambda _world: None
    answers_again: bool = True
    begin: Callable[[Any], None] = lambda _prepared: None
    """Brings back what `prepare` made outside of the world."""


def scenarios() -> list[Scenario]:
    """All of them."""
    return [
        Scenario("placement", lambda _: None, _place, _placed_once),
        Scenario("payment", place, lambda world, order: pay(world, order), _paid_once),
        Scenario("late payment", _unpaid, lambda world, order: pay(world, order), _came_back_once),
        Scenario("dispatch", _released, _dispatch, _dispatched_once),
        Scenario("dispatch of a number that the carrier spoke of", _spoken_of, _dispatch, _told_once, wait=_minutes),
        Scenario("carrier event", _dispatched, _carrier_event, _told_once, wait=_queues, answers_again=False),
        Scenario("early carrier event", _released, _carrier_event, _waits_once, wait=_queues, answers_again=False),
        Scenario("cancel", place, _cancel, _cancelled_once),
        Scenario("payment deadline", _overdue, _tick, _cancelled_once, wait=_minutes, answers_again=False),
        Scenario("completion deadline", _long_delivered, _tick, _completed_once, wait=_minutes, answers_again=False),
        Scenario("hold", place, _hold, _held_once),
        Scenario("receipt confirmation", _delivered, _confirm, _completed_once),
        Scenario("address change", place, _change_address, _moved_once),
        Scenario("edit", _released, _edit, _edited_once),
    ]


# ---------------------------------------------------------------------- what was before
def _unpaid(world: World) -> Order:
    order = _overdue(world)
    must(_tick(world, order))
    return order


def _released(world: World) -> Order:
    order = place(world)
    must(pay(world, order))
    return order


def _spoken_of(world: World) -> Order:
    order = _released(world)
    must(_carrier_event(world, order), 202)
    return order


def _dispatched(world: World) -> Order:
    order = _released(world)
    must(_dispatch(world, order))
    return order


def _delivered(world: World) -> Order:
    order = _dispatched(world)
    must(tell(world, "T1", "delivered"))
    return order


def _long_delivered(world: World) -> Order:
    order = _delivered(world)
    world.clock.advance(days=8)
    return order


def _overdue(world: World) -> Order:
    order = place(world)
    world.clock.advance(minutes=31)
    return order


# ---------------------------------------------------------------------- what is done
def _place(world: World, _: Any) -> Answer:
    body = order_body(name="phone-earphones-tees", external_id="WEB-1")
    return world.call("POST", "/v1/orders", body, key="the-key")


def _dispatch(world: World, order: Order) -> Answer:
    return dispatch(world, fulfilments(order)[0], "T1")


def _carrier_event(world: World, order: Order) -> Answer:
    occurred_at = order["placed_at"]
    return world.call(**carrier_request("T1", "in_transit", occurred_at, "msg_1"))


def _cancel(world: World, order: Order) -> Answer:
    return _change(world, order, {"kind": "cancel", "reason": "Ordered twice", "requested_by": "customer"})


def _change_address(world: World, order: Order) -> Answer:
    ship_to = {"country": "CN", "city": "上海市", "line1": "南京路 1 号", "postal_code": "200000"}
    return _change(
        world, order, {"kind": "address", "reason": "Moved house", "requested_by": "customer", "ship_to": ship_to}
    )


def _edit(world: World, order: Order) -> Answer:
    swap = {"op": "swap_options", "line_id": "1", "quantity": 1, "options": {"size": "L"}}
    body = {"kind": "edit", "reason": "Too small", "requested_by": "customer", "operations": [swap]}
    return _change(world, order, body)


def _change(world: World, order: Order, body: dict[str, Any]) -> Answer:
    path = f"/v1/orders/{order['order_id']}/changes"
    proposed = world.call("POST", path, body, key="change-1")
    if proposed.status != 201:
        return proposed
    return world.call("POST", f"{path}/{proposed.body['change_id']}/apply")


def _hold(world: World, order: Order) -> Answer:
    body = {"kind": "fraud", "reason": "Two cards, one address"}
    return world.call("POST", f"/v1/orders/{order['order_id']}/holds", body, key="hold-1")


def _confirm(world: World, order: Order) -> Answer:
    return world.call("POST", f"/v1/orders/{order['order_id']}/receipt-confirmation")


def _tick(world: World, _: Order) -> Answer:
    report = guarded(world.tick)
    return report if report.status >= 300 or report.body["failed"] == 0 else Answer(500, report.body, {})


def guarded(act: Callable[[], Any]) -> Answer:
    """What it gives as a good answer; whatever breaks it, also a process that dies, as API Gateway's 502."""
    try:
        return Answer(200, act(), {})
    except (Exception, Killed) as error:
        return Answer(502, {"code": "crashed", "error": repr(error)}, {})


# ---------------------------------------------------------------------- what time does
def _minutes(world: World) -> None:
    for _ in range(2):
        world.clock.advance(minutes=2)
        _tick(world, {})


def _queues(world: World) -> None:
    world.pump()


# ---------------------------------------------------------------------- what must be true
def _placed_once(_: Any, found: Ledger) -> None:
    (order_id,) = found.orders
    assert found.types(order_id) == ["order.placed"]
    assert len(found.parts(order_id, "fulfilment")) == 1
    assert len(found.claims) == 2


def _paid_once(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"]) == ["order.placed", "payment.captured"]
    assert found.header(order["order_id"])["status"] == "released"


def _came_back_once(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"]) == ["order.placed", "order.cancelled", "payment.captured"]
    assert found.header(order["order_id"])["status"] == "released"


def _dispatched_once(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"]) == ["order.placed", "payment.captured", "shipment.dispatched"]
    assert len([pk for pk in found.claims if pk.startswith("lookup#tracking#")]) == 1
    assert len([row for row in found.movements if row["kind"] == "dispatch"]) == 1


def _told_once(order: Order, found: Ledger) -> None:
    (shipment,) = found.parts(order["order_id"], "shipment")
    (parcel,) = unpack(shipment["parcels"])
    assert [event["status"] for event in parcel["history"]] == ["in_transit"]
    assert found.types(order["order_id"])[2:] == ["shipment.dispatched", "shipment.tracking_updated"]
    assert found.waiting == []


def _waits_once(order: Order, found: Ledger) -> None:
    (waiting,) = found.waiting
    assert waiting["deadline_at"] <= to_iso(system_clock() + timedelta(minutes=2))
    assert found.types(order["order_id"]) == ["order.placed", "payment.captured"]


def _cancelled_once(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"])[-1] == "order.cancelled"
    assert found.types(order["order_id"]).count("order.cancelled") == 1
    assert found.header(order["order_id"])["status"] == "cancelled"


def _completed_once(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"])[-2:] == ["shipment.delivered", "order.completed"]


def _held_once(order: Order, found: Ledger) -> None:
    assert found.types(order["order_id"]) == ["order.placed", "order.held"]
    assert len(found.header(order["order_id"])["holds"]) == 1


def _edited_once(order: Order, found: Ledger) -> None:
    types = found.types(order["order_id"])
    assert types == ["order.placed", "payment.captured", "change.proposed", "order.changed"]
    units = found.header(order["order_id"])["units"]
    assert (units["total"], units["cancelled"]) == (4, 1)


def _moved_once(order: Order, found: Ledger) -> None:
    types = found.types(order["order_id"])
    assert (types.count("change.proposed"), len(types)) == (1, 3)
    assert ledger().contacts[order["order_id"]] == {"contact"}
