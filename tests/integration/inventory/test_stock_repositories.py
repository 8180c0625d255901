"""One contract for both repositories: in memory, and DynamoDB as moto simulates it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from moto import mock_aws

from ordo.inventory.errors import CounterChanged, MovementReused, StockExhausted
from ordo.inventory.layout import Layout
from ordo.inventory.memory import InMemoryStock
from ordo.inventory.model import StockCounter, StockMove, dispatch, merge, release, reserve
from ordo.inventory.movements import LedgerEntry, Movement, MovementExists, MovementKind, RecordMovement
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.service import StockRepository, StockService
from ordo.inventory.writes import LayoutChange, exhausted, stock_update
from ordo.runtime import clients
from ordo.runtime.dynamo import TransactionRefused, get_item, transact

TABLE = "supply-test"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Store(StockRepository, Protocol):
    def commit(self, moves: Iterable[StockMove]) -> None: ...


class DynamoStore(DynamoStockRepository):
    """The DynamoDB repository, with the transaction an order's commit makes. moto's transactions are not safe from
    threads (DynamoDB's are), so they take turns."""

    def __init__(self) -> None:
        super().__init__(TABLE)
        self.lock = threading.Lock()

    def commit(self, moves: Iterable[StockMove]) -> None:
        ordered = list(moves)
        try:
            with self.lock:
                transact([stock_update(TABLE, move) for move in ordered])
        except TransactionRefused as refused:
            place, item = min(refused.failed.items())
            raise exhausted(ordered[place], item) or AssertionError("refused for no reason") from refused


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.moto)])
def stock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    if request.param == "memory":
        yield InMemoryStock()
        return
    for name, value in {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        clients.forget()
        clients.client("dynamodb").create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        )
        yield DynamoStore()
        clients.forget()


def movement(movement_id: str, *moves: StockMove) -> Movement:
    entries = tuple(LedgerEntry.of(move) for move in moves)
    return Movement(movement_id, MovementKind.ADJUST, "found", "client-1", NOON, entries, "hash")


def receive(stock: Store, sku: str, node: str, units: int) -> None:
    move = StockMove(sku, node, units, 0)
    stock.record(movement(f"in-{sku}-{node}", move), [move])


def test_a_counter_that_never_moved_is_not_there(stock: Store) -> None:
    assert stock.counters([("tee", "hz", "0")]) == []


def test_goods_that_come_in_make_the_counter(stock: Store) -> None:
    receive(stock, "tee", "hz", 10)
    assert stock.counters([("tee", "hz", "0")], consistent=True) == [StockCounter("tee", "hz", 10)]


def test_counters_come_sorted_and_each_once(stock: Store) -> None:
    for sku, node in (("tee", "sh"), ("cap", "hz"), ("tee", "hz")):
        receive(stock, sku, node, 1)
    asked = [("tee", "sh", "0"), ("tee", "hz", "0"), ("tee", "hz", "0"), ("cap", "hz", "0"), ("mug", "hz", "0")]
    assert [counter.key for counter in stock.counters(asked)] == [
        ("cap", "hz", "0"),
        ("tee", "hz", "0"),
        ("tee", "sh", "0"),
    ]


def test_more_counters_than_one_call_holds_are_all_read(stock: Store) -> None:
    for number in range(0, 230, 50):
        receive(stock, f"s{number:03}", "hz", number + 1)
    found = stock.counters([(f"s{number:03}", "hz", "0") for number in range(230)])
    assert [counter.on_hand for counter in found] == [1, 51, 101, 151, 201]


def test_the_nodes_of_a_sku_are_those_that_ever_had_it(stock: Store) -> None:
    for sku, node in (("tee", "sh"), ("tee", "bj"), ("tee-2", "hz")):
        receive(stock, sku, node, 1)
    stock.commit([reserve("tee", "bj", 1)])
    stock.commit([dispatch("tee", "bj", 1)])
    assert stock.nodes_of("tee") == ["bj", "sh"]
    assert stock.nodes_of("cap") == []


def test_a_life_of_units_through_reserve_release_and_dispatch(stock: Store) -> None:
    receive(stock, "tee", "hz", 10)
    stock.commit([reserve("tee", "hz", 7)])
    stock.commit([release("tee", "hz", 3)])
    stock.commit([dispatch("tee", "hz", 4)])
    assert stock.counters([("tee", "hz", "0")]) == [StockCounter("tee", "hz", 6, 0, 0)]


