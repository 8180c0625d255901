"""Large orders in the stock machine: each of their transactions is a step, and the watcher looks after what is left.

A part that is taken, or a move that is left, is of its order and not yet (or no more) in its right: counters have it
beside the books. It must be there exactly as long as its item is.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import pytest

from ordo.inventory import taking_repository, takings
from ordo.inventory.errors import StockExhausted
from ordo.inventory.taking_repository import DynamoPendingMoves, DynamoTakings
from ordo.inventory.taking_writes import next_moves
from ordo.kernel.errors import OrdoError
from ordo.orders import repository
from ordo.orders.decision import Commit
from ordo.orders.repository import DynamoOrderRepository, OrderTables
from tests.proof.stock_actors import Command
from tests.proof.stock_shop import Shop
from tests.support.turns import Turns

LONG_S = 600.0
WRITES, READS = ("transact", "write"), ("get_item", "query_all", "batch_get")


class OrdersInTurns(DynamoOrderRepository):
    """Its actors stop before each transaction; that which writes the order is its `commit`."""

    def __init__(self, tables: OrderTables, turns: Turns) -> None:
        super().__init__(tables)
        self._whole = threading.local()
        self._in_turns = turns.function("commit", self._write_whole, write=True)

    def commit(self, commit: Commit) -> None:
        self._whole.commit = commit
        super().commit(commit)

    def _write(self, commit: Commit, plan: Any) -> None:
        """Booked as what was asked for, also where a part of it was taken before or is made after."""
        self._whole.part = commit, plan
        self._in_turns(self._whole.commit)

    def _write_whole(self, _asked: Commit) -> None:
        super()._write(*self._whole.part)


def begin_in_turns(patch: pytest.MonkeyPatch, turns: Turns) -> None:
    """Stop before what the product does for large orders; nobody is late because the machine looks at everything."""
    patch.setattr(taking_repository, "BUDGET_S", LONG_S)
    for names, write in ((WRITES, True), (READS, False)):
        for name in names:
            call = turns.function(name, getattr(taking_repository, name), write=write)
            patch.setattr(taking_repository, name, call)


def shrink(patch: pytest.MonkeyPatch, most: int) -> None:
    """From now on a commit of more writes than these is large, with one counter in each part and each step after."""
    patch.setattr(repository, "MAX_WRITES", most)
    patch.setattr(takings, "PART", 1)
    patch.setattr(next_moves, "__defaults__", (1,))


def settling_job(shop: Shop, pk: str) -> Command:
    """The watcher finds a taking or moves due; what it writes is nobody's new right."""

    def run() -> None:
        if pk.startswith("taking#"):
            DynamoTakings("SupplyTable").settle_due(pk)
        else:
            with suppress(StockExhausted):
                DynamoPendingMoves("SupplyTable").make(pk)

    def judge(answer: Any) -> None:
        if pk.startswith("moves#") and shop.books.corrected:  # until somebody counts what is to leave
            return
        assert not isinstance(answer, OrdoError), answer
        assert command.others or pk not in shop.raw.jobs(), "nobody else was there, and it is not done"

    command = Command(
        f"look after {pk}",
        run=run,
        does=lambda _written: False,
        book=lambda _written: None,
        judge=judge,
    )
    return command
