"""What each kind of movement does, through the service with the in-memory repository."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from ordo.inventory.errors import CounterChanged, MovementRefused, MovementReused
from ordo.inventory.memory import InMemoryStock
from ordo.inventory.model import StockCounter, StockMove, reserve
from ordo.inventory.movements import Movement, MovementKind, RecordMovement
from ordo.inventory.service import StockService
from ordo.inventory.supply import SupplyChange
from ordo.inventory.writes import LayoutChange
from ordo.kernel.errors import Busy

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def record(
    service: StockService,
    kind: str,
    quantity: int,
    *,
    to: str | None = None,
    as_id: str | None = None,
    reason: str = "why",
) -> Movement:
    movement_id = as_id or f"{kind}-{quantity}"
    return service.record(
        RecordMovement(movement_id, MovementKind(kind), "tee", "hz", quantity, reason, "client-1", to)
    )


@pytest.fixture
def stock() -> InMemoryStock:
    return InMemoryStock()


@pytest.fixture
def service(stock: InMemoryStock) -> StockService:
    made = StockService(stock, lambda: NOON)
    record(made, "receive", 10)
    return made


def counter(stock: InMemoryStock, node: str = "hz") -> tuple[int, int, int, int]:
    (found,) = stock.counters([("tee", node, "0")])
    return found.on_hand, found.reserved, found.safety, found.available


def test_what_is_received_is_available(stock: InMemoryStock, service: StockService) -> None:
    assert counter(stock) == (10, 0, 0, 10)


def test_a_row_says_who_when_why_and_what_changed(stock: InMemoryStock, service: StockService) -> None:
    row = stock.movement("receive-10")
    assert row is not None
    assert (row.actor, row.reason, row.occurred_at) == ("client-1", "why", NOON)
    assert [entry.to_dict() for entry in row.entries] == [
        {"sku": "tee", "node": "hz", "on_hand_delta": 10, "reserved_delta": 0, "safety_delta": 0}
    ]
    assert Movement.from_dict(row.to_dict()) == row


def test_damaged_goods_are_gone(stock: InMemoryStock, service: StockService) -> None:
    record(service, "damage", 3)
    assert counter(stock) == (7, 0, 0, 7)


def test_goods_that_orders_have_reserved_cannot_be_written_off_as_damaged(
    stock: InMemoryStock, service: StockService
) -> None:
    stock.commit([reserve("tee", "hz", 8)])
    with pytest.raises(MovementRefused) as refused:
        record(service, "damage", 3)
    assert refused.value.facts["available"] == 2
    assert counter(stock) == (10, 8, 0, 2)
    assert stock.movement("damage-3") is None


def test_a_transfer_leaves_one_node_and_comes_to_the_other(stock: InMemoryStock, service: StockService) -> None:
    row = record(service, "transfer", 4, to="sh")
    assert (counter(stock), counter(stock, "sh")) == ((6, 0, 0, 6), (4, 0, 0, 4))
    assert len(row.entries) == 2


def test_a_transfer_of_more_than_is_available_moves_nothing(stock: InMemoryStock, service: StockService) -> None:
    with pytest.raises(MovementRefused):
        record(service, "transfer", 11, to="sh")
    assert counter(stock) == (10, 0, 0, 10)
    assert stock.counters([("tee", "sh", "0")]) == []


def test_an_adjustment_may_find_less_than_is_reserved(stock: InMemoryStock, service: StockService) -> None:
    stock.commit([reserve("tee", "hz", 8)])
    record(service, "adjust", -5)
    assert counter(stock) == (5, 8, 0, -3)


def test_an_adjustment_cannot_find_less_than_nothing(stock: InMemoryStock, service: StockService) -> None:
    with pytest.raises(MovementRefused):
        record(service, "adjust", -11)


def test_a_count_sets_what_is_on_hand_and_the_row_holds_the_difference(
    stock: InMemoryStock, service: StockService
) -> None:
    row = record(service, "count", 7)
    assert counter(stock) == (7, 0, 0, 7)
    assert row.entries[0].on_hand == -3


def test_a_count_of_what_was_there_is_recorded_as_no_difference(stock: InMemoryStock, service: StockService) -> None:
    assert record(service, "count", 10).entries[0].on_hand == 0
    assert stock.movement("count-10") is not None


def test_safety_stock_is_kept_back_and_can_be_lowered_again(stock: InMemoryStock, service: StockService) -> None:
    record(service, "safety", 4)
    assert counter(stock) == (10, 0, 4, 6)
    record(service, "safety", 1)
    assert counter(stock) == (10, 0, 1, 9)


def test_the_same_movement_again_answers_with_the_first_and_changes_nothing(
    stock: InMemoryStock, service: StockService
) -> None:
    first = record(service, "damage", 2)
    assert record(service, "damage", 2) == first
    assert counter(stock) == (8, 0, 0, 8)


def test_a_replayed_count_does_not_count_again(stock: InMemoryStock, service: StockService) -> None:
    record(service, "count", 7)
    stock.commit([StockMove("tee", "hz", 5, 0)])
    record(service, "count", 7)
    assert counter(stock) == (12, 0, 0, 12)


def test_a_movement_id_with_another_body_is_refused(stock: InMemoryStock, service: StockService) -> None:
    with pytest.raises(MovementReused) as refused:
        record(service, "damage", 2, as_id="receive-10")
    assert refused.value.pointer == "/movement_id"
    assert counter(stock) == (10, 0, 0, 10)


def test_another_reason_is_another_body(service: StockService) -> None:
    with pytest.raises(MovementReused):
        record(service, "receive", 10, reason="other")


class RestlessStock(InMemoryStock):
    """Somebody dispatches goods between every reading and writing, `times` often."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def record(
        self,
        movement: Movement,
        moves: Sequence[StockMove],
        seen: Sequence[StockCounter] = (),
        layout: LayoutChange | None = None,
        supply: SupplyChange | None = None,
    ) -> None:
        if movement.kind is MovementKind.COUNT and self.times:
            self.times -= 1
            self.commit([StockMove("tee", "hz", -1, 0)])
        super().record(movement, moves, seen, layout, supply)


def test_a_count_that_was_overtaken_reads_again() -> None:
    stock = RestlessStock(times=2)
    service = StockService(stock, lambda: NOON)
    record(service, "receive", 10)
    row = record(service, "count", 5)
    assert counter(stock) == (5, 0, 0, 5)
    assert row.entries[0].on_hand == -3


def test_a_count_that_is_overtaken_again_and_again_gives_up() -> None:
    stock = RestlessStock(times=1000)
    service = StockService(stock, lambda: NOON)
    record(service, "receive", 1000)
    with pytest.raises(Busy):
        record(service, "count", 5)
    assert stock.movement("count-5") is None


def test_the_repository_refuses_a_count_of_a_counter_that_moved() -> None:
    stock = InMemoryStock()
    service = StockService(stock, lambda: NOON)
    row = record(service, "receive", 10)
    with pytest.raises(CounterChanged):
        stock.record(Movement.from_dict(row.to_dict() | {"movement_id": "x"}), [], [StockCounter("tee", "hz", 9)])
