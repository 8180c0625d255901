"""What large orders take before their commit, when several tries of one request meet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ordo.inventory import taking_repository
from ordo.inventory.books import DynamoBooks
from ordo.inventory.lot_writes import lot_update
from ordo.inventory.lots import LotMove
from ordo.inventory.model import StockMove
from ordo.inventory.taking_repository import DynamoTakings
from ordo.inventory.taking_writes import HEADER_SK, committed, part_back, taking_pk
from ordo.inventory.takings import Taking, taking_of
from ordo.inventory.writes import stock_update
from ordo.runtime.dynamo import Delete, TransactionRefused, query_all, transact
from tests.support.quick_tables import QuickTables, quick_tables

TABLE = "SupplyTable"


@pytest.fixture
def tables() -> Iterator[QuickTables]:
    with quick_tables() as tables:
        transact([stock_update(TABLE, StockMove(sku, "hz", 9, 0)) for sku in ("cap", "tee")])
        yield tables


def try_of(name: str, sku: str = "tee") -> Taking:
    move = StockMove(sku, "hz", 0, 2)
    return taking_of("shop#key", name, f"ord_{name}", "2026-06-01T00:00:00Z", [move])


def reserved(tables: QuickTables) -> dict[str, int]:
    return {each["sku"]: each["reserved"] for each in tables.items(TABLE) if each["sk"] == "counter"}


def test_a_try_that_was_given_back_takes_again(tables: QuickTables) -> None:
    """Sent under the token of the first time, DynamoDB would have answered it and taken nothing."""
    takings = DynamoTakings(TABLE)
    takings.take(try_of("a"))
    takings.give_back("shop#key", "")
    assert reserved(tables) == {"cap": 0, "tee": 0}
    takings.take(try_of("a"))
    assert reserved(tables) == {"cap": 0, "tee": 2}


def test_who_gives_back_late_leaves_alone_what_another_try_has_taken(
    tables: QuickTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its look at the parts and its write, all was given back, and another try has taken something else."""
    takings = DynamoTakings(TABLE)
    takings.take(try_of("a"))

    def slowly(*asked: Any, **more: Any) -> Any:
        found = query_all(*asked, **more)
        monkeypatch.setattr(taking_repository, "query_all", query_all)
        takings.give_back("shop#key", "")
        takings.take(try_of("b", "cap"))
        return found

    monkeypatch.setattr(taking_repository, "query_all", slowly)
    takings.give_back("shop#key", "")
    assert reserved(tables) == {"cap": 2, "tee": 0}


def test_an_order_whose_part_was_given_back_is_not_written(tables: QuickTables) -> None:
    takings = DynamoTakings(TABLE)
    taking = try_of("a")
    takings.take(taking)
    part = next(item for item in tables.items(TABLE) if item["sk"].startswith("part#"))
    transact(part_back(TABLE, part["pk"], part))
    with pytest.raises(TransactionRefused):
        transact(committed(TABLE, taking))


def test_what_an_order_has_taken_is_not_given_back_to_who_gives_up(tables: QuickTables) -> None:
    takings = DynamoTakings(TABLE)
    takings.take(try_of("a"))
    transact(committed(TABLE, try_of("a")))
    assert takings.give_back("shop#key", "") is False
    assert reserved(tables) == {"cap": 0, "tee": 2}


def test_a_part_whose_header_is_gone_is_told_as_a_difference(tables: QuickTables) -> None:
    """Nobody would ever give it back."""
    DynamoTakings(TABLE).take(try_of("a"))
    books = DynamoBooks(TABLE, dict, dict)
    assert books.reserved() == {("tee", "hz"): 2}
    transact([Delete(TABLE, taking_pk("shop#key"), HEADER_SK)])
    assert books.reserved() == {}


def test_a_lot_gives_no_more_than_it_has(tables: QuickTables) -> None:
    transact([lot_update(TABLE, LotMove("tee", "hz", "L1", "2026-06-01", 2))])
    with pytest.raises(TransactionRefused):
        transact([lot_update(TABLE, LotMove("tee", "hz", "L1", "2026-06-01", -3))])
