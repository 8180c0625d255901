"""One place makes the next version of an order: it releases, derives, sets deadlines and chains."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ordo.kernel.clock import to_iso
from ordo.orders.deadlines import next_wake
from ordo.orders.decision import Commit, Decision, make_commit
from ordo.orders.model import Hold, OrderHeader, OrderState, OrderStatus
from ordo.shipments.model import Fulfilment, FulfilmentState
from tests.support.orders import NOON, STAFF, World, shop


def commit(world: World, **update: Any) -> Commit:
    state = world.state()
    decision = Decision("test.happened", state.header.model_copy(update=update))
    return make_commit(state, decision, now=NOON + timedelta(minutes=1), actor=STAFF, event_id="evt_x")


def funds(world: World, **update: Any) -> dict[str, Any]:
    return {"funds": world.header().funds.model_copy(update=update)}


def test_an_order_that_becomes_covered_is_released_and_its_fulfilments_open() -> None:
    world = shop()
    world.place()
    made = commit(world, **funds(world, authorised=40_000))
    assert (made.header.status, made.header.released_at) == (OrderStatus.RELEASED, to_iso(NOON + timedelta(minutes=1)))
    assert [record.state for record in made.records if isinstance(record, Fulfilment)] == ["open", "open"]
    assert made.event.read()["implies"] == ["order.released"]


def test_an_order_one_cent_short_is_not_released() -> None:
    world = shop()
    world.place()
    made = commit(world, **funds(world, authorised=39_999, captured=39_999))
    assert (made.header.status, made.records, made.event.read()["implies"]) == (OrderStatus.PLACED, (), [])


def test_a_hold_keeps_a_covered_order_from_being_released() -> None:
    world = shop()
    world.place()
    held = Hold(hold_id="h", kind="fraud", reason="x", placed_at=to_iso(NOON))
    made = commit(world, **funds(world, captured=40_000), holds=(held,))
    assert (made.header.status, made.header.released_at) == (OrderStatus.PLACED, None)


def test_a_cancelled_order_is_not_released_by_money() -> None:
    world = shop()
    world.place()
    made = commit(
        world, **funds(world, captured=40_000), units=world.header().units.model_copy(update={"cancelled": 4})
    )
    assert (made.header.status, made.header.released_at) == (OrderStatus.CANCELLED, None)


def test_an_order_is_released_once() -> None:
    world = shop()
    world.place(payable_later=True)
    released_at = world.header().released_at
    made = commit(world)
    assert (made.header.released_at, made.records, made.event.read()["implies"]) == (released_at, (), [])


def test_a_release_keeps_what_the_decision_wrote_and_opens_only_what_is_planned() -> None:
    world = shop()
    world.place()
    state = world.state()
    first, second = state.fulfilments.values()
    cancelled = first.model_copy(update={"state": FulfilmentState.CANCELLED})
    header = state.header.model_copy(update={"funds": state.header.funds.model_copy(update={"captured": 40_000})})
    made = make_commit(state, Decision("x.done", header, records=(cancelled,)), now=NOON, actor=STAFF, event_id="evt_x")
    states = {each.fulfilment_id: each.state for each in made.records if isinstance(each, Fulfilment)}
    assert states == {first.fulfilment_id: "cancelled", second.fulfilment_id: "open"}


def test_the_version_grows_by_one_and_the_event_chains_to_the_head() -> None:
    world = shop()
    before = world.place().header
    made = commit(world)
    assert (made.expected_seq, made.header.seq, made.event.seq) == (1, 2, 2)
    assert made.event.read()["prev_hash"] == before.head_hash
    assert made.header.head_hash == made.event.hash


def test_a_commit_unparks_the_order() -> None:
    world = shop()
    world.place()
    assert commit(world, parked="2026-03-01T00:00:00.000Z").header.parked is None


def header(world: World, **update: Any) -> OrderHeader:
    return world.header().model_copy(update=update)


def test_a_deadline_that_only_moves_later_leaves_its_index_entry_alone() -> None:
    world = shop()
    before = world.place().header
    assert before.deadline_at == to_iso(NOON + timedelta(minutes=30))
    later = {"payment": to_iso(NOON + timedelta(hours=9))}
    assert next_wake(before, later, to_iso(NOON)) == before.deadline_at
    assert next_wake(before, {"dispatch": later["payment"]}, to_iso(NOON)) == later["payment"]


def test_an_index_entry_that_is_due_moves_with_its_commit() -> None:
    world = shop()
    before = world.place().header
    later = to_iso(NOON + timedelta(hours=9))
    assert before.deadline_at is not None
    assert next_wake(before, {"payment": later}, before.deadline_at) == later


def test_a_deadline_that_moves_earlier_moves_its_index_entry() -> None:
    world = shop()
    before = world.place().header
    sooner = to_iso(NOON + timedelta(minutes=1))
    assert next_wake(before, {"payment": sooner}, to_iso(NOON)) == sooner


def test_a_closed_order_leaves_the_index() -> None:
    world = shop()
    assert next_wake(world.place().header, {}, to_iso(NOON)) is None


def test_a_promise_later_than_the_dispatch_hours_moves_the_dispatch_deadline() -> None:
    world = shop()
    world.place(payable_later=True)
    assert world.header().deadlines["dispatch"] == to_iso(NOON + timedelta(hours=48))
    promised = header(world, ready_by=to_iso(NOON + timedelta(hours=100)))
    state = OrderState(promised, fulfilments=world.state().fulfilments)
    made = make_commit(state, Decision("x.done", promised), now=NOON, actor=STAFF, event_id="e")
    assert made.header.deadlines["dispatch"] == to_iso(NOON + timedelta(hours=100))