@pytest.mark.parametrize(
    "move", [reserve("tee", "hz", 4), release("tee", "hz", 3), dispatch("tee", "hz", 3), StockMove("tee", "hz", -4, 0)]
)
def test_a_commit_with_one_impossible_move_changes_nothing(stock: Store, move: StockMove) -> None:
    receive(stock, "cap", "hz", 5)
    receive(stock, "tee", "hz", 5)
    stock.commit([reserve("tee", "hz", 2)])
    before = stock.counters([("cap", "hz", "0"), ("tee", "hz", "0")])
    with pytest.raises(StockExhausted) as refused:
        stock.commit(merge([reserve("cap", "hz", 1), move]))
    assert refused.value.key == ("tee", "hz", "0")
    assert stock.counters([("cap", "hz", "0"), ("tee", "hz", "0")]) == before


def test_a_reservation_of_what_was_never_stocked_is_refused_and_makes_no_counter(stock: Store) -> None:
    for move in (reserve("tee", "hz", 1), release("tee", "hz", 1), dispatch("tee", "hz", 1)):
        with pytest.raises(StockExhausted):
            stock.commit([move])
    assert stock.counters([("tee", "hz", "0")]) == []


def test_a_movement_is_written_with_its_row(stock: Store) -> None:
    move = StockMove("tee", "hz", 5, 0)
    row = movement("m1", move)
    stock.record(row, [move])
    assert stock.movement("m1") == row
    assert stock.movement("m2") is None


def test_a_row_keeps_its_order(stock: Store) -> None:
    row = replace(movement("m1"), kind=MovementKind.DISPATCH, order_id="ord_1")
    stock.record(row, [])
    assert stock.movement("m1") == row


def test_the_same_id_again_shows_the_first_row_and_moves_nothing(stock: Store) -> None:
    move = StockMove("tee", "hz", 5, 0)
    first = movement("m1", move)
    stock.record(first, [move])
    with pytest.raises(MovementExists) as exists:
        stock.record(replace(first, reason="other"), [StockMove("tee", "hz", -50, 0)])
    assert exists.value.movement == first
    assert stock.counters([("tee", "hz", "0")]) == [StockCounter("tee", "hz", 5)]


def test_a_movement_that_stock_does_not_allow_leaves_no_row(stock: Store) -> None:
    receive(stock, "tee", "hz", 5)
    moves = [StockMove("tee", "hz", -6, 0), StockMove("tee", "sh", 6, 0)]
    with pytest.raises(StockExhausted) as refused:
        stock.record(movement("m1", *moves), moves)
    assert (refused.value.requested, refused.value.available) == (6, 5)
    assert stock.movement("m1") is None
    assert stock.counters([("tee", "hz", "0"), ("tee", "sh", "0")]) == [StockCounter("tee", "hz", 5)]


def test_a_correction_below_what_is_reserved_makes_available_negative_and_blocks_takers(stock: Store) -> None:
    receive(stock, "tee", "hz", 5)
    stock.commit([reserve("tee", "hz", 4)])
    correction = StockMove("tee", "hz", -3, 0, corrects=True)
    stock.record(movement("m1", correction), [correction])
    assert stock.counters([("tee", "hz", "0")])[0].available == -2
    with pytest.raises(StockExhausted):
        stock.commit([reserve("tee", "hz", 1)])
    stock.commit([release("tee", "hz", 4)])
    stock.commit([reserve("tee", "hz", 2)])


def test_a_correction_never_makes_on_hand_negative(stock: Store) -> None:
    receive(stock, "tee", "hz", 5)
    correction = StockMove("tee", "hz", -6, 0, corrects=True)
    with pytest.raises(StockExhausted) as refused:
        stock.record(movement("m1", correction), [correction])
    assert refused.value.what == "on_hand"


