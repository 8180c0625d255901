"""The ledger: one contract in memory and in DynamoDB, and over the API."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ordo.inventory.ledger import WIDE, Ledger, Sums, rows_of, summed
from ordo.inventory.ledger_repository import DynamoLedger, InMemoryLedger
from ordo.inventory.ledger_writes import ledger_puts
from ordo.inventory.memory import InMemoryStock
from ordo.inventory.movements import LedgerEntry, Movement, MovementKind, RecordMovement
from ordo.inventory.repository import DynamoStockRepository
from ordo.inventory.service import StockRepository, StockService
from ordo.runtime.dynamo import transact
from tests.integration.inventory.conftest import Api, api_event, load_function
from tests.integration.inventory.test_move_stock import movement

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """A second later each time it is asked."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.moto)])
def kept(request: pytest.FixtureRequest) -> tuple[StockService, Ledger]:
    """Stock, and the ledger of the same tables."""
    stock: StockRepository
    if request.param == "memory":
        memory = InMemoryStock()
        return StockService(memory, Clock()), InMemoryLedger(memory.movements)
    request.getfixturevalue("tables")
    stock = DynamoStockRepository("supply")
    return StockService(stock, Clock()), DynamoLedger("supply")


def command(number: int, kind: MovementKind, quantity: int, to_node: str | None = None) -> RecordMovement:
    return RecordMovement(f"m{number}", kind, "TEE", "hz", quantity, f"why {number}", "wms", to_node)


def test_rows_come_by_time_each_with_its_reason_and_actor(kept: tuple[StockService, Ledger]) -> None:
    stock, ledger = kept
    for number, kind in enumerate((MovementKind.RECEIVE, MovementKind.DAMAGE, MovementKind.RETURN)):
        stock.record(command(number, kind, 5 - number))
    rows = ledger.rows("TEE", "hz", None, 10)
    assert [(row.movement_id, row.kind, row.on_hand, row.reason, row.actor) for row in rows] == [
        ("m0", "receive", 5, "why 0", "wms"),
        ("m1", "damage", -4, "why 1", "wms"),
        ("m2", "return", 3, "why 2", "wms"),
    ]


def test_a_repeated_movement_has_one_row(kept: tuple[StockService, Ledger]) -> None:
    stock, ledger = kept
    for _ in range(2):
        stock.record(command(1, MovementKind.RECEIVE, 5))
    assert len(ledger.rows("TEE", "hz", None, 10)) == 1


def test_a_transfer_is_in_the_ledgers_of_both_nodes(kept: tuple[StockService, Ledger]) -> None:
    stock, ledger = kept
    stock.record(command(1, MovementKind.RECEIVE, 5))
    stock.record(command(2, MovementKind.TRANSFER, 2, "sh"))
    assert [row.on_hand for row in ledger.rows("TEE", "hz", None, 10)] == [5, -2]
    assert [row.on_hand for row in ledger.rows("TEE", "sh", None, 10)] == [2]


def test_pages_go_on_after_the_last_row(kept: tuple[StockService, Ledger]) -> None:
    stock, ledger = kept
    for number in range(7):
        stock.record(command(number, MovementKind.RECEIVE, 1))
    first = ledger.rows("TEE", "hz", None, 3)
    second = ledger.rows("TEE", "hz", first[-1].place, 3)
    rest = ledger.rows("TEE", "hz", second[-1].place, 3)
    assert [row.movement_id for row in (*first, *second, *rest)] == [f"m{number}" for number in range(7)]


def test_counts_and_safety_sum_up_to_the_counter(kept: tuple[StockService, Ledger]) -> None:
    stock, ledger = kept
    stock.record(command(1, MovementKind.RECEIVE, 9))
    stock.record(command(2, MovementKind.SAFETY, 4))
    stock.record(command(3, MovementKind.COUNT, 7))
    stock.record(command(4, MovementKind.SAFETY, 1))
    (counter,) = stock.stock_of("TEE", ["hz"])
    assert summed(ledger.rows("TEE", "hz", None, 10)) == Sums(counter.on_hand, counter.safety) == Sums(7, 1)


