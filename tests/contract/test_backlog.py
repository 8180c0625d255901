"""Who waits for goods: what every order repository with its `Backlog` does, in memory and on DynamoDB (moto)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ordo.inventory.backlog import Backlog, Look, Waiting, may_fill
from ordo.inventory.backlog_repository import DynamoBacklog
from ordo.inventory.model import MAIN, StockCounter, StockMove
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.supply_repository import DynamoSupply
from ordo.inventory.writes import stock_update
from ordo.kernel.clock import to_iso
from ordo.kernel.errors import Conflict
from ordo.orders.backlog_jobs import BacklogJobs
from ordo.orders.backorders import decide_filled
from ordo.orders.cancellation import cancellation
from ordo.orders.decision import Commit, Decision, make_commit
from ordo.orders.desk import OrderDesk
from ordo.orders.due_repository import DynamoDueIndex
from ordo.orders.errors import StockShort
from ordo.orders.filling import fill_backlog
from ordo.orders.memory import InMemoryOrderRepository
from ordo.orders.model import SYSTEM
from ordo.orders.place import placement_commit
from ordo.orders.ports import OrderRepository
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from ordo.runtime import dynamo
from ordo.shipments.model import FulfilmentState
from tests.support.orders import CONTACT, NOON, SHIP_TO, draft_for

SKU, NODE = "DRILL", "hz"
A, B, C = (f"ord_01KJM1TD80QF4RNX9Z5TTWJ1H{last}" for last in "ABC")
APRIL, MAY = "2026-04-01T00:00:00.000Z", "2026-05-01T00:00:00.000Z"


class Memory:
    def __init__(self) -> None:
        self.orders: OrderRepository
        self.orders = self._repository = InMemoryOrderRepository()
        self.backlog: Backlog = self._repository.backlog

    def stock(self, on_hand: int) -> None:
        key = SKU, NODE, MAIN
        before = self._repository.counters.get(key) or StockCounter(SKU, NODE)
        self._repository.counters[key] = StockCounter(
            SKU, NODE, before.on_hand + on_hand, before.reserved, backordered=before.backordered, turn=before.turn
        )

    def counter(self) -> StockCounter:
        return self._repository.counters[SKU, NODE, MAIN]

    def sold(self) -> int:
        return self._repository.backlog.sold.get(SKU, 0)


class Dynamo:
    def __init__(self) -> None:
        self.orders: OrderRepository
        self.orders = DynamoOrderRepository(OrderTables("OrdersTable", "SupplyTable", "CustomersTable", "CatalogTable"))
        self.backlog: Backlog = DynamoBacklog("SupplyTable")

    def stock(self, on_hand: int) -> None:
        dynamo.write(stock_update("SupplyTable", StockMove(SKU, NODE, on_hand, 0, corrects=True)))

    def counter(self) -> StockCounter:
        return DynamoStockRepository("SupplyTable").counters([(SKU, NODE, MAIN)], consistent=True)[0]

    def sold(self) -> int:
        return DynamoSupply("SupplyTable").sold_before_launch([SKU]).get(SKU, 0)


Store = Memory | Dynamo


@pytest.fixture
def dynamo_store(tables: None) -> Dynamo:
    return Dynamo()


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.moto)])
def store(request: pytest.FixtureRequest) -> Store:
    return Memory() if request.param == "memory" else request.getfixturevalue("dynamo_store")


def backorder(order_id: str, units: int, promise: str = APRIL, **told: Any) -> Commit:
    draft = draft_for(order_id, ((NODE, (("1", SKU, units),)),), payable_later=True)
    assert draft.plan is not None
    draft.plan["fulfilments"][0]["backorder"] = {"kind": "backorder", "ready_by": promise, **told}
    personal = {"contact": dict(CONTACT), "ship_to": dict(SHIP_TO)}
    return placement_commit(draft, personal, now=NOON, event_id=f"evt_{order_id}")


def desk(store: Store) -> OrderDesk:
    ids = iter(range(1000))
    return OrderDesk(store.orders, lambda: NOON, lambda prefix, _: f"{prefix}_{next(ids)}", budget_s=0.2)


def filled(store: Store, look: Look) -> Commit:
    assert look.head is not None
    state = store.orders.load(look.head.order_id)
    decision = decide_filled(state, NOON, look, look.head.fulfilment_id)
    assert isinstance(decision, Decision)
    return make_commit(state, decision, now=NOON, actor=SYSTEM, event_id="evt_fill")


def waiting(store: Store) -> list[str]:
    return [each.order_id for each in store.backlog.queue(SKU, NODE)]


def test_whoever_waits_makes_the_counter_and_has_a_place_by_promise_and_then_by_order(store: Store) -> None:
    for order_id, promise in ((C, APRIL), (A, MAY), (B, APRIL)):
        store.orders.commit(backorder(order_id, 2, promise))
    assert store.counter() == StockCounter(SKU, NODE, 0, 6, backordered=6)
    assert waiting(store) == [B, C, A]
    head = store.backlog.look(SKU, NODE).head
    assert head == Waiting(SKU, NODE, APRIL, B, 1, f"ful_{B.removeprefix('ord_')}_1", 2)
    header = store.orders.load(B).header
    assert (header.waiting_units, header.supply_due, header.released_at) == (2, APRIL, None)
    assert header.deadlines["supply"] == APRIL


def test_what_may_wait_at_most_is_a_condition_of_the_commit(store: Store) -> None:
    store.orders.commit(backorder(A, 2, limit=3))
    with pytest.raises(StockShort) as short:
        store.orders.commit(backorder(B, 2, limit=3))
    assert short.value.available == {(SKU, NODE, MAIN): 1}
    with pytest.raises(StockShort):
        store.orders.commit(backorder(B, 4, limit=3))
    store.orders.commit(backorder(C, 1, limit=3))
    assert waiting(store) == [A, C]


def test_more_than_may_ever_wait_is_refused_where_nobody_waits(store: Store) -> None:
    with pytest.raises(StockShort):
        store.orders.commit(backorder(A, 4, limit=3))
    assert waiting(store) == []


def test_what_is_sold_before_a_launch_is_counted_up_to_its_cap(store: Store) -> None:
    store.orders.commit(backorder(A, 3, kind="pre_order", limit=5, not_before=MAY))
    for units in (3, 6):
        with pytest.raises(StockShort):
            store.orders.commit(backorder(B, units, kind="pre_order", limit=5, not_before=MAY))
    store.orders.commit(backorder(B, 2, kind="pre_order", limit=5, not_before=MAY))
    assert store.sold() == 5
    desk(store).change(A, lambda state, now: cancellation(state, now, code="staff", reason="why"), actor=SYSTEM)
    assert (store.sold(), waiting(store)) == (2, [B])
    with pytest.raises(StockShort):
        store.orders.commit(backorder(C, 6, kind="pre_order", limit=5, not_before=MAY))


def test_more_than_is_ever_sold_before_a_launch_is_refused_at_once(store: Store) -> None:
    with pytest.raises(StockShort):
        store.orders.commit(backorder(A, 6, kind="pre_order", limit=5, not_before=MAY))
    assert store.sold() == 0


def test_the_first_gets_its_units_and_may_be_worked_on(store: Store) -> None:
    store.orders.commit(backorder(A, 2))
    store.stock(3)
    store.orders.commit(filled(store, store.backlog.look(SKU, NODE)))
    state = store.orders.load(A)
    (part,) = state.fulfilments.values()
    assert (part.state, state.header.waiting_units, state.header.supply_due) == (FulfilmentState.OPEN, 0, None)
    assert store.counter() == StockCounter(SKU, NODE, 3, 2)
    assert waiting(store) == []


def test_a_filling_that_looked_before_another_joined_is_refused(store: Store) -> None:
    store.orders.commit(backorder(B, 2, MAY))
    store.stock(9)
    commit = filled(store, store.backlog.look(SKU, NODE))
    store.orders.commit(backorder(A, 2, APRIL))
    with pytest.raises(Conflict):
        store.orders.commit(commit)
    assert waiting(store) == [A, B]


def test_a_filling_whose_goods_are_gone_is_refused(store: Store) -> None:
    store.orders.commit(backorder(A, 2))
    store.stock(3)
    commit = filled(store, store.backlog.look(SKU, NODE))
    store.stock(-2)
    with pytest.raises(StockShort):
        store.orders.commit(commit)
    assert waiting(store) == [A]


def test_the_queue_is_filled_in_its_order_until_the_first_cannot_be(store: Store) -> None:
    for order_id, units in ((A, 2), (B, 4), (C, 1)):
        store.orders.commit(backorder(order_id, units))
    store.stock(5)
    done = fill_backlog(desk(store), store.backlog, SKU, NODE)
    assert (done.count, done.done, done.empty, waiting(store)) == (1, True, False, [B, C])
    store.stock(2)
    done = fill_backlog(desk(store), store.backlog, SKU, NODE)
    assert (done.count, done.empty, waiting(store)) == (2, True, [])


def test_before_the_launch_nobody_gets_anything(store: Store) -> None:
    store.orders.commit(backorder(A, 2, kind="pre_order", limit=5, not_before=MAY))
    store.stock(5)
    look = store.backlog.look(SKU, NODE)
    assert not may_fill(look, to_iso(NOON))
    assert may_fill(look, MAY)
    done = fill_backlog(desk(store), store.backlog, SKU, NODE)
    assert (done.count, done.done, done.next_at) == (0, True, MAY)


def test_an_entry_whose_order_is_not_as_the_queue_has_it_is_left_and_not_tried_for_ever(store: Store) -> None:
    store.orders.commit(backorder(A, 2))
    store.stock(5)
    state = store.orders.load(A)
    (part,) = state.fulfilments.values()
    odd = Decision("test.happened", state.header, records=(part.model_copy(update={"state": FulfilmentState.PLANNED}),))
    store.orders.commit(make_commit(state, odd, now=NOON, actor=SYSTEM, event_id="evt_odd"))
    done = fill_backlog(desk(store), store.backlog, SKU, NODE)
    assert (done.count, done.done) == (0, False)


@pytest.mark.moto
def test_a_queue_is_looked_after_as_long_as_somebody_waits(dynamo_store: Dynamo) -> None:
    store, index, jobs = dynamo_store, DynamoDueIndex("SupplyTable"), DynamoBacklog("SupplyTable")
    store.orders.commit(backorder(A, 2))
    until = to_iso(NOON + timedelta(minutes=10))
    (item,) = [each for shard in range(8) for each in index.due(shard, until, 10)]
    assert (item.kind, item.deadline_at) == ("backlog", until)
    watching = BacklogJobs(desk(store), jobs)
    store.stock(1)
    watching.settle(item, index)
    assert waiting(store) == [A]
    (item,) = [each for shard in range(8) for each in index.due(shard, until, 10)]
    store.stock(1)
    watching.settle(item, index)
    assert waiting(store) == []
    assert not [each for shard in range(8) for each in index.due(shard, "~", 10)]


@pytest.mark.moto
@pytest.mark.parametrize("known", [0, 1])
def test_a_queue_that_somebody_joined_meanwhile_is_looked_after_still(dynamo_store: Dynamo, known: int) -> None:
    jobs = DynamoBacklog("SupplyTable")
    for order_id in (A, B)[: known + 1]:
        joined = jobs.joined(SKU, NODE)
        dynamo_store.orders.commit(backorder(order_id, 1))
    assert joined == known
    assert not jobs.leave(SKU, NODE, joined)
    assert jobs.leave(SKU, NODE, joined + 1)