@pytest.mark.parametrize("meanwhile", [StockMove("tee", "hz", 1, 0), StockMove("tee", "hz", 0, 0, 1, corrects=True)])
def test_a_movement_that_sets_a_value_needs_the_counter_as_it_was_seen(stock: Store, meanwhile: StockMove) -> None:
    receive(stock, "tee", "hz", 5)
    seen = stock.counters([("tee", "hz", "0")])[0]
    stock.record(movement("meanwhile", meanwhile), [meanwhile])
    counted = StockMove("tee", "hz", 2, 0, corrects=True)
    with pytest.raises(CounterChanged):
        stock.record(movement("m1", counted), [counted], [seen])
    assert stock.movement("m1") is None


@pytest.mark.parametrize("before", [None, Layout(4, 4)])
def test_a_layout_that_another_changed_meanwhile_is_not_written_over(stock: Store, before: Layout | None) -> None:
    nothing, at_first = StockMove("tee", "hz", 0, 0), Layout(4, 4)
    stock.record(movement("m1", nothing), [nothing], layout=LayoutChange(None, at_first))
    stock.record(movement("m2", nothing), [nothing], layout=LayoutChange(at_first, Layout(2, 8)))
    with pytest.raises(CounterChanged):
        stock.record(movement("m3", nothing), [nothing], layout=LayoutChange(before, Layout(1, 4)))
    assert stock.counters([("tee", "hz", "0")])[0].layout == Layout(2, 8)


def test_a_movement_that_sets_a_value_needs_the_buckets_that_it_saw(stock: Store) -> None:
    """The main one has as much as before: what else there was is in another one now."""
    receive(stock, "tee", "hz", 5)
    seen = stock.counters([("tee", "hz", "0")], consistent=True)
    more = StockMove("tee", "hz", 4, 0)
    stock.record(movement("more", more), [more])
    spread = [StockMove("tee", "hz", -4, 0), StockMove("tee", "hz", 4, 0, bucket="1")]
    stock.record(movement("spread", *spread), spread, layout=LayoutChange(None, Layout(2, 2)))
    count = StockMove("tee", "hz", 6, 0, corrects=True)
    with pytest.raises(CounterChanged):
        stock.record(movement("count", count), [count], seen)
    seen = stock.counters([("tee", "hz", "0")], consistent=True)
    stock.record(movement("count", count), [count], seen)
    assert [each.on_hand for each in stock.counters([("tee", "hz", "0")])] == [11]


def test_a_reservation_does_not_disturb_a_count(stock: Store) -> None:
    receive(stock, "tee", "hz", 5)
    seen = stock.counters([("tee", "hz", "0")])[0]
    stock.commit([reserve("tee", "hz", 2)])
    counted = StockMove("tee", "hz", 2, 0, corrects=True)
    stock.record(movement("m1", counted), [counted], [seen])
    assert stock.counters([("tee", "hz", "0")]) == [StockCounter("tee", "hz", 7, 2)]


def test_a_count_may_be_the_first_that_is_known_of_a_counter(stock: Store) -> None:
    unseen = StockCounter("tee", "hz")
    counted = StockMove("tee", "hz", 4, 0, corrects=True)
    stock.record(movement("m1", counted), [counted], [unseen])
    assert stock.counters([("tee", "hz", "0")]) == [StockCounter("tee", "hz", 4)]
    with pytest.raises(CounterChanged):
        stock.record(movement("m2", counted), [counted], [unseen])


def test_a_count_of_nothing_makes_an_empty_counter(stock: Store) -> None:
    nothing = StockMove("tee", "hz", 0, 0, corrects=True)
    stock.record(movement("m1", nothing), [nothing], [StockCounter("tee", "hz")])
    assert stock.counters([("tee", "hz", "0")]) == [StockCounter("tee", "hz")]


def test_the_service_does_the_same_on_both(stock: Store) -> None:
    service = StockService(stock, lambda: NOON)
    for number, (kind, quantity, to) in enumerate(
        [("receive", 9, None), ("damage", 1, None), ("transfer", 3, "sh"), ("count", 6, None), ("safety", 2, None)]
    ):
        service.record(RecordMovement(f"m{number}", MovementKind(kind), "tee", "hz", quantity, "why", "me", to))
    assert service.stock_of("tee", ["sh", "hz", "bj"]) == [
        StockCounter("tee", "hz", 6, 0, 2),
        StockCounter("tee", "sh", 3),
    ]
    assert service.stock_of("tee") == service.stock_of("tee", ["sh", "hz"])
    again = RecordMovement("m0", MovementKind.RECEIVE, "tee", "hz", 9, "why", "somebody else")
    assert service.record(again).actor == "me"
    with pytest.raises(MovementReused):
        service.record(replace(again, quantity=8))