def wide(count: int) -> Movement:
    entries = tuple(LedgerEntry(f"S{number}", "hz", -1, -1) for number in range(count))
    return Movement("dispatch#o1", MovementKind.DISPATCH, "dispatch", "wms", NOON, entries, "hash", "o1")


@pytest.mark.moto
@pytest.mark.parametrize("count", [WIDE, WIDE + 1])
def test_a_dispatch_of_many_skus_is_in_the_ledger_of_each(tables: None, count: int) -> None:
    puts = ledger_puts("supply", wide(count))
    assert len(puts) == (WIDE if count == WIDE else 1)
    transact(puts)
    ledger, twin = DynamoLedger("supply"), InMemoryLedger(lambda: [wide(count)])
    for sku in ("S0", f"S{count - 1}"):
        assert ledger.rows(sku, "hz", None, 5) == twin.rows(sku, "hz", None, 5)
        assert [row.order_id for row in ledger.rows(sku, "hz", None, 5)] == ["o1"]
    assert ledger.rows("S0", "hz", "2026-03-01T12:00:01", 5) == []


@pytest.mark.moto
def test_rows_of_one_sku_and_rows_of_many_come_in_one_order(tables: None) -> None:
    for second in (3, 1, 2):
        moved = replace(wide(WIDE + second % 2), occurred_at=NOON + timedelta(seconds=second))
        transact(ledger_puts("supply", moved))
    places = [row.occurred_at for row in DynamoLedger("supply").rows("S0", "hz", None, 5)]
    assert places == sorted(places)
    assert len(places) == 3


def test_each_bucket_of_a_movement_has_a_place_of_its_own() -> None:
    entries = (LedgerEntry("S", "hz", -1, -1), LedgerEntry("S", "hz", -2, -2, bucket="3"))
    rows = rows_of(replace(wide(1), entries=entries))
    assert len({row.place for row in rows}) == 2


# ---------------------------------------------------------------------- over the API


def listed(**query: str) -> tuple[int, dict[str, Any]]:
    import json

    event = api_event("GET", "/v1/stock/movements")
    event["queryStringParameters"] = query
    event["multiValueQueryStringParameters"] = {name: [value] for name, value in query.items()}
    answer = load_function("move_stock").lambda_handler(event, None)
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.moto
def test_the_ledger_is_listed_page_by_page(api: Api) -> None:
    for number in range(3):
        assert api("POST", "/v1/stock/movements", movement(movement_id=f"m{number}"))[0] == 201
    status, page = listed(sku="TEE", node="hz", limit="2")
    assert (status, len(page["movements"])) == (200, 2)
    row = page["movements"][0]
    assert (row["kind"], row["on_hand_delta"], row["reason"], row["actor"]) == ("receive", 10, "purchase", "wms")
    status, rest = listed(sku="TEE", node="hz", limit="2", cursor=page["next_cursor"])
    assert (status, len(rest["movements"]), rest["next_cursor"]) == (200, 1, None)


@pytest.mark.moto
def test_a_cursor_of_another_ledger_is_refused(api: Api) -> None:
    for number in range(2):
        api("POST", "/v1/stock/movements", movement(movement_id=f"m{number}"))
    cursor = listed(sku="TEE", node="hz", limit="1")[1]["next_cursor"]
    status, problem = listed(sku="TEE", node="sh", limit="1", cursor=cursor)
    assert (status, problem["code"]) == (400, "invalid_cursor")


@pytest.mark.moto
def test_a_return_names_its_order(api: Api) -> None:
    back = movement(kind="return", quantity=2, reason="did not fit", order_id="ord_1")
    assert api("POST", "/v1/stock/movements", back)[0] == 201
    (row,) = listed(sku="TEE", node="hz")[1]["movements"]
    assert (row["kind"], row["order_id"], row["reason"]) == ("return", "ord_1", "did not fit")


@pytest.mark.moto
def test_only_a_return_names_an_order(api: Api) -> None:
    status, problem = api("POST", "/v1/stock/movements", movement(order_id="ord_1"))
    assert (status, problem["code"]) == (422, "invalid_request")
