"""Each condition of an order's writes keeps something from happening; here is what, one test a condition."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from ordo.kernel.clock import from_iso
from ordo.orders.changes import decide_apply
from ordo.orders.decision import Decision, make_commit
from ordo.orders.errors import ClaimTaken, StaleVersion
from ordo.orders.model import SYSTEM
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.orders.taken import first_order_claim
from tests.support.audit import audit, ledger
from tests.support.changing import means_for
from tests.support.faults import Both, Break, Meanwhile
from tests.support.lambdas import running
from tests.support.orders import placement
from tests.support.shop import dispatch, fulfilments, must, order_body, pay, place, tell
from tests.support.world import World

REPOSITORY = DynamoOrderRepository(OrderTables("OrdersTable", "SupplyTable", "CustomersTable"))
FIRST, SECOND = "ord_01KJPRZB0000000000000000AA", "ord_01KJPRZB0000000000000000ZZ"
SHELF = (("hangzhou", (("1", "TEE-WHITE-M", 2),)),)


def test_two_payments_at_once_are_both_kept(world: World) -> None:
    order = place(world)
    with world.fault(Meanwhile(lambda: must(pay(world, order, amount=1000, reference="a")))):
        must(pay(world, order, amount=2000, reference="b"))
    assert ledger().header(order["order_id"])["funds"]["captured"] == 3000
    assert audit() == []


def test_one_key_used_while_it_is_being_used_places_one_order(world: World) -> None:
    before = len(ledger().orders)
    body = order_body()
    with world.fault(Meanwhile(lambda: place(world, body, key="once"))):
        again = place(world, body, key="once")
    assert len(ledger().orders) == before + 1
    assert again == place(world, body, key="once")
    assert audit() == []


def test_an_order_id_is_placed_once_whatever_the_key(world: World) -> None:
    with running("commit_order"):
        REPOSITORY.commit(placement(FIRST, SHELF, now=world.clock.present, key="key-1"))
        world.wire.forget_tokens()  # the same event id makes the same token
        with pytest.raises(StaleVersion):
            REPOSITORY.commit(placement(FIRST, SHELF, now=world.clock.present, key="key-2"))
        with pytest.raises(ClaimTaken):
            REPOSITORY.commit(placement(SECOND, SHELF, now=world.clock.present, key="key-1"))
    assert audit() == []


def test_an_external_id_is_taken_once_in_its_channel(world: World) -> None:
    def place_as(key: str) -> str:
        answer = world.call("POST", "/v1/orders", order_body(external_id="WEB-7"), key=key)
        return answer.code or "placed"

    first: list[str] = []
    with world.fault(Meanwhile(lambda: first.append(place_as("a")))):
        second = place_as("b")
    assert (first, second) == (["placed"], "external_id_taken")
    assert audit() == []


def test_nobody_releases_the_first_order_that_another_has(world: World) -> None:
    with running("commit_order"):
        now = world.clock.present
        REPOSITORY.commit(placement(FIRST, SHELF, now=now, first_order_of="c-1"))
        REPOSITORY.commit(placement(SECOND, SHELF, now=now))
        state = REPOSITORY.load(SECOND)
        decision = Decision("test.happened", state.header, unclaimed=(first_order_claim("c-1", SECOND),))
        with pytest.raises(ClaimTaken):
            REPOSITORY.commit(make_commit(state, decision, now=now, actor=SYSTEM, event_id="evt_release"))
    assert ledger().claims["first_order#c-1"]["order_id"] == FIRST
    assert audit() == []


def test_the_watcher_does_not_wake_an_order_that_closed_meanwhile(world: World) -> None:
    order = _sent(world)
    until = _too_early(world, order)
    world.clock.advance(seconds=(until - world.clock.present).total_seconds() + 60)

    def confirm() -> None:
        must(world.call("POST", f"/v1/orders/{order['order_id']}/receipt-confirmation"))

    meanwhile = Meanwhile(confirm, "UpdateItem")
    with world.fault(meanwhile):
        world.tick()
    assert meanwhile.happened
    assert ledger().header(order["order_id"])["status"] == "completed"
    assert audit() == []


def test_the_watcher_does_not_put_off_an_order_that_was_moved_meanwhile(world: World) -> None:
    order = place(world)
    world.clock.advance(minutes=31)
    with world.record() as calls:
        go_back = world.checkpoint()
        world.tick()
    first_load = next(call.number for call in calls if call.operation == "Query" and "IndexName" not in call.request)
    go_back()

    broken = Break(first_load, "refused")
    meanwhile = Meanwhile(lambda: must(pay(world, order)), "UpdateItem")
    with world.fault(Both(broken, meanwhile)):
        assert world.tick()["failed"] == 1
    assert meanwhile.happened
    header = ledger().header(order["order_id"])
    assert header["deadline_at"] == min(header["deadlines"].values())
    assert audit() == []


def test_a_commit_that_is_sent_again_after_its_token_is_forgotten_still_happens_once(world: World) -> None:
    order = place(world)
    world.wire.forget_tokens()
    with world.fault(Break(2, "lost", 1)):
        assert pay(world, order).status in {200, 201}
    world.wire.forget_tokens()
    assert pay(world, order).status == 200
    assert ledger().types(order["order_id"]) == ["order.placed", "payment.captured"]


def test_a_change_that_was_ended_is_not_applied_by_who_read_it_too_early(world: World) -> None:
    order = place(world)
    path = f"/v1/orders/{order['order_id']}/changes"
    body = {"kind": "cancel", "reason": "test", "requested_by": "customer"}
    change_id = must(world.call("POST", path, body, key="c"))["change_id"]
    with running("change_order"):
        early = REPOSITORY.load(order["order_id"], change_id).change
        must(world.call("DELETE", f"{path}/{change_id}"), 204)
        state = replace(REPOSITORY.load(order["order_id"]), change=early)
        now = world.clock.present
        decision = decide_apply(state, now, change_id, means_for(REPOSITORY))
        assert isinstance(decision, Decision)
        with pytest.raises(StaleVersion):
            REPOSITORY.commit(make_commit(state, decision, now=now, actor=SYSTEM, event_id="evt_early"))
    assert ledger().header(order["order_id"])["status"] == "placed"
    assert audit() == []


def _too_early(world: World, order: dict[str, Any]) -> datetime:
    """The carrier speaks, so the entry of the index, which stays where it was, is earlier than anything that is due."""
    for number in range(9):
        world.clock.advance(hours=20)
        must(tell(world, "W1", "in_transit", identity=f"scan-{number}"))
        header = ledger().header(order["order_id"])
        if header["deadline_at"] < min(header["deadlines"].values()):
            return from_iso(header["deadline_at"])
        world.tick()
    raise AssertionError("the entry is never too early")


def _sent(world: World) -> dict[str, Any]:
    order = place(world)
    must(pay(world, order))
    must(dispatch(world, fulfilments(order)[0], "W1"))
    return order