def test_threads_that_saw_the_same_stock_get_only_what_is_there(stock: Store) -> None:
    receive(stock, "tee", "hz", 12)
    receive(stock, "tee", "sh", 8)
    receive(stock, "cap", "hz", 100)
    barrier = threading.Barrier(8)
    taken: list[int] = []

    def shopper() -> None:
        while True:
            seen = {
                counter.node: counter.available for counter in stock.counters([("tee", "hz", "0"), ("tee", "sh", "0")])
            }
            barrier.wait()
            try:
                node = max(seen, key=seen.__getitem__)
                stock.commit(merge([reserve("tee", node, 1), reserve("cap", "hz", 1)]))
                taken.append(1)
            except StockExhausted:
                pass
            if barrier.wait() == 0 and not any(
                c.available for c in stock.counters([("tee", "hz", "0"), ("tee", "sh", "0")])
            ):
                barrier.abort()

    def until_nothing_is_left() -> None:
        try:
            shopper()
        except threading.BrokenBarrierError:
            return

    threads = [threading.Thread(target=until_nothing_is_left) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 20
    assert [
        (c.on_hand, c.reserved, c.available)
        for c in stock.counters([("tee", "hz", "0"), ("tee", "sh", "0"), ("cap", "hz", "0")])
    ] == [
        (100, 20, 80),
        (12, 12, 0),
        (8, 8, 0),
    ]


@pytest.mark.moto
@pytest.mark.parametrize("stock", ["dynamodb"], indirect=True)
def test_the_stored_available_is_what_the_other_figures_say(stock: Store) -> None:
    receive(stock, "tee", "hz", 10)
    service = StockService(stock, lambda: NOON)
    service.record(RecordMovement("m1", MovementKind.SAFETY, "tee", "hz", 2, "why", "me"))
    stock.commit([reserve("tee", "hz", 5)])
    stock.commit([dispatch("tee", "hz", 1)])
    assert get_item(TABLE, "stock#tee#hz#0", "counter") == {
        "pk": "stock#tee#hz#0",
        "sk": "counter",
        "schema": 1,
        "sku": "tee",
        "node": "hz",
        "on_hand": 9,
        "reserved": 4,
        "safety": 2,
        "available": 3,
    }


def conflict(times: int) -> Callable[..., Any]:
    """A botocore hook: for so many transactions other writers are quicker."""
    left = [times]

    def hook(**_: Any) -> Any:
        if left[0] == 0:
            return None
        left[0] -= 1
        reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}, {"Code": "None"}]
        error = {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"}
        return AWSResponse("", 400, {}, None), {"Error": error, "CancellationReasons": reasons}  # type: ignore[arg-type]

    return hook


@pytest.mark.moto
@pytest.mark.parametrize("stock", ["dynamodb"], indirect=True)
def test_a_movement_that_conflicts_with_quicker_writers_is_tried_again(stock: Store) -> None:
    clients.client("dynamodb").meta.events.register("before-call.dynamodb.TransactWriteItems", conflict(5))
    receive(stock, "tee", "hz", 10)
    assert stock.counters([("tee", "hz", "0")]) == [StockCounter("tee", "hz", 10)]


@pytest.mark.moto
@pytest.mark.parametrize("stock", ["dynamodb"], indirect=True)
def test_a_movement_whose_answer_was_lost_is_recorded_once(stock: Store) -> None:
    lost = [True]

    def lose(**_: Any) -> Any:
        if lost.pop() if lost else False:
            raise ReadTimeoutError(endpoint_url="https://dynamodb")

    clients.client("dynamodb").meta.events.register_last("before-send.dynamodb.TransactWriteItems", lose)
    service = StockService(stock, lambda: NOON)
    service.record(RecordMovement("m1", MovementKind.RECEIVE, "tee", "hz", 10, "why", "me"))
    assert lost == []
    assert stock.counters([("tee", "hz", "0")]) == [StockCounter("tee", "hz", 10)]
