"""Law 9: personal data is in the Customers table and in answers to those who may see it, and nowhere else."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from ordo.orders.model import shipment_id
from tests.support.audit import items, unpack
from tests.support.faults import Break
from tests.support.shop import cancel, dispatch, fulfilments, must, order_body, pay, place, tell
from tests.support.uploads import proof
from tests.support.world import Client, World

PERSONAL = (
    "示例顾客",
    "13800000000",
    "customer@example.com",
    "文三路",
    "另一个人",
    "13900000000",
    "南京路",
    "门卫老王",
    "30.2701000",
)


def test_no_personal_data_outside_the_customers_table(
    world: World, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="ordo")
    _live(world)
    stored = [_opened(item) for table in ("OrdersTable", "SupplyTable") for item in items(table)]
    carried = [world.bus, [message.body for queue in world.queues.values() for message in queue]]
    states = [[visit.input, visit.output] for execution in world.executions for visit in execution.visits]
    logged = [*capfd.readouterr(), caplog.text]
    assert found_in(_contacts()) == set(PERSONAL), "the test knows what it looks for"
    for place_, what in (("tables", stored), ("bus and queues", carried), ("states", states), ("logs", logged)):
        assert found_in(what) == set(), place_


def test_an_order_is_shown_without_contact_to_those_who_may_not_see_it(world: World) -> None:
    order = place(world)
    shown = must(world.call("GET", f"/v1/orders/{order['order_id']}", client=Client(scopes=("orders:read",))))
    assert found_in(shown) == set()
    assert found_in(must(world.call("GET", f"/v1/orders/{order['order_id']}"))) != set()


def _live(world: World) -> None:
    """An order with everything that can go on with it, and some of it going wrong."""
    order = place(world)
    ship_to = {"country": "CN", "city": "上海市", "line1": "南京路 1 号", "postal_code": "200000"}
    moved = {"kind": "address", "reason": "moved", "requested_by": "customer", "ship_to": ship_to}
    path = f"/v1/orders/{order['order_id']}/changes"
    moved |= {"name": "另一个人", "phone": "+8613900000000"}
    must(world.call("POST", path, moved, key="a1"))
    proposed = must(world.call("POST", path, moved, key="a2"))
    must(world.call("POST", f"{path}/{proposed['change_id']}/apply"))
    must(pay(world, order))
    must(dispatch(world, fulfilments(order)[0], "P1"))
    must(tell(world, "P1", "delivered"))
    handed = proof(receiver={"name": "门卫老王", "relation": "reception"}, note="给了门卫老王")
    path = f"/v1/shipments/{shipment_id(order['order_id'], 1)}/proof"
    must(world.call("POST", path, handed, key="d1"))
    must(world.call("POST", path, handed, key="d2"), 409)
    cancel(world, place(world)["order_id"], "c2")
    world.call(
        "POST", "/v1/orders", {**order_body(), "customer": {"name": "示例顾客", "phone": "13800000000x"}}, key="b"
    )
    world.call("POST", "/v1/orders", b'{"customer": {"phone": "+8613800000000"', key="b2")
    for number in range(1, 16, 2):
        for mode in ("refused", "lost", "killed_after"):
            with world.fault(Break(number, mode)):
                world.call("POST", "/v1/orders", order_body(), key=f"broken-{number}-{mode}")
    world.pump()


def _contacts() -> list[Any]:
    return [unpack(item["contact"]) for item in items("CustomersTable") if "contact" in item]


def _opened(item: dict[str, Any]) -> dict[str, Any]:
    """An item with its packed attributes opened."""
    return {name: unpack(value) if isinstance(value, bytes) else value for name, value in item.items()}


def found_in(value: Any) -> set[str]:
    """Which of the personal texts are in a value, as they are or escaped as JSON inside JSON."""
    text = json.dumps(value, ensure_ascii=False)
    once = {each: json.dumps(each)[1:-1] for each in PERSONAL}
    return {each for each in PERSONAL if each in text or once[each] in text or once[each].replace("\\", "\\\\") in text}
